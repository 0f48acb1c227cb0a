/**
 * Pods as columns, indexed by row. Rows of ended pods are reused, so the table is as long as the cell was ever full, not as
 * long as the trace.
 */
import type { SimTime } from "../engine/time.js";
import type { PodArrival } from "../objects/arrival.js";
import type { PodClass } from "../objects/pod-class.js";
import { firstPodId, MAX_LIVE_PODS, NO_NODE, nextPodId, type PodId, ROW_MASK } from "./ids.js";
import type { Job } from "./job.js";
import { PodView } from "./pod-view.js";

/** A pod is in exactly one phase. `bound` has a node and has not started; `ended` is only seen while the end is announced. */
export const POD_PHASES = ["pending", "bound", "running", "ended"] as const;
export type PodPhase = (typeof POD_PHASES)[number];
export const PENDING = 0;
export const BOUND = 1;
export const RUNNING = 2;
export const ENDED = 3;
const NONE = -1;

/** What was submitted, but for what nearly every pod has of its own. */
export type PodCommons = Omit<PodArrival, "name" | "durationUs" | "observedStartUs">;

export class PodTable {
	/** Rows handed out so far; some may be free. */
	rows = 0;
	/** Pods in the table. */
	live = 0;
	phase = new Uint8Array(64);
	node = new Int32Array(64);
	/** Bit mask of the GPU devices in use. */
	devices = new Int32Array(64);
	attempts = new Int32Array(64);
	/** Times the pod lost its node and went back to pending. */
	requeues = new Int32Array(64);
	/** Why the pod was told to go although it is still there: a position in `LEAVE_REASONS` plus 1; 0 if it was not. */
	leaving = new Uint8Array(64);
	/** Position in the order of submission. */
	ordinal = new Float64Array(64);
	indexInJob = new Int32Array(64);
	submitUs = new Float64Array(64);
	/** Of the first binding; NaN before. */
	firstBoundUs = new Float64Array(64);
	/** Of the latest binding and start; NaN before. */
	boundUs = new Float64Array(64);
	startUs = new Float64Array(64);
	/** Pods of a node form a doubly linked list of rows. */
	nextOnNode = new Int32Array(64);
	previousOnNode = new Int32Array(64);
	/** As submitted: run time, start observed in a trace, and name (null where it follows from the job's). */
	durationUs = new Float64Array(64);
	observedStartUs = new Float64Array(64);
	readonly names: (string | null)[] = [];
	/** The rest of what was submitted. Pods that have it in common share one, lest each keeps an object alive as long as it lives. */
	readonly arrivals: PodCommons[] = [];
	readonly classes: PodClass[] = [];
	readonly jobs: Job[] = [];
	/** By id of the pod class: what the last pod of the class was submitted with that differed from the one before. */
	readonly #commons: PodCommons[] = [];
	/** Id of the pod in the row; a free row holds the complement of the id that comes next, which is negative. */
	#ids = new Int32Array(64);
	readonly #freeRows: number[] = [];
	#submitted = 0;

	/** Pods ever submitted. */
	get submitted(): number {
		return this.#submitted;
	}

	add(arrival: PodArrival, podClass: PodClass, job: Job, indexInJob: number, nowUs: SimTime): PodId {
		const row = this.#freeRows.pop() ?? this.#newRow();
		this.#ids[row] = ~this.#ids[row]!;
		this.live++;
		this.phase[row] = PENDING;
		this.node[row] = NO_NODE;
		this.devices[row] = 0;
		this.attempts[row] = 0;
		this.requeues[row] = 0;
		this.leaving[row] = 0;
		this.ordinal[row] = this.#submitted++;
		this.indexInJob[row] = indexInJob;
		this.submitUs[row] = nowUs;
		this.firstBoundUs[row] = Number.NaN;
		this.boundUs[row] = Number.NaN;
		this.startUs[row] = Number.NaN;
		this.durationUs[row] = arrival.durationUs;
		this.observedStartUs[row] = arrival.observedStartUs;
		this.names[row] = arrival.name;
		this.arrivals[row] = this.#commonsOf(arrival, podClass);
		this.classes[row] = podClass;
		this.jobs[row] = job;
		return this.idOf(row);
	}

	/** What was submitted for the pod of a row in use, as far as nobody has changed it since. */
	arrival(row: number): PodArrival {
		return {
			...this.arrivals[row]!,
			name: this.names[row]!,
			durationUs: this.durationUs[row]!,
			observedStartUs: this.observedStartUs[row]!,
		};
	}

