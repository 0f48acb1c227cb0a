/**
 * Probes, reservations and launches: how the tasks of a look come to nodes (Ousterhout et al., "Sparrow", SOSP 2013, sections 3 and 5).
 * Every message between a scheduler and a node takes `delayUs`.
 *
 * - random: each task is sent to a node drawn at random, and waits there.
 * - per-task: each task probes d nodes, which answer with the length of their queue, and is sent to the shortest.
 * - batch: the m tasks of a batch probe d x m nodes together, and are sent to the m shortest queues.
 * - late binding: probes stay in the queues as reservations. When one has room, its node asks the scheduler for a task and holds the
 *   room until the answer; when the last task is handed out, the reservations that are left are cancelled.
 *
 * A node's queue is served in order and nobody overtakes: the first waits until its class fits.
 *
 * Divergence from Sparrow: slots are resources, so pods of a job that ask for different amounts are probed for apart. A scheduler hears
 * at once that a node has gone, and looks again at the tasks it had there; Sparrow leaves that to its users. There is no
 * fair sharing between users on nodes, and one frontend does not distinguish itself from another. Only what a pod asks
 * of a node alone is looked at, not who else runs there.
 */
import type { Cell } from "../../cell/cell.js";
import type { NodeChange } from "../../cell/changes.js";
import { type NodeId, type PodId, rowOf } from "../../cell/ids.js";
import type { Engine, EventKind } from "../../engine/engine.js";
import type { SimTime } from "../../engine/time.js";
import type { PodClass } from "../../objects/pod-class.js";
import type { SchedulingPhases } from "../architecture.js";
import type { SchedulerProcess } from "../scheduler-process.js";
import { attemptOf, type Batch, batchOf, GONE, handOut, type Look, lookAt, takeBack } from "./batch.js";
import { NONE, NodeQueues, QUEUED } from "./node-queues.js";
import type { NodeSampler } from "./node-sampler.js";
import { shortestOfAll, shortestOfEach } from "./shortest-queues.js";

export const SAMPLINGS = ["random", "per-task", "batch"] as const;
export type Sampling = (typeof SAMPLINGS)[number];

export interface DispatchRules {
	readonly sampling: Sampling;
	readonly lateBinding: boolean;
	/** Nodes probed per task, 1 or more. */
	readonly probeRatio: number;
	/** Time of a message, half a round trip. */
	readonly delayUs: SimTime;
	/** Whether reservations that are no longer needed are cancelled; if not, their nodes ask in vain. */
	readonly cancels: boolean;
}

export interface DispatchHandler {
	/** Pods of the job are nobody's again: its scheduler must look at it. */
	again(process: SchedulerProcess, job: Look["job"]): void;
	/** No node of the cell may run pods of the class, empty or not: notes the reasons in the look. */
	lacking(look: Look, podClass: PodClass): void;
	/** Room that was held is free, or the node has changed for the better. */
	improved(node: NodeId): void;
}

export class Dispatcher {
	readonly queues: NodeQueues;
	readonly #engine: Engine;
	readonly #cell: Cell;
	readonly #rules: DispatchRules;
	/** By scheduler process. */
	readonly #samplers: readonly NodeSampler[];
	readonly #handler: DispatchHandler;
	/** By pod row: the batch that has taken the pod on, and the reservation that is for this pod alone. */
	readonly #batchOf: (Batch | null)[] = [];
	readonly #reservationOf: number[] = [];
	/** Batches with events or reservations, by id. */
	readonly #batches: (Batch | null)[] = [];
	readonly #freeIds: number[] = [];
	/** By node: whether it is about to look at its queue. */
	readonly #turning: boolean[] = [];
	readonly #probed: EventKind;
	readonly #sent: EventKind;
	readonly #cancelled: EventKind;
	readonly #asked: EventKind;
	readonly #answered: EventKind;
	readonly #moved: EventKind;
	readonly #turn: EventKind;
	readonly #reported: EventKind;
	/** Looks to report. */
	readonly #over: Look[] = [];

