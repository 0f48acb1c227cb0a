/**
 * One scheduler at work: take the next job, decide on a snapshot, let the decision time pass, commit, and send back to the
 * waiting room what was not placed. A process makes one decision at a time.
 */
import type { Cell } from "../cell/cell.js";
import type { NodeId } from "../cell/ids.js";
import type { Job } from "../cell/job.js";
import type { PodView } from "../cell/pod-view.js";
import type { AttemptOutcome, CommitResult, Conflict, ConflictReason } from "../cell/transaction.js";
import type { Random } from "../engine/random.js";
import type { SimTime } from "../engine/time.js";
import type { PodClass } from "../objects/pod-class.js";
import type { Architecture } from "./architecture.js";
import { PolicyError } from "./policy-error.js";
import type { Decision, Scheduler } from "./scheduler.js";
import type { QueueOptions } from "./waiting-room.js";
import { WaitingRoom } from "./waiting-room.js";

/** Time one decision takes: per job plus per pod of the attempt (Omega paper, section 4: t_job + t_task x tasks). */
export interface DecisionTime {
	readonly perJobUs: SimTime;
	readonly perPodUs: SimTime;
}

export interface SchedulerProcessOptions {
	/** Position among all processes. */
	readonly index: number;
	readonly name: string;
	/** What the placement policy is called, for messages. */
	readonly policy?: string;
	readonly scheduler: Scheduler;
	readonly decisionTime: DecisionTime;
	readonly queue: QueueOptions;
	readonly random: Random;
}

/** The decision under way. */
interface Deciding {
	readonly job: Job;
	readonly decision: Decision;
	readonly pods: number;
	readonly beginUs: SimTime;
	/** Nodes that gained room since the snapshot: a job must not be parked for want of what has turned up meanwhile. */
	readonly improved: NodeId[];
	/** Whether the job got a pod back meanwhile. */
	again: boolean;
}

const NO_REJECTIONS: ReadonlyMap<string, number> = new Map();
const NO_CONFLICTS: ReadonlyMap<ConflictReason, number> = new Map();

export class SchedulerProcess {
	readonly index: number;
	readonly name: string;
	readonly room: WaitingRoom;
	/** Total time spent deciding. */
	busyUs = 0;
	readonly #options: SchedulerProcessOptions;
	readonly #cell: Cell;
	readonly #architecture: Architecture;
	#deciding: Deciding | null = null;

	constructor(options: SchedulerProcessOptions, cell: Cell, architecture: Architecture) {
		this.index = options.index;
		this.name = options.name;
		this.room = new WaitingRoom(options.queue);
		this.#options = options;
		this.#cell = cell;
		this.#architecture = architecture;
	}

	get busy(): boolean {
		return this.#deciding !== null;
	}

