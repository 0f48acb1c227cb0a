import { labels, pick, text } from "../../lib/measure.mjs";

const NODES = 24;
const PODS = 48;
const AWAY_S = 120;
/** From the eviction of a pod until the next one is ready: 2 s to start and 20 s until it serves. */
const READY_S = 22;
/** Pods that may be missing; percentages round up. */
const BUDGETS = { 1: 1, "10%": 5, "25%": 12 };
const BEGIN_US = 60e6;

export const drain = {
	id: "drain",
	name: "drain",
	title: "Node upgrades in waves, under budgets",
	tables: ["pods", "replicas", "object_events"],
	claims: [
		{
			id: "budget",
			claim: "No more pods are missing at a time than the budget allows, however many nodes are drained at once",
			published: "that is what budgets promise of evictions (Kubernetes, Disruptions)",
			label: "verifies",
			measure({ runs }) {
				const worst = labels(runs, "budget").map((budget) => [
					budget,
					Math.max(...pick(runs, { budget }).map((run) => PODS - leastAvailable(run))),
				]);
				return {
					measured: worst.map(([budget, missing]) => `${budget}: ${missing} of ${BUDGETS[budget]}`).join(", "),
					holds: worst.every(([budget, missing]) => missing <= BUDGETS[budget]),
				};
			},
		},
		{
			id: "missing",
			claim: "What is missing in all is 22 pod-seconds for each eviction, whatever the wave and the budget",
			published: "follows: the next pod is made at once, and is ready after 22 s",
			label: "verifies",
			measure({ runs }) {
				const each = runs.map((run) => run.metrics.get("replicas_missing_pod_seconds") / evictions(run));
				return {
					measured: `${text(Math.min(...each))} to ${text(Math.max(...each))} pod-seconds`,
					holds: each.every((seconds) => Math.abs(seconds / READY_S - 1) <= 0.03),
					why: "an evicted pod that was not ready yet was missing already",
				};
			},
		},
		{
			id: "bounds",
			claim:
				"An upgrade takes as long as its nodes are away or as its evictions take under the budget, whichever is longer, and less than both one after the other",
			published: "follows: 24 nodes x 2 min / nodes at once; evictions x 22 s / budget",
			label: "verifies",
			measure({ runs }) {
				const within = runs.map((run) => {
					const [away, evicting] = [awayS(run), (evictions(run) * READY_S) / BUDGETS[run.axes.get("budget")]];
					// kubectl drain looks for pods that are gone each second, and asks again for refused ones after 5 s.
					const slack = (6 * NODES) / Number(run.axes.get("atOnce"));
					return durationS(run) >= Math.max(away, evicting) && durationS(run) <= away + evicting + slack;
				});
				return { measured: `in ${within.filter(Boolean).length} of ${runs.length} runs`, holds: within.every(Boolean) };
			},
		},
		{
			id: "waves",
			claim: "Under a budget of 25 %, eight nodes at once are done in a sixth of the time of one by one, or sooner",
			published: "our expectation: an eighth, less what cannot overlap",
			label: "shape",
			measure({ runs }) {
				const minutes = labels(runs, "atOnce").map(
					(atOnce) => durationS(pick(runs, { atOnce, budget: "25%" })[0]) / 60,
				);
				return { measured: `${minutes.map(text).join(", ")} min`, holds: minutes.at(-1) <= minutes[0] / 6 };
			},
		},
		{
			id: "binding",
			claim: "Under a budget of one pod, eight nodes at once save less than a tenth of the time of four",
			published: "our expectation: the budget is the bottleneck by then",
			label: "shape",
			measure({ runs }) {
				const minutes = labels(runs, "atOnce").map((atOnce) => durationS(pick(runs, { atOnce, budget: 1 })[0]) / 60);
				return { measured: `${minutes.map(text).join(", ")} min`, holds: minutes[3] > 0.9 * minutes[2] };
			},
		},
		{
			id: "moves",
			claim: "The more nodes at once, the more pods are moved more than once",
			published: "our expectation was the opposite: one by one, pods would move onto nodes whose turn is still to come",
			label: "shape",
			measure({ runs }) {
				const moved = labels(runs, "atOnce").map((atOnce) => evictions(pick(runs, { atOnce, budget: "25%" })[0]));
				return {
					measured: `${moved.join(", ")} evictions of ${PODS} pods with 1, 2, 4 and 8 at once`,
					holds: moved.every((count, i) => i === 0 || count >= moved[i - 1]),
					why: "a node that is back is the emptiest, so that one by one the pods of the next go there",
				};
			},
		},
	],
};

/** Pods that ended: nothing else ends one here. */
function evictions({ tables }) {
	return Array.from(tables.get("pods").get("end_time_us")).filter((us) => us !== null && !Number.isNaN(Number(us)))
		.length;
}

function leastAvailable({ tables }) {
	const [times, kinds, available] = ["time_us", "kind", "available"].map((name) => tables.get("replicas").get(name));
	return Math.min(...Array.from(available).filter((_, i) => kinds[i] === "Deployment" && times[i] > BEGIN_US));
}

function durationS({ tables }) {
	const [times, reasons] = ["time_us", "reason"].map((name) => tables.get("object_events").get(name));
	const ends = Array.from(times, Number).filter((_, i) => reasons[i] === "UpgradeFinished");
	if (ends.length !== NODES) throw new Error(`${ends.length} of ${NODES} nodes were upgraded`);
	return (Math.max(...ends) - BEGIN_US) / 1e6;
}

function awayS({ axes }) {
	return Math.ceil(NODES / Number(axes.get("atOnce"))) * AWAY_S;
}
