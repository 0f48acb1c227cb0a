import { expect, test } from "vitest";
import { variantColumns, worstText } from "../../src/cli/comparison-text.js";
import { plainTable } from "../../src/cli/text-table.js";
import type { ComparedMetric } from "../../src/experiment/results/compare.js";

const row = (metric: string, variant: string, baseMean: number, mean: number): ComparedMetric => ({
	metric,
	unit: null,
	better: "lower",
	variant,
	baseMean,
	mean,
	difference: mean - baseMean,
	percent: baseMean === 0 ? null : (100 * (mean - baseMean)) / baseMean,
	interval: null,
	probability: null,
	seeds: 2,
	verdict: mean === baseMean ? "equal" : "worse",
	most: null,
});

test("a column a variant; where each has a base of its own, none is shown", () => {
	const rows = [
		row("attempts", "a", 10, 15),
		row("attempts", "b", 10, 10),
		row("conflicts", "a", 0, 1),
		row("conflicts", "b", 2, 3),
	];
	const { columns, rows: lines } = variantColumns({ base: "x", rows, notes: [] });
	expect(plainTable(columns, lines)).toMatchInlineSnapshot(`
		"metric               base                   a                  b
		attempts               10  15 (+50.0 %) worse   10 (0.0 %) equal
		conflicts  (each its own)             1 worse  3 (+50.0 %) worse
		"
	`);
});

test("the worst seed with commands to copy", () => {
	const worst = {
		metric: "pending_time_mean_us",
		variant: "policy=b c",
		seed: "4",
		before: 1_000_000,
		after: 120_000_000,
		runs: ["r/policy=a,seed=4", "r/policy=b c,seed=4"],
		pods: [{ pod: "p-1", before: null, after: 2_000_000 }],
	} as const;
	expect(worstText([worst, { ...worst, pods: null }])).toBe(
		`pending_time_mean_us, policy=b c: worst on seed 4, 1.00 s -> 2.00 min
  p-1 waited for ever -> 2.00 s: cellsim explain 'r/policy=b c,seed=4' p-1
  where they part: cellsim diff r/policy=a,seed=4 'r/policy=b c,seed=4'

pending_time_mean_us, policy=b c: worst on seed 4, 1.00 s -> 2.00 min
  no pods are named: add 'pods' to spec.outputs.tables
  where they part: cellsim diff r/policy=a,seed=4 'r/policy=b c,seed=4'
`,
	);
});
