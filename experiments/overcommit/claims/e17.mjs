import { curve, median, percent, pick, text } from "../../lib/measure.mjs";

const SHARE = "cpu_reclaimed_work_share";

export const e17 = {
	id: "e17",
	name: "e17-reclamation",
	title: "Borg's reclamation, on and off",
	tables: ["pods", "nodes"],
	claims: [
		{
			id: "fewer-machines",
			claim: "With reclamation the workload fits on fewer machines",
			published: "many more machines without it (Fig. 10; no number)",
			label: "shape",
			measure({ runs }) {
				const [on, off] = ["on", "off"].map((reclamation) => fewest(runs, reclamation));
				return {
					measured: `fits from ${inMachines(on)} with it, from ${inMachines(off)} without`,
					holds: on !== null && (off === null || on < off),
				};
			},
		},
		{
			id: "share-on-reclaimed",
			claim: "Of the workload, 10 % to 30 % runs in reclaimed resources, on the fewest machines on which it fits",
			published: "about 20 % in the median cell (section 5.5)",
			label: "validates",
			notInCi: "a fifth of the cell: how much the tasks drawn ask for differs too much from what they should",
			measure({ runs }) {
				const on = pick(runs, { reclamation: "on", machines: fewest(runs, "on") });
				const [cpu, memory] = [median(on, SHARE), median(on, "memory_reclaimed_work_share")];
				return {
					measured: `CPU ${percent(cpu)}, memory ${percent(memory)}`,
					holds: [cpu, memory].every((share) => share >= 0.1 && share <= 0.3),
				};
			},
		},
		{
			id: "production-on-limits",
			claim: "Production is never placed on what is reclaimed: its limits fit on every machine at every time",
			published: "production is placed by limits (section 5.5)",
			label: "verifies",
			measure({ runs }) {
				const filled = pick(runs, { reclamation: "on" }).map(mostByLimits);
				const most = Math.max(...filled);
				return { measured: `${percent(most)} of a machine at most`, holds: most > 0 && most <= 1 };
			},
		},
		...["cpu", "memory"].map((resource) => ({
			id: `${resource}-order`,
			claim: `Usage, reservation and limit of ${resource === "cpu" ? "CPU" : "memory"} lie in this order, at the 10th, 50th and 90th percentile of tasks`,
			published: "usage far below limits, reservations between (Fig. 11)",
			label: "shape",
			measure({ runs }) {
				const on = pick(runs, { reclamation: "on", machines: fewest(runs, "on") });
				const at = [10, 50, 90].map((p) => ({
					p,
					used: median(on, `overcommit_usage_over_limit_p${p}.${resource}`),
					reserved: median(on, `overcommit_reservation_over_limit_p${p}.${resource}`),
				}));
				return {
					measured: at
						.map(({ p, used, reserved }) => `p${p} ${percent(used)}, ${percent(reserved)} of the limit`)
						.join("; "),
					holds: at.every(({ used, reserved }) => used <= reserved && reserved <= 1),
				};
			},
		})),
		{
			id: "seldom-exceeded",
			claim: "A task seldom uses more than is reserved for it: at 2 % of the reviews or fewer",
			published: "rises quickly when a task uses more (section 5.5); 2 % is our reading",
			label: "shape",
			measure({ runs }) {
				const on = pick(runs, { reclamation: "on" });
				const shares = ["cpu", "memory"].map((resource) => median(on, `overcommit_reservations_exceeded.${resource}`));
				return {
					measured: `CPU ${percent(shares[0], 1)}, memory ${percent(shares[1], 1)}`,
					holds: Math.max(...shares) <= 0.02,
				};
			},
		},
	],
};

/** The first point from which on the workload fits, as its label; null if there is none. */
function fewest(runs, reclamation) {
	const points = curve(pick(runs, { reclamation }), "machines", ({ tables }) => waitingShare(tables.get("pods")));
	const first = points.findIndex((_, i) => points.slice(i).every(({ y }) => y <= 0.002));
	return points[first]?.label ?? null;
}

/** Pods without a machine in the end, over those that are there then. */
function waitingShare(pods) {
	const alive = Array.from(pods.get("end_time_us"), (us, i) => [us, pods.get("outcome")[i]]).filter(
		([us]) => us === null || Number.isNaN(us),
	);
	return alive.filter(([, outcome]) => outcome === "pending").length / alive.length;
}

function inMachines(label) {
	return label === null ? "no point of the grid" : `${text(100 * Number(label))} %`;
}

/** The largest share of a machine that limits of production add up to, over all samples of all machines. */
function mostByLimits({ tables }) {
	const nodes = tables.get("nodes");
	const offered = nodes.get("other_allocatable");
	return Math.max(
		...Array.from(nodes.get("other_requested"), (requested, i) =>
			Math.max(...["firm/cpu", "firm/memory"].map((name) => amount(requested, name) / amount(offered[i], name))),
		),
	);
}

/** An amount of a text such as `firm/cpu=1000,firm/memory=5`; 0 if it is not there. */
function amount(list, name) {
	const [, value = "0"] = new RegExp(`(?:^|,)${name}=(\\d+)`).exec(list ?? "") ?? [];
	return Number(value);
}
