import { median, percent, pick, text } from "../../lib/measure.mjs";

const RESOURCES = ["cpu", "memory"];

export const e29 = {
	id: "e29",
	name: "e29-autopilot",
	title: "Autopilot: limits that follow usage",
	claims: [
		slackClaim("by hand", "slack-by-hand", "Slack of limits by hand is 46 %, within 8 points", "46 % (abstract)", 0.46),
		slackClaim("autopilot", "slack-autopilot", "Under Autopilot it is 23 %, within 8 points", "23 % (abstract)", 0.23),
		{
			id: "severe",
			claim: "Jobs severely hit by running out of memory are halved at least",
			published: "a tenth (abstract); half is our reading",
			label: "shape",
			measure({ runs }) {
				const [hand, autopilot] = ["by hand", "autopilot"].map((limits) =>
					median(pick(runs, { limits }), "pods_oom_killed_again"),
				);
				return { measured: `${text(hand)} to ${text(autopilot)}`, holds: hand > 0 && autopilot <= hand / 2 };
			},
		},
		{
			id: "vpa",
			claim:
				"Kubernetes' vertical pod autoscaler, whose bounds are wide for the first days, leaves more slack than Autopilot",
			published: "our question",
			label: "shape",
			measure({ runs }) {
				const [vpa, autopilot] = ["vpa", "autopilot"].map((limits) => slacks(runs, limits));
				return { measured: words(vpa), holds: vpa.every((slack, i) => slack > autopilot[i]) };
			},
		},
	],
};

function slackClaim(limits, id, claim, published, wanted) {
	return {
		id,
		claim,
		published,
		label: "calibrated",
		measure({ runs }) {
			const found = slacks(runs, limits);
			return { measured: words(found), holds: found.every((slack) => Math.abs(slack - wanted) <= 0.08) };
		},
	};
}

/** Limits less usage, over limits: pods count for their limits. */
function slacks(runs, limits) {
	return RESOURCES.map((resource) =>
		median(
			pick(runs, { limits }),
			({ metrics }) => 1 - metrics.get(`${resource}_utilization`) / metrics.get(`${resource}_allocation`),
		),
	);
}

function words([cpu, memory]) {
	return `CPU ${percent(cpu)}, memory ${percent(memory)}`;
}
