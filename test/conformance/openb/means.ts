/**
 * Means over ten orders of arrival that cellsim draws itself, beside the means over the ten published ones: close to them, and the policies
 * in the same order. Orders, copies and draws are those of the trace format `openb` in an experiment (`experiments/openb-fgd/e27-fgd.yaml`).
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { SeededRandomSource } from "../../../src/engine/random.js";
import { shuffled } from "../../../src/engine/shuffled.js";
import { tuned } from "../../../src/workload/formats/openb-order.js";
import { podRow } from "../../../src/workload/formats/openb-rows.js";
import type { Comparison, Difference, GoldenCase } from "../suite.js";
import { nodeListOf, podListFile, podsOf, publishedIn, rowsOf, TABLES } from "./golden.js";
import { type Input, POLICIES, RANDOM, replay } from "./replay.js";

const TRACE = "default";
const SEEDS = 10;
/** The study has pods arrive until they ask for so much of the GPU. */
const LOAD = 1.3;
/** Points that two means over ten orders may be apart. */
const POINTS = 0.5;

const COMPARED = [
	{ table: "allocated", load: 100 },
	{ table: "allocated", load: 130 },
	{ table: "fragmented", load: 100 },
] as const satisfies readonly { table: keyof typeof TABLES; load: number }[];
type Compared = (typeof COMPARED)[number];

/** None where the list or the published tables are not there. */
export function meanCases(folder: string): readonly GoldenCase[] {
	const tables = Object.values(TABLES).map((name) => join(folder, "expected", name));
	if (![podListFile(folder, TRACE), ...tables].every((file) => existsSync(file))) return [];
	return [{ name: `means ${TRACE} over ${SEEDS} own orders`, compare: () => compareMeans(folder) }];
}

function compareMeans(folder: string): Comparison {
	const measured = measuredMeans(folder);
	const differences: Difference[] = [];
	let decisions = 0;
	for (const compared of COMPARED) {
		const path = `${compared.table}[${compared.load}]`;
		const expected = publishedMeans(folder, compared);
		for (const [policy, mean] of expected) {
			decisions++;
			const got = measured(policy, compared);
			if (!(Math.abs(got - mean) <= POINTS)) differences.push({ path: `${path}.${policy}`, expected: mean, got });
		}
	}
	const last: Compared = { table: "allocated", load: 130 };
	const expected = ranked(publishedMeans(folder, last));
	const got = ranked(new Map(expected.map((policy) => [policy, measured(policy, last)])));
	decisions++;
	if (expected.join() !== got.join()) differences.push({ path: "order", expected, got });
	return { decisions, equal: decisions - differences.length, differences };
}

/** By policy, over all seeds that were published. */
function publishedMeans(folder: string, { table, load }: Compared): ReadonlyMap<string, number> {
	const rows = [...publishedIn(folder, table)];
	return new Map(
		[RANDOM, ...POLICIES.keys()].map((policy) => [
			policy,
			mean(
				rows
					.filter(([key]) => key.startsWith(`${TRACE}/`) && key.endsWith(`/${policy}`))
					.map(([, row]) => row.get(load)!),
			),
		]),
	);
}

function measuredMeans(folder: string): (policy: string, compared: Compared) => number {
	const inputs = Array.from({ length: SEEDS }, (_, i) => ownOrder(folder, String(i + 1)));
	const runs = new Map(
		[RANDOM, ...POLICIES.keys()].map((policy) => [policy, inputs.map((input) => replay(policy, input, () => {}))]),
	);
	return (policy, { table, load }) => mean(runs.get(policy)!.map((run) => 100 * run.atLoad(load)![table]));
}

/** Pods and nodes in an order drawn by a seed, and copies of pods behind them up to the load. */
function ownOrder(folder: string, seed: string): Input {
	const random = new SeededRandomSource(seed);
	const file = podListFile(folder, TRACE);
	const list = rowsOf(file).map(({ line, cells }) => podRow(file, { line, cells: [...cells.values()] }));
	const all = [...nodeListOf(folder).values()];
	const gpuMilli = all.reduce((sum, { gpu }) => sum + 1000 * (gpu?.count ?? 0), 0);
	const order = shuffled(list, random.stream("workload/openb/order"));
	return {
		nodes: shuffled(all, random.stream("cluster/openb/order")),
		pods: podsOf(folder, { trace: TRACE }),
		arrivals: tuned(order, list, LOAD * gpuMilli, random.stream("workload/openb/load")).map(({ name }) =>
			name.replace(/-tuned-\d+$/, ""),
		),
		random: random.stream("scheduler/main"),
	};
}

/** Policies from the lowest to the highest. */
function ranked(values: ReadonlyMap<string, number>): readonly string[] {
	return [...values].sort(([, a], [, b]) => a - b).map(([policy]) => policy);
}

function mean(values: readonly number[]): number {
	return values.reduce((sum, value) => sum + value, 0) / values.length;
}
