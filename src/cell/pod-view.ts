import type { SimTime } from "../engine/time.js";
import type { PodArrival } from "../objects/arrival.js";
import type { PodClass } from "../objects/pod-class.js";
import { LEAVE_REASONS, type LeaveReason } from "./changes.js";
import type { NodeId, PodId } from "./ids.js";
import type { Job } from "./job.js";
import { POD_PHASES, type PodPhase, type PodTable } from "./pod-table.js";

/** One pod, readable: getters over its row. Valid until the pod has ended. */
export class PodView {
	// Only declared: fields are made with nothing in them first, and views are made at every decision.
	declare readonly id: PodId;
	declare readonly row: number;
	readonly #table: PodTable;

	constructor(table: PodTable, id: PodId, row: number) {
		this.#table = table;
		this.id = id;
		this.row = row;
	}

	/** Position in the order of submission, from 0. */
	get ordinal(): number {
		return this.#table.ordinal[this.row]!;
	}

	get name(): string {
		return this.#table.names[this.row] ?? `${this.job.name}-${this.#table.indexInJob[this.row]!}`;
	}

	/** Requests and facts, shared with every identical pod. */
	get podClass(): PodClass {
		return this.#table.classes[this.row]!;
	}

	get priority(): number {
		return this.podClass.spec.facts.priority;
	}

	get job(): Job {
		return this.#table.jobs[this.row]!;
	}

	/** What was submitted, run time included: for the node and for metrics, not for schedulers. Made anew each time. */
	get arrival(): PodArrival {
		return this.#table.arrival(this.row);
	}

	get phase(): PodPhase {
		return POD_PHASES[this.#table.phase[this.row]!]!;
	}

	/** The node it is bound to, or -1. */
	get node(): NodeId {
		return this.#table.node[this.row]! as NodeId;
	}

	/** Bit mask of the GPU devices in use. */
	get devices(): number {
		return this.#table.devices[this.row]!;
	}

	/** Scheduling attempts so far. */
	get attempts(): number {
		return this.#table.attempts[this.row]!;
	}

	/** Times it lost its node and went back to pending. */
	get requeues(): number {
		return this.#table.requeues[this.row]!;
	}

	/** Why it was told to go although it is still on its node; null if it was not. */
	get leaving(): LeaveReason | null {
		return LEAVE_REASONS[this.#table.leaving[this.row]! - 1] ?? null;
	}

	get submitUs(): SimTime {
		return this.#table.submitUs[this.row]!;
	}

	/** Of the first binding; NaN before. The time it was pending ends here, whatever happens to it later. */
	get firstBoundUs(): SimTime {
		return this.#table.firstBoundUs[this.row]!;
	}

	/** Of the latest binding; NaN before the first. */
	get boundUs(): SimTime {
		return this.#table.boundUs[this.row]!;
	}

	/** Of the latest start; NaN before the first. */
	get startUs(): SimTime {
		return this.#table.startUs[this.row]!;
	}
}
