/**
 * The common course of the architectures whose schedulers decide when they like: a job is routed to a process, the process looks at
 * its room when there is something to do, decides on the view that the architecture gives it, and the placements are
 * committed when the decision time has passed. What differs is in `Sharing`.
 */
import type { Cell } from "../cell/cell.js";
import { NO_NODE, type NodeId, type PodId } from "../cell/ids.js";
import type { Job } from "../cell/job.js";
import { Snapshot } from "../cell/snapshot.js";
import type { Atomicity, CommitResult, ConflictRule } from "../cell/transaction.js";
import type { EventKind } from "../engine/engine.js";
import type { SimTime } from "../engine/time.js";
import type { Architecture, ArchitectureContext } from "./architecture.js";
import { Intake } from "./intake.js";
import type { Decision, Nomination } from "./scheduler.js";
import type { Deciding, ProcessOptions, SchedulerProcess } from "./scheduler-process.js";

/** What sets apart architectures that are a decision loop: who sees what, and how what was decided is settled. */
export interface Sharing {
	/** What the process sees when a decision is made. The snapshot is its own until then: it is ended when the decision is made. */
	begin(scheduler: number): Snapshot;
	/**
	 * Settles what was decided, when the decision time has passed. `counted` is for the transaction (`Transaction.counted`), and only
	 * said to who `takesCounted`.
	 */
	commit(scheduler: number, job: Job, decision: Decision, counted?: boolean): CommitResult;
	/** Whether a decision that is made on the cell as it is and settled at once may stay counted there. Default no. */
	readonly takesCounted?: boolean;
	/** Makes decisions on the cell as it is when their time has passed, not as it was when they began. */
	readonly decidesAtEnd?: boolean;
	/** When the commit of a decision whose time has passed is settled, now or later; the process waits. Default now. */
	settledUs?(decision: Decision): SimTime;
}

/** Sets the context's processes to work on the cell, by the rules of one architecture. */
export function decisionLoop(context: ArchitectureContext, sharing: Sharing): Architecture {
	return new DecisionLoop(context, sharing);
}

/**
 * The plain view: the cell as it is when a decision is made. A process that does not see every node has a copy, brought up to
 * date then; `sees` leaves more nodes out.
 */
export function presentViews(
	{ cell, processes }: ArchitectureContext,
	sees?: (process: ProcessOptions, node: NodeId) => boolean,
): Sharing["begin"] {
	const everything = Snapshot.inPlace(cell, cell.nodes);
	const snapshots = processes.map((process) => {
		const both = sees && ((node: NodeId) => sees(process, node) && (process.sees?.(node) ?? true));
		const seen = both ?? process.sees;
		return seen === null ? everything : new Snapshot(cell, seen);
	});
	return (scheduler) => {
		const snapshot = snapshots[scheduler]!;
		snapshot.refresh();
		return snapshot;
	};
}

const NO_PODS: readonly PodId[] = [];

/** The plain way to commit: straight to the cell. A gang is always all or nothing. Knows what `counted` means. */
export function commitTo(cell: Cell, conflictRule: ConflictRule, atomicity: Atomicity): Sharing["commit"] {
	return (_scheduler, { gang }, { placements, released, preemptions, nominations }, counted = false) => {
		const result = cell.commit({
			placements: released === undefined ? placements : [...released, ...placements],
			preemptions: preemptions === undefined ? NO_PODS : withNodes(preemptions, cell),
			conflictRule,
			atomicity: gang || released !== undefined ? "all-or-nothing" : atomicity,
			counted,
		});
		if (nominations !== undefined) promise(nominations, cell);
		return result;
	};
}

/** Who has left meanwhile need not be stopped. */
function withNodes(preemptions: readonly PodId[], { pods }: Cell): readonly PodId[] {
	return preemptions.filter((pod) => pods.has(pod) && pods.view(pod).node !== NO_NODE);
}

/** Who has a node or is gone needs no promise of one. */
function promise(nominations: readonly Nomination[], { api, pods, nowUs }: Cell): void {
	for (const { pod, node } of nominations)
		if (pods.has(pod) && pods.view(pod).node === NO_NODE) api.nominations.promise(pods.view(pod), node, nowUs);
}

class DecisionLoop implements Architecture {
	readonly processes: readonly SchedulerProcess[];
	readonly #context: ArchitectureContext;
	readonly #sharing: Sharing;
	readonly #decided: EventKind;
	readonly #settled: EventKind;
	/** By process: the decision under way, or null. */
	readonly #deciding: (Deciding | null)[];

	constructor(context: ArchitectureContext, sharing: Sharing) {
		const { engine, phases, processes } = context;
		this.#context = context;
		this.#sharing = sharing;
		this.#deciding = processes.map(() => null);
		const intake = new Intake(context, {
			idle: (scheduler) => this.#deciding[scheduler] === null,
			look: (scheduler) => this.#run(scheduler),
			forgetsJobs: true,
		});
		this.processes = intake.processes;
		this.#decided = engine.kind("decision-commit", phases.commit, (scheduler) => {
			this.#decide(scheduler, null);
			intake.look(scheduler);
		});
		this.#settled = engine.kind("commit-settled", phases.commit, (scheduler) => {
			this.#settle(scheduler, false);
			intake.look(scheduler);
		});
	}

	/** Decides for as long as decisions take no time. */
	#run(scheduler: number): void {
		const { engine } = this.#context;
		const process = this.processes[scheduler]!;
		while (this.#deciding[scheduler] === null) {
			const job = process.room.next(engine.nowUs);
			if (job === null) return;
			const deciding = process.begin(job);
			this.#deciding[scheduler] = deciding;
			const snapshot = this.#sharing.decidesAtEnd ? null : this.#make(scheduler, deciding);
			if (deciding.takesUs === 0) this.#decide(scheduler, snapshot);
			else {
				snapshot?.end();
				engine.schedule(engine.nowUs + deciding.takesUs, this.#decided, scheduler);
			}
		}
	}

	/** Returns the snapshot that the decision is made on, which is to be ended. */
	#make(scheduler: number, deciding: Deciding): Snapshot {
		const snapshot = this.#sharing.begin(scheduler);
		this.processes[scheduler]!.decide(deciding, snapshot);
		return snapshot;
	}

	/** The decision time has passed; a decision that took none was made on `made`, just now. */
	#decide(scheduler: number, made: Snapshot | null): void {
		const { engine } = this.#context;
		const deciding = this.#deciding[scheduler]!;
		if (deciding.decision === null) deciding.seenUs = engine.nowUs;
		const snapshot = deciding.decision === null ? this.#make(scheduler, deciding) : made;
		const decision = deciding.decision!;
		const atUs = this.#sharing.settledUs?.(decision) ?? engine.nowUs;
		const counted = snapshot !== null && atUs <= engine.nowUs && this.#staysCounted(deciding, snapshot);
		if (!counted) snapshot?.end();
		if (atUs > engine.nowUs) engine.schedule(atUs, this.#settled, scheduler);
		else this.#settle(scheduler, counted);
	}

	#staysCounted({ job, decision }: Deciding, snapshot: Snapshot): boolean {
		const { placements, released } = decision!;
		return this.#sharing.takesCounted === true && released === undefined && snapshot.leave(placements, job.pending);
	}

	#settle(scheduler: number, counted: boolean): void {
		const deciding = this.#deciding[scheduler]!;
		this.#deciding[scheduler] = null;
		const result = this.#sharing.commit(scheduler, deciding.job, deciding.decision!, counted);
		this.processes[scheduler]!.settle(deciding, result);
	}
}
