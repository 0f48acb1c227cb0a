/** The two tables of the canonical format: columns, rows of them made from specs, and specs made from rows. */

import type { TableSpec } from "../../metrics/table.js";
import type { ResourceList } from "../../objects/resources.js";
import { type GpuDevices, type GpuRequest, type NodeSpec, PLAIN_FACTS, type PodFacts } from "../../objects/spec.js";
import type { JobArrival, PodArrival } from "../arrivals.js";

/** A value as a table holds it. */
export type Cell = number | string | boolean | null;

export const NODES: TableSpec = {
	name: "nodes",
	description: "nodes of a cluster",
	columns: [
		{ name: "name", type: "utf8", description: "name of the node" },
		{
			name: "cpu_allocatable_milli",
			type: "int64",
			unit: "milli",
			description: "cpu that pods may request; null if not listed",
			nullable: true,
		},
		{
			name: "memory_allocatable_bytes",
			type: "int64",
			unit: "bytes",
			description: "memory that pods may request; null if not listed",
			nullable: true,
		},
		{
			name: "pods_allocatable",
			type: "int64",
			unit: "1",
			description: "pods the node takes; null is the kubelet's default",
			nullable: true,
		},
		{ name: "gpu_count", type: "int64", unit: "1", description: "GPU devices; null without", nullable: true },
		{ name: "gpu_model", type: "utf8", description: "model of the devices", nullable: true },
		{ name: "unschedulable", type: "bool", description: "cordoned" },
		{ name: "labels", type: "utf8", description: "JSON map; null if empty", nullable: true },
		{ name: "taints", type: "utf8", description: "JSON list of {key, value, effect}; null if empty", nullable: true },
		{
			name: "other_allocatable",
			type: "utf8",
			description: "JSON map of further resources, canonical units; null if none",
			nullable: true,
		},
	],
};

const EXITS = ["succeeded", "failed"] as const;

export const PODS: TableSpec = {
	name: "pods",
	description: "pods in order of arrival; the pods of a job follow each other",
	columns: [
		{ name: "time_us", type: "int64", unit: "us", description: "arrival of the job" },
		{ name: "job", type: "utf8", description: "name of the job" },
		{ name: "index_in_job", type: "int64", description: "0 begins a new job" },
		{ name: "gang", type: "bool", description: "all pods of the job start at once or none does" },
		{
			name: "max_workers",
			type: "int64",
			unit: "1",
			description: "pods among which the work of the job can be shared; null if only those it has",
			nullable: true,
		},
		{
			name: "estimates",
			type: "utf8",
			description: "JSON map of estimates of the job's run time, microseconds by name; null if none",
			nullable: true,
		},
		{ name: "name", type: "utf8", description: "name of the pod; null is <job>-<index>", nullable: true },
		{
			name: "cpu_request_milli",
			type: "int64",
			unit: "milli",
			description: "requested cpu; null if none",
			nullable: true,
		},
		{
			name: "memory_request_bytes",
			type: "int64",
			unit: "bytes",
			description: "requested memory; null if none",
			nullable: true,
		},
		{ name: "gpu_count", type: "int64", unit: "1", description: "requested devices; null if none", nullable: true },
		{ name: "gpu_milli", type: "int64", unit: "milli-gpu", description: "milli of each device", nullable: true },
		{ name: "gpu_models", type: "utf8", description: "JSON list of accepted models; null accepts any", nullable: true },
		{
			name: "duration_us",
			type: "int64",
			unit: "us",
			description: "run time once started; null is for ever",
			nullable: true,
		},
		{ name: "exit", type: { enum: EXITS }, description: "how the run ends" },
		{ name: "cpu_usage_fraction", type: "float64", unit: "1", description: "mean usage as a fraction of the request" },
		{
			name: "memory_usage_fraction",
			type: "float64",
			unit: "1",
			description: "mean usage as a fraction of the request",
		},
		{
			name: "observed_start_us",
			type: "int64",
			unit: "us",
			description: "start observed in the trace; null if not",
			nullable: true,
		},
		{ name: "censored", type: "bool", description: "the trace cut the pod's life off: the duration is a lower bound" },
		{
			name: "other_requests",
			type: "utf8",
			description: "JSON map of further requests, canonical units; null if none",
			nullable: true,
		},
		{
			name: "facts",
			type: "utf8",
			description: "JSON map of what differs from a plain pod (priority, labels, ...); null if nothing",
			nullable: true,
		},
	],
};

/** Cells of a node, in the order of `NODES`; booleans are 0 and 1, NaN is null. */
export function nodeCells(node: NodeSpec): (number | string | null)[] {
	const { cpu, memory, pods, ...others } = node.allocatable;
	return [
		node.name,
		cpu ?? Number.NaN,
		memory ?? Number.NaN,
		pods ?? Number.NaN,
		node.gpu?.count ?? Number.NaN,
		node.gpu?.model ?? null,
		Number(node.unschedulable),
		jsonMap(node.labels),
		node.taints.length === 0 ? null : JSON.stringify(node.taints),
		jsonMap(others),
	];
}

