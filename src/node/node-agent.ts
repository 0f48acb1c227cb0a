/**
 * What happens on a machine after a pod was bound to it: admission, a start delay, the run, its end. The pods of a node wait in a
 * list by due time, and the event of the first stands for the node. (The full node comes in here: rates that change move the
 * due times, and the events with them.)
 *
 * A pod that was first and is no longer keeps its event, for when it is first again; until then it stands for nothing, and
 * nobody sees it, since whoever goes before it is due earlier. Then it is scheduled anew, so that events of one instant
 * are in the order in which nodes came to have them.
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
import { preStopUsOf } from "../objects/pod-run.js";
import type { Leaving, Termination } from "./termination.js";

export const LOSS_RULES = ["resubmit", "fail"] as const;
/** What becomes of pods whose node fails: back to the queue, starting from nothing, or failed for good. */
export type LossRule = (typeof LOSS_RULES)[number];

export interface NodeAgentOptions {
	/** The time from binding to start of a pod that has just been bound to the node, microseconds; null starts pods at once. */
	readonly startDelayUs: ((node: NodeId) => number) | null;
	readonly onLoss: LossRule;
	/** How pods leave that are told to; default null, at once. */
	readonly termination?: Termination | null;
	/** Whether somebody wants to hear which pods are ready; default no. `once`: not again when a silent node is back. */
	readonly reportsReady?: boolean | "once";
}

const NONE = -1;
/** What happens to a pod that is due; 0 if it is in no list. */
const STARTS = 1;
const SUCCEEDS = 2;
const FAILS = 3;
const GOES = 4;
type Due = typeof STARTS | typeof SUCCEEDS | typeof FAILS | typeof GOES;

export class NodeAgent {
	readonly #engine: Engine;
	readonly #cell: Cell;
	readonly #options: NodeAgentOptions;
	/** Nodes on which nothing happens until they are heard of again. */
	readonly #silent = new Set<NodeId>();
	readonly #due: EventKind;
	/** Null if nobody wants to hear of it. */
	readonly #ready: EventKind | null;
	/** By pod row: when those are made ready that are held back; null if that does not begin before they are released. */
	readonly #madeReadyUs = new Map<number, SimTime | null>();
	/** By pod row: when the pod starts (bound) or ends (running), and the next due pod of its node. */
	#dueUs = new Float64Array(64);
	#next = new Int32Array(64);
	/** By pod row: what is due, 0 if it is not in the list of its node; kept here since what was submitted is in no cache by then. */
	#what = new Uint8Array(64);
	/** By pod row: handle of its pending event; -1 for none. The first of a node that is not silent has one. */
	#event = new Float64Array(64);
	/** By node: row of the pod that is due first; -1 for none. */
	#first = new Int32Array(64);

