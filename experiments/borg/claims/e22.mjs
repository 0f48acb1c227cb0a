import { median, percent, pick, text } from "../../lib/measure.mjs";

/** Bands that there are below production: what lowestPriority makes of them. */
const BANDS = { one: 110, two: 0 };

export const e22 = {
	id: "e22",
	name: "e22-evictions",
	title: "Evictions and cascades",
	tables: ["evictions"],
	claims: [
		{
			id: "production-spared",
			claim: "Non-production tasks are evicted 5 times as often as production at least, per week of running",
			published: "many times as often (Fig. 3); 5 is our reading",
			label: "shape",
			measure({ runs }) {
				const ratios = Object.values(BANDS).map((lowestPriority) => {
					const at = pick(runs, { productionPreemption: "forbidden", lowestPriority });
					return rate(at, "non_production") / rate(at, "production");
				});
				return { measured: ratios.map((ratio) => `${text(ratio)} times`).join(", "), holds: Math.min(...ratios) >= 5 };
			},
		},
		{
			id: "preemption-leads",
			claim: "Most evictions of non-production tasks are preemptions",
			published: "preemption is the largest part (Fig. 3)",
			label: "shape",
			notAsserted: "how the parts compare in the figure is known from memory only",
			measure({ runs }) {
				const at = pick(runs, { productionPreemption: "forbidden" });
				const share = rate(at, "non_production.cause_preemption") / rate(at, "non_production");
				return { measured: percent(share), holds: share > 0.5 };
			},
		},
		{
			id: "machines-take-production",
			claim: "With the rule, production is evicted by machines that fail or are shut down, and by nothing else",
			published: "no preemption within the production band (section 2.5)",
			label: "verifies",
			measure({ runs }) {
				const at = pick(runs, { productionPreemption: "forbidden" });
				const other = at.filter(({ metrics }) => (metrics.get("evictions_per_pod_week.production.cause_preemption") ?? 0) > 0);
				const parts = ["machine_failure", "machine_shutdown"].map((cause) => rate(at, `production.cause_${cause}`));
				return {
					measured: `failures ${text(parts[0])}, shutdowns ${text(parts[1])} a task-week, no preemption`,
					holds: other.length === 0 && parts.every((part) => part > 0),
				};
			},
		},
		{
			id: "rule-on",
			claim: "With the rule, and one band below production, no preemption follows another (99 % quantile of the depth)",
			published: "most cascades are eliminated (section 2.5)",
			label: "shape",
			measure({ runs }) {
				const depth = deepest(runs, "forbidden", BANDS.one, "p99");
				return { measured: `depth ${depth}`, holds: depth <= 1 };
			},
		},
		{
			id: "rule-off",
			claim: "Without it, preemptions cascade (99 % quantile of the depth above 1)",
			published: "a task of slightly lower priority is bumped, and bumps another in turn (section 2.5)",
			label: "shape",
			measure({ runs }) {
				const depths = Object.values(BANDS).map((lowest) => deepest(runs, "allowed", lowest, "p99", Math.min));
				return { measured: `depths ${depths.join(", ")}`, holds: Math.min(...depths) > 1 };
			},
		},
		{
			id: "as-deep-as-bands",
			claim: "With the rule, no cascade is deeper than there are bands below production; without it some are",
			published: "follows from the rule",
			label: "verifies",
			measure({ runs }) {
				const on = Object.values(BANDS).map((lowest) => deepest(runs, "forbidden", lowest, "max"));
				const off = Object.values(BANDS).map((lowest) => deepest(runs, "allowed", lowest, "max"));
				return {
					measured: `at most ${on.join(", ")} with it, ${off.join(", ")} without`,
					holds: on[0] <= 1 && on[1] <= 2 && off[0] > 1 && off[1] > 2,
				};
			},
		},
		{
			id: "every-cause",
			claim: "Every pod that lost its node has a cause, and every preemption somebody for whom it was, or nobody came",
			published: "five causes (Fig. 3)",
			label: "verifies",
			measure({ runs }) {
				const counts = runs.map(causes);
				const [rows, lost, alone] = ["rows", "lost", "alone"].map((key) => counts.reduce((sum, c) => sum + c[key], 0));
				return {
					measured: `${rows} of ${lost}, nobody came for ${alone} of them`,
					holds: counts.every(({ rows, lost, alone }) => rows === lost && alone <= 0.01 * rows),
				};
			},
		},
		{
			id: "notice",
			claim: "80 % of the tasks that are preempted while they run get notice, within 2 points",
			published: "about 80 % (section 2.3)",
			label: "calibrated",
			measure({ runs }) {
				const share = median(runs, "preemption_notice_share");
				return { measured: percent(share, 1), holds: Math.abs(share - 0.8) <= 0.02 };
			},
		},
	],
};

/** Evictions per task-week of a group, median over seeds. */
function rate(runs, group) {
	return median(runs, `evictions_per_pod_week.${group}`);
}

/** The worst of the seeds, or the best. */
function deepest(runs, productionPreemption, lowestPriority, quantile, worst = Math.max) {
	const at = pick(runs, { productionPreemption, lowestPriority });
	return worst(...at.map(({ metrics }) => metrics.get(`preemption_cascade_depth_${quantile}`)));
}

/** Evictions with a cause, times that pods lost their nodes, preemptions for which nobody came. */
function causes({ tables, metrics }) {
	const table = tables.get("evictions");
	const [cause, preemptor] = ["cause", "preemptor"].map((name) => Array.from(table.get(name)));
	const named = cause.filter((name) => name !== null);
	const alone = cause.filter((name, i) => name === "preemption" && !Number.isFinite(preemptor[i]));
	return { rows: named.length, lost: metrics.get("pods_requeued"), alone: alone.length };
}
