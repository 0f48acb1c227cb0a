/**
 * Chronos: starts runs of jobs when they are due or their parents are done, and counts how they end.
 *
 * Source: Chronos, scheduler/jobs/JobScheduler.scala, TaskManager.scala.
 *
 * Divergence from Chronos: a run that waits for an offer is a pending pod of the framework `chronos`; the two lists, of high and of normal
 * priority, are the queue of its scheduler.
 */
import { MINUTE, SECOND, type SimTime } from "../../../engine/time.js";
import { keyOf } from "../../api-object.js";
import type { ApiChange } from "../../api-server.js";
import {
	all,
	type Controller,
	type ControllerContext,
	create,
	type MakeController,
	patch,
	type Sync,
} from "../../controller.js";
import { type ChronosJob, type ChronosJobStatus, epsilonUs } from "../../kinds/chronos/job.js";
import { parseSchedule, type Schedule } from "../../kinds/chronos/schedule.js";
import { isTerminal, type Pod } from "../../pod.js";
import { type Due, dueAhead, dueNow } from "./due-runs.js";
import { afterFailure, afterSuccess, mayRetry, parentDone } from "./outcomes.js";
import type { ChronosRules } from "./rules.js";
import { ATTEMPT, JOB, runOf } from "./runs.js";

const RETRY_US = MINUTE;

export function chronosJobs(rules: ChronosRules): MakeController {
	return (context) => new ChronosJobs(context, rules);
}

class ChronosJobs implements Controller {
	readonly name = "chronos";
	readonly workers = 1;
	readonly watches: Controller["watches"] = {
		Job: ({ key, before, after }) => {
			if (after === null) this.#forget(key);
			else {
				if (before === null || (before as ChronosJob).spec !== after.spec)
					this.#knownUs.set(key, this.#context.clock.nowUs);
				this.#context.enqueue(key);
			}
		},
		Pod: (change) => this.#podChanged(change),
	};
	readonly #context: ControllerContext;
	readonly #rules: ChronosRules;
	/** By key of the job: since when its schedule has been known. */
	readonly #knownUs = new Map<string, SimTime>();
	/** Schedules that status is made for. */
	readonly #schedules = new Map<string, string>();
	/** Attempts to be made again, by key of the job: which, and when. */
	readonly #retries = new Map<string, { readonly attempt: number; readonly atUs: SimTime }[]>();
	/** Parents that are done and have not been counted, by key of the child. */
	readonly #parents = new Map<string, string[]>();

	constructor(context: ControllerContext, rules: ChronosRules) {
		this.#context = context;
		this.#rules = rules;
	}

