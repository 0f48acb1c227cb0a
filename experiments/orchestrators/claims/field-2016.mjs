import { pick, quantile, text, valuesOf } from "../../lib/measure.mjs";
import { settledUs, spreadOf } from "./settled.mjs";

const ACTION_US = 600e6;
/** What they are called in the file. */
const VERSIONS = { kubernetes: "kubernetes 1.4", swarm: "swarm 1.12" };
const SYSTEMS = Object.keys(VERSIONS);

/** Seconds and containers by node as they were measured; null where the source has none. What makes the row take what it takes. */
const ROWS = [
	row("create 10 on 3", [2.3, "3:4:3"], [7.0, "4:3:3"], "runtime, one container at a time"),
	row("create 50 on 3", [11.6, "17:17:16"], [14.3, "17:16:17"], "runtime; five requests a second of a kubelet"),
	row("create 100 on 3", [27.8, "34:33:33"], [22.2, "33:33:34"], "runtime, slower with each container there"),
	row("create 200 on 3", [83.2, "66:67:67"], [63.2, "66:67:66"], "runtime, slower with each container there"),
	row("create 200 on 4", [59.1, "50:50:50:50"], [41, "50:50:50:50"], "the same runtime, fewer containers on each"),
	row("create 300 on 4", [null, null], [70, "75:75:75:75"], "requests (LimitRange) against no reservations"),
	row("scale 1 to 100 on 4", [25.3, "25:25:25:25"], [26.4, "25:25:25:25"], "the same runtime and requests"),
	row("rolling update of 10 on 4", [7.1, "3:2:2:3"], [117, null], "new ones first, against 10 x (10 s grace + start)"),
	row("power-off with 100 on 4", [304.8, "33:33:34"], [21, null], "eviction timeout 300 s, against 3 heartbeats + 5 s"),
];

function row(name, [kubernetes, kubernetesSpread], [swarm, swarmSpread], mechanism) {
	const calibrated = name.endsWith("on 3");
	const spread = { kubernetes: kubernetesSpread, swarm: swarmSpread };
	return { name, calibrated, mechanism, measured: { kubernetes, swarm }, spread };
}

function ofSystem(runs, system, wanted) {
	return pick(runs, { system: VERSIONS[system], ...wanted });
}

/** Seconds of each run of a row, NaN for one that never got there. */
function secondsOf(runs, system, { name }) {
	return ofSystem(runs, system, { row: name }).map((run) => {
		const { then, first, image, silent } = run.variant.row;
		const acts = then !== first || image !== "web:1" || silent !== "none";
		return settledUs(run, then, acts ? ACTION_US : 0) / 1e6;
	});
}

/** Median over seeds; NaN if it was never reached. */
function simulated(runs, system, wanted) {
	return quantile(valuesOf(secondsOf(runs, system, wanted), (seconds) => seconds), 0.5);
}

function errorOf(runs, system, wanted) {
	return simulated(runs, system, wanted) / wanted.measured[system] - 1;
}

const named = (name) => ROWS.find((row) => row.name === name);
const signed = (share) => `${share < 0 ? "-" : "+"}${Math.abs(100 * share).toFixed(0)} %`;

/** `rows`: systems and names of rows. */
function within(share, rows) {
	return ({ runs }) => {
		const found = rows.map(([system, name]) => ({
			what: `${system}, ${name}`,
			error: errorOf(runs, system, named(name)),
		}));
		const far = found.filter(({ error }) => !(Math.abs(error) <= share));
		return {
			measured: found.map(({ what, error }) => `${what} ${signed(error)}`).join("; "),
			holds: far.length === 0,
			why: far.length === 0 ? "" : `beyond: ${far.map(({ what }) => what).join("; ")}`,
		};
	};
}

const spreadText = (spread) => [...spread].sort((a, b) => a - b).join(":");