/** Cells of pod number `index` of `job`, in the order of `PODS`. */
export function podCells(job: JobArrival, index: number): (number | string | null)[] {
	const pod = job.pods[index]!;
	const { facts, requests, gpu } = pod.spec;
	const { cpu, memory, ...others } = requests;
	return [
		job.timeUs,
		job.name,
		index,
		Number(job.gang),
		job.maxWorkers ?? Number.NaN,
		job.estimates === undefined ? null : jsonMap(job.estimates),
		pod.name,
		cpu ?? Number.NaN,
		memory ?? Number.NaN,
		gpu?.count ?? Number.NaN,
		gpu?.milli ?? Number.NaN,
		gpu === null || gpu.models.length === 0 ? null : JSON.stringify(gpu.models),
		pod.durationUs === Infinity ? Number.NaN : pod.durationUs,
		EXITS.indexOf(pod.exit),
		pod.cpuUsageFraction,
		pod.memoryUsageFraction,
		pod.observedStartUs,
		Number(pod.censored),
		jsonMap(others),
		factsText(facts),
	];
}

/** The node in row `row` of `columns`, which are in the order of `NODES`. */
export function nodeOf(columns: readonly (readonly Cell[])[], row: number): NodeSpec {
	const [name, cpu, memory, pods, gpuCount, gpuModel, unschedulable, labels, taints, others] = columns.map(
		(cells) => cells[row]!,
	);
	const gpu: GpuDevices | null =
		gpuCount === null ? null : { count: gpuCount as number, model: (gpuModel as string) ?? "" };
	return {
		name: name as string,
		labels: fromJson<NodeSpec["labels"]>(labels, {}),
		taints: fromJson<NodeSpec["taints"]>(taints, []),
		unschedulable: unschedulable as boolean,
		allocatable: amounts({ cpu, memory, pods }, others),
		gpu,
	};
}

/** A row of `PODS`, read back: which job it belongs to, and the pod. */
export interface PodCells {
	readonly timeUs: number;
	readonly job: string;
	readonly index: number;
	readonly gang: boolean;
	readonly maxWorkers: number | null;
	readonly estimates: JobArrival["estimates"] | null;
	readonly pod: PodArrival;
}

/** Reads rows of `PODS`. Equal facts become one object, so that interning them in a cell stays a pointer look-up. */
export class PodReader {
	readonly #facts = new Map<string | null, PodFacts>([[null, PLAIN_FACTS]]);

	/** The pod in row `row` of `columns`, which are in the order of `PODS`. */
	row(columns: readonly (readonly Cell[])[], row: number): PodCells {
		const [timeUs, job, index, gang, maxWorkers, estimates, name, cpu, memory, gpuCount, gpuMilli, ...rest] =
			columns.map((cells) => cells[row]!);
		const [gpuModels, durationUs, exit, cpuUsage, memoryUsage, observedStartUs, censored, others, facts] = rest;
		const gpu: GpuRequest | null =
			gpuCount === null
				? null
				: { count: gpuCount as number, milli: gpuMilli as number, models: fromJson<readonly string[]>(gpuModels, []) };
		const pod: PodArrival = {
			name: name as string | null,
			spec: { facts: this.#factsOf(facts as string | null), requests: amounts({ cpu, memory }, others), gpu },
			durationUs: (durationUs as number | null) ?? Infinity,
			exit: exit as PodArrival["exit"],
			cpuUsageFraction: cpuUsage as number,
			memoryUsageFraction: memoryUsage as number,
			observedStartUs: (observedStartUs as number | null) ?? Number.NaN,
			censored: censored as boolean,
		};
		return {
			timeUs: timeUs as number,
			job: job as string,
			index: index as number,
			gang: gang as boolean,
			maxWorkers: maxWorkers as number | null,
			estimates: fromJson<JobArrival["estimates"] | null>(estimates, null),
			pod,
		};
	}

	#factsOf(text: string | null): PodFacts {
		const known = this.#facts.get(text);
		if (known !== undefined) return known;
		// Traces with facts of their own for every pod must not fill the memory.
		if (this.#facts.size > KNOWN_FACTS) this.#facts.clear();
		const facts = { ...PLAIN_FACTS, ...(JSON.parse(text ?? "{}") as Partial<PodFacts>) };
		this.#facts.set(text, facts);
		return facts;
	}
}

const KNOWN_FACTS = 16_384;

/** What differs from a plain pod. Texts of shared facts objects are kept for as long as those live. */
function factsText(facts: PodFacts): string | null {
	if (facts === PLAIN_FACTS) return null;
	const known = factsTexts.get(facts);
	if (known !== undefined) return known;
	const plain: Readonly<Record<string, unknown>> = { ...PLAIN_FACTS };
	const differing = Object.entries(facts).filter(
		([key, value]) => JSON.stringify(value) !== JSON.stringify(plain[key]),
	);
	const text = jsonMap(Object.fromEntries(differing));
	factsTexts.set(facts, text);
	return text;
}

const factsTexts = new WeakMap<PodFacts, string | null>();

function jsonMap(map: Readonly<Record<string, unknown>>): string | null {
	return Object.keys(map).length === 0 ? null : JSON.stringify(map);
}

function fromJson<Value>(text: Cell | undefined, absent: Value): Value {
	return typeof text === "string" ? (JSON.parse(text) as Value) : absent;
}

function amounts(columns: Readonly<Record<string, Cell | undefined>>, others: Cell | undefined): ResourceList {
	const list: Record<string, number> = {};
	for (const resource in columns) if (typeof columns[resource] === "number") list[resource] = columns[resource];
	return Object.assign(list, fromJson<ResourceList>(others, {}));
}
