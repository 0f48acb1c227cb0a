/**
 * Runs the pods of Jobs until enough of them have succeeded or too many have failed. Source: pkg/controller/job (job_controller.go) of
 * Kubernetes 1.34.4.
 *
 * A Job is looked at at once when its spec changes, and a second after the first of several changes of its pods.
 *
 * Copied with its consequences: while the Job backs off, its status says that no pod is active, which the API server refuses if
 * others of its pods are ready; the sync fails, again and again, until they have ended.
 *
 * Divergence from Kubernetes: pods without an owner are not adopted; a restarted controller, that has forgotten the failures it saw, does
 * not happen.
 */
import { SECOND } from "../../../engine/time.js";
import { keyOf } from "../../api-object.js";
import type { ApiChange, ApiResult } from "../../api-server.js";
import type { ApiRequest } from "../../client.js";
import {
	all,
	type Controller,
	type ControllerContext,
	granted,
	type MakeController,
	patch,
	type Step,
	type Sync,
	SyncFailed,
} from "../../controller.js";
import {
	finishOf,
	isTrue,
	type Job,
	type JobCondition,
	type JobStatus,
	refusedStatus,
	TRACKING,
} from "../../kinds/job.js";
import type { Pod } from "../../pod.js";
import { UNLIMITED } from "../../token-bucket.js";
import { Expectations } from "../expectations.js";
import { PodControl } from "../pod-control.js";
import { afterEnds, type BackoffRecord, endedUs, NO_FAILURES, wholeSecond } from "./backoff.js";
import { type Facts, factsOf, isTracked } from "./facts.js";
import { podDraft, untracked } from "./job-pods.js";
import { deadlineUs, endOf, isComplete, type Plan, planOf } from "./plan.js";
import { countReleased, tallyOf, withCondition } from "./tally.js";

type Steps<Value> = Generator<Step, Value, readonly ApiResult[]>;

/** What a sync has done to pods. */
interface Done {
	readonly active: number;
	readonly ended: readonly Pod[];
	/** What went wrong, or null. */
	readonly error: string | null;
}

/** By which a Job may say that it is to see to it. */
const NAME = "kubernetes.io/job-controller";
const BATCH_US = SECOND;
/** Before the key of a pod, where the queue has keys of Jobs. */
const ORPHAN = "orphan ";
const NOBODY: ReadonlySet<number> = new Set();

export const jobController: MakeController = (context) => new JobController(context);

class JobController implements Controller {
	readonly name = "job-controller";
	readonly workers = 5;
	readonly rates = { baseUs: SECOND, maxUs: 60 * SECOND, overall: UNLIMITED };
	readonly watches: Controller["watches"] = {
		Job: (change) => this.#jobChanged(change),
		Pod: (change) => this.#podChanged(change),
	};
	readonly #context: ControllerContext;
	readonly #expectations: Expectations;
	readonly #podControl: PodControl;
	readonly #backoffs = new Map<string, BackoffRecord>();
	/** By key of the Job: uids of pods whose finalizer was taken away, which the watch has not shown. */
	readonly #released = new Map<string, Set<number>>();

	constructor(context: ControllerContext) {
		this.#context = context;
		this.#expectations = new Expectations(context.clock);
		this.#podControl = new PodControl(context, this.#expectations);
	}

	#jobChanged({ key, before, after }: ApiChange): void {
		if (before !== null && after !== null && before.metadata.generation === after.metadata.generation)
			this.#context.enqueueAfter(key, BATCH_US);
		else this.#context.enqueue(key);
		if (after !== null) return;
		for (const pod of this.#context.seen.owned("Pod", before!.metadata.uid).values())
			if (isTracked(pod as Pod, NOBODY)) this.#context.enqueue(ORPHAN + keyOf(pod));
	}

