import { median, percent, pick, text } from "../../lib/measure.mjs";

const RESERVED = "overcommit_reservation_over_limit.memory";
const USED = "overcommit_usage_over_limit.memory";
const KILLED = "oom_kills_per_pod_week";

export const e18 = {
	id: "e18",
	name: "e18-aggressiveness",
	title: "Reclaiming more aggressively",
	claims: [
		{
			id: "reservation-order",
			claim: "Reservations of memory are nearest to usage with the aggressive setting, then medium, then base",
			published: "base > medium > aggressive > usage (Fig. 12)",
			label: "shape",
			measure({ runs }) {
				const [base, medium, aggressive] = settings(runs, RESERVED);
				const used = Math.max(...settings(runs, USED));
				return {
					measured: `base ${percent(base)}, medium ${percent(medium)}, aggressive ${percent(aggressive)}, used ${percent(used)} of the limits`,
					holds: base > medium && medium > aggressive && aggressive > used,
				};
			},
		},
		{
			id: "kills-order",
			claim: "Memory runs out more often, the nearer reservations are to usage",
			published: "base ≤ medium ≤ aggressive (Fig. 12)",
			label: "shape",
			measure({ runs }) {
				const [base, medium, aggressive] = settings(runs, KILLED);
				return {
					measured: `base ${text(base)}, medium ${text(medium)}, aggressive ${text(aggressive)} kills a pod-week`,
					holds: base <= medium && medium <= aggressive && aggressive > base,
				};
			},
		},
		{
			id: "kills-slight",
			claim: "The aggressive setting at most doubles them",
			published: "slightly more often (section 5.5); the factor is our reading",
			label: "shape",
			notInCi: "the base setting kills nobody there",
			measure({ runs }) {
				const [base, , aggressive] = settings(runs, KILLED);
				const holds = aggressive <= 2 * base;
				return {
					measured: base === 0 ? `${text(aggressive)} a pod-week instead of none` : `${text(aggressive / base)} times`,
					holds,
					...(holds
						? {}
						: {
								why: "no task here goes over its own limit, which a real cell always has and which no setting changes; and a margin of 10 % is less than what usage rises by in an hour",
							}),
				};
			},
		},
		{
			id: "same-again",
			claim: "The fourth week, base again, is like the first",
			published: "yes (Fig. 12)",
			label: "shape",
			notAsserted: "each setting is a run of its own here: both weeks would be the same run",
		},
	],
};

function settings(runs, metric) {
	return ["base", "medium", "aggressive"].map((setting) => median(pick(runs, { setting }), metric));
}