export const field2016 = {
	id: "field-2016",
	name: "field-2016",
	title: "Kubernetes and Swarm on the same hosts, 2016",
	tables: ["pods", "replicas"],
	claims: [
		{
			id: "orders",
			claim: "Which of the two is faster, in the four predicted rows where both arrive",
			published: "measured-2016",
			label: "validates",
			measure: order(ROWS.filter(({ calibrated }) => !calibrated)),
		},
		{
			id: "calibrated-orders",
			claim: "Which of the two is faster, in the four rows of three workers",
			published: "measured-2016",
			label: "calibrated",
			notInCi: "a miss that is left as it is",
			measure: order(ROWS.filter(({ calibrated }) => calibrated)),
		},
		{
			id: "timers",
			claim: "What timers make of it within 20 %: Swarm's rolling update (ten times 10 s of grace), power-off under both",
			published: "117 s; 304.8 s and 21 s",
			label: "validates",
			measure: within(0.2, [
				["swarm", "rolling update of 10 on 4"],
				["kubernetes", "power-off with 100 on 4"],
				["swarm", "power-off with 100 on 4"],
			]),
		},
		{
			id: "rolling-update",
			claim: "Kubernetes' rolling update, two at a time, each seen when its kubelet looks next, within 20 %",
			published: "7.1 s",
			label: "validates",
			measure: within(0.2, [["kubernetes", "rolling update of 10 on 4"]]),
		},
		{
			id: "four-workers",
			claim: "What one runtime model says of four workers is within 20 % of what was measured there",
			published: "59.1 s and 41 s; 70 s; 25.3 s and 26.4 s",
			label: "validates",
			notInCi: "a miss that is left as it is",
			measure: within(0.2, [
				["kubernetes", "create 200 on 4"],
				["swarm", "create 200 on 4"],
				["swarm", "create 300 on 4"],
				["kubernetes", "scale 1 to 100 on 4"],
				["swarm", "scale 1 to 100 on 4"],
			]),
		},
		{
			id: "overcommit",
			claim: "Of 300 on four workers Kubernetes refuses the last ones, Swarm runs all, 75 a node",
			published: "unschedulable, insufficient resources; 75:75:75:75",
			label: "validates",
			measure({ runs }) {
				const [kubernetes, swarm] = SYSTEMS.map((system) =>
					ofSystem(runs, system, { row: "create 300 on 4" }).map((run) => spreadOf(run)),
				);
				return {
					measured: `Kubernetes ${spreadText(kubernetes[0].spread)} and ${kubernetes[0].pending} without a node, Swarm ${spreadText(swarm[0].spread)}`,
					holds:
						kubernetes.every(({ pending }) => pending > 0) &&
						swarm.every(({ spread, pending }) => pending === 0 && spreadText(spread) === "75:75:75:75"),
				};
			},
		},
		{
			id: "spread",
			claim: "Containers are spread over the nodes as evenly as measured, whichever node has one more",
			published: "3:4:3, 17:17:16, 34:33:33, 50:50:50:50, ...",
			label: "validates",
			measure({ runs }) {
				const wrong = [];
				let compared = 0;
				for (const { name, spread: published } of ROWS)
					for (const system of SYSTEMS) {
						if (published[system] === null) continue;
						compared++;
						const [run] = ofSystem(runs, system, { row: name });
						const { silent, then } = run.variant.row;
						const counts = published[system].split(":").map(Number);
						const found = spreadText(spreadOf(run, silent).spread);
						// One of the source's rows adds up to 199.
						const wanted = counts.reduce((sum, count) => sum + count, 0) === then ? spreadText(counts) : found;
						if (found !== wanted) wrong.push(`${system}, ${name}: ${found}`);
					}
				return {
					measured: `${compared - wrong.length} of ${compared}`,
					holds: wrong.length === 0,
					why: wrong.join("; "),
				};
			},
		},
		{
			id: "calibrated",
			claim: "The four rows of three workers, on which the runtime was calibrated, within 20 %",
			published: "2.3 s, 11.6 s, 27.8 s, 83.2 s; 7.0 s, 14.3 s, 22.2 s, 63.2 s",
			label: "calibrated",
			notAsserted: "two figures cannot meet Swarm's four",
			measure: within(
				0.2,
				ROWS.filter(({ calibrated }) => calibrated).flatMap(({ name }) => SYSTEMS.map((system) => [system, name])),
			),
		},
	],
	table: (runs) => [
		["row", "system", "measured", "simulated (median and range over seeds)", "error", "mechanism", "label"],
		["---", "---", "--:", "--:", "--:", "---", "---"],
		...ROWS.flatMap((row) => SYSTEMS.map((system) => tableRow(runs, system, row))),
	],
};

/** Whether that one is faster which was faster in the field. */
function order(candidates) {
	return ({ runs }) => {
		const rows = candidates.filter(({ measured }) => measured.kubernetes !== null && measured.swarm !== null);
		const times = rows.map((row) => ({ row, found: (system) => simulated(runs, system, row) }));
		const wrong = times.filter(({ row: { measured }, found }) => {
			const faster = (of) => of("kubernetes") < of("swarm");
			return faster((system) => measured[system]) !== faster(found);
		});
		return {
			measured: `${rows.length - wrong.length} of ${rows.length} as measured`,
			holds: wrong.length === 0,
			why: wrong
				.map(({ row, found }) => `${row.name}, ${SYSTEMS.map((system) => `${system} ${text(found(system))} s`).join(", ")}`)
				.join("; "),
		};
	};
}

function tableRow(runs, system, row) {
	const { name, mechanism, calibrated } = row;
	const seconds = secondsOf(runs, system, row).filter(Number.isFinite);
	const measured = row.measured[system];
	const range = seconds.length > 1 && Math.max(...seconds) - Math.min(...seconds) >= 0.1;
	const { spread, pending } = spreadOf(ofSystem(runs, system, { row: name })[0]);
	const reached = `${text(quantile(seconds, 0.5))} s${range ? ` (${text(Math.min(...seconds))} to ${text(Math.max(...seconds))})` : ""}`;
	const never = `unschedulable: ${spread.join(":")} and ${pending} without a node`;
	return [
		name,
		system,
		measured === null ? "unschedulable" : `${measured} s`,
		seconds.length === 0 ? never : reached,
		measured === null || seconds.length === 0 ? "-" : signed(errorOf(runs, system, row)),
		mechanism,
		calibrated ? "calibrated" : "predicted",
	];
}
