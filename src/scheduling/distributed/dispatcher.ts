/**
 * Probes, reservations and launches: how the tasks of an attempt come to nodes (Ousterhout et al., "Sparrow", SOSP 2013, sections 3 and 5).
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
 * at once that a node has gone, and probes again for the tasks it had there; Sparrow leaves that to its users. There is no
 * fair sharing between users on nodes, and one frontend does not distinguish itself from another. Only what a pod asks
 * of a node alone is looked at, not who else runs there. Elastic jobs get the pods that they ask for: to give them more, a
 * scheduler would have to know what is free.
 */
import type { Cell } from "../../cell/cell.js";
import type { NodeChange } from "../../cell/changes.js";
import { type NodeId, type PodId, rowOf } from "../../cell/ids.js";
import type { Job } from "../../cell/job.js";
import type { PodRejections } from "../../cell/transaction.js";
import type { Engine, EventKind } from "../../engine/engine.js";
import type { SimTime } from "../../engine/time.js";
import type { PodClass } from "../../objects/pod-class.js";
import type { SchedulingPhases } from "../architecture.js";
import type { SchedulerProcess } from "../scheduler-process.js";
import {
	type Batch,
	BatchTable,
	batchOf,
	finished,
	GONE,
	handOut,
	noteConflict,
	noteLacking,
	type OpenAttempt,
	openAttempt,
	takeBack,
} from "./batch.js";
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
	/** Pods of the job are nobody's again: its scheduler must attempt it. */
	again(process: SchedulerProcess, job: Job): void;
	/** Why no node of the cell may run pods of the class, empty or not. */
	rejections(process: SchedulerProcess, podClass: PodClass): Pick<PodRejections, "rejections" | "nodes">;
	/** Room that was held is free. */
	improved(node: NodeId): void;
	/** Every pod of the attempt has its answer, and it has been reported. */
	over(attempt: OpenAttempt): void;
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
	readonly #batches = new BatchTable();
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
	/** Attempts to report. */
	readonly #over: OpenAttempt[] = [];

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
		this.#probed = engine.kind("probes-arrive", phases.commit, (id) => this.#probesArrive(this.#batches.at(id)));
		this.#sent = engine.kind("tasks-arrive", phases.commit, (id) => this.#tasksArrive(this.#batches.at(id)));
		this.#cancelled = engine.kind("cancels-arrive", phases.commit, (id) => this.#cancelsArrive(this.#batches.at(id)));
		this.#asked = engine.kind("task-asked", phases.commit, (r) => this.#answer(r));
		this.#answered = engine.kind("task-answered", phases.commit, (r) => this.#answerArrives(r));
		this.#moved = engine.kind("reservation-moved", phases.commit, (r) => this.#arrive(r));
		this.#reported = engine.kind("attempts-over", phases.commit, () => this.#report());
		cell.watch({
			podEnded: (pod, node) => (node < 0 ? this.#withdraw(pod) : this.#wake(node)),
			podRequeued: (_pod, node) => this.#wake(node),
			nodeChanged: (node, change) => this.#nodeChanged(node, change),
		});
	}

	/** Takes on the pods of the job that nobody has taken on yet; null if there are none. */
	take(job: Job, process: SchedulerProcess): OpenAttempt | null {
		const mine = job.pending.filter((pod) => !this.#batchOf[rowOf(pod)]);
		if (mine.length === 0) return null;
		const attempt = openAttempt(job, process, mine, this.#engine.nowUs);
		const apart = this.#rules.lateBinding && this.#rules.sampling === "per-task";
		for (const pod of mine) {
			const podClass = this.#cell.pods.classes[rowOf(pod)]!;
			let batch = apart ? undefined : attempt.batches.find((other) => other.podClass === podClass);
			if (batch === undefined) attempt.batches.push((batch = batchOf(attempt, podClass)));
			batch.pods.push(pod);
			batch.waiting++;
			this.#batchOf[rowOf(pod)] = batch;
		}
		return attempt;
	}

	/** Whether the last attempt at the job is over, and pods of it are nobody's. */
	isLeft({ pending, attempts }: Job): boolean {
		const takenBy = pending.map((pod) => this.#batchOf[rowOf(pod)]?.attempt.number);
		return takenBy.includes(undefined) && !takenBy.includes(attempts);
	}

	/** Probes for the pods of an attempt, when its decision time has passed. `lacking` is known afterwards. */
	send(attempt: OpenAttempt): void {
		for (const batch of attempt.batches) if (batch.waiting > 0) this.#probe(batch);
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
		const sampler = this.#samplers[batch.attempt.process.index]!;
		const { waiting, podClass } = batch;
		const many = Math.ceil(probeRatio);
		if (sampling === "batch") batch.nodes = sampler.draw(podClass, 1, Math.ceil(probeRatio * waiting));
		else batch.nodes = sampler.draw(podClass, waiting, sampling === "random" ? 1 : many);
		if (batch.nodes.length === 0) {
			noteLacking(batch, this.#cell.pods, () => this.#handler.rejections(batch.attempt.process, podClass));
			while (batch.waiting > 0) this.#giveBack(batch.attempt, takeBack(batch));
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
		this.#engine.schedule(this.#engine.nowUs + afterUs, kind, this.#batches.use(batch));
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
		this.#batches.release(batch);
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
		this.#batches.release(batch);
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
		const { attempt, podClass } = this.queues.batch[r]!;
		this.#batchOf[rowOf(pod)] = null;
		this.#end(r);
		const devices = nodes.fits(podClass, node) ? nodes.chooseDevices(podClass, node) : 0;
		const { conflicts } = this.#cell.commit({
			placements: [{ pod, node, devices, nodeVersion: nodes.version[node]! }],
			preemptions: [],
			conflictRule: "fit",
			atomicity: "incremental",
		});
		const [conflict] = conflicts;
		if (conflict) {
			noteConflict(attempt, conflict.reason);
			this.#handler.again(attempt.process, attempt.job);
		} else {
			attempt.placed++;
			attempt.job.placedAny = true;
			attempt.job.failures = 0;
		}
		this.#close(attempt);
		return !conflict;
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
		this.#batches.release(batch);
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
		this.#giveBack(batch.attempt, pod);
	}

	#nodeChanged(node: NodeId, change: NodeChange): void {
		if (change === "node-added" || change === "node-ready") return;
		for (let r = this.queues.head(node); r !== NONE; r = this.queues.head(node)) {
			this.queues.dequeue(r);
			this.#lose(r);
		}
	}

	/** The node of a travelling reservation is gone: the scheduler attempts the pods again that have too few reservations left. */
	#lose(r: number): void {
		const batch = this.queues.batch[r]!;
		const pod = this.queues.pod[r]!;
		const { attempt } = batch;
		const before = attempt.open;
		this.#drop(r);
		if (pod !== GONE) this.#giveBack(attempt, pod);
		while (batch.waiting > batch.live && this.#rules.lateBinding) this.#giveBack(attempt, takeBack(batch));
		if (attempt.open < before) this.#handler.again(attempt.process, attempt.job);
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
		this.#batches.release(batch);
	}

	/** The attempt is done with a pod that it has not placed. */
	#giveBack(attempt: OpenAttempt, pod: PodId): void {
		this.#batchOf[rowOf(pod)] = null;
		attempt.unplaced++;
		this.#close(attempt);
	}

	/** One more pod of the attempt has its answer. Reported later in the instant: the pod may just be leaving the cell. */
	#close(attempt: OpenAttempt): void {
		if (--attempt.open > 0) return;
		if (this.#over.push(attempt) === 1) this.#engine.schedule(this.#engine.nowUs, this.#reported, 0);
	}

	#report(): void {
		const { nowUs } = this.#engine;
		for (const attempt of this.#over.splice(0)) {
			this.#cell.report(finished(attempt, nowUs));
			this.#handler.over(attempt);
		}
	}
}
