/**
 * Makes the Jobs of CronJobs when they are due, and deletes old ones. Source: pkg/controller/cronjob (cronjob_controllerv2.go).
 *
 * Divergence from Kubernetes: Jobs without an owner are left alone.
 */
import { SECOND, type SimTime } from "../../engine/time.js";
import { type ApiObject, type Draft, keyOf, ownerReferenceTo } from "../api-object.js";
import type { ApiResult } from "../api-server.js";
import {
	type Controller,
	type ControllerContext,
	create,
	get,
	granted,
	type MakeController,
	remove,
	type Step,
	type Sync,
	SyncFailed,
	update,
} from "../controller.js";
import type { CronJob, CronJobStatus } from "../kinds/cron-job.js";
import { finishOf, type Job, jobKind } from "../kinds/job.js";
import { dueTime, nextLookUs } from "./job/due-times.js";

type Steps<Value> = Generator<Step, Value, readonly ApiResult[]>;

/** A CronJob with the status that it is to have, and when to look at it again. */
interface Seen {
	readonly cronJob: CronJob;
	readonly lookInUs: SimTime | null;
}

export const cronJobController: MakeController = (context) => new CronJobController(context);

class CronJobController implements Controller {
	readonly name = "cronjob-controller";
	readonly workers = 5;
	readonly watches: Controller["watches"] = {
		CronJob: ({ key, before, after }) => {
			const [was, is] = [before as CronJob | null, after as CronJob | null];
			const rescheduled = was?.spec.schedule !== is?.spec.schedule || was?.spec.timeZone !== is?.spec.timeZone;
			if (was !== null && is !== null && rescheduled)
				this.#context.enqueueAfter(key, nextLookUs(is, this.#context.clock.nowUs));
			else this.#context.enqueue(key);
		},
		Job: ({ before, after }) => this.#enqueueOwner((after ?? before)!),
	};
	readonly #context: ControllerContext;

	constructor(context: ControllerContext) {
		this.#context = context;
	}