	constructor(engine: Engine, cell: Cell, phase: number, options: NodeAgentOptions) {
		this.#engine = engine;
		this.#cell = cell;
		this.#options = options;
		const { termination = null } = options;
		cell.leavingTakesTime = termination !== null;
		this.#ready = options.reportsReady ? engine.kind("pod-ready", phase, (pod) => this.#serve(pod as PodId)) : null;
		this.#due = engine.kind("node-due", phase, (node) => this.#fire(node as NodeId));
		cell.watch({
			nodeChanged: (node, change) => this.#nodeChanged(node, change),
			podBound: (pod, node) => this.#admit(pod, node),
			podReleased: (pod, node) => this.#release(pod, node),
			...(termination && {
				podLeaving: (pod, node, reason) => this.#leave(pod, node, termination(cell.pod(pod), reason)),
			}),
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
		if (this.#isSilent(node)) return;
		const { pods } = this.#cell;
		const row = rowOf(pod);
		const hold = this.#cell.holds.of(pod);
		if (hold === "all") {
			this.#madeReadyUs.set(row, null);
			return;
		}
		const runsAlready = pods.jobs[row]!.prefilled && pods.requeues[row] === 0;
		const delay = runsAlready ? null : this.#options.startDelayUs;
		const drawnUs = delay === null ? 0 : Math.max(0, Math.round(delay(node)));
		const delayUs = runsAlready ? 0 : (pods.arrivals[row]!.timing?.startUs ?? drawnUs);
		const { nowUs } = this.#engine;
		if (hold === "start") this.#madeReadyUs.set(row, nowUs + delayUs);
		else if (delayUs === 0) this.#start(pod, node);
		else this.#enlist(row, node, nowUs + delayUs, STARTS);
	}

	/** What was made ready starts; on a silent node when it is heard of again. */
	#release(pod: PodId, node: NodeId): void {
		const dueUs = this.#madeReadyUs.get(rowOf(pod));
		if (dueUs === undefined || this.#silent.has(node)) return;
		this.#madeReadyUs.delete(rowOf(pod));
		if (dueUs === null) this.#admit(pod, node);
		else if (dueUs <= this.#engine.nowUs) this.#start(pod, node);
		else this.#enlist(rowOf(pod), node, dueUs, STARTS);
	}

	#start(pod: PodId, node: NodeId): void {
		this.#cell.startPod(pod);
		const row = rowOf(pod);
		const { pods } = this.#cell;
		const { exit, timing } = pods.arrivals[row]!;
		const durationUs = pods.durationUs[row]!;
		if (this.#ready !== null) this.#serveAfter(pod, timing?.readyUs ?? 0);
		if (durationUs === Number.POSITIVE_INFINITY) return;
		this.#enlist(row, node, this.#engine.nowUs + durationUs, exit === "failed" ? FAILS : SUCCEEDS);
	}

	#serveAfter(pod: PodId, readyUs: SimTime): void {
		if (readyUs === 0) this.#cell.reportReady(pod, true);
		else if (readyUs < Number.POSITIVE_INFINITY) this.#engine.schedule(this.#engine.nowUs + readyUs, this.#ready!, pod);
	}

	/** A pod has got ready, unless it is gone, or somewhere else by now. */
	#serve(pod: PodId): void {
		const { pods } = this.#cell;
		if (!pods.has(pod)) return;
		const { startUs, phase, arrival } = pods.view(pod);
		if (phase === "running" && startUs + arrival.timing!.readyUs! === this.#engine.nowUs)
			this.#cell.reportReady(pod, true);
	}

	/** A pod that was told to go does so, unless it ends before. */
	#leave(pod: PodId, node: NodeId, { graceUs, takesUs }: Leaving): void {
		if (this.#silent.has(node)) return;
		const row = rowOf(pod);
		const hookUs = preStopUsOf(this.#cell.pods.arrivals[row]!.spec.run);
		const goneUs = this.#engine.nowUs + Math.min(graceUs, hookUs + takesUs);
		const bound = this.#cell.pods.phase[row] === BOUND;
		if (bound || goneUs === this.#engine.nowUs) this.#cell.podGone(pod);
		else if (!this.#isListed(row) || this.#dueUs[row]! > goneUs) {
			this.#forget(pod, node);
			this.#enlist(row, node, goneUs, GOES);
		}
	}

	/** Everything that is due on the node now: starts and ends, in order of due time, then of coming to the node. */
	#fire(node: NodeId): void {
		const { pods } = this.#cell;
		this.#event[this.#first[node]!] = NONE;
		for (
			let row = this.#first[node]!;
			row !== NONE && this.#dueUs[row]! <= this.#engine.nowUs;
			row = this.#first[node]!
		) {
			this.#first[node] = this.#next[row]!;
			const what = this.#what[row];
			this.#what[row] = 0;
			this.#disarm(row);
			const pod = pods.idOf(row);
			if (what === STARTS) this.#start(pod, node);
			else if (what === GOES) this.#cell.podGone(pod);
			else this.#cell.endPod(pod, what === FAILS ? "failed" : "succeeded");
		}
		this.#arm(node);
	}

	/** Lists the pod, given by its row, by due time. */
	#enlist(row: number, node: NodeId, dueUs: SimTime, what: Due): void {
		if (row >= this.#dueUs.length) this.#growPods(row);
		this.#dueUs[row] = dueUs;
		this.#what[row] = what;
		this.#event[row] = NONE;
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
		if (this.#madeReadyUs.size > 0) this.#madeReadyUs.delete(row);
		if (node !== NONE && this.#isListed(row)) this.#delist(row, node);
	}

	#delist(row: number, node: NodeId): void {
		this.#what[row] = 0;
		this.#disarm(row);
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

	#isListed(row: number): boolean {
		return row < this.#what.length && this.#what[row] !== 0;
	}

	/** Asked at every step of every pod, and nearly always there is none. */
	#isSilent(node: NodeId): boolean {
		return this.#silent.size > 0 && this.#silent.has(node);
	}

	/** Schedules the event of the node's first due pod, after all that is scheduled already. */
	#arm(node: NodeId): void {
		const first = this.#first[node]!;
		if (first === NONE || this.#isSilent(node)) return;
		const engine = this.#engine;
		const event = this.#event[first]!;
		const dueUs = Math.max(this.#dueUs[first]!, engine.nowUs);
		this.#event[first] =
			event === NONE ? engine.schedule(dueUs, this.#due, node) : engine.reschedule(event as EventHandle, dueUs)!;
	}

	#disarm(row: number): void {
		const event = this.#event[row]!;
		if (event !== NONE) this.#engine.cancel(event as EventHandle);
		this.#event[row] = NONE;
	}

	#nodeChanged(node: NodeId, change: NodeChange): void {
		if (change === "node-added") {
			if (node >= this.#first.length) this.#growNodes(node);
			this.#first[node] = NONE;
		} else if (change === "node-not-ready") this.#lose(node);
		else if (change === "node-silent") {
			this.#silent.add(node);
			for (let row = this.#first[node]!; row !== NONE; row = this.#next[row]!) this.#disarm(row);
		} else if (change === "node-heard") this.#resume(node);
		else if (change === "node-removed") this.#silent.delete(node);
	}

	/** A node that was silent does what it should have done meanwhile. */
	#resume(node: NodeId): void {
		const { termination = null } = this.#options;
		this.#silent.delete(node);
		for (const id of [...this.#cell.podsOn(node)].reverse()) {
			const pod = this.#cell.pod(id);
			if (pod.leaving !== null) this.#leave(id, node, termination!(pod, pod.leaving));
			else if (pod.phase === "bound" && !this.#isListed(rowOf(id))) this.#admit(id, node);
			else if (pod.phase === "running" && this.#options.reportsReady === true) {
				const servesUs = pod.startUs + (pod.arrival.timing?.readyUs ?? 0);
				if (servesUs <= this.#engine.nowUs) this.#cell.reportReady(id, true);
			}
		}
		this.#arm(node);
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
	}

	#growPods(row: number): void {
		const size = 2 ** Math.ceil(Math.log2(row + 1));
		const dueUs = new Float64Array(size);
		dueUs.set(this.#dueUs);
		this.#dueUs = dueUs;
		const next = new Int32Array(size);
		next.set(this.#next);
		this.#next = next;
		const what = new Uint8Array(size);
		what.set(this.#what);
		this.#what = what;
		const event = new Float64Array(size);
		event.set(this.#event);
		this.#event = event;
	}
}