	constructor(
		{ engine, cell, phases }: { engine: Engine; cell: Cell; phases: SchedulingPhases },
		rules: DispatchRules,
		samplers: readonly NodeSampler[],
		handler: DispatchHandler,
	) {
		this.#engine = engine;
		this.#cell = cell;
		this.#rules = rules;
		this.#samplers = samplers;
		this.#handler = handler;
		this.queues = new NodeQueues(cell);
		this.#turn = engine.kind("queue-turn", phases.retry, (node) => this.#takeTurn(node as NodeId));
		this.#probed = engine.kind("probes-arrive", phases.commit, (id) => this.#probesArrive(this.#batches[id]!));
		this.#sent = engine.kind("tasks-arrive", phases.commit, (id) => this.#tasksArrive(this.#batches[id]!));
		this.#cancelled = engine.kind("cancels-arrive", phases.commit, (id) => this.#cancelsArrive(this.#batches[id]!));
		this.#asked = engine.kind("task-asked", phases.commit, (r) => this.#answer(r));
		this.#answered = engine.kind("task-answered", phases.commit, (r) => this.#answerArrives(r));
		this.#moved = engine.kind("reservation-moved", phases.commit, (r) => this.#arrive(r));
		this.#reported = engine.kind("looks-over", phases.commit, () => this.#report());
		cell.watch({
			podEnded: (pod, node) => (node < 0 ? this.#withdraw(pod) : this.#wake(node)),
			podRequeued: (_pod, node) => this.#wake(node),
			nodeChanged: (node, change) => this.#nodeChanged(node, change),
		});
	}

	/** Takes on the pods of the job that nobody has taken on yet; null if there are none. */
	take(job: Look["job"], process: SchedulerProcess): Look | null {
		const mine = job.pending.filter((pod) => !this.#batchOf[rowOf(pod)]);
		if (mine.length === 0) return null;
		const look = lookAt(job, process, mine, this.#engine.nowUs);
		const apart = this.#rules.lateBinding && this.#rules.sampling === "per-task";
		for (const pod of mine) {
			const podClass = this.#cell.pods.classes[rowOf(pod)]!;
			let batch = apart ? undefined : look.batches.find((other) => other.podClass === podClass);
			if (batch === undefined) look.batches.push((batch = batchOf(look, podClass)));
			batch.pods.push(pod);
			batch.waiting++;
			this.#batchOf[rowOf(pod)] = batch;
		}
		return look;
	}

	/** Probes for the pods of a look, when its decision time has passed. `lacking` is known afterwards. */
	send(look: Look): void {
		for (const batch of look.batches) if (batch.waiting > 0) this.#probe(batch);
	}

	/** Sends a reservation that is queued to another node. */
	move(r: number, to: NodeId): void {
		const from = this.queues.node[r]!;
		this.queues.dequeue(r);
		this.queues.node[r] = to;
		this.#wake(from);
		this.#engine.schedule(this.#engine.nowUs + this.#rules.delayUs, this.#moved, r);
	}

	#probe(batch: Batch): void {
		const { sampling, lateBinding, probeRatio, delayUs } = this.#rules;
		const sampler = this.#samplers[batch.look.process.index]!;
		const { waiting, podClass } = batch;
		const many = Math.ceil(probeRatio);
		if (sampling === "batch") batch.nodes = sampler.draw(podClass, 1, Math.ceil(probeRatio * waiting));
		else batch.nodes = sampler.draw(podClass, waiting, sampling === "random" ? 1 : many);
		if (batch.nodes.length === 0) {
			batch.look.lacking.add(podClass);
			this.#handler.lacking(batch.look, podClass);
			while (batch.waiting > 0) this.#giveBack(batch.look, takeBack(batch));
			return;
		}
		// Pods that have gone by now would shift the others' nodes.
		if (batch.pods.length > waiting)
			batch.pods.splice(0, batch.pods.length, ...batch.pods.filter((pod) => pod !== GONE));
		if (lateBinding) {
			// The list of a batch begins with the last one made: now it is in order of drawing.
			for (let i = batch.nodes.length - 1; i >= 0; i--) this.queues.add(batch.nodes[i]!, batch, GONE);
			batch.live = batch.nodes.length;
		}
		this.#tell(batch, sampling === "random" ? this.#sent : this.#probed, delayUs);
	}

	/** Schedules an event of a batch. */
	#tell(batch: Batch, kind: EventKind, afterUs: SimTime): void {
		if (batch.id < 0) {
			batch.id = this.#freeIds.pop() ?? this.#batches.length;
			this.#batches[batch.id] = batch;
		}
		batch.uses++;
		this.#engine.schedule(this.#engine.nowUs + afterUs, kind, batch.id);
	}

	#unuse(batch: Batch): void {
		if (--batch.uses > 0) return;
		this.#batches[batch.id] = null;
		this.#freeIds.push(batch.id);
	}