	#enqueueOwner({ metadata: { owner, namespace } }: ApiObject): void {
		if (owner?.kind === "CronJob") this.#context.enqueue(`${namespace}/${owner.name}`);
	}

	*reconcile(key: string): Sync {
		const found = this.#context.seen.get("CronJob", key) as CronJob | undefined;
		if (found === undefined) return;
		const jobs = [...this.#context.seen.owned("Job", found.metadata.uid).values()] as Job[];
		const tidied = yield* this.#forgetOld(found, jobs);
		const known = yield* this.#takeStock(tidied, jobs);
		const { cronJob, lookInUs } = yield* this.#start(known);
		if (JSON.stringify(cronJob.status) !== JSON.stringify(found.status))
			granted(yield* update({ ...found, status: cronJob.status }));
		if (lookInUs !== null && Number.isFinite(lookInUs)) this.#context.enqueueAfter(key, lookInUs);
	}

	/** Of the Jobs that are over only the last ones stay. */
	*#forgetOld(cronJob: CronJob, jobs: readonly Job[]): Steps<CronJob> {
		const { successfulJobsHistoryLimit, failedJobsHistoryLimit } = cronJob.spec;
		let left = cronJob;
		for (const [type, limit] of [
			["Complete", successfulJobsHistoryLimit],
			["Failed", failedJobsHistoryLimit],
		] as const) {
			const over = jobs.filter((job) => finishOf(job)?.type === type).sort((a, b) => a.metadata.uid - b.metadata.uid);
			for (const job of over.slice(0, Math.max(0, over.length - limit))) left = yield* this.#delete(left, job);
		}
		return left;
	}

	*#delete(cronJob: CronJob, job: Job): Steps<CronJob> {
		const { name, uid } = job.metadata;
		const result = yield* remove("Job", keyOf(job), { uid });
		if (!result.ok && result.error.code !== 404) {
			this.#tell(cronJob, "Warning", "FailedDelete", `Deleted job: ${result.error.message}`);
			return cronJob;
		}
		this.#tell(cronJob, "Normal", "SuccessfulDelete", `Deleted job ${name}`);
		return withoutActive(cronJob, uid);
	}

	/** What has become of its Jobs. */
	*#takeStock(cronJob: CronJob, jobs: readonly Job[]): Steps<CronJob> {
		let known = cronJob;
		for (const job of jobs) {
			const { name, uid } = job.metadata;
			const end = finishOf(job);
			const isActive = known.status.active.some((active) => active.uid === uid);
			if (!isActive && end === null) {
				const present = granted<CronJob>(yield* get("CronJob", keyOf(cronJob)));
				if (present.status.active.some((active) => active.uid === uid)) known = { ...known, status: present.status };
				else
					this.#tell(
						known,
						"Warning",
						"UnexpectedJob",
						`Saw a job that the controller did not create or forgot: ${name}`,
					);
			} else if (isActive && end !== null) {
				known = withoutActive(known, uid);
				this.#tell(known, "Normal", "SawCompletedJob", `Saw completed job: ${name}, condition: ${end.type}`);
			}
			if (end?.type === "Complete") known = withSuccess(known, job.status.completionUs!);
		}
		for (const { uid, name } of cronJob.status.active) {
			if (jobs.some((job) => job.metadata.uid === uid)) continue;
			const result = yield* get("Job", `${cronJob.metadata.namespace}/${name}`);
			if (result.ok) continue;
			this.#tell(known, "Normal", "MissingJob", `Active job went missing: ${name}`);
			known = withoutActive(known, uid);
		}
		return known;
	}

	/** Starts the Job of the last time that is over, unless it was, or may not be. */
	*#start(cronJob: CronJob): Steps<Seen> {
		const { spec, status, metadata } = cronJob;
		const { nowUs } = this.#context.clock;
		if (metadata.deletedUs !== null || spec.suspend) return { cronJob, lookInUs: null };
		const due = dueTime(cronJob, nowUs);
		const later = { cronJob, lookInUs: nextLookUs(cronJob, nowUs) };
		if (due === null) return later;
		if (due.manyMissed)
			this.#tell(
				cronJob,
				"Warning",
				"TooManyMissedTimes",
				"too many missed start times. Set or decrease .spec.startingDeadlineSeconds or check clock skew",
			);
		const name = `${metadata.name}-${Math.floor(due.atUs / (60 * SECOND))}`;
		if (status.active.some((active) => active.name === name) || status.lastScheduleUs === due.atUs) return later;
		if (spec.concurrencyPolicy === "Forbid" && status.active.length > 0) {
			const message = "Not starting job because prior execution is running and concurrency policy is Forbid";
			this.#tell(cronJob, "Normal", "JobAlreadyActive", message);
			return later;
		}
		const cleared = spec.concurrencyPolicy === "Replace" ? yield* this.#endActive(cronJob) : cronJob;
		const made = yield* create(draftOf(cronJob, name));
		if (!made.ok) {
			// It was made before, and that was not written down.
			if (made.error.code === 409) return { ...later, cronJob: cleared };
			this.#tell(cronJob, "Warning", "FailedCreate", `Error creating job: ${made.error.message}`);
			throw new SyncFailed(made.error.message);
		}
		this.#tell(cronJob, "Normal", "SuccessfulCreate", `Created job ${name}`);
		const active = [...cleared.status.active, { name, uid: made.object.metadata.uid }];
		const started = { ...cleared, status: { ...cleared.status, active, lastScheduleUs: due.atUs } };
		return { cronJob: started, lookInUs: nextLookUs(started, nowUs) };
	}

	*#endActive(cronJob: CronJob): Steps<CronJob> {
		let cleared = cronJob;
		for (const { name } of cronJob.status.active) {
			const job = granted<Job>(yield* get("Job", `${cronJob.metadata.namespace}/${name}`));
			cleared = yield* this.#delete(cleared, job);
		}
		return cleared;
	}

	#tell(cronJob: CronJob, type: "Normal" | "Warning", reason: string, message: string): void {
		this.#context.event(cronJob, type, reason, message);
	}
}

function draftOf(cronJob: CronJob, name: string): Draft {
	const { metadata, spec } = cronJob.spec.jobTemplate;
	const { namespace } = cronJob.metadata;
	return {
		kind: "Job",
		metadata: { ...metadata, namespace, name, owner: ownerReferenceTo(cronJob) },
		spec,
		status: jobKind.status,
	};
}

function withoutActive(cronJob: CronJob, uid: number): CronJob {
	const { status } = cronJob;
	const active = status.active.filter((job) => job.uid !== uid);
	return active.length === status.active.length ? cronJob : { ...cronJob, status: { ...status, active } };
}

function withSuccess(cronJob: CronJob, completionUs: SimTime): CronJob {
	const status: CronJobStatus = cronJob.status;
	if (status.lastSuccessUs !== null && status.lastSuccessUs >= completionUs) return cronJob;
	return { ...cronJob, status: { ...status, lastSuccessUs: completionUs } };
}
