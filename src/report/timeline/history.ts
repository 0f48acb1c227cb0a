/**
 * What a timeline knows of one run: its nodes, its pods, and when which pod was where. Made from the run's tables, in Node.js or in the
 * page, or unpacked from what a report holds. Times are microseconds from the start of the run.
 */

export interface CellHistory {
	/** When the run ended. */
	readonly endUs: number;
	/** Names, in the order in which they were added; the index is what the rest calls a node. */
	readonly nodes: readonly string[];
	/** What pods may request on each node, the most that was sampled; null where the table `nodes` was not written. */
	readonly capacity: Readonly<Record<Resource, Float64Array>> | null;
	readonly pods: Pods;
	readonly stays: Stays;
	/** When nodes were not ready, or not there. */
	readonly absences: Absences;
	/** What is in use, sampled; null where nobody measured it. */
	readonly samples: UsageSamples | null;
	/** Names of scheduler processes. */
	readonly schedulers: readonly string[];
	/** What is missing, and how to have it. */
	readonly notes: readonly string[];
}

export const RESOURCES = ["cpu", "memory", "gpu"] as const;
export type Resource = (typeof RESOURCES)[number];

/** Columns by pod, in the order of the table. A time that never came is NaN. */
export interface Pods {
	readonly length: number;
	/** Position in the order of submission, by which `cellsim explain` knows it too. */
	readonly ordinals: Float64Array;
	readonly names: readonly string[];
	/** What it asks for, as an index into `shapes`. */
	readonly shape: Int32Array;
	readonly shapes: readonly PodShape[];
	readonly submitUs: Float64Array;
	/** First binding. */
	readonly boundUs: Float64Array;
	/** NaN for those alive at the end of the run. */
	readonly endUs: Float64Array;
	/** How it ended, or its phase at the end of the run, as an index into `outcomes`. */
	readonly outcome: Int32Array;
	readonly outcomes: readonly string[];
	readonly attempts: Float64Array;
	readonly requeues: Float64Array;
	/** The scheduler process that placed it, or its job, last; -1 where that is not known. */
	readonly scheduler: Int32Array;
	/** Why the last attempt in vain of its job was in vain, as an index into `reasons`; -1 without one. */
	readonly reason: Int32Array;
	readonly reasons: readonly string[];
}

/** Pods that ask for the same. */
export interface PodShape {
	readonly className: string;
	readonly priority: number;
	/** milli-CPU, bytes, thousandths of a GPU. */
	readonly cpu: number;
	readonly memory: number;
	readonly gpu: number;
}

/** A row for each time that a pod was on a node, from its binding on. */
export interface Stays {
	readonly length: number;
	/** Index among the pods. */
	readonly pod: Int32Array;
	readonly node: Int32Array;
	readonly fromUs: Float64Array;
	/** The end of the run for those that go on. */
	readonly toUs: Float64Array;
}

export const ABSENCE_KINDS = ["not ready", "not there"] as const;

export interface Absences {
	readonly length: number;
	readonly node: Int32Array;
	/** Index into `ABSENCE_KINDS`. */
	readonly kind: Int32Array;
	readonly fromUs: Float64Array;
	readonly toUs: Float64Array;
}

/** Shares of capacity in use as levels (`level.ts`), a row a node and a column a sample. */
export interface UsageSamples {
	readonly timesUs: Float64Array;
	readonly cpu: Uint8Array;
	readonly memory: Uint8Array;
}

/** For each node, which of some rows are on it: `order` from `start[node]` to `start[node + 1]`, in the order of the rows. */
export interface ByNode {
	readonly start: Int32Array;
	readonly order: Int32Array;
}

export function byNode(nodes: number, node: Int32Array): ByNode {
	const start = new Int32Array(nodes + 1);
	for (const n of node) start[n + 1]!++;
	for (let n = 0; n < nodes; n++) start[n + 1]! += start[n]!;
	const next = start.slice(0, nodes);
	const order = new Int32Array(node.length);
	for (let row = 0; row < node.length; row++) order[next[node[row]!]!++] = row;
	return { start, order };
}