	#probesArrive(batch: Batch): void {
		if (this.#rules.lateBinding) {
			for (let r = batch.first; r !== NONE; ) {
				const next = this.queues.nextInBatch(r);
				this.#arrive(r);
				r = next;
			}
		} else {
			batch.nodes =
				this.#rules.sampling === "batch" ? shortestOfAll(batch, this.queues) : shortestOfEach(batch, this.queues);
			this.#tell(batch, this.#sent, 2 * this.#rules.delayUs);
		}
		this.#unuse(batch);
	}

	#tasksArrive(batch: Batch): void {
		const { nodes, pods } = batch;
		for (let i = 0; i < pods.length; i++) {
			const pod = pods[i]!;
			if (pod === GONE) continue;
			const r = this.queues.add(nodes[i]!, batch, pod);
			this.#reservationOf[rowOf(pod)] = r;
			this.#arrive(r);
		}
		batch.next = pods.length;
		batch.waiting = 0;
		this.#unuse(batch);
	}

	/** A reservation comes to its node. */
	#arrive(r: number): void {
		const node = this.queues.node[r]!;
		if (this.#cell.nodes.ready[node] === 0) this.#lose(r);
		else if (!this.#isWanted(r)) this.#drop(r);
		else {
			this.queues.enqueue(r);
			this.#wake(node);
		}
	}

	/** Whether a reservation is of any use still: its pod is there, or its batch has pods left. */
	#isWanted(r: number): boolean {
		return this.#rules.lateBinding ? this.queues.batch[r]!.waiting > 0 : this.queues.pod[r]! !== GONE;
	}

	/** A node looks at its queue once an instant, after everything that ends or arrives on it. */
	#wake(node: NodeId): void {
		if (this.#turning[node] || this.queues.head(node) === NONE) return;
		this.#turning[node] = true;
		this.#engine.schedule(this.#engine.nowUs, this.#turn, node);
	}

	#takeTurn(node: NodeId): void {
		const { queues } = this;
		this.#turning[node] = false;
		if (this.#cell.nodes.ready[node] === 0) return;
		for (let r = queues.head(node); r !== NONE; r = queues.head(node)) {
			if (!queues.fits(queues.batch[r]!.podClass, node)) return;
			queues.dequeue(r);
			if (!this.#rules.lateBinding) {
				this.#launch(r);
				continue;
			}
			queues.hold(r);
			this.#engine.schedule(this.#engine.nowUs + this.#rules.delayUs, this.#asked, r);
		}
	}

	/** A node asks the scheduler for a task: it gets the next one, or the word that there is none. */
	#answer(r: number): void {
		const batch = this.queues.batch[r]!;
		const pod = handOut(batch);
		batch.live--;
		this.queues.pod[r] = pod;
		if (pod !== GONE) this.#reservationOf[rowOf(pod)] = r;
		if (pod !== GONE && batch.waiting === 0) this.#cancel(batch);
		this.#engine.schedule(this.#engine.nowUs + this.#rules.delayUs, this.#answered, r);
	}

	#answerArrives(r: number): void {
		const node = this.queues.node[r]!;
		this.queues.unhold(r);
		if (this.queues.pod[r]! === GONE) this.#end(r);
		else if (this.#launch(r)) return;
		this.#wake(node);
		this.#handler.improved(node);
	}

	/** Starts the reservation's pod and ends the reservation. False if the node refuses. */
	#launch(r: number): boolean {
		const { nodes } = this.#cell;
		const node = this.queues.node[r]!;
		const pod = this.queues.pod[r]!;
		const { look, podClass } = this.queues.batch[r]!;
		const { job, process } = look;
		this.#batchOf[rowOf(pod)] = null;
		this.#end(r);
		const devices = nodes.fits(podClass, node) ? nodes.chooseDevices(podClass, node) : 0;
		const { conflicts } = this.#cell.commit({
			placements: [{ pod, node, devices, nodeVersion: nodes.version[node]! }],
			preemptions: [],
			conflictRule: "fit",
			atomicity: "incremental",
		});
		const refused = conflicts.length > 0;
		if (refused) {
			const { reason } = conflicts[0]!;
			look.conflicts++;
			look.conflictReasons.set(reason, (look.conflictReasons.get(reason) ?? 0) + 1);
			this.#handler.again(process, job);
		} else {
			look.placed++;
			job.placedAny = true;
			job.failures = 0;
		}
		this.#close(look);
		return !refused;
	}

	#cancel(batch: Batch): void {
		if (!this.#rules.cancels || batch.cancelled || batch.live === 0) return;
		batch.cancelled = true;
		this.#tell(batch, this.#cancelled, this.#rules.delayUs);
	}

	#cancelsArrive(batch: Batch): void {
		const { queues } = this;
		for (let r = batch.first; r !== NONE; ) {
			const next = queues.nextInBatch(r);
			if (queues.state[r] === QUEUED) this.#unqueue(r);
			r = next;
		}
		this.#unuse(batch);
	}

	/** A pod was deleted while it waited. */
	#withdraw(pod: PodId): void {
		const row = rowOf(pod);
		const batch = this.#batchOf[row];
		if (!batch) return;
		const at = batch.pods.indexOf(pod, batch.next);
		if (at >= 0) {
			batch.pods[at] = GONE;
			batch.waiting--;
			if (batch.waiting === 0) this.#cancel(batch);
		} else {
			const r = this.#reservationOf[row]!;
			this.queues.pod[r] = GONE;
			if (this.queues.state[r] === QUEUED) this.#unqueue(r);
		}
		this.#giveBack(batch.look, pod);
	}

	#nodeChanged(node: NodeId, change: NodeChange): void {
		if (change === "node-added" || change === "node-ready") return;
		for (let r = this.queues.head(node); r !== NONE; r = this.queues.head(node)) {
			this.queues.dequeue(r);
			this.#lose(r);
		}
		if (change === "node-updated") this.#handler.improved(node);
	}

	/** The node of a travelling reservation is gone: the scheduler looks again at the pods that have too few reservations left. */
	#lose(r: number): void {
		const batch = this.queues.batch[r]!;
		const pod = this.queues.pod[r]!;
		const { job, process } = batch.look;
		const before = batch.look.open;
		this.#drop(r);
		if (pod !== GONE) this.#giveBack(batch.look, pod);
		while (batch.waiting > batch.live && this.#rules.lateBinding) this.#giveBack(batch.look, takeBack(batch));
		if (batch.look.open < before) this.#handler.again(process, job);
	}

	/** Takes a reservation out of its queue for good. */
	#unqueue(r: number): void {
		const node = this.queues.node[r]!;
		this.queues.dequeue(r);
		this.#drop(r);
		this.#wake(node);
	}

	/** Ends a travelling reservation that has not asked for a pod. */
	#drop(r: number): void {
		if (this.#rules.lateBinding) this.queues.batch[r]!.live--;
		this.#end(r);
	}

	#end(r: number): void {
		const batch = this.queues.batch[r]!;
		this.queues.remove(r);
		this.#unuse(batch);
	}

	/** The look is done with a pod that it has not placed. */
	#giveBack(look: Look, pod: PodId): void {
		this.#batchOf[rowOf(pod)] = null;
		look.unplaced++;
		this.#close(look);
	}

	/** One more pod of the look has its answer. Reported later in the instant: the pod may just be leaving the cell. */
	#close(look: Look): void {
		if (--look.open > 0) return;
		if (this.#over.push(look) === 1) this.#engine.schedule(this.#engine.nowUs, this.#reported, 0);
	}

	#report(): void {
		const { nowUs } = this.#engine;
		for (const look of this.#over.splice(0)) this.#cell.report(attemptOf(look, nowUs));
	}
}
