import { labels, percent, pick, quantile, valuesOf } from "../../lib/measure.mjs";
import { compactSize, overCells } from "./compacted.mjs";

const LARGE = "16";

export const e12 = {
	id: "e12",
	name: "e12-compaction",
	title: "Cell compaction",
	claims: [
		{
			id: "smaller",
			claim: "Every cell can be made smaller",
			published: "all cells below 100 % of their machines (Fig. 4; the numbers are not in the text)",
			label: "shape",
			measure({ runs }) {
				const shares = labels(runs, "cell").map((cell) =>
					compactSize(pick(runs, { cell, search: "binary" }), "machines_share"),
				);
				return { measured: overCells(shares), holds: shares.every((share) => share < 1) };
			},
		},
		{
			id: "linear-agrees",
			claim: "Halving and taking machines away one by one agree within 1 %, cell by cell",
			published: "our expectation",
			label: "shape",
			measure({ runs }) {
				const differences = labels(runs, "cell").flatMap((cell) => {
					const [linear, binary] = ["linear", "binary"].map((search) => compactSize(pick(runs, { cell, search })));
					return Number.isFinite(linear) ? [Math.abs(binary / linear - 1)] : [];
				});
				return {
					measured: `${percent(Math.max(...differences), 1)} at most, over ${differences.length} cells`,
					holds: Math.max(...differences) <= 0.01,
				};
			},
			notInCi: "one machine of so small a cell is more than 1 %",
		},
		{
			id: "little-spread",
			claim: "In a cell of 5,000 machines, the largest and the smallest of 11 trials lie within 3 % of the median",
			published: "our expectation",
			label: "shape",
			measure({ runs }) {
				const sizes = valuesOf(pick(runs, { cell: LARGE }), "machines");
				if (sizes.length === 0) return { measured: "-", holds: null };
				const [least, most] = [Math.min(...sizes), Math.max(...sizes)];
				const spread = (most - least) / quantile(sizes, 0.5);
				return { measured: `${percent(spread, 1)}: ${least} to ${most} machines`, holds: spread <= 0.03 };
			},
			notInCi: "the large cell is left out",
		},
	],
};
