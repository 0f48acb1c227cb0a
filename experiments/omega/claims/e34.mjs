import { curve, labels, median, percent, pick } from "../../lib/measure.mjs";

const CONFLICTS = "conflicts_per_transaction";

export const e34 = {
	id: "e34",
	name: "e34-protean-agents",
	title: "Agents that pick among the N best nodes",
	claims: [
		{
			id: "larger-n-fewer-conflicts",
			claim: "With several agents, conflicts fall with N",
			published: "that is why agents pick at random (OSDI 2020)",
			label: "shape",
			measure({ runs }) {
				const counts = labels(runs, "agents").filter((agents) => agents !== "1");
				const lines = counts.map((agents) => ({
					agents,
					ys: curve(pick(runs, { demand: 0.87, agents }), "top", CONFLICTS).map(({ y }) => y),
				}));
				return {
					measured: lines
						.map(({ agents, ys }) => `${agents} agents: ${ys.map((y) => percent(y, 1)).join(", ")}`)
						.join("; "),
					holds: lines.every(({ ys }) => ys.every((y, i) => i === 0 || y < ys[i - 1])),
				};
			},
		},
		{
			id: "conflicts-below-one-percent",
			claim: "Below 1 % with 4 agents and N of 16 and more",
			published: "negligible (OSDI 2020); 1 % is our reading",
			label: "shape",
			notInCi: "a tenth of the nodes has a tenth of the good ones to choose among",
			measure({ runs }) {
				const worst = Math.max(
					...[16, 64].map((top) => median(pick(runs, { demand: 0.87, agents: 4, top }), CONFLICTS)),
				);
				return { measured: percent(worst, 2), holds: worst < 0.01 };
			},
		},
		{
			id: "packing-loss",
			claim: "N of 64 costs less than 2 % of the allocation that N of 1 reaches, with one agent",
			published: "small; 2 % is our reading",
			label: "shape",
			notInCi: "a full cell is not among the runs",
			measure({ runs }) {
				const [best, random] = [1, 64].map((top) =>
					median(pick(runs, { demand: 1.03, agents: 1, top }), "cpu_allocation"),
				);
				return { measured: `${percent(best, 2)} to ${percent(random, 2)}`, holds: 1 - random / best < 0.02 };
			},
		},
		{
			id: "utilisation",
			claim: "85 to 90 % of the key resource in use",
			published: "85 to 90 % (abstract)",
			label: "shape",
			notAsserted: "the demand is put in, at that level",
			measure: ({ runs }) => ({
				measured: percent(median(pick(runs, { demand: 0.87, agents: 4, top: 16 }), "cpu_allocation"), 1),
				holds: null,
			}),
		},
		{
			id: "latency",
			claim: "An allocation takes milliseconds, through caches",
			published: "a few ms (abstract)",
			label: "shape",
			notAsserted: "no cache is modelled: the decision time is put in",
		},
	],
};