	#forget(key: string): void {
		this.#knownUs.delete(key);
		this.#schedules.delete(key);
		this.#retries.delete(key);
		this.#parents.delete(key);
	}

	#podChanged({ before, after }: ApiChange): void {
		const name = (after ?? before)!.metadata.labels[JOB];
		if (name !== undefined) this.#context.enqueue(`default/${name}`);
	}

	*reconcile(key: string): Sync {
		const { seen, clock } = this.#context;
		const job = seen.get("Job", key) as ChronosJob | undefined;
		const runs = seen.having("Pod", "default", { [JOB]: key.slice("default/".length) }) as readonly Pod[];
		const over = runs.filter(({ status }) => isTerminal(status.phase));
		yield* all(over.map((pod) => ({ verb: "delete", kind: "Pod", key: keyOf(pod) }) as const));
		if (job === undefined) return;
		let status = this.#withSchedule(job);
		for (const pod of over) status = this.#ended(job, status, pod);
		const open = runs.length - over.length;
		const begun = this.#begin(job, status, open);
		status = begun.status;
		if (JSON.stringify(status) !== JSON.stringify(job.status)) yield* patch(job, (present) => ({ ...present, status }));
		for (const attempt of begun.attempts) yield* create(runOf(job, attempt, status.runs));
		if (Number.isFinite(begun.lookUs)) this.#context.enqueueAfter(key, Math.max(1, begun.lookUs - clock.nowUs));
	}

	/** The schedule in the status is that of the spec, or what is left of it. */
	#withSchedule({ metadata, spec, status }: ChronosJob): ChronosJobStatus {
		const key = keyOf({ metadata });
		if (spec.schedule === null || this.#schedules.get(key) === spec.schedule) return status;
		this.#schedules.set(key, spec.schedule);
		const parsed = parseSchedule(spec.schedule);
		const next: Schedule = { ...parsed, startUs: parsed.startUs ?? this.#context.clock.nowUs - SECOND };
		return { ...status, next };
	}

	/** What comes of a run that is over. */
	#ended(job: ChronosJob, status: ChronosJobStatus, pod: Pod): ChronosJobStatus {
		const { spec } = job;
		const succeeded = pod.status.phase === "Succeeded";
		const killed = pod.metadata.deletedUs !== null;
		const attempt = Number(pod.metadata.labels[ATTEMPT]);
		if (succeeded) {
			this.#tellChildren(job);
			return afterSuccess(status, spec, this.#rules);
		}
		if (!killed && mayRetry(spec, status, attempt)) {
			const key = keyOf(job);
			const retry = { attempt: attempt + 1, atUs: this.#context.clock.nowUs + RETRY_US };
			this.#retries.set(key, [...(this.#retries.get(key) ?? []), retry]);
			return status;
		}
		if (spec.softError) this.#tellChildren(job);
		return afterFailure(status, spec, this.#rules);
	}

	#tellChildren({ metadata: { name } }: ChronosJob): void {
		for (const [key, object] of this.#context.seen.all("Job")) {
			const parents: readonly string[] = (object as ChronosJob).spec.parents;
			if (!parents.includes(name)) continue;
			this.#parents.set(key, [...(this.#parents.get(key) ?? []), name]);
			this.#context.enqueue(key);
		}
	}

	/** Attempts that begin now, and when to look again. `open`: runs that wait or go on. */
	#begin(job: ChronosJob, before: ChronosJobStatus, open: number) {
		const key = keyOf(job);
		const { nowUs } = this.#context.clock;
		const attempts: number[] = [];
		let status = before;
		const retries = this.#retries.get(key) ?? [];
		const later = retries.filter(({ atUs }) => atUs > nowUs);
		this.#retries.set(key, later);
		for (const { attempt, atUs } of retries) if (atUs <= nowUs) attempts.push(attempt);
		let lookUs = Math.min(Number.POSITIVE_INFINITY, ...later.map(({ atUs }) => atUs));
		const overlaps = () =>
			open + attempts.length + later.length > 0 && !(job.spec.concurrent && this.#rules.allowsConcurrent);
		const run = () => {
			if (job.spec.disabled || status.disabled) return;
			if (overlaps()) this.#context.event(job, "Normal", "Skipped", "the last run is not over");
			else {
				attempts.push(0);
				status = { ...status, runs: status.runs + 1, invocations: {} };
			}
		};
		for (const parent of this.#parents.get(key) ?? []) {
			const { invocations, fires } = parentDone(job.spec, status, parent);
			status = { ...status, invocations };
			if (fires) run();
		}
		this.#parents.delete(key);
		if (status.next !== null && !status.disabled) {
			const due = this.#due(job, status.next);
			if (due.skipped > 0) this.#context.event(job, "Warning", "TooLate", `${due.skipped} runs were skipped`);
			status = { ...status, next: due.next };
			if (due.begins) run();
			lookUs = Math.min(lookUs, due.lookUs);
		}
		return { status, attempts, lookUs };
	}

	#due(job: ChronosJob, schedule: Schedule): Due {
		const { nowUs } = this.#context.clock;
		if (!this.#rules.looksAhead) return dueNow(schedule, nowUs);
		return dueAhead(schedule, epsilonUs(job.spec), this.#knownUs.get(keyOf(job))!, nowUs);
	}
}
