import { labels, pick, valuesOf } from "../../lib/measure.mjs";
import { overCells, overheads } from "./compacted.mjs";

const [ALL, LARGE, SMALL] = ["1", "0.08", "0.008"];
const WHY =
	"here every user has production and the rest in the same proportions, and loses little by being alone; what the paper's users run is not published, nor how much of a cell's memory 100 TiB are";
const more = (runs, userShare) => overheads(runs, { userShare: ALL }, { userShare });

export const e14 = {
	id: "e14",
	name: "e14-users",
	title: "Cells for large users",
	claims: [
		{
			id: "cells",
			claim: "At the larger threshold there are 2 to 16 times as many cells",
			published: "2 to 16 times as many (section 5.2, Fig. 6)",
			label: "shape",
			measure({ runs }) {
				const counts = labels(runs, "cell").map((cell) =>
					Math.max(...valuesOf(pick(runs, { cell, userShare: LARGE }), "cells")),
				);
				const holds = counts.every((count) => count >= 2 && count <= 16);
				return {
					measured: `${Math.min(...counts)} to ${Math.max(...counts)}`,
					holds,
					...(holds ? {} : { why: "how many users are that large hangs on what share of a cell 100 TiB are: 8 % is our assumption" }),
				};
			},
			notInCi: "how large the largest user is differs too much among cells of 60 machines",
		},
		{
			id: "machines",
			claim: "At the larger threshold it takes 20 % to 150 % more machines, in every cell",
			published: "20 % to 150 % more (section 5.2, Fig. 6)",
			label: "validates",
			measure({ runs }) {
				const shares = more(runs, LARGE);
				const holds = shares.every((share) => share >= 0.2 && share <= 1.5);
				return { measured: overCells(shares), holds, ...(holds ? {} : { why: WHY }) };
			},
			notInCi: "cells of 60 machines",
		},
		{
			id: "smaller-threshold",
			claim: "The smaller threshold takes at least as many machines as the larger one, in every cell",
			published: "more at 10 TiB than at 100 TiB (Fig. 6)",
			label: "shape",
			measure({ runs }) {
				const [large, small] = [more(runs, LARGE), more(runs, SMALL)];
				return { measured: overCells(small), holds: small.every((share, i) => share >= large[i]) };
			},
		},
	],
};
