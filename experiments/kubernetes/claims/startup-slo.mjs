import { pick, quantile, text } from "../../lib/measure.mjs";

export const startupSlo = {
	id: "startup-slo",
	name: "startup-slo",
	title: "E31: how fast pods start, and what bounds it",
	tables: ["pods"],
	claims: [
		{
			id: "scheduler",
			claim: "With 3.33 ms a decision, 10,000 pods are bound in 33 to 37 s: the scheduler is the bottleneck",
			published: "270 pods/s at least, about 300 (scheduler_perf, SchedulingBasic 5000Nodes_10000Pods)",
			label: "calibrated",
			measure({ runs }) {
				const { bound } = part(runs, "scheduler");
				const last = Math.max(...bound);
				const rate = bound.length / last;
				return {
					measured: `${bound.length} pods in ${text(last)} s: ${text(rate)}/s`,
					holds: rate >= 10_000 / 37 && rate <= 10_000 / 33,
				};
			},
		},
		{
			id: "client",
			claim: "Controllers with 100 requests/s make 90 to 100 pods a second",
			published: "90 pods/s at least (clusterloader2, client of 100 requests/s)",
			label: "validates",
			measure({ runs }) {
				// The first 100 are free: the burst.
				const bound = [...part(runs, "client").bound].sort((a, b) => a - b).slice(100);
				const rate = (bound.length - 1) / (bound.at(-1) - bound[0]);
				return { measured: `${text(rate)}/s`, holds: rate >= 90 && rate <= 100.5 };
			},
		},
		{
			id: "slo",
			claim: "At a churn of 20 pods a second, 99 % of pods start within 5 s",
			published: "p99 at most 5 s (pod start-up SLO); 20 pods/s (thresholds)",
			label: "validates",
			measure({ runs }) {
				const p99 = quantile(starts(part(runs, "churn 20")), 0.99);
				return { measured: `${text(p99)} s`, holds: p99 <= 5, why: "2.5 s of them are put in" };
			},
		},
		{
			id: "cliff",
			claim: "The SLO holds at any churn below the rate of the scheduler, and is lost above it",
			published: "our expectation: one server of 300/s",
			label: "shape",
			measure({ runs }) {
				const churns = ["churn 20", "churn 150", "churn 270", "churn 330"];
				const p99 = churns.map((name) => quantile(starts(part(runs, name)), 0.99));
				return {
					measured: churns.map((name, i) => `${name.slice(6)}/s: ${text(p99[i])} s`).join(", "),
					holds: p99.slice(0, 3).every((s) => s <= 5) && p99[3] > 5,
				};
			},
		},
		{
			id: "sampling",
			claim:
				"The search stops at max(100, n x (50 - n / 125) %) nodes: 100 of 100, 120 of 250, 420 of 1,000, 500 of 5,000",
			published: "50 % at 100 nodes falling to 10 % at 5,000, 100 nodes at least (percentageOfNodesToScore)",
			label: "verifies",
			measure({ runs }) {
				const sizes = [100, 250, 1000, 5000];
				const found = sizes.map((nodes) => searched(part(runs, `sample ${nodes}`), nodes));
				return {
					measured: sizes.map((nodes, i) => `${found[i]} of ${nodes}`).join(", "),
					holds: found.join() === [100, 120, 420, 500].join(),
					why: "50 % of 100 nodes is never seen: the least, 100, prevails",
				};
			},
		},
	],
};

function part(runs, name) {
	const { tables } = pick(runs, { part: name })[0];
	const column = (of) => Array.from(tables.get("pods").get(of), (us) => (us === null ? Number.NaN : Number(us) / 1e6));
	const [submitted, bound, started] = ["submit_time_us", "bound_time_us", "start_time_us"].map(column);
	return { submitted, bound, started, nodes: tables.get("pods").get("node") };
}

/** Seconds from the submission of a pod until it runs. */
function starts({ submitted, started }) {
	return started.map((s, i) => s - submitted[i]).filter((s) => s >= 0);
}

/** How far the first search went: there the second began, on nodes that are all alike. At the end of the list it begins anew. */
function searched({ nodes }, count) {
	const [first, second] = [0, 1].map((i) => Number(nodes[i].split("-").at(-1)));
	// Whoever went through all of them begins with the first again, which is taken by now.
	return second - first === 1 ? count : second - first;
}
