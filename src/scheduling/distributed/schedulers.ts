/**
 * Scheduler processes that own jobs and send their tasks out through a dispatcher. A process attempts one job at a time; after its decision
 * time the probes are sent, and it turns to the next job while they are under way.
 *
 * Two kinds of jobs are not probed for but decided by the placement policy of their process, on a snapshot of the cell
 * in which room that nodes hold for somebody's task counts as taken: gangs, for which Sparrow has no protocol, and the jobs of
 * a central scheduler. They take what queues leave over: a node serves its queue first.
 *
 * A job with pods that no node may run, empty or not, lacks room: it waits as the queue options say, for a node that may or for a
 * time. A task that its node refused is probed for again at once. A job is given up when its last attempt is over, what waits in the
 * queues of nodes included.
 *
 * Divergence from Sparrow: gangs and the rules of the queue options, of which the paper has none.
 */
import { NO_NODE, rowOf } from "../../cell/ids.js";
import type { Job } from "../../cell/job.js";
import { Snapshot } from "../../cell/snapshot.js";
import type { PodRejections } from "../../cell/transaction.js";
import type { EventKind } from "../../engine/engine.js";
import type { PodClass } from "../../objects/pod-class.js";
import type { Architecture, ArchitectureContext } from "../architecture.js";
import { commitTo, type Sharing } from "../decision-loop.js";
import { FitIndex } from "../fit-index.js";
import { Intake } from "../intake.js";
import { defaultFilters } from "../plugins/index.js";
import { tallyRejections } from "../pod-by-pod.js";
import type { Deciding, SchedulerProcess } from "../scheduler-process.js";
import { GONE, type OpenAttempt } from "./batch.js";
import { Dispatcher, type DispatchRules } from "./dispatcher.js";
import type { NodeSampler } from "./node-sampler.js";

export interface DistributedOptions {
	readonly rules: DispatchRules;
	/** By process: where it draws the nodes that it probes. */
	readonly samplers: readonly NodeSampler[];
	/** Index of the process whose policy decides all its jobs; -1 for none. */
	readonly central: number;
}

export class DistributedSchedulers implements Architecture {
	readonly processes: readonly SchedulerProcess[];
	readonly dispatcher: Dispatcher;
	readonly #context: ArchitectureContext;
	readonly #central: number;
	readonly #intake: Intake;
	readonly #snapshots: readonly Snapshot[];
	/** By process: where a pod fits its snapshot; made when first needed. */
	readonly #indexes: FitIndex[] = [];
	readonly #commit: Sharing["commit"];
	/** By process: what it is busy with, or null. */
	readonly #attempting: (OpenAttempt | null)[];
	readonly #deciding: (Deciding | null)[];
	readonly #done: EventKind;

