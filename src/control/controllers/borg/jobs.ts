/**
 * Keeps the tasks of jobs, and updates them: a configuration is pushed, tasks are brought to it one after the other, and until that is closed
 * (committed) it can be undone. Source: Borg paper, sections 2.3 and 4.
 *
 * A task that crashes is started again, never on a machine on which it has; one that has succeeded is done. Maintenance goes through the
 * eviction API, within a budget that each job has.
 *
 * Divergence from Borg: jobs are looked at a tenth of a second after the first change of a task, for all that happened meanwhile; where
 * tasks crashed is known to one Borgmaster, until the next change of the job's tasks.
 */
import { parseDuration } from "../../../objects/duration.js";
import { type ApiObject, keyOf } from "../../api-object.js";
import type { ApiChange } from "../../api-server.js";
import type { ApiRequest } from "../../client.js";
import {
	all,
	type Controller,
	type ControllerContext,
	create,
	deletionOf,
	granted,
	type MakeController,
	patch,
	type Sync,
	SyncFailed,
	update,
} from "../../controller.js";
import {
	type BorgConfiguration,
	type BorgJob,
	type BorgJobStatus,
	configurationOf,
	NO_LIMIT,
	taskTextOf,
} from "../../kinds/borg/job.js";
import { type NodeObject, nodeKey } from "../../kinds/node.js";
import type { PodDisruptionBudget } from "../../kinds/pod-disruption-budget.js";
import { isActive, type Pod } from "../../pod.js";
import { Expectations } from "../expectations.js";
import { PodsByNode } from "../pods-by-node.js";
import { RoomOnMachines } from "./changes.js";
import { type Found, JobTasks } from "./job-tasks.js";
import { changed, indexOf, JOB_LABEL, taskOf } from "./tasks.js";
import { stepOfServing, type UpdateLimits, type UpdateStep, updateStep } from "./update-step.js";

/** From the first change of a task until its job is looked at. */
const PASS_US = 100_000;

export const borgJobs: MakeController = (context) => new BorgJobs(context);

/** What is remembered of a job. */
interface Known {
	readonly uid: number;
	/** What tasks are brought to, as text, and how many of them were disrupted for it. */
	target: string;
	disrupted: number;
	/** By number of the task, machines on which it has crashed. */
	readonly crashed: Map<number, Set<string>>;
}

class BorgJobs implements Controller {
	readonly name = "borgmaster-jobs";
	readonly workers = 5;
	readonly watches: Controller["watches"] = {
		BorgJob: ({ key }) => this.#context.enqueue(key),
		Pod: (change) => this.#taskChanged(change),
		Node: ({ before, after }) => this.#nodeChanged((after ?? before)!.metadata.name),
	};
	readonly #context: ControllerContext;
	readonly #expectations: Expectations;
	readonly #onNode: PodsByNode;
	/** By uid of the job, of those that have any. */
	readonly #tasks = new Map<number, JobTasks>();
	readonly #known = new Map<string, Known>();

	constructor(context: ControllerContext) {
		this.#context = context;
		this.#expectations = new Expectations(context.clock);
		this.#onNode = PodsByNode.in(context.seen);
	}

