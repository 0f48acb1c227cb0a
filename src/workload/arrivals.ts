/**
 * The canonical workload: what every trace format and every generator yields, and the only thing that a simulation reads.
 */
import type { NodeSpec, PodSpec } from "../objects/spec.js";

/** How long a pod would run once started, and what is known about that. */
export interface PodArrival {
	/** Name of the pod; null means `<job name>-<index in job>`, made when somebody asks. */
	readonly name: string | null;
	readonly spec: PodSpec;
	/** Run time once started, integer microseconds; `Infinity` never ends by itself. */
	readonly durationUs: number;
	/** How the run ends when nothing disturbs it. */
	readonly exit: "succeeded" | "failed";
	/** Mean usage while running, as a fraction of the request (cpu, memory); 1 when unknown. Usage may exceed 1. */
	readonly cpuUsageFraction: number;
	readonly memoryUsageFraction: number;
	/** Start observed in the trace, microseconds from the start of the trace; NaN when not observed. */
	readonly observedStartUs: number;
	/** Whether the trace cut the pod's life off (its duration is then a lower bound). */
	readonly censored: boolean;
}

/** A job: pods that arrive together and are decided together. A bare Kubernetes pod is a job of one. */
export interface JobArrival {
	/** Integer microseconds from simulation start. */
	readonly timeUs: number;
	readonly name: string;
	readonly pods: readonly PodArrival[];
	/** All pods start at once or none does. */
	readonly gang: boolean;
}

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

/** A workload or a cluster in an outside format, opened: what it holds and how to read it. */
export interface OpenedTrace {
	/** Files read, absolute paths: their checksums become part of a run's identity. */
	readonly files: readonly string[];
	/** Nodes the source declares; empty when it has none. */
	nodes(report: ImportReport): Promise<readonly NodeSpec[]>;
	/** Jobs in time order. May be called again; each call reads from the start. */
	jobs(report: ImportReport): ArrivalStream;
}
