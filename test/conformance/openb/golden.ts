/**
 * The golden data of the FGD study (openb): pod and node lists, arrival orders, ranks of nodes, recorded decisions, and the published
 * tables. What there is to repeat is found by looking at the files, so that more of them can be put there.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { InputError } from "../../../src/objects/input-error.js";
import type { NodeSpec, PodSpec } from "../../../src/objects/spec.js";
import { PLAIN_FACTS } from "../../../src/objects/spec.js";
import { nodeRow, podRow } from "../../../src/workload/formats/openb-rows.js";

/** One arrival order of one workload. */
export interface Workload {
	/** `default`, `gpuspec33`. */
	readonly trace: string;
	readonly seed: string;
	/** The file that holds the order: arrivals, or the decisions of a policy. */
	readonly order: string;
	/** Files of recorded decisions by policy: `FGD`. */
	readonly decisions: ReadonlyMap<string, string>;
}

export interface Row {
	readonly line: number;
	/** By column. */
	readonly cells: ReadonlyMap<string, string>;
}

/** The arrival orders in a folder, by name. */
export function workloadsIn(folder: string): readonly Workload[] {
	const found = new Map<string, { arrivals: string | null; decisions: Map<string, string> }>();
	const decisions = join(folder, "decisions");
	for (const name of existsSync(decisions) ? readdirSync(decisions).sort() : []) {
		const [, key, what] = /^(.+_seed\d+)_([A-Za-z]+)\.csv\.gz$/.exec(name) ?? [];
		if (key === undefined || what === undefined) continue;
		let files = found.get(key);
		if (!files) found.set(key, (files = { arrivals: null, decisions: new Map() }));
		if (what === "arrivals") files.arrivals = join(decisions, name);
		else files.decisions.set(what, join(decisions, name));
	}
	return [...found].map(([key, { arrivals, decisions }]) => {
		const [, trace = "", seed = ""] = /^(.+)_seed(\d+)$/.exec(key) ?? [];
		return { trace, seed, order: arrivals ?? [...decisions.values()][0]!, decisions };
	});
}

/** Names of the pods of an arrival order, as in the pod list: `openb-pod-0255`; clones have the name of what they are clones of. */
export function arrivalsOf({ order }: Workload): readonly string[] {
	return rowsOf(order).map((row) => `openb-pod-${cell(order, row, "pod").replace(/-tuned-\d+$/, "")}`);
}

/** The nodes with GPU by name, in the order of their list. */
export function nodeListOf(folder: string): ReadonlyMap<string, NodeSpec> {
	const list = join(folder, "data", "openb_node_list_gpu_node.csv");
	const nodes = new Map<string, NodeSpec>();
	for (const { line, cells } of rowsOf(list)) {
		const { name, cpuMilli, memoryBytes, gpu } = nodeRow(list, { line, cells: [...cells.values()] });
		const allocatable = { cpu: cpuMilli, memory: memoryBytes, pods: 1001 };
		nodes.set(name, { name, labels: {}, taints: [], unschedulable: false, allocatable, gpu });
	}
	return nodes;
}

/** Nodes in the order in which ties go to them. */
export function nodesOf(folder: string, { trace, seed }: Workload): readonly NodeSpec[] {
	const nodes = nodeListOf(folder);
	const ranks = join(folder, "decisions", `${trace}_seed${seed}_node_rank.csv`);
	return rowsOf(ranks).map((row) => named(nodes, ranks, row, cell(ranks, row, "node")));
}

/** The pods of a list by name, in its order. */
export function podsOf(folder: string, { trace }: Pick<Workload, "trace">): ReadonlyMap<string, PodSpec> {
	const list = podListFile(folder, trace);
	const pods = new Map<string, PodSpec>();
	for (const { line, cells } of rowsOf(list)) {
		const { name, cpuMilli, memoryBytes, gpu } = podRow(list, { line, cells: [...cells.values()] });
		pods.set(name, { facts: PLAIN_FACTS, requests: { cpu: cpuMilli, memory: memoryBytes }, gpu });
	}
	return pods;
}

export function podListFile(folder: string, trace: string): string {
	return join(folder, "data", `openb_pod_list_${trace}.csv`);
}

/** What a recorded event says, by column; the text of the file. */
export function eventsIn(file: string): readonly ReadonlyMap<string, string>[] {
	return rowsOf(file).map(({ cells }) => cells);
}

export const TABLES = {
	allocated: "analysis_allo_discrete.csv",
	fragmented: "analysis_frag_discrete.csv",
	fragmentedOfIdle: "analysis_frag_ratio_discrete.csv",
} as const;

/** Published percentages by arrived load in percent; NaN where the table is blank. */
export type Published = ReadonlyMap<number, number>;

/** The rows of a published table, by `trace/seed/policy`. */
export function publishedIn(folder: string, table: keyof typeof TABLES): ReadonlyMap<string, Published> {
	const file = join(folder, "expected", TABLES[table]);
	const published = new Map<string, Published>();
	for (const row of rowsOf(file)) {
		const trace = cell(file, row, "workload").replace(/^openb_pod_list_/, "");
		const policy = cell(file, row, "sc_policy").replace(/^\d+-/, "");
		const loads = [...row.cells].filter(([column]) => /^\d+$/.test(column));
		const values = loads.map(([load, text]) => [Number(load), text === "" ? Number.NaN : Number(text)] as const);
		published.set(`${trace}/${cell(file, row, "seed")}/${policy}`, new Map(values));
	}
	return published;
}

function cell(file: string, { line, cells }: Row, column: string): string {
	const text = cells.get(column);
	if (text === undefined) throw new InputError(`there is no column '${column}'`, { file, line, column: 0 });
	return text;
}

function named<Thing>(things: ReadonlyMap<string, Thing>, file: string, { line }: Row, name: string): Thing {
	const thing = things.get(name);
	if (thing === undefined) throw new InputError(`'${name}' is in no list`, { file, line, column: 0 });
	return thing;
}

/** Rows of a CSV file without quotes, gzipped or plain. */
export function rowsOf(file: string): readonly Row[] {
	const bytes = read(file);
	const text = (file.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString("utf8");
	const [header = "", ...lines] = text.trimEnd().split("\n");
	const columns = header.trimEnd().split(",");
	return lines.map((line, i) => {
		const cells = line.trimEnd().split(",");
		if (cells.length !== columns.length) {
			const message = `${cells.length} cells, and the header has ${columns.length} columns`;
			throw new InputError(message, { file, line: i + 2, column: 0 });
		}
		return { line: i + 2, cells: new Map(columns.map((column, c) => [column, cells[c]!])) };
	});
}

function read(file: string): Buffer {
	try {
		return readFileSync(file);
	} catch (error) {
		throw new InputError(`cannot be read: ${(error as Error).message}`, { file, line: 0, column: 0 });
	}
}
