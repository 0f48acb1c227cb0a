import { labels, pick, quantile, rises } from "../../lib/measure.mjs";
import { overCells, overheads } from "./compacted.mjs";

const CELLS = ["2", "5", "10"];
const medians = (runs) => CELLS.map((cells) => quantile(overheads(runs, { cells: "1" }, { cells }), 0.5));

export const e15 = {
	id: "e15",
	name: "e15-subdivision",
	title: "Several smaller cells",
	claims: [
		{
			id: "monotone",
			claim: "2, 5 and 10 cells take more and more machines than one, in the median",
			published: "more, the more cells (section 5.3, Fig. 7; no number in the text)",
			label: "shape",
			measure({ runs }) {
				const usual = pick(runs, { tasksPerMachine: "10" });
				const shares = CELLS.map((cells) => overheads(usual, { cells: "1" }, { cells }));
				const middles = medians(usual);
				return {
					measured: CELLS.map((cells, i) => `${cells} cells ${overCells(shares[i])}`).join("; "),
					holds: middles[0] > 0 && rises(middles),
				};
			},
		},
		{
			id: "larger-tasks",
			claim: "With larger tasks, 10 cells take relatively more, in the median",
			published: "our expectation",
			label: "shape",
			measure({ runs }) {
				const byTasks = labels(runs, "tasksPerMachine").map((tasksPerMachine) =>
					overheads(pick(runs, { tasksPerMachine }), { cells: "1" }, { cells: "10" }),
				);
				const [usual, larger] = byTasks;
				if (larger === undefined) return { measured: "-", holds: null };
				return {
					measured: `${overCells(larger)}, against ${overCells(usual)}`,
					holds: quantile(larger, 0.5) > quantile(usual, 0.5),
				};
			},
			notInCi: "larger tasks are left out",
		},
	],
};
