/**
 * Brings jobs to the waiting rooms of scheduler processes, and wakes a process when there is something to look at: routes
 * submitted jobs, brings jobs back whose wait is over, and tells rooms about nodes that gained room. Every
 * architecture with scheduler processes has one.
 */
import type { NodeChange } from "../cell/changes.js";
import { type NodeId, type PodId, rowOf } from "../cell/ids.js";
import type { Job } from "../cell/job.js";
import type { EventKind } from "../engine/engine.js";
import type { EventHandle } from "../engine/event-store.js";
import type { SimTime } from "../engine/time.js";
import type { ArchitectureContext } from "./architecture.js";
import { SchedulerProcess } from "./scheduler-process.js";
import { WaitingRoom } from "./waiting-room.js";

export interface IntakeHandler {
	/** Whether the process would look at its room now. */
	idle(scheduler: number): boolean;
	/** Whether jobs whose pods have all been placed are forgotten. Default no. */
	readonly forgetsJobs?: boolean;
	/** Once an instant, after everything else of it: the process is idle, and its room or the nodes have changed. */
	look(scheduler: number): void;
}

export class Intake {
	readonly processes: readonly SchedulerProcess[];
	readonly #context: ArchitectureContext;
	readonly #handler: IntakeHandler;
	readonly #wake: EventKind;
	readonly #backoff: EventKind;
	readonly #retry: EventKind;
	/** By process: whether a wake event is pending, and the time of the earliest pending backoff event. */
	readonly #wakePending: boolean[];
	readonly #backoffAtUs: number[];
	/** Jobs that come back at a set time, by ordinal, and the event that brings them. */
	readonly #delayed = new Map<number, { readonly job: Job; readonly event: EventHandle }>();

	constructor(context: ArchitectureContext, handler: IntakeHandler) {
		const { engine, cell, phases } = context;
		this.#context = context;
		this.#handler = handler;
		this.processes = context.processes.map(
			(options) => new SchedulerProcess(options, cell, (job, atUs) => this.#retryAt(job, atUs)),
		);
		for (const { index, room } of this.processes) room.whenReady?.(() => this.wakeUp(index));
		this.#wakePending = this.processes.map(() => false);
		this.#backoffAtUs = this.processes.map(() => Number.POSITIVE_INFINITY);
		this.#backoff = engine.kind("backoff-over", phases.retry, (scheduler) => this.#endBackoffs(scheduler));
		this.#retry = engine.kind("job-retry", phases.retry, (ordinal) => this.#retryNow(ordinal));
		this.#wake = engine.kind("scheduler-wake", phases.wake, (scheduler) => this.#woken(scheduler));
		cell.api.scheduling.whenReleased(() => {
			for (const { index } of this.processes) this.wakeUp(index);
		});
		cell.watch({
			forgetsJobs: handler.forgetsJobs === true && this.processes.every(({ room }) => room instanceof WaitingRoom),
			jobSubmitted: (job) => this.#submitted(job),
			podRequeued: (pod, node) => this.#requeued(pod, node),
			podEnded: (pod, node) => (node < 0 ? this.#deleted(pod) : this.improved(node)),
			nodeChanged: (node, change) => this.#nodeChanged(node, change),
		});
	}

	#submitted(job: Job): void {
		this.#route(job);
		this.#offer(job);
	}

	#route(job: Job): void {
		const { cell, router } = this.#context;
		job.scheduler = router(job, cell.pods.classes[rowOf(job.pending[0]!)]!.spec.facts.schedulerName);
	}

	#offer(job: Job): void {
		this.processes[job.scheduler]!.offer(job);
		this.wakeUp(job.scheduler);
	}

	#requeued(pod: PodId, node: NodeId): void {
		const { job } = this.#context.cell.pod(pod);
		this.improved(node);
		// No scheduler placed the job, so it comes to its scheduler only now.
		if (job.prefilled && job.scheduler < 0) this.#route(job);
		this.#offer(job);
	}

	#nodeChanged(node: NodeId, change: NodeChange): void {
		if (change === "node-added" || change === "node-ready" || change === "node-updated") this.improved(node);
	}

	/** A job that waits may have lost its last pending pod, and no longer holds up those behind it. */
	#deleted(pod: PodId): void {
		const { job } = this.#context.cell.pod(pod);
		const { givingUp, room } = this.processes[job.scheduler]!;
		// A process that gives a job up has no use for being woken by that.
		if (job.pending.length > 0 || givingUp === job) return;
		room.leave(job);
		const delayed = this.#delayed.get(job.ordinal);
		if (delayed) {
			this.#context.engine.cancel(delayed.event);
			this.#delayed.delete(job.ordinal);
		}
		this.wakeUp(job.scheduler);
	}

	/** A node gained room or came back: wakes the processes that may have a use for it. */
	improved(node: NodeId): void {
		for (let i = 0; i < this.processes.length; i++) {
			const process = this.processes[i]!;
			if (process.room.size === 0 && process.open.length === 0) continue;
			if (process.nodeImproved(node)) this.wakeUp(process.index);
			this.#scheduleBackoff(process);
		}
	}

	/** A process that is idle looks at its room once per instant, after everything else of that instant. */
	wakeUp(scheduler: number): void {
		if (this.#wakePending[scheduler] || !this.#handler.idle(scheduler)) return;
		const { engine } = this.#context;
		this.#wakePending[scheduler] = true;
		engine.schedule(engine.nowUs, this.#wake, scheduler);
	}

	/** Lets the process look at its room now. Whoever settles a decision calls this, not the handler. */
	look(scheduler: number): void {
		if (this.#context.cell.api.scheduling.held) return;
		this.#handler.look(scheduler);
		this.#scheduleBackoff(this.processes[scheduler]!);
	}

	#woken(scheduler: number): void {
		this.#wakePending[scheduler] = false;
		this.look(scheduler);
	}

	#retryAt(job: Job, atUs: SimTime): void {
		const event = this.#context.engine.schedule(atUs, this.#retry, job.ordinal);
		this.#delayed.set(job.ordinal, { job, event });
	}

	#retryNow(ordinal: number): void {
		const { job } = this.#delayed.get(ordinal)!;
		this.#delayed.delete(ordinal);
		this.processes[job.scheduler]!.comeBack(job);
		this.wakeUp(job.scheduler);
	}

	#scheduleBackoff({ index, room }: SchedulerProcess): void {
		if (!room.backingOff) return;
		const dueUs = room.nextBackoffUs;
		if (dueUs >= this.#backoffAtUs[index]!) return;
		this.#backoffAtUs[index] = dueUs;
		this.#context.engine.schedule(dueUs, this.#backoff, index);
	}

	#endBackoffs(scheduler: number): void {
		const process = this.processes[scheduler]!;
		this.#backoffAtUs[scheduler] = Number.POSITIVE_INFINITY;
		process.room.endBackoffs(this.#context.engine.nowUs);
		this.#scheduleBackoff(process);
		this.wakeUp(scheduler);
	}
}
