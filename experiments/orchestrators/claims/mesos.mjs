import { labels, pick, spread, text } from "../../lib/measure.mjs";

/** When the actions and faults of mesos.yaml happen. */
const THEN_US = 600e6;
const CHANGES = /^(scale|rolling|power)/;

/** Rows of a table, as objects. */
function rowsOf(run, table) {
	const columns = [...(run.tables.get(table) ?? [])];
	const length = columns[0]?.[1].length ?? 0;
	return Array.from({ length }, (_, i) => Object.fromEntries(columns.map(([name, cells]) => [name, cells[i]])));
}

const rowName = (run) => run.variant.row.name;
const ofRow = (runs, name) => runs.filter((run) => rowName(run) === name);

/** Seconds from when a row begins until its last container runs. */
function secondsOf(run) {
	const beginUs = CHANGES.test(rowName(run)) ? THEN_US : 0;
	const starts = rowsOf(run, "pods").flatMap(({ submit_time_us, start_time_us }) =>
		submit_time_us >= beginUs && Number.isFinite(start_time_us) ? [start_time_us] : [],
	);
	return (Math.max(...starts) - beginUs) / 1e6;
}

/** Instances that run in the end, by node: `25:25:25:25`. */
function perNode(run) {
	const counts = new Map();
	for (const { node, outcome } of rowsOf(run, "pods"))
		if (outcome === "running") counts.set(node, (counts.get(node) ?? 0) + 1);
	return [...counts.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, count]) => count).join(":");
}

/** From `sinceUs` on: most pods that there are at a time from a time of theirs (`start_time_us`, `bound_time_us`) to their end, and fewest. */
function extremes(run, sinceUs, from = "start_time_us") {
	const steps = rowsOf(run, "pods").flatMap((pod) => [
		...(Number.isFinite(pod[from]) ? [[pod[from], 1]] : []),
		...(Number.isFinite(pod[from]) && Number.isFinite(pod.end_time_us) ? [[pod.end_time_us, -1]] : []),
	]);
	steps.sort(([a, by], [b, and]) => a - b || and - by);
	let [now, most, fewest] = [0, 0, Number.POSITIVE_INFINITY];
	for (const [atUs, by] of steps) {
		if (atUs > sinceUs) fewest = Math.min(fewest, now);
		now += by;
		if (atUs >= sinceUs) most = Math.max(most, now);
	}
	return { most, fewest: Math.min(fewest, now) };
}

/** Most tasks that an agent got in one round of offers. */
function mostAtOnce(run) {
	const counts = new Map();
	for (const { node, bound_time_us } of rowsOf(run, "pods")) {
		if (!Number.isFinite(bound_time_us)) continue;
		const key = `${node} ${bound_time_us}`;
		counts.set(key, (counts.get(key) ?? 0) + 1);
	}
	return Math.max(...counts.values());
}