	constructor(context: ArchitectureContext, { rules, samplers, central }: DistributedOptions) {
		const { cell, engine, phases } = context;
		this.#context = context;
		this.#central = central;
		this.#attempting = context.processes.map(() => null);
		this.#deciding = context.processes.map(() => null);
		this.#snapshots = context.processes.map(({ sees }) => new Snapshot(cell, sees));
		this.#commit = commitTo(cell, "fit", "incremental");
		this.#intake = new Intake(context, {
			idle: (scheduler) => this.#isIdle(scheduler),
			look: (scheduler) => this.#run(scheduler),
		});
		this.processes = this.#intake.processes;
		this.#done = engine.kind("decision-done", phases.commit, (scheduler) => {
			this.#finish(scheduler);
			this.#intake.look(scheduler);
		});
		this.dispatcher = new Dispatcher(context, rules, samplers, {
			again: (process, job) => this.#again(process, job),
			rejections: (process, podClass) => this.#explain(process, podClass),
			improved: (node) => this.#intake.improved(node),
			over: (attempt) => this.#over(attempt),
		});
	}

	#isIdle(scheduler: number): boolean {
		return this.#attempting[scheduler] === null && this.#deciding[scheduler] === null;
	}

	/** Takes jobs for as long as that takes no time. */
	#run(scheduler: number): void {
		const { engine } = this.#context;
		const process = this.processes[scheduler]!;
		while (this.#isIdle(scheduler)) {
			const job = process.room.next(engine.nowUs);
			if (job === null) return;
			const takesUs = this.#begin(process, job);
			if (takesUs > 0) engine.schedule(engine.nowUs + takesUs, this.#done, scheduler);
			else if (!this.#isIdle(scheduler)) this.#finish(scheduler);
		}
	}

	/** The time that it takes. */
	#begin(process: SchedulerProcess, job: Job): number {
		if (!job.gang && process.index !== this.#central) return this.#attempt(process, job);
		if (!this.#isRoomGone(process, job)) return this.#decide(process, job);
		process.park(job, this.#classesOf(job));
		return 0;
	}

	/**
	 * Whether the room for which a job was woken is not for it: a queue has taken it, or it is on a node that the process may not use.
	 * That is no attempt. Without it a central scheduler with a backlog would try at each end of a short task.
	 */
	#isRoomGone(process: SchedulerProcess, job: Job): boolean {
		if (job.wokenBy === null || process.options.queue.backoff.initialUs > 0) return false;
		const index = (this.#indexes[process.index] ??= new FitIndex());
		index.follow(this.#snapshot(process.index).nodes);
		for (const podClass of this.#classesOf(job)) if (index.firstFit(podClass, 0) !== NO_NODE) return false;
		return true;
	}

	#classesOf({ pending }: Job): ReadonlySet<PodClass> {
		const { classes } = this.#context.cell.pods;
		return new Set(pending.map((pod) => classes[rowOf(pod)]!));
	}

	#decide(process: SchedulerProcess, job: Job): number {
		const deciding = process.begin(job);
		this.#deciding[process.index] = deciding;
		process.decide(deciding, this.#snapshot(process.index));
		return deciding.takesUs;
	}

	/** The cell without the room that is held. A holder whose batch has no pods left will not use it. */
	#snapshot(scheduler: number): Snapshot {
		const { cell } = this.#context;
		const snapshot = this.#snapshots[scheduler]!;
		const { queues } = this.dispatcher;
		snapshot.refresh();
		for (const r of queues.holders()) {
			const { podClass, pods, next } = queues.batch[r]!;
			const node = queues.node[r]!;
			const pod = queues.pod[r] !== GONE ? queues.pod[r]! : pods.find((other, i) => i >= next && other !== GONE);
			if (pod === undefined || snapshot.nodes.ready[node] === 0 || !snapshot.fits(podClass, node)) continue;
			snapshot.assume(cell.pod(pod), node);
		}
		return snapshot;
	}

	#attempt(process: SchedulerProcess, job: Job): number {
		const attempt = this.dispatcher.take(job, process);
		if (attempt === null) {
			this.#leave(process, job);
			return 0;
		}
		this.#context.cell.countAttempt(job);
		this.#attempting[process.index] = attempt;
		return attempt.takesUs;
	}

	#finish(scheduler: number): void {
		const process = this.processes[scheduler]!;
		const deciding = this.#deciding[scheduler]!;
		const attempt = this.#attempting[scheduler]!;
		this.#deciding[scheduler] = null;
		this.#attempting[scheduler] = null;
		if (deciding !== null) {
			process.settle(deciding, this.#commit(scheduler, deciding.job, deciding.decision!));
			return;
		}
		this.dispatcher.send(attempt);
		const { job, lacking } = attempt;
		// The job may be in the room again already: pods of it came back meanwhile.
		if (lacking.size === 0 || job.queueState !== "deciding") this.#leave(process, job);
		else process.wait(job, new Set(lacking.keys()));
	}

	/** The room has nothing more to do for the job now. */
	#leave({ room }: SchedulerProcess, job: Job): void {
		if (job.queueState === "deciding") job.queueState = "idle";
		room.passOn(job, this.#context.engine.nowUs);
	}

	#again(process: SchedulerProcess, job: Job): void {
		process.offer(job);
		this.#intake.wakeUp(process.index);
	}

	#over({ job, process }: OpenAttempt): void {
		if (process.givesUp(job) && this.dispatcher.isLeft(job)) this.#context.cell.abandonJob(job);
	}

	#explain({ index }: SchedulerProcess, podClass: PodClass): Pick<PodRejections, "rejections" | "nodes"> {
		const snapshot = this.#snapshots[index]!;
		snapshot.refresh();
		const { counts, nodes } = tallyRejections(podClass, snapshot, defaultFilters);
		return { rejections: counts, nodes };
	}
}