	/** A job of this process has pods to place. */
	offer(job: Job): void {
		if (this.#deciding?.job === job) this.#deciding.again = true;
		else this.room.add(job);
	}

	/** A node gained room or came back. True if a job became active. */
	nodeImproved(node: NodeId): boolean {
		this.#deciding?.improved.push(node);
		return this.room.nodeImproved(node, this.#cell.nodes, this.#cell.nowUs);
	}

	/** Decides for as long as decisions take no time; returns when the decision under way will be done, or null if idle. */
	run(): SimTime | null {
		while (this.#deciding === null) {
			const job = this.room.next(this.#cell.nowUs);
			if (job === null) return null;
			const takesUs = this.#begin(job);
			if (takesUs > 0) return this.#cell.nowUs + takesUs;
			this.commit();
		}
		return null;
	}

	/** Commits the decision under way. */
	commit(): void {
		const deciding = this.#deciding!;
		const { job, decision } = deciding;
		this.#deciding = null;
		job.queueState = "idle";
		const result = this.#architecture.commit(job, decision.placements);
		this.#checkConflicts(deciding, result);
		this.#report(deciding, result);
		this.#sendBack(deciding, result);
	}

	#begin(job: Job): SimTime {
		const cell = this.#cell;
		const { scheduler, decisionTime, random } = this.#options;
		const snapshot = this.#architecture.begin(this.index);
		cell.countAttempt(job);
		const { pending } = job;
		const pods = new Array<PodView>(pending.length);
		for (let i = 0; i < pending.length; i++) pods[i] = cell.pod(pending[i]!);
		let decision: Decision;
		try {
			decision = scheduler.decide(pods, snapshot, random);
		} catch (cause) {
			throw new PolicyError(this.#title, pods[0]!.name, cause);
		}
		const decided = decision.placements.length + decision.unplaced.length;
		if (decided !== pods.length)
			throw new PolicyError(this.#title, pods[0]!.name, `it answered for ${decided} of ${pods.length} pods`);
		this.#deciding = { job, decision, pods: pods.length, beginUs: cell.nowUs, improved: [], again: false };
		const takesUs = decisionTime.perJobUs + decisionTime.perPodUs * pods.length;
		this.busyUs += takesUs;
		return takesUs;
	}

	get #title(): string {
		const { policy } = this.#options;
		return policy === undefined || policy === this.name ? `'${this.name}'` : `'${this.name}' (${policy})`;
	}

	/** A decision that took no time was made on the cell as it is: only a wrong one conflicts, and it would again, for ever. */
	#checkConflicts({ beginUs }: Deciding, { conflicts }: CommitResult): void {
		if (conflicts.length === 0 || beginUs < this.#cell.nowUs) return;
		const { placement, reason } = conflicts[0]!;
		const problem = `its placement on node ${placement.node} was refused at once: ${reason}`;
		const { pods } = this.#cell;
		const pod = pods.has(placement.pod) ? pods.view(placement.pod).name : `id ${placement.pod}`;
		throw new PolicyError(this.#title, pod, problem);
	}

	#report({ job, decision, pods, beginUs }: Deciding, { accepted, conflicts }: CommitResult): void {
		const first = decision.unplaced[0];
		this.#cell.report({
			job,
			scheduler: this.index,
			beginUs,
			commitUs: this.#cell.nowUs,
			pods,
			placed: accepted.length,
			conflicts: conflicts.length,
			conflictReasons: conflicts.length === 0 ? NO_CONFLICTS : countReasons(conflicts),
			unplaced: decision.unplaced.length,
			outcome: outcomeOf(pods, accepted.length, conflicts.length),
			rejections: first?.rejections ?? NO_REJECTIONS,
			nodes: first?.nodes ?? 0,
		});
	}

	/** A conflict is retried at once; pods without a node wait for one, unless room turned up during the decision. */
	#sendBack({ job, decision, improved, again }: Deciding, { accepted, conflicts }: CommitResult): void {
		const { room } = this;
		const { nodes, nowUs } = this.#cell;
		if (accepted.length > 0) job.failures = 0;
		if (job.pending.length === 0) {
			room.passOn(job, nowUs);
			return;
		}
		const lacking = new Set<PodClass>();
		for (const { pod } of decision.unplaced) if (this.#cell.pods.has(pod.id)) lacking.add(pod.podClass);
		const turnedUp = improved.some(
			(node) => nodes.ready[node] === 1 && [...lacking].some((podClass) => nodes.fits(podClass, node)),
		);
		if (again || conflicts.length > 0 || turnedUp || lacking.size === 0) {
			room.add(job);
			return;
		}
		room.park(job, lacking, nowUs);
		// An identical pod would not have found room either.
		if (job.wokenBy !== null && lacking.has(job.wokenBy)) job.wokenBy = null;
		room.passOn(job, nowUs);
	}
}

function countReasons(conflicts: readonly Conflict[]): ReadonlyMap<ConflictReason, number> {
	const counts = new Map<ConflictReason, number>();
	for (const { reason } of conflicts) counts.set(reason, (counts.get(reason) ?? 0) + 1);
	return counts;
}

function outcomeOf(pods: number, placed: number, conflicts: number): AttemptOutcome {
	if (conflicts > 0) return "conflict";
	if (placed === pods) return "placed";
	return placed > 0 ? "partly-placed" : "unschedulable";
}