	#taskChanged(change: ApiChange): void {
		this.#onNode.changed(change);
		this.#keep(change);
		const task = (change.after ?? change.before) as Pod;
		const { owner, namespace, deletedUs } = task.metadata;
		if (owner?.kind !== "BorgJob") return;
		const key = `${namespace}/${owner.name}`;
		if (change.before === null) this.#expectations.created(key);
		if (change.after === null || deletedUs !== null) this.#expectations.deleted(key, change.key);
		this.#context.enqueueAfter(key, PASS_US);
	}

	#keep({ before, after }: ApiChange): void {
		const was = before === null ? undefined : jobUidOf(before);
		const is = after === null ? undefined : jobUidOf(after);
		if (is !== undefined) this.#tasksOf(is).put(after as Pod);
		if (was === undefined || was === is) return;
		const left = this.#tasksOf(was);
		left.delete(before as Pod);
		if (left.isEmpty) this.#tasks.delete(was);
	}

	#tasksOf(uid: number): JobTasks {
		let tasks = this.#tasks.get(uid);
		if (tasks === undefined) {
			tasks = new JobTasks((node) => this.#isHeardOf(node));
			this.#tasks.set(uid, tasks);
		}
		return tasks;
	}

	#nodeChanged(name: string): void {
		for (const task of this.#onNode.of(name)) {
			const uid = jobUidOf(task);
			if (uid === undefined) continue;
			const { namespace, owner } = task.metadata;
			this.#tasksOf(uid).touched(task);
			this.#context.enqueueAfter(`${namespace}/${owner!.name}`, PASS_US);
		}
	}

	*reconcile(key: string): Sync {
		const job = this.#context.seen.get("BorgJob", key) as BorgJob | undefined;
		if (job === undefined || job.metadata.deletedUs !== null) {
			this.#forget(key);
			return;
		}
		if (!this.#expectations.met(key)) return;
		yield* this.#keepBudget(job);
		const target = targetOf(job);
		const known = this.#knownOf(key, job, target);
		const delayUs = parseDuration(job.spec.update.delay);
		const tasks = this.#tasksOf(job.metadata.uid);
		const found = tasks.look({ target, delayUs }, this.#context.clock.nowUs);
		for (const task of found.spent) if (hasCrashed(task)) bar(known.crashed, indexOf(task), task.spec.nodeName);
		const step = this.#updateOf(job, target, tasks, found, known);
		known.disrupted += step.disrupted;
		yield* this.#write(key, job, target, found, step, known);
		yield* this.#report(job, target, found, step, known);
		if (step.waiting > 0 && delayUs > 0) this.#context.enqueueAfter(key, delayUs);
	}

	#forget(key: string): void {
		const uid = this.#known.get(key)?.uid;
		if (uid !== undefined && this.#tasks.get(uid)?.isEmpty) this.#tasks.delete(uid);
		this.#known.delete(key);
		this.#expectations.forget(key);
	}

	#knownOf(key: string, { metadata: { uid }, status }: BorgJob, target: BorgConfiguration): Known {
		const text = taskTextOf(target);
		let known = this.#known.get(key);
		if (known?.uid !== uid) {
			// A Borgmaster that has taken over goes on where the last one was.
			const before = status.target === null ? text : taskTextOf(status.target);
			known = { uid, target: before, disrupted: status.disrupted, crashed: new Map() };
			this.#known.set(key, known);
		}
		if (known.target !== text) {
			known.target = text;
			known.disrupted = 0;
			known.crashed.clear();
		}
		return known;
	}

	#isHeardOf(node: string): boolean {
		const object = this.#context.seen.get("Node", nodeKey(node)) as NodeObject | undefined;
		return object?.status.ready.status === "True";
	}

	#updateOf(
		{ spec: { update } }: BorgJob,
		target: BorgConfiguration,
		tasks: JobTasks,
		{ up, outdated, allMustStop }: Found,
		{ disrupted }: Known,
	): UpdateStep<Pod> {
		const limits: UpdateLimits = {
			down: Math.max(0, target.replicas - up),
			atOnce: update.atOnce,
			disruptionsLeft: numberOf(update.maxDisruptions) - disrupted,
		};
		if (allMustStop) {
			const still = stepOfServing(outdated, limits);
			if (still !== null) return still;
		}
		const room = new RoomOnMachines(this.#context.seen, this.#onNode);
		return updateStep(
			tasks.outdated().map((task) => ({
				task,
				serves: task.status.ready,
				placed: task.spec.nodeName !== "",
				staysOnChange: () => !tasks.isOtherBinary(task) && room.takes(task, target),
			})),
			limits,
		);
	}

	/** Creates what is missing, stops what is too much, and makes the step. */
	*#write(
		key: string,
		job: BorgJob,
		target: BorgConfiguration,
		{ missing, spent }: Found,
		{ change, replace }: UpdateStep<Pod>,
		{ crashed }: Known,
	): Sync {
		const doomed = [...spent, ...replace];
		if (missing.length + doomed.length + change.length === 0) return;
		const creations = missing.map((index): ApiRequest => {
			const barred = crashed.get(index) ?? new Set<string>();
			return { verb: "create", draft: taskOf(job, target, index, { suffix: this.#context.nameSuffix(), barred }) };
		});
		this.#expectations.expect(key, creations.length, doomed.map(keyOf));
		const results = yield* all([
			...creations,
			...doomed.map(deletionOf),
			...change.map((task) => inPlace(task, target)),
		]);
		for (const [i, result] of results.entries()) {
			if (result.ok) continue;
			if (i < creations.length) this.#expectations.created(key);
			else if (i < creations.length + doomed.length)
				this.#expectations.deleted(key, keyOf(doomed[i - creations.length]!));
		}
		const failed = results.slice(0, creations.length).find(({ ok }) => !ok);
		if (failed && !failed.ok) throw new SyncFailed(failed.error.message);
	}

	/** What maintenance may take down at a time is the budget of the job's name. */
	*#keepBudget(job: BorgJob): Sync {
		const { maxDown } = job.spec;
		const budget = this.#context.seen.get("PodDisruptionBudget", keyOf(job)) as PodDisruptionBudget | undefined;
		const mine = budget?.metadata.owner?.uid === job.metadata.uid;
		if (budget === undefined) {
			if (maxDown === NO_LIMIT) return;
			const { namespace, name } = job.metadata;
			const spec = { selector: { matchLabels: { [JOB_LABEL]: name } }, maxUnavailable: maxDown };
			const made = yield* create(
				this.#context.draft({ kind: "PodDisruptionBudget", metadata: { namespace, name }, spec }, job),
			);
			if (!made.ok && made.error.code !== 409) granted(made);
			return;
		}
		const maxUnavailable = maxDown === NO_LIMIT ? ALL : maxDown;
		if (mine && budget.spec.maxUnavailable !== maxUnavailable)
			granted(yield* update({ ...budget, spec: { ...budget.spec, maxUnavailable } }));
	}

	*#report(
		job: BorgJob,
		target: BorgConfiguration,
		{ tasks, running, updated }: Found,
		{ skipped, waiting, replace, change }: UpdateStep<Pod>,
		{ disrupted }: Known,
	): Sync {
		const text = taskTextOf(target);
		const dealtWith = waiting + replace.length + change.length === 0 && updated + skipped === target.replicas;
		const first = job.status.committed === null;
		const closes = dealtWith && job.spec.transaction === "closed";
		const began = !first && (job.status.target === null || taskTextOf(job.status.target) !== text);
		const goesOn = began || job.status.update === "updating";
		const status: BorgJobStatus = {
			tasks,
			running,
			updated,
			disrupted,
			skipped,
			update: !goesOn ? job.status.update : dealtWith ? "completed" : "updating",
			target,
			committed: first || closes ? target : job.status.committed,
		};
		if (isSame(status, job.status)) return;
		if (skipped > 0 && job.status.skipped !== skipped)
			this.#context.event(
				job,
				"Warning",
				"ChangesSkipped",
				`${skipped} tasks stay as they are: the update may not disrupt more`,
			);
		yield* patch(job, (present) => ({ ...present, status }));
	}
}

