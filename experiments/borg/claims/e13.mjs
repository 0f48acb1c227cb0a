import { quantile } from "../../lib/measure.mjs";
import { overCells, overheads } from "./compacted.mjs";

const apart = (runs, reclamation) =>
	overheads(runs, { split: "none", reclamation }, { split: "band", reclamation });

export const e13 = {
	id: "e13",
	name: "e13-segregation",
	title: "Production apart from the rest",
	claims: [
		{
			id: "more-machines",
			claim: "Apart, it takes 15 % to 35 % more machines in the median cell",
			published: "20 % to 30 % in the median cell (section 5.2, Fig. 5)",
			label: "validates",
			measure({ runs }) {
				const shares = apart(runs, true);
				const middle = quantile(shares, 0.5);
				return { measured: overCells(shares), holds: middle >= 0.15 && middle <= 0.35 };
			},
			notInCi: "cells of 30 to 40 machines",
		},
		{
			id: "every-cell",
			claim: "Apart, it takes more machines in every cell",
			published: "more in every cell (Fig. 5)",
			label: "shape",
			measure({ runs }) {
				const shares = apart(runs, true);
				return { measured: overCells(shares), holds: shares.every((share) => share > 0) };
			},
		},
		{
			id: "without-reclamation",
			claim: "Where nothing is reclaimed, together or apart, the median is at most two thirds of that",
			published: "our reading: others use what production keeps for peaks",
			label: "shape",
			measure({ runs }) {
				const [on, off] = [apart(runs, true), apart(runs, false)];
				return { measured: overCells(off), holds: quantile(off, 0.5) <= (2 / 3) * quantile(on, 0.5) };
			},
			notInCi: "cells of 30 to 40 machines",
		},
	],
};
