import { labels, percent, pick, quantile, valuesOf } from "../../lib/measure.mjs";
import { compactSize, overCells, overheads } from "./compacted.mjs";

/** A score with the median over cells of what it needs more than the hybrid. */
function behindHybrid(runs) {
	const compacted = pick(runs, { method: "compact" });
	return labels(compacted, "score")
		.filter((score) => score !== "hybrid")
		.map((score) => ({ score, more: overheads(compacted, { score: "hybrid" }, { score }) }));
}

/** Median over cells of the mean over trials. */
function level(runs, wanted, metric) {
	const chosen = pick(runs, wanted);
	const means = labels(chosen, "cell").map((cell) => {
		const values = valuesOf(pick(chosen, { cell }), metric);
		return values.reduce((sum, value) => sum + value, 0) / values.length;
	});
	return quantile(means, 0.5);
}

export const e19 = {
	id: "e19",
	name: "e19-scoring",
	title: "Scores that pack",
	claims: [
		{
			id: "hybrid-packs-best",
			claim: "The hybrid needs the fewest machines in every cell",
			published: "that is why Borg uses it (section 3.2)",
			label: "shape",
			measure({ runs }) {
				const behind = behindHybrid(runs);
				return {
					measured: behind.map(({ score, more }) => `${score} +${percent(quantile(more, 0.5))}`).join(", "),
					holds: behind.every(({ more }) => more.every((share) => share >= 0)),
				};
			},
		},
		{
			id: "gain-over-best-fit",
			claim: "3 to 5 % fewer machines than best fit",
			published: "3-5 % better packing efficiency than best fit (section 3.2); 1 to 7 % accepted",
			label: "validates",
			notInCi: "so few machines tell no percents apart",
			measure({ runs }) {
				const compacted = pick(runs, { method: "compact" });
				const saved = labels(compacted, "cell").map((cell) => {
					const [hybrid, best] = ["hybrid", "best-fit"].map((score) => compactSize(pick(compacted, { cell, score })));
					return 1 - hybrid / best;
				});
				const middle = quantile(saved, 0.5);
				return {
					measured: overCells(saved),
					holds: middle >= 0.01 && middle <= 0.07,
					why:
						middle > 0.07
							? "the machines of these cells have 2 to 8 GiB a core and their tasks are drawn without regard to that, so that a score which looks at the sum of what is left strands far more than in a cell whose machines were bought for its work"
							: "",
				};
			},
		},
		{
			id: "best-fit-before-e-pvm",
			claim: "Best fit needs fewer machines than E-PVM",
			published: "the order of section 3.2: hybrid, best fit, E-PVM",
			label: "shape",
			notInCi: "so few machines tell no percents apart",
			measure({ runs }) {
				const compacted = pick(runs, { method: "compact" });
				const more = overheads(compacted, { score: "best-fit" }, { score: "e-pvm" });
				return {
					measured: `E-PVM over best fit: ${overCells(more)}`,
					holds: quantile(more, 0.5) > 0,
					why:
						quantile(more, 0.5) > 0
							? ""
							: "E-PVM charges most for the fuller resource and so keeps machines in balance, which counts for more here than tightness",
				};
			},
		},
		{
			id: "strands-least",
			claim: "CPU and memory that are stranded once the cell is compact: least with the hybrid",
			published: "it tries to reduce the amount of stranded resources (section 3.2)",
			label: "shape",
			notInCi: "so few machines are not equally full once they are compact: what is free and in balance is not stranded",
			measure({ runs }) {
				const compacted = pick(runs, { method: "compact" });
				const both = labels(compacted, "score").map((score) => ({
					score,
					cpu: level(compacted, { score }, "cpu_stranded"),
					memory: level(compacted, { score }, "memory_stranded"),
				}));
				const [hybrid, ...others] = both;
				return {
					measured: both.map(({ score, cpu, memory }) => `${score} ${percent(cpu, 1)} and ${percent(memory, 1)}`).join(", "),
					holds: others.every(({ cpu, memory }) => cpu >= hybrid.cpu && memory >= hybrid.memory),
				};
			},
		},
		{
			id: "empty-machines",
			claim: "In a cell of which 60 % is asked for, E-PVM leaves no machine empty, and best fit does",
			published: "E-PVM spreads over all machines, best fit leaves some machines empty (section 3.2)",
			label: "shape",
			measure({ runs }) {
				const loose = pick(runs, { method: "pack" });
				const empty = (score) => level(loose, { score }, "empty_machines") / level(loose, { score }, "machines");
				const scores = labels(loose, "score");
				const most = Math.max(...valuesOf(pick(loose, { score: "e-pvm" }), "empty_machines"));
				return {
					measured: scores.map((score) => `${score} ${percent(empty(score), 1)}`).join(", "),
					holds: most === 0 && empty("best-fit") > 0,
				};
			},
		},
	],
};
