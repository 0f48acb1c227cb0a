/**
 * What happens on a machine after a pod was bound to it: admission, a start delay, the run, its end. One event per node is
 * pending, for the pod that is due first; the others wait in a list by due time. (The full node comes in here: rates that
 * change move the due times, and the one event with them.)
 *
 * Divergence from the kubelet: a pod starts after one delay, whatever its images and containers are, and runs undisturbed
 * for its duration.
 */

import type { Cell } from "../cell/cell.js";
import type { EndReason, NodeChange } from "../cell/changes.js";
import { type NodeId, type PodId, rowOf } from "../cell/ids.js";
import { BOUND } from "../cell/pod-table.js";
import type { Engine, EventKind } from "../engine/engine.js";
import type { EventHandle } from "../engine/event-store.js";
import type { SimTime } from "../engine/time.js";

export const LOSS_RULES = ["resubmit", "fail"] as const;
/** What becomes of pods whose node fails: back to the queue, starting from nothing, or failed for good. */
export type LossRule = (typeof LOSS_RULES)[number];

export interface NodeAgentOptions {
	/** Draws the time from binding to start, microseconds; null starts pods at once. */
	readonly startDelayUs: (() => number) | null;
	readonly onLoss: LossRule;
}

const NONE = -1;

export class NodeAgent {
	readonly #engine: Engine;
	readonly #cell: Cell;
	readonly #options: NodeAgentOptions;
	readonly #due: EventKind;
	/** By pod row: when the pod starts (bound) or ends (running), and the next due pod of its node. */
	#dueUs = new Float64Array(64);
	#next = new Int32Array(64);
	/** By pod row: 1 if it is in the list of its node. */
	#listed = new Uint8Array(64);
	/** By pod row: 1 if a running pod ends by failing; kept here since what was submitted is no longer in the caches by then. */
	#fails = new Uint8Array(64);
	/** By node: row of the pod that is due first, and the handle of the pending event for it; -1 for none. */
	#first = new Int32Array(64);
	#event = new Float64Array(64);

	constructor(engine: Engine, cell: Cell, phase: number, options: NodeAgentOptions) {
		this.#engine = engine;
		this.#cell = cell;
		this.#options = options;
		this.#due = engine.kind("node-due", phase, (node) => this.#fire(node as NodeId));
		cell.watch({
			nodeChanged: (node, change) => this.#nodeChanged(node, change),
			podBound: (pod, node) => this.#admit(pod, node),
			podEnded: (pod, node) => this.#forget(pod, node),
			podRequeued: (pod, node) => this.#forget(pod, node),
		});
	}

	/** Takes the pod in, as a kubelet's admission: a node that went away since the binding sends it back. */
	#admit(pod: PodId, node: NodeId): void {
		if (this.#cell.nodes.ready[node] === 0) {
			this.#cell.requeuePod(pod, "not-admitted");
			return;
		}
		const { pods } = this.#cell;
		const row = rowOf(pod);
		const runsAlready = pods.jobs[row]!.prefilled && pods.requeues[row] === 0;
		const delay = runsAlready ? null : this.#options.startDelayUs;
		const delayUs = delay === null ? 0 : Math.max(0, Math.round(delay()));
		if (delayUs === 0) this.#start(pod, node);
		else this.#enlist(pod, node, this.#engine.nowUs + delayUs);
	}

	#start(pod: PodId, node: NodeId): void {
		this.#cell.startPod(pod);
		const row = rowOf(pod);
		const { durationUs, exit } = this.#cell.pods.arrivals[row]!;
		if (durationUs === Number.POSITIVE_INFINITY) return;
		this.#enlist(pod, node, this.#engine.nowUs + durationUs);
		this.#fails[row] = exit === "failed" ? 1 : 0;
	}

	/** Everything that is due on the node now: starts and ends, in order of due time, then of coming to the node. */
	#fire(node: NodeId): void {
		const { pods } = this.#cell;
		this.#event[node] = NONE;
		for (
			let row = this.#first[node]!;
			row !== NONE && this.#dueUs[row]! <= this.#engine.nowUs;
			row = this.#first[node]!
		) {
			this.#first[node] = this.#next[row]!;
			this.#listed[row] = 0;
			const pod = pods.idOf(row);
			if (pods.phase[row] === BOUND) this.#start(pod, node);
			else this.#cell.endPod(pod, this.#fails[row] === 1 ? "failed" : "succeeded");
		}
		this.#arm(node);
	}

	/** Lists the pod by due time. */
	#enlist(pod: PodId, node: NodeId, dueUs: SimTime): void {
		const row = rowOf(pod);
		if (row >= this.#dueUs.length) this.#growPods(row);
		this.#dueUs[row] = dueUs;
		this.#listed[row] = 1;
		let previous = NONE;
		let at = this.#first[node]!;
		while (at !== NONE && this.#dueUs[at]! <= dueUs) {
			previous = at;
			at = this.#next[at]!;
		}
		this.#next[row] = at;
		if (previous !== NONE) {
			this.#next[previous] = row;
			return;
		}
		this.#first[node] = row;
		this.#arm(node);
	}

	/** Takes a pod that is gone out of the list; a pod that ended by itself, or never does, is not there. */
	#forget(pod: PodId, node: NodeId): void {
		const row = rowOf(pod);
		if (node === NONE || this.#listed[row] !== 1) return;
		this.#listed[row] = 0;
		let previous = NONE;
		for (let at = this.#first[node]!; at !== NONE; at = this.#next[at]!) {
			if (at === row) {
				if (previous === NONE) this.#first[node] = this.#next[row]!;
				else this.#next[previous] = this.#next[row]!;
				if (previous === NONE) this.#arm(node);
				return;
			}
			previous = at;
		}
	}

	/** Makes the node's one event stand at the time of its first due pod. */
	#arm(node: NodeId): void {
		const first = this.#first[node]!;
		const event = this.#event[node]!;
		if (event !== NONE) this.#engine.cancel(event as EventHandle);
		this.#event[node] = first === NONE ? NONE : this.#engine.schedule(this.#dueUs[first]!, this.#due, node);
	}

	#nodeChanged(node: NodeId, change: NodeChange): void {
		if (change === "node-added") {
			if (node >= this.#first.length) this.#growNodes(node);
			this.#first[node] = NONE;
			this.#event[node] = NONE;
		} else if (change === "node-not-ready") this.#lose(node);
	}

	/** The machine is gone: its pods go with it. */
	#lose(node: NodeId): void {
		const cell = this.#cell;
		for (const pod of [...cell.podsOn(node)]) {
			if (this.#options.onLoss === "resubmit") cell.requeuePod(pod, "node-lost");
			else cell.endPod(pod, "node-lost" satisfies EndReason);
		}
	}

	#growNodes(node: number): void {
		const size = 2 ** Math.ceil(Math.log2(node + 1));
		const first = new Int32Array(size);
		first.set(this.#first);
		this.#first = first;
		const event = new Float64Array(size);
		event.set(this.#event);
		this.#event = event;
	}

	#growPods(row: number): void {
		const size = 2 ** Math.ceil(Math.log2(row + 1));
		const dueUs = new Float64Array(size);
		dueUs.set(this.#dueUs);
		this.#dueUs = dueUs;
		const next = new Int32Array(size);
		next.set(this.#next);
		this.#next = next;
		const listed = new Uint8Array(size);
		listed.set(this.#listed);
		this.#listed = listed;
		const fails = new Uint8Array(size);
		fails.set(this.#fails);
		this.#fails = fails;
	}
}
