/**
 * The golden data of openb as a suite. Of the FGD study the recorded decisions of five policies, and the published tables over the arrived
 * load for every arrival order that is there; Random is not repeated, since it draws from a list whose order is a race there. Means over
 * orders that are drawn here beside the published means, Random among them. Of the PAI simulator its results by queue policy.
 */
import type { GpuFragmentation } from "../../../src/metrics/gpu-fragmentation.js";
import { InputError } from "../../../src/objects/input-error.js";
import type { Comparison, Difference, GoldenCase, Suite } from "../suite.js";
import {
	arrivalsOf,
	eventsIn,
	nodesOf,
	type Published,
	podsOf,
	publishedIn,
	TABLES,
	type Workload,
	workloadsIn,
} from "./golden.js";
import { meanCases } from "./means.js";
import { paiCases } from "./pai.js";
import { type Event, type Input, POLICIES, replay } from "./replay.js";

/** Both the published figures and those that went into them are rounded to two decimals. */
const TOLERANCE = 0.0101;
/** Half of the last decimal that is written down. */
const PRINTED = 0.005 + 1e-6;

export const openbSuite: Suite = {
	cases(folder) {
		const cases = [...decisionCases(folder), ...tableCases(folder), ...meanCases(folder), ...paiCases(folder)];
		if (cases.length > 0) return cases;
		throw new InputError("neither decisions/ nor pai/ holds anything to repeat", { file: folder, line: 0, column: 0 });
	},
	exceptions: [],
};

/** Every event after every arrival, where it was recorded. */
function decisionCases(folder: string): readonly GoldenCase[] {
	return workloadsIn(folder).flatMap((workload) =>
		[...workload.decisions].map(([policy, file]) => ({
			name: `decisions ${workload.trace} ${workload.seed} ${policy}`,
			compare: () => compareDecisions(policy, file, inputOf(folder, { ...workload, order: file })),
		})),
	);
}

function compareDecisions(policy: string, file: string, input: Input): Comparison {
	const expected = eventsIn(file);
	const differences: Difference[] = [];
	if (!POLICIES.has(policy)) {
		differences.push({ path: "policy", expected: policy, got: [...POLICIES.keys()] });
		return { decisions: expected.length, equal: 0, differences };
	}
	let seq = 0;
	let equal = 0;
	const gpuMilli = input.nodes.reduce((sum, { gpu }) => sum + 1000 * (gpu?.count ?? 0), 0);
	replay(policy, input, (event) => {
		const found = compareEvent(`events[${seq}]`, expected[seq++]!, event, gpuMilli);
		if (found.length === 0) equal++;
		differences.push(...found);
	});
	return { decisions: expected.length, equal, differences };
}

function compareEvent(
	path: string,
	expected: ReadonlyMap<string, string>,
	{ node, devices, usedMilli, arrivedMilli, fragmentedMilli }: Event,
	gpuMilli: number,
): readonly Difference[] {
	const text = {
		node: node?.replace(/^openb-node-/, "") ?? "",
		gpus: devices.join("-"),
		used_gpu_milli: String(usedMilli),
		arrived_gpu_milli: String(arrivedMilli),
	};
	const numbers = {
		frag_milli: fragmentedMilli,
		frag_ratio_pct: (100 * fragmentedMilli) / (gpuMilli - usedMilli),
	};
	return [
		...Object.entries(text).filter(([column, got]) => expected.get(column) !== got),
		...Object.entries(numbers).filter(([column, got]) => !(Math.abs(Number(expected.get(column)) - got) <= PRINTED)),
	].map(([column, got]) => ({ path: `${path}.${column}`, expected: expected.get(column), got }));
}

/** The published tables for every arrival order that is there. */
function tableCases(folder: string): readonly GoldenCase[] {
	const workloads = workloadsIn(folder);
	if (workloads.length === 0) return [];
	const tables = Object.keys(TABLES).map((name) => {
		const table = name as keyof typeof TABLES;
		return { table, rows: publishedIn(folder, table) };
	});
	return workloads.flatMap((workload) => {
		const { trace, seed } = workload;
		return [...POLICIES.keys()].flatMap((policy) => {
			const published = tables.flatMap(({ table, rows }) => {
				const row = rows.get(`${trace}/${seed}/${policy}`);
				return row ? [{ table, row }] : [];
			});
			if (published.length === 0) return [];
			return {
				name: `tables ${trace} ${seed} ${policy}`,
				compare: () =>
					compareTables(
						published,
						replay(policy, inputOf(folder, workload), () => {}),
					),
			};
		});
	});
}

function compareTables(
	published: readonly { readonly table: keyof typeof TABLES; readonly row: Published }[],
	measured: GpuFragmentation,
): Comparison {
	const differences: Difference[] = [];
	let decisions = 0;
	for (const { table, row } of published) {
		for (const [load, expected] of row) {
			decisions++;
			const got = 100 * (measured.atLoad(load)?.[table] ?? Number.NaN);
			const equal = Number.isNaN(expected) ? Number.isNaN(got) : Math.abs(expected - got) <= TOLERANCE;
			if (!equal) differences.push({ path: `${table}[${load}]`, expected, got });
		}
	}
	return { decisions, equal: decisions - differences.length, differences };
}

function inputOf(folder: string, workload: Workload): Input {
	return { nodes: nodesOf(folder, workload), pods: podsOf(folder, workload), arrivals: arrivalsOf(workload) };
}