/** Of the pods of a budget. */
const ALL = "100%";

function numberOf(limit: number | typeof NO_LIMIT): number {
	return limit === NO_LIMIT ? Number.POSITIVE_INFINITY : limit;
}

/** What the tasks of a job are brought to now. */
function targetOf({ spec, status: { committed } }: BorgJob): BorgConfiguration {
	const goesBack = spec.transaction === "pushed" || spec.transaction === "undone";
	return goesBack && committed !== null ? committed : configurationOf(spec);
}

function isSame(a: BorgJobStatus, b: BorgJobStatus): boolean {
	return Object.entries(a).every(([name, value]) => b[name as keyof BorgJobStatus] === value);
}

/** Of the job that a pod is a task of; undefined if it is none. */
function jobUidOf({ metadata: { owner } }: ApiObject): number | undefined {
	return owner?.kind === "BorgJob" ? owner.uid : undefined;
}

function hasCrashed({ metadata, status: { phase, disruption } }: Pod): boolean {
	return metadata.deletedUs === null && phase === "Failed" && disruption === "";
}

function bar(crashed: Map<number, Set<string>>, index: number, node: string): void {
	const nodes = crashed.get(index);
	if (nodes === undefined) crashed.set(index, new Set([node]));
	else nodes.add(node);
}

/** Unless it has left its machine meanwhile. */
function inPlace(task: Pod, configuration: BorgConfiguration): ApiRequest {
	const { spec, metadata } = task;
	return {
		verb: "patch",
		kind: "Pod",
		key: keyOf(task),
		change: (object) => {
			const present = object as Pod;
			const same = present.metadata.uid === metadata.uid && present.spec.nodeName === spec.nodeName;
			return same && isActive(present) ? changed(present, configuration) : present;
		},
	};
}