export const mesos = {
	id: "mesos",
	name: "mesos",
	title: "The rows of 2016 that Mesos DC/OS lacks",
	tables: ["pods", "replicas"],
	claims: [
		...[
			"create 10 on 3",
			"create 50 on 3",
			"create 100 on 3",
			"create 200 on 3",
			"create 200 on 4",
			"scale 1 to 100 on 4",
			"rolling update of 10 on 4",
			"power-off with 100 on 4",
		].map((row) => ({
			id: row.replaceAll(" ", "-"),
			claim: `Seconds: ${row}`,
			published: "not measured in 2016",
			label: "shape",
			notAsserted: "a prediction with nothing to hold it against",
			measure({ runs }) {
				const of = ofRow(runs, row);
				const texts = [...new Set(of.map((run) => run.variant.runtime.name))].map((runtime) => {
					const own = of.filter((run) => run.variant.runtime.name === runtime);
					return `${spread(own.map(secondsOf))} with the runtime ${runtime} (${[...new Set(own.map(perNode))].slice(0, 2).join(" or ")})`;
				});
				return { measured: texts.join("; "), holds: null };
			},
		})),
		{
			id: "five-per-offer",
			claim: "No agent is given more than five tasks in one round of offers",
			published: "Marathon: max_tasks_per_offer 5",
			label: "verifies",
			measure({ runs }) {
				const most = Math.max(...runs.map(mostAtOnce));
				return { measured: `${most} at most`, holds: most <= 5 };
			},
		},
		{
			id: "second-set",
			claim: "A rolling update starts a full second set first, and nothing is out meanwhile",
			published: "Marathon: minimumHealthCapacity 1, maximumOverCapacity 1: peak 2n",
			label: "verifies",
			measure({ runs }) {
				const of = ofRow(runs, "rolling update of 10 on 4");
				const most = Math.max(...of.map((run) => extremes(run, THEN_US, "bound_time_us").most));
				const fewest = Math.min(...of.map((run) => extremes(run, THEN_US).fewest));
				return { measured: `${most} placed at most, ${fewest} running at least`, holds: most === 20 && fewest === 10 };
			},
		},
		{
			id: "lost-after-75",
			claim: "The tasks of an agent that is powered off are lost 75 to 90 s later, and wait for a back-off that all of them have made grow",
			published: "Mesos: 15 s x 5 pings from the first that it does not answer; Marathon 1.1: 1 s x 1.15 for each that is lost",
			label: "verifies",
			measure({ runs }) {
				const found = ofRow(runs, "power-off with 100 on 4").map((run) => {
					const pods = rowsOf(run, "pods");
					const firstUs = Math.min(
						...pods.map(({ submit_time_us }) => submit_time_us).filter((time) => time > THEN_US),
					);
					const lost = pods.filter(({ outcome }) => outcome === "failed").length;
					return { seconds: (firstUs - THEN_US) / 1e6 - 1.15 ** (lost - 1), lost };
				});
				const times = found.map((run) => run.seconds);
				const holds = times.every((time) => time >= 75 && time <= 90.1);
				const lost = Math.max(...found.map((run) => run.lost));
				return { measured: `lost after ${spread(times)} s; back-off up to ${text(1.15 ** (lost - 1))} s after ${lost}`, holds };
			},
		},
		{
			id: "between",
			claim: "After a power-off Mesos is slower than Swarm and faster than Kubernetes",
			published: "Swarm 21 s, Kubernetes 304.8 s (measured-2016.csv)",
			label: "shape",
			measure({ runs }) {
				const times = ofRow(runs, "power-off with 100 on 4").map(secondsOf);
				return { measured: `${spread(times)} s`, holds: times.every((time) => time > 21 && time < 304.8) };
			},
		},
		{
			id: "counts-requests",
			claim: "Of 300 only as many run as fit by what they ask for: 280 on 4 machines",
			published: "as Kubernetes, which refused the last ones; Swarm ran all",
			label: "verifies",
			measure({ runs }) {
				const counts = ofRow(runs, "create 300 on 4").map(
					(run) => rowsOf(run, "pods").filter(({ outcome }) => outcome === "running").length,
				);
				return { measured: text(Math.max(...counts)), holds: counts.every((count) => count === 280) };
			},
		},
	],
};

/** Runs of a job of chronos.yaml, first attempts or all. */
function runsOfJob(run, job, first = true) {
	const name = new RegExp(`ct-${job}-\\d+-${first ? "0" : "\\d+"}$`);
	return rowsOf(run, "pods").filter((pod) => name.test(pod.name));
}

const succeeded = (pods) => pods.filter(({ outcome }) => outcome === "succeeded").length;

