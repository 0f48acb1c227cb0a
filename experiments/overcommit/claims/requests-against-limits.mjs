import { curve, labels, median, percent, pick, rises, text } from "../../lib/measure.mjs";

const CLASSES = ["guaranteed", "burstable", "best_effort"];
/** Sums of rates over time leave a rest in the last digits. */
const REST = 1e-9;

export const requestsAgainstLimits = {
	id: "requests-against-limits",
	name: "requests-against-limits",
	title: "Requests against limits",
	claims: [
		{
			id: "nobody-at-one",
			claim: "Without overcommit nobody waits for CPU, and nobody is killed or evicted",
			published: "follows: limits fit",
			label: "verifies",
			measure({ runs }) {
				const at = pick(runs, { overcommit: 1 });
				const [waiting, killed, evicted] = ["cpu_waiting_share", "container_oom_kills", "evictions_per_pod_week"].map(
					(metric) => Math.max(...at.map(({ metrics }) => metrics.get(metric))),
				);
				return {
					measured: `waiting ${percent(waiting)}, killed ${killed}, evicted ${evicted}`,
					holds: waiting < REST && killed === 0 && evicted === 0,
				};
			},
		},
		{
			id: "throttled-by-own-limit",
			claim:
				"Throttling is by a pod's own limit: on idle nodes as on full ones, within 20 %, and of burstable pods only",
			published: "limits are hard (Kubernetes, resource management)",
			label: "shape",
			measure({ runs }) {
				const shares = curve(runs, "overcommit", "cpu_throttled_share.class_burstable");
				const others = ["guaranteed", "best_effort"].flatMap((name) =>
					curve(runs, "overcommit", `cpu_throttled_share.class_${name}`).map(({ y }) => y),
				);
				const ys = shares.map(({ y }) => y);
				return {
					measured: shares.map(({ label, y }) => `${label}x ${percent(y, 1)}`).join(", "),
					holds: Math.max(...ys) <= 1.2 * Math.min(...ys) && Math.max(...others) === 0,
				};
			},
		},
		{
			id: "waiting-order",
			claim: "Who requests least waits most for CPU, and more so with more overcommit",
			published: "CPU is shared by requests",
			label: "shape",
			measure({ runs }) {
				const byClass = CLASSES.map((name) => median(pick(runs, { overcommit: 2 }), `cpu_waiting_share.class_${name}`));
				const all = curve(runs, "overcommit", "cpu_waiting_share").map(({ y }) => y);
				return {
					measured: `at 2x ${CLASSES.map((name, i) => `${words(name)} ${percent(byClass[i], 1)}`).join(", ")}`,
					holds: byClass[0] <= byClass[1] + REST && byClass[1] < byClass[2] && rises(all, { slack: REST }),
				};
			},
		},
		{
			id: "eviction-order",
			claim: "Evictions hit best-effort pods most, then burstable ones; no guaranteed pod is evicted or killed",
			published: "order of node-pressure eviction, oom_score_adj (Kubernetes)",
			label: "shape",
			measure({ runs }) {
				const at = most(runs);
				const evicted = CLASSES.map((name) => median(at, `evictions_per_pod_week.class_${name}`));
				const killed = median(at, "container_oom_kills.class_guaranteed");
				return {
					measured: `at ${label(runs)}x ${CLASSES.map((name, i) => `${words(name)} ${text(evicted[i])}`).join(", ")} a pod-week; ${text(killed)} guaranteed containers killed`,
					holds: evicted[2] > evicted[1] && evicted[1] > 0 && evicted[0] === 0 && killed === 0,
				};
			},
		},
		{
			id: "evictions-grow",
			claim: "Evictions and kills begin somewhere above 1x, and grow from there",
			published: "our expectation",
			label: "shape",
			measure({ runs }) {
				const points = curve(
					runs,
					"overcommit",
					({ metrics }) => metrics.get("evictions_per_pod_week") + metrics.get("oom_kills_per_pod_week"),
				);
				return {
					measured: points.map(({ label: x, y }) => `${x}x ${text(y)}`).join(", "),
					holds: points[0].y === 0 && points.at(-1).y > 0 && rises(points.map(({ y }) => y)),
				};
			},
		},
	],
};

function label(runs) {
	return labels(runs, "overcommit").at(-1);
}

function most(runs) {
	return pick(runs, { overcommit: label(runs) });
}

function words(className) {
	return className.replace("_", " ");
}