	#podChanged({ key, before, after }: ApiChange): void {
		const pod = (after ?? before) as Pod;
		const { owner, namespace, uid } = pod.metadata;
		if (owner?.kind !== "Job") return;
		const jobKey = `${namespace}/${owner.name}`;
		const job = this.#context.seen.get("Job", jobKey);
		if (after !== null && (job?.metadata.uid !== owner.uid || finishOf(job as Job) !== null)) {
			if (isTracked(pod, NOBODY)) this.#context.enqueue(ORPHAN + key);
			if (job?.metadata.uid !== owner.uid) return;
		}
		if (before === null) this.#expectations.created(jobKey);
		if (after === null || after.metadata.deletedUs !== null) this.#expectations.deleted(jobKey, key);
		if (after === null || !after.metadata.finalizers.includes(TRACKING)) this.#released.get(jobKey)?.delete(uid);
		this.#context.enqueueAfter(jobKey, BATCH_US);
	}

	*reconcile(key: string): Sync {
		if (key.startsWith(ORPHAN)) yield* this.#letGo(key.slice(ORPHAN.length));
		else yield* this.#sync(key);
	}

	/** Nobody is left to count a pod whose Job is gone or over. */
	*#letGo(key: string): Steps<void> {
		const pod = this.#context.seen.get("Pod", key) as Pod | undefined;
		if (pod === undefined || !isTracked(pod, NOBODY)) return;
		const { owner, namespace } = pod.metadata;
		const job = this.#context.seen.get("Job", `${namespace}/${owner?.name}`) as Job | undefined;
		if (job !== undefined && job.metadata.uid === owner?.uid && finishOf(job) === null) return;
		const result = yield* patch(pod, untracked);
		if (!result.ok && result.error.code !== 404) throw new SyncFailed(result.error.message);
	}

	*#sync(key: string): Steps<void> {
		const job = this.#context.seen.get("Job", key) as Job | undefined;
		if (job !== undefined && (job.spec.managedBy ?? NAME) !== NAME) return;
		if (job === undefined || finishOf(job) !== null) {
			this.#backoffs.delete(key);
			this.#released.delete(key);
			if (job === undefined) this.#expectations.forget(key);
			return;
		}
		const due = this.#expectations.met(key);
		const { nowUs } = this.#context.clock;
		const begins = job.status.startUs === null && !job.spec.suspend;
		const started = begins ? { ...job, status: { ...job.status, startUs: wholeSecond(nowUs) } } : job;
		const pods = [...this.#context.seen.owned("Pod", job.metadata.uid).values()] as Pod[];
		const facts = factsOf(started, pods, this.#settled(key));
		const record = afterEnds(
			this.#backoffs.get(key) ?? NO_FAILURES,
			facts.newSucceeded.map(endedUs),
			facts.newFailed.map(endedUs),
		);
		const end = endOf(facts, nowUs);
		if (end !== null) yield* this.#finish(facts, record, end, due);
		else yield* this.#goOn(facts, record, due);
	}

	#settled(key: string): Set<number> {
		let settled = this.#released.get(key);
		if (settled === undefined) {
			settled = new Set();
			this.#released.set(key, settled);
		}
		return settled;
	}

	/** Its pods are ended; it is over when they all could be. */
	*#finish(facts: Facts, record: BackoffRecord, end: JobCondition, due: boolean): Steps<void> {
		const done = yield* this.#end(facts, facts.active);
		const over = due && done.ended.length === facts.active.length;
		yield* this.#track(facts, record, done, statusAfter(facts, done), over ? end : null);
		if (done.error !== null) throw new SyncFailed(done.error);
	}

	*#goOn(facts: Facts, record: BackoffRecord, due: boolean): Steps<void> {
		const { job } = facts;
		const { nowUs } = this.#context.clock;
		const leftUs = deadlineUs(facts, nowUs);
		if (leftUs !== null) this.#context.enqueueAfter(keyOf(job), leftUs);
		const manages = due && job.metadata.deletedUs === null;
		const done = manages
			? yield* this.#manage(facts, planOf(facts, record, nowUs))
			: { active: facts.active.length, ended: [], error: null };
		let status = statusAfter(facts, done);
		if (isComplete(facts, done.active)) {
			const reason = { reason: "CompletionsReached", message: "Reached expected number of succeeded pods" };
			const success: JobCondition = {
				type: "SuccessCriteriaMet",
				status: "True",
				...reason,
				changedUs: wholeSecond(nowUs),
			};
			yield* this.#track(facts, record, done, status, success);
		} else {
			if (manages) status = this.#noteSuspension(job, status);
			yield* this.#track(facts, record, done, status, null);
		}
		if (done.error !== null) throw new SyncFailed(done.error);
	}

	*#manage(facts: Facts, plan: Plan): Steps<Done> {
		const { job, active } = facts;
		const idle = { active: active.length, ended: [], error: null };
		switch (plan.action) {
			case "none":
				return idle;
			case "wait":
				this.#context.enqueueAfter(keyOf(job), plan.delayUs);
				return { ...idle, active: 0 };
			case "create":
				return yield* this.#make(facts, plan.count, plan.indexes);
			case "delete":
				return yield* this.#forgetAndEnd(facts, plan.pods);
		}
	}

	*#make({ job, active, awaited }: Facts, count: number, indexes: readonly number[]): Steps<Done> {
		this.#expectations.expect(keyOf(job), count);
		const { made, error } = yield* this.#podControl.make(job, count, (i) =>
			podDraft(job, this.#context.nameSuffix(), indexes[i] ?? null, awaited),
		);
		return { active: active.length + made, ended: [], error };
	}

	/** Pods that nobody needs: they are not counted. */
	*#forgetAndEnd(facts: Facts, pods: readonly Pod[]): Steps<Done> {
		const key = keyOf(facts.job);
		this.#expectations.expect(key, 0, pods.map(keyOf));
		const released = yield* this.#release(key, pods);
		const done = yield* this.#end(
			facts,
			pods.filter((_, i) => released[i]),
		);
		pods.forEach((pod, i) => {
			if (!released[i]) this.#expectations.deleted(key, keyOf(pod));
		});
		return done;
	}

	*#end({ job, active }: Facts, pods: readonly Pod[]): Steps<Done> {
		const { ended, error } = yield* this.#podControl.end(job, pods);
		return { active: active.length - ended.length, ended, error };
	}

	/** Takes the finalizer from each; whether it is gone. */
	*#release(key: string, pods: readonly Pod[]): Steps<readonly boolean[]> {
		const settled = this.#settled(key);
		for (const { metadata } of pods) settled.add(metadata.uid);
		const results = yield* all(
			pods.map(
				(pod): ApiRequest => ({
					verb: "patch",
					kind: "Pod",
					key: keyOf(pod),
					change: (present) => untracked(present as Pod),
				}),
			),
		);
		return results.map((result, i) => {
			const gone = result.ok || result.error.code === 404;
			if (!gone) settled.delete(pods[i]!.metadata.uid);
			return gone;
		});
	}

	/** The condition Suspended says whether it rests; a Job that goes on begins its time anew. */
	#noteSuspension(job: Job, status: JobStatus): JobStatus {
		const current = status.conditions.find(({ type }) => type === "Suspended");
		const { suspend } = job.spec;
		if ((current?.status ?? "False") === (suspend ? "True" : "False")) return status;
		const changedUs = wholeSecond(this.#context.clock.nowUs);
		const [reason, message] = suspend ? ["Suspended", "Job suspended"] : ["Resumed", "Job resumed"];
		this.#context.event(job, "Normal", reason!, message!);
		const condition: JobCondition = {
			type: "Suspended",
			status: suspend ? "True" : "False",
			reason: `Job${reason}`,
			message: message!,
			changedUs,
		};
		return {
			...status,
			conditions: withCondition(status.conditions, condition),
			startUs: suspend ? status.startUs : changedUs,
		};
	}

	/** Writes down which pods have ended, takes their finalizers, counts them; then that the Job is over. */
	*#track(
		facts: Facts,
		record: BackoffRecord,
		done: Done,
		status: JobStatus,
		finished: JobCondition | null,
	): Steps<void> {
		const { job, pods } = facts;
		const key = keyOf(job);
		const settled = this.#settled(key);
		const tracked = new Set(pods.filter((pod) => isTracked(pod, settled)).map(({ metadata }) => metadata.uid));
		const { status: tallied, released, more } = tallyOf(facts, countReleased(status, tracked), settled, finished);
		const told = finished === null ? tallied : withInterim(tallied, finished);
		let written = yield* this.#write(job, told);
		this.#backoffs.set(key, record);
		const gone = yield* this.#release(key, released);
		released.forEach(({ metadata: { uid } }, i) => {
			if (gone[i]) tracked.delete(uid);
		});
		let next = countReleased(written.status, tracked);
		const over = !more && finished !== null && facts.terminating + done.ended.length === 0 && isAllCounted(next);
		if (over) next = withEnd(next, finished, this.#context.clock.nowUs);
		written = yield* this.#write(written, next);
		if (gone.includes(false)) throw new SyncFailed(`some pods of ${key} still have their finalizer`);
		if (over) this.#tellEnd(written);
	}

	/** Nothing is asked where nothing changes; a write since the Job was seen makes the sync fail. */
	*#write(job: Job, status: JobStatus): Steps<Job> {
		if (JSON.stringify(status) === JSON.stringify(job.status)) return job;
		const { resourceVersion } = job.metadata;
		const changed = { ...job, status };
		return granted<Job>(
			yield* patch(job, (present) => {
				if (present.metadata.resourceVersion !== resourceVersion)
					return {
						code: 409,
						message: "the object has been modified; please apply your changes to the latest version and try again",
					};
				return refusedStatus(changed) ?? changed;
			}),
		);
	}

	#tellEnd(job: Job): void {
		const end = finishOf(job)!;
		if (end.type === "Complete") this.#context.event(job, "Normal", "Completed", "Job completed");
		else this.#context.event(job, "Warning", end.reason, end.message);
	}
}

/** The numbers of pods after what was done to them. */
function statusAfter({ job, active, terminating }: Facts, done: Done): JobStatus {
	const ready = active.filter((pod) => pod.status.ready && !done.ended.includes(pod)).length;
	return { ...job.status, active: done.active, ready, terminating: terminating + done.ended.length };
}

/** The end is announced before the pods are counted. */
function withInterim(status: JobStatus, finished: JobCondition): JobStatus {
	if (status.conditions.some((condition) => isTrue(condition, finished.type))) return status;
	return { ...status, conditions: withCondition(status.conditions, finished) };
}

function withEnd(status: JobStatus, finished: JobCondition, nowUs: number): JobStatus {
	const changedUs = wholeSecond(nowUs);
	const type = finished.type === "FailureTarget" ? "Failed" : "Complete";
	return {
		...status,
		conditions: withCondition(status.conditions, { ...finished, type, changedUs }),
		completionUs: type === "Complete" ? changedUs : null,
	};
}

function isAllCounted({ uncountedSucceeded, uncountedFailed }: JobStatus): boolean {
	return uncountedSucceeded.length === 0 && uncountedFailed.length === 0;
}
