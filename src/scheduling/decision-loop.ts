/**
 * Brings jobs, scheduler processes and the clock together: routes submitted jobs, wakes processes when there is something
 * to do, and commits their decisions when the decision time has passed.
 */

import type { Cell } from "../cell/cell.js";
import type { NodeChange } from "../cell/changes.js";
import type { NodeId, PodId } from "../cell/ids.js";
import type { Job } from "../cell/job.js";
import type { Engine, EventKind } from "../engine/engine.js";
import type { Architecture } from "./architecture.js";
import { SchedulerProcess, type SchedulerProcessOptions } from "./scheduler-process.js";

/** Phases of the scheduling events within one instant; see the table in `src/README.md`. */
export interface SchedulingPhases {
	readonly backoff: number;
	readonly commit: number;
	readonly wake: number;
}

export class Scheduling {
	readonly processes: readonly SchedulerProcess[];
	readonly #engine: Engine;
	readonly #cell: Cell;
	readonly #architecture: Architecture;
	readonly #wake: EventKind;
	readonly #commit: EventKind;
	readonly #backoff: EventKind;
	/** By process: whether a wake event is pending, and the time of the earliest pending backoff event. */
	readonly #wakePending: boolean[];
	readonly #backoffAtUs: number[];

	constructor(
		engine: Engine,
		cell: Cell,
		architecture: Architecture,
		processes: readonly SchedulerProcessOptions[],
		phases: SchedulingPhases,
	) {
		this.#engine = engine;
		this.#cell = cell;
		this.#architecture = architecture;
		this.processes = processes.map((options) => new SchedulerProcess(options, cell, architecture));
		this.#wakePending = processes.map(() => false);
		this.#backoffAtUs = processes.map(() => Number.POSITIVE_INFINITY);
		this.#backoff = engine.kind("backoff-over", phases.backoff, (scheduler) => this.#endBackoffs(scheduler));
		this.#commit = engine.kind("decision-commit", phases.commit, (scheduler) => this.#settle(scheduler));
		this.#wake = engine.kind("scheduler-wake", phases.wake, (scheduler) => this.#woken(scheduler));
		cell.watch({
			jobSubmitted: (job) => this.#offer(job),
			podRequeued: (pod, node) => this.#requeued(pod, node),
			podEnded: (pod, node) => (node < 0 ? this.#deleted(pod) : this.#improved(node)),
			nodeChanged: (node, change) => this.#nodeChanged(node, change),
		});
	}

	#offer(job: Job): void {
		const scheduler = this.#architecture.route(job);
		this.processes[scheduler]!.offer(job);
		this.#wakeUp(scheduler);
	}

	#requeued(pod: PodId, node: NodeId): void {
		this.#improved(node);
		this.#offer(this.#cell.pod(pod).job);
	}

	#nodeChanged(node: NodeId, change: NodeChange): void {
		if (change === "node-added" || change === "node-ready") this.#improved(node);
	}

	/** A job that waits may have lost its last pending pod, and no longer holds up those behind it. */
	#deleted(pod: PodId): void {
		const { job } = this.#cell.pod(pod);
		if (job.pending.length > 0) return;
		const scheduler = this.#architecture.route(job);
		this.processes[scheduler]!.room.leave(job);
		this.#wakeUp(scheduler);
	}

	#improved(node: NodeId): void {
		for (const process of this.processes) {
			if (process.room.size === 0 && !process.busy) continue;
			if (process.nodeImproved(node)) this.#wakeUp(process.index);
			this.#scheduleBackoff(process);
		}
	}

	/** A process that is not deciding looks at its room once per instant, after everything else of that instant. */
	#wakeUp(scheduler: number): void {
		if (this.#wakePending[scheduler] || this.processes[scheduler]!.busy) return;
		this.#wakePending[scheduler] = true;
		this.#engine.schedule(this.#engine.nowUs, this.#wake, scheduler);
	}

	#woken(scheduler: number): void {
		this.#wakePending[scheduler] = false;
		this.#run(this.processes[scheduler]!);
	}

	#settle(scheduler: number): void {
		const process = this.processes[scheduler]!;
		process.commit();
		this.#run(process);
	}

	#run(process: SchedulerProcess): void {
		const doneUs = process.run();
		if (doneUs !== null) this.#engine.schedule(doneUs, this.#commit, process.index);
		this.#scheduleBackoff(process);
	}

	#scheduleBackoff({ index, room }: SchedulerProcess): void {
		if (!room.backingOff) return;
		const dueUs = room.nextBackoffUs;
		if (dueUs >= this.#backoffAtUs[index]!) return;
		this.#backoffAtUs[index] = dueUs;
		this.#engine.schedule(dueUs, this.#backoff, index);
	}

	#endBackoffs(scheduler: number): void {
		const process = this.processes[scheduler]!;
		this.#backoffAtUs[scheduler] = Number.POSITIVE_INFINITY;
		process.room.endBackoffs(this.#engine.nowUs);
		this.#scheduleBackoff(process);
		this.#wakeUp(scheduler);
	}
}
