import { quantile } from "../../lib/measure.mjs";
import { overCells, overheads } from "./compacted.mjs";

const lower = (runs) => overheads(runs, { rounded: "none" }, { rounded: "production" });
/** A machine for each task that fits on none any more. */
const upper = (runs) =>
	overheads(
		runs,
		{ rounded: "none" },
		{ rounded: "production" },
		({ metrics }) => metrics.get("machines") + metrics.get("unplaceable_tasks"),
	);

export const e16 = {
	id: "e16",
	name: "e16-bucketing",
	title: "Fixed sizes for production",
	claims: [
		{
			id: "more-resources",
			claim: "In the median cell it takes 20 % to 60 % more machines, by the lower bound and by the upper",
			published: "30 % to 50 % more resources in the median cell (section 5.4, Fig. 9)",
			label: "validates",
			measure({ runs }) {
				const bounds = [lower(runs), upper(runs)];
				return {
					measured: `lower ${overCells(bounds[0])}; upper ${overCells(bounds[1])}`,
					holds: bounds.every((shares) => quantile(shares, 0.5) >= 0.2 && quantile(shares, 0.5) <= 0.6),
				};
			},
			notInCi: "cells of 30 to 40 machines",
		},
		{
			id: "every-cell",
			claim: "It takes more machines in every cell",
			published: "more in every cell (Fig. 9)",
			label: "shape",
			measure({ runs }) {
				const shares = lower(runs);
				return { measured: overCells(shares), holds: shares.every((share) => share > 0) };
			},
		},
	],
};
