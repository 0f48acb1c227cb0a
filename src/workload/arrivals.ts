/**
 * The canonical workload: what every trace format and every generator yields, and the only thing that a simulation reads.
 */
import type { JobArrival } from "../objects/arrival.js";
import type { ClusterManifest } from "../objects/cluster-manifests.js";
import type { InputPosition } from "../objects/input-error.js";
import type { NodeSpec } from "../objects/spec.js";

export type { JobArrival, PodArrival } from "../objects/arrival.js";

/**
 * A stream of jobs. Batches are in non-decreasing time, and so are the jobs inside a batch. The reader pulls: nothing is
 * read further ahead than one batch, so memory does not grow with the trace.
 */
export type ArrivalStream = AsyncIterable<readonly JobArrival[]> | Iterable<readonly JobArrival[]>;

/** Counts what an importer did to rows that it could not take as they are. Each rule is one row of `import_report`. */
export class ImportReport {
	readonly #counts = new Map<
		string,
		{ rule: string; source: string; action: "dropped" | "repaired" | "noted"; rows: number; example: string }
	>();

	/** Counts one row under `rule`. `example` is kept from the first: "file:line value". */
	count(source: string, rule: string, action: "dropped" | "repaired" | "noted", example: string, rows = 1): void {
		const key = `${source}\0${rule}`;
		const known = this.#counts.get(key);
		if (known) known.rows += rows;
		else this.#counts.set(key, { rule, source, action, rows, example });
	}

	/** Counts `pods` pods with demands on which not every scheduler acts; `demands` as in `PodRecord.unmodelled`. */
	unmodelled(source: string, demands: readonly string[], example: string, pods = 1): void {
		for (const demand of demands) this.count(source, demand, "noted", example, pods);
	}

	/** Rows in order of first occurrence. */
	get rows(): readonly {
		readonly rule: string;
		readonly source: string;
		readonly action: string;
		readonly rows: number;
		readonly example: string;
	}[] {
		return [...this.#counts.values()];
	}
}

/** A job that has its nodes already when the simulation begins. */
export interface RunningJob {
	readonly job: JobArrival;
	/** The name of each pod's node. */
	readonly nodes: readonly string[];
	/** Where that is written, for messages; null where nobody knows. */
	position(): InputPosition | null;
}

/** An object that decides where pods may go, and the file it stands in: a file that is read twice holds it once. */
export interface FoundObject {
	readonly file: string;
	readonly object: ClusterManifest;
	/** With its namespace in front. */
	readonly name: string;
}

/** A workload or a cluster in an outside format, opened: what it holds and how to read it. */
export interface OpenedTrace {
	/** Files read, absolute paths: their checksums become part of a run's identity. */
	readonly files: readonly string[];
	/** Nodes the source declares; empty when it has none. */
	nodes(report: ImportReport): Promise<readonly NodeSpec[]>;
	/** Objects besides nodes and pods; absent where the format knows none. */
	objects?(): readonly FoundObject[];
	/** Jobs that run from the start, not among `jobs`; absent where the format knows none. */
	running?(report: ImportReport): readonly RunningJob[];
	/** Jobs in time order. May be called again; each call reads from the start. */
	jobs(report: ImportReport): ArrivalStream;
}
