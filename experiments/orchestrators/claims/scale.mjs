import { labels, pick, text } from "../../lib/measure.mjs";
import { orchestratorOf, settledUs } from "./settled.mjs";

/** When the last instance got its node, seconds. */
function placedSeconds(run) {
	const bound = Array.from(run.tables.get("pods").get("bound_time_us"), (us) => (us === null ? Number.NaN : Number(us)));
	return Math.max(...bound.map((us) => (Number.isNaN(us) ? Number.POSITIVE_INFINITY : us)).reduce(largest, [0])) / 1e6;
}

/** Spreading 100,000 arguments is too many. */
function largest([most], us) {
	return [Math.max(most, us)];
}

const readySeconds = (run) => settledUs(run, 10 * run.variant.nodes, 0) / 1e6;

/** Placed a second, from the first command to the last placement. */
const decisions = (run) => (10 * run.variant.nodes) / placedSeconds(run);

function byName(runs, name) {
	return runs.filter(({ variant }) => variant.orchestrator.name === name);
}

export const scale = {
	id: "scale",
	name: "scale",
	title: "How far does it scale?",
	tables: ["pods", "replicas"],
	claims: [
		{
			id: "all-placed",
			claim: "Every orchestrator gets all instances placed and ready, at every size",
			published: "our expectation",
			label: "shape",
			measure({ runs }) {
				const late = runs.filter((run) => !Number.isFinite(placedSeconds(run)) || Number.isNaN(readySeconds(run)));
				return {
					measured: `${runs.length - late.length} of ${runs.length} runs`,
					holds: late.length === 0,
					why: late.map((run) => `${orchestratorOf(run)} with ${run.variant.nodes} nodes`).join(", "),
				};
			},
		},
		{
			id: "swarm-faster",
			claim: "Swarm, in one process with its store, is ready sooner than Kubernetes of its time at every size",
			published: "about five times as fast on 1,000 nodes (sponsored by Docker, 2016)",
			label: "shape",
			measure({ runs }) {
				const found = labels(runs, "nodes").map((nodes) => {
					const of = (wanted) =>
						readySeconds(pick(runs, { nodes }).find((run) => orchestratorOf(run) === wanted));
					return { nodes, factor: of("kubernetes 1.4") / of("swarm 1.12") };
				});
				return {
					measured: found.map(({ nodes, factor }) => `${nodes} nodes: ${text(factor)} times`).join(", "),
					holds: found.every(({ factor }) => factor > 1),
					why: "far more than published: one ReplicaSet waits for its client here, and what grows with a swarm is not simulated",
				};
			},
		},
		{
			id: "kubernetes-throttled",
			claim: "What Kubernetes places a second does not grow with the cluster: its controllers' clients are throttled",
			published: "20 requests a second, 30 at once (kube-controller-manager)",
			label: "shape",
			measure({ runs }) {
				const rates = byName(runs, "kubernetes")
					.filter(({ variant }) => variant.nodes >= 100)
					.map(decisions);
				return {
					measured: `${text(Math.min(...rates))} to ${text(Math.max(...rates))} a second`,
					holds: Math.max(...rates) <= 22,
				};
			},
		},
		{
			id: "borg-decides",
			claim: "What Borg places a second does not fall with the cell: nothing holds its one scheduler up",
			published: "more than 10,000 tasks a minute (Borg paper, section 3.4), from which a decision takes 6 ms here",
			label: "shape",
			measure({ runs }) {
				const rates = byName(runs, "borg").map(decisions);
				return {
					measured: `${text(Math.min(...rates))} to ${text(Math.max(...rates))} a second`,
					holds: Math.min(...rates) >= 160,
				};
			},
		},
	],
	table: (runs) => [
		["orchestrator", "nodes", "instances", "placed after", "ready after", "placed a second", "conflicts"],
		["---", "--:", "--:", "--:", "--:", "--:", "--:"],
		...runs.map((run) => [
			orchestratorOf(run),
			String(run.variant.nodes),
			String(10 * run.variant.nodes),
			`${text(placedSeconds(run))} s`,
			`${text(readySeconds(run))} s`,
			text(decisions(run)),
			String(run.metrics.get("conflicts") ?? 0),
		]),
	],
};