export const chronos = {
	id: "chronos",
	name: "chronos",
	title: "Chronos: jobs that wait for others, beside two other frameworks",
	tables: ["pods"],
	claims: [
		{
			id: "rounds",
			claim: "A job with two parents runs once for each round that both have finished",
			published: "Chronos: JobGraph",
			label: "verifies",
			measure({ runs }) {
				const counts = runs.map((run) => {
					const [clean, enrich] = ["clean", "enrich"].map((job) => succeeded(runsOfJob(run, job, false)));
					return { loads: runsOfJob(run, "load").length, rounds: Math.min(clean, enrich) };
				});
				const holds = counts.every(({ loads, rounds }) => loads <= rounds && loads >= rounds - 1);
				return { measured: counts.map(({ loads, rounds }) => `${loads} of ${rounds}`).join(", "), holds };
			},
		},
		{
			id: "retries",
			claim: "What fails is tried twice more once, and not again until it has succeeded",
			published: "Chronos: 2 retries, none with an error since the last success",
			label: "verifies",
			measure({ runs }) {
				const failing = pick(runs, { exit: "failed" });
				const extra = failing.map((run) => runsOfJob(run, "enrich", false).length - runsOfJob(run, "enrich").length);
				return { measured: `${[...new Set(extra)].join(", ")} retries in two hours`, holds: extra.every((count) => count === 2) };
			},
		},
		{
			id: "share",
			claim: "On a full cell the jobs of Chronos wait seconds, and the pods of the framework that fills it minutes",
			published: "Mesos: the smallest dominant share is offered first",
			label: "shape",
			measure({ runs }) {
				const full = pick(runs, { batch: labels(runs, "batch").at(-1), exit: "succeeded" });
				const waits = (run, of) =>
					rowsOf(run, "pods").flatMap(({ name, pending_time_us }) =>
						of.test(name) && Number.isFinite(pending_time_us) ? [pending_time_us / 1e6] : [],
					);
				const mean = (numbers) => numbers.reduce((sum, number) => sum + number, 0) / numbers.length;
				const own = full.map((run) => mean(waits(run, /ct-/)));
				const others = full.map((run) => mean(waits(run, /^(?!default)/)));
				return {
					measured: `${spread(own)} s against ${spread(others)} s`,
					holds: Math.max(...own) < 60 && Math.min(...others) > 60,
				};
			},
		},
	],
};

const way = (run) => run.variant.way.name;
const ofWay = (runs, name) => runs.filter((run) => way(run) === name);
const CHANGE_US = 300e6;

/** Seconds from the change until nothing starts or ends any more. */
function lasts(run) {
	const times = rowsOf(run, "pods").flatMap(({ start_time_us, end_time_us }) =>
		[start_time_us, end_time_us].filter((time) => Number.isFinite(time) && time > CHANGE_US && time < 2_340e6),
	);
	return (Math.max(...times) - CHANGE_US) / 1e6;
}

export const blueGreen = {
	id: "blue-green",
	name: "blue-green",
	title: "Blue-green and canary under Marathon",
	tables: ["pods"],
	claims: [
		{
			id: "surplus",
			claim: "Blue-green needs less surplus than Marathon's default, which starts a full second set",
			published: "zdd.py: one instance, then half of what there is; Marathon: 1.0 / 1.0",
			label: "shape",
			measure({ runs }) {
				const [green, rolling] = ["blue-green", "rolling"].map((name) =>
					Math.max(...ofWay(runs, name).map((run) => extremes(run, CHANGE_US).most)),
				);
				return { measured: `${green} of 20 against ${rolling} at most`, holds: green < rolling && rolling === 40 };
			},
		},
		{
			id: "canary",
			claim: "A canary of 4 of 20 stays at a fifth of the instances",
			published: "marathon-lb: split by instance count",
			label: "verifies",
			measure({ runs }) {
				const counts = ofWay(runs, "canary").map((run) => {
					const running = rowsOf(run, "pods").filter(
						({ start_time_us, end_time_us }) =>
							start_time_us < 2_300e6 && !(Number.isFinite(end_time_us) && end_time_us < 2_300e6),
					);
					return `${running.filter(({ name }) => name.includes("green")).length} + ${running.filter(({ name }) => name.includes("blue")).length}`;
				});
				return { measured: [...new Set(counts)].join(", "), holds: counts.every((count) => count === "4 + 16") };
			},
		},
		{
			id: "time",
			claim: "Seconds until the new version is all that runs",
			published: "none",
			label: "shape",
			notAsserted: "a prediction with nothing to hold it against",
			measure({ runs }) {
				const texts = ["blue-green", "rolling", "rolling in place"].map(
					(name) => `${name} ${ofWay(runs, name).map((run) => `${Math.round(lasts(run))} (ready after ${run.variant.ready})`).join(", ")}`,
				);
				return { measured: texts.join("; "), holds: null };
			},
		},
	],
};