	/** Divides what the pods would run together by `among`: each runs for that from now on. Returns the first, changed so. */
	shareWork(pods: readonly PodId[], among: number): PodArrival {
		let workUs = 0;
		for (const pod of pods) workUs += this.durationUs[this.row(pod)]!;
		for (const pod of pods) this.durationUs[this.row(pod)] = Math.round(workUs / among);
		return this.arrival(this.row(pods[0]!));
	}

	/** Frees the row; the id is stale from now on. */
	release(pod: PodId): void {
		const row = this.row(pod);
		this.#ids[row] = ~nextPodId(pod);
		this.live--;
		this.#freeRows.push(row);
	}

	/** The row of a live pod; a stale id is an error. */
	row(pod: PodId): number {
		// Spelled out, like `has`: everything that happens to a pod passes here.
		const row = pod & ROW_MASK;
		if (this.#ids[row] !== pod) throw new Error(`pod id ${pod} is stale: its pod has ended`);
		return row;
	}

	has(pod: PodId): boolean {
		return this.#ids[pod & ROW_MASK] === pod;
	}

	/** The id of the pod in a row that is in use. */
	idOf(row: number): PodId {
		return this.#ids[row]! as PodId;
	}

	view(pod: PodId): PodView {
		const row = this.row(pod);
		return new PodView(this, pod, row);
	}

	/** Live pods in order of rows. */
	*all(): IterableIterator<PodId> {
		for (let row = 0; row < this.rows; row++) if (this.#ids[row]! >= 0) yield this.idOf(row);
	}

	/** Puts the row at the head of a node's list, whose head was `head`. */
	link(row: number, head: number): void {
		this.nextOnNode[row] = head;
		this.previousOnNode[row] = NONE;
		if (head !== NONE) this.previousOnNode[head] = row;
	}

	/** Takes the row out of a node's list; returns the head afterwards. */
	unlink(row: number, head: number): number {
		const next = this.nextOnNode[row]!;
		const previous = this.previousOnNode[row]!;
		if (next !== NONE) this.previousOnNode[next] = previous;
		if (previous === NONE) return next;
		this.nextOnNode[previous] = next;
		return head;
	}

	#commonsOf(arrival: PodArrival, { id }: PodClass): PodCommons {
		const known = this.#commons[id];
		if (known !== undefined && haveInCommon(known, arrival)) return known;
		this.#commons[id] = arrival;
		return arrival;
	}

	#newRow(): number {
		const row = this.rows++;
		if (row >= MAX_LIVE_PODS) throw new Error(`more than ${MAX_LIVE_PODS} pods alive at one time`);
		if (row >= this.phase.length) this.#grow();
		this.#ids[row] = ~firstPodId(row);
		return row;
	}

	#grow(): void {
		const size = this.phase.length * 2;
		this.#ids = grown(this.#ids, new Int32Array(size));
		this.phase = grown(this.phase, new Uint8Array(size));
		this.node = grown(this.node, new Int32Array(size));
		this.devices = grown(this.devices, new Int32Array(size));
		this.attempts = grown(this.attempts, new Int32Array(size));
		this.requeues = grown(this.requeues, new Int32Array(size));
		this.leaving = grown(this.leaving, new Uint8Array(size));
		this.ordinal = grown(this.ordinal, new Float64Array(size));
		this.indexInJob = grown(this.indexInJob, new Int32Array(size));
		this.submitUs = grown(this.submitUs, new Float64Array(size));
		this.firstBoundUs = grown(this.firstBoundUs, new Float64Array(size));
		this.boundUs = grown(this.boundUs, new Float64Array(size));
		this.startUs = grown(this.startUs, new Float64Array(size));
		this.durationUs = grown(this.durationUs, new Float64Array(size));
		this.observedStartUs = grown(this.observedStartUs, new Float64Array(size));
		this.nextOnNode = grown(this.nextOnNode, new Int32Array(size));
		this.previousOnNode = grown(this.previousOnNode, new Int32Array(size));
	}
}

function haveInCommon(a: PodCommons, b: PodCommons): boolean {
	return (
		a.spec === b.spec &&
		a.exit === b.exit &&
		a.cpuUsageFraction === b.cpuUsageFraction &&
		a.memoryUsageFraction === b.memoryUsageFraction &&
		a.censored === b.censored &&
		a.timing === b.timing &&
		a.serving === b.serving &&
		a.usage === b.usage
	);
}

function grown<A extends Float64Array | Int32Array | Uint8Array>(old: A, larger: A): A {
	larger.set(old);
	return larger;
}
