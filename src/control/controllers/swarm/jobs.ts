/**
 * Runs the tasks of jobs to completion (20.10): so many completions in all and so many tasks at once for a replicated job, one completion on
 * each active node for a global one. A task that fails is restarted by its policy, in its slot; `any` means no more than `on-failure`. A slot
 * that the policy gives up gets a new task when the job is looked at the next time: when another of its tasks has ended, or its spec is changed.
 * A changed spec runs the whole job anew. Source: SwarmKit manager/orchestrator/jobs (orchestrator.go, replicated/reconciler.go,
 * global/reconciler.go), which looks at a job only when its spec changes or a task ends: a task on a node that is down stays until the node has
 * been so for a day, and a node that comes gets the task of a global job at the next look.
 *
 * Divergence from SwarmKit: slots are counted from 1; tasks of an earlier run leave no history; constraints that a node no longer meets do not end a job's task there.
 */
import type { SimTime } from "../../../engine/time.js";
import { canonicalJson } from "../../../objects/canonical-json.js";
import { parseDuration } from "../../../objects/duration.js";
import type { ApiChange } from "../../api-server.js";
import type { ApiRequest } from "../../client.js";
import {
	all,
	type Controller,
	type ControllerContext,
	deletionOf,
	type MakeController,
	patch,
	type Sync,
} from "../../controller.js";
import {
	isJob,
	maxConcurrentOf,
	replicasOf,
	type SwarmService,
	type SwarmServiceSpec,
	type SwarmServiceStatus,
} from "../../kinds/swarm/service.js";
import { isTerminal, type Pod } from "../../pod.js";
import { SwarmNodes } from "./nodes.js";
import { Restarts } from "./restarts.js";
import { surplusTasks, type Tasks, tasksOf } from "./service-tasks.js";
import { slotsToAdd } from "./slots.js";
import { isClean, isRunning, numberOf, release, specTextOf, taskOf, templateOf } from "./tasks.js";

export const swarmJobs: MakeController = (context) => new SwarmJobs(context);

/** What is known of one run of a job. */
interface Run {
	readonly uid: number;
	/** What its tasks are made from. */
	readonly text: string;
	readonly restarts: Restarts;
	/** Failed tasks that have been restarted, or given up. */
	readonly dealtWith: Set<number>;
	/** Something has happened that it is looked at for. */
	due: boolean;
}

class SwarmJobs implements Controller {
	readonly name = "swarm-jobs";
	readonly workers = 1;
	readonly watches: Controller["watches"] = {
		Service: ({ key, before, after }) => {
			if (after === null) this.#runs.delete(key);
			else if (before?.spec !== after.spec && isJob((after as SwarmService).spec))
				this.#look(key, after as SwarmService);
		},
		Pod: (change) => this.#taskChanged(change),
	};
	readonly #context: ControllerContext;
	readonly #nodes: SwarmNodes;
	/** By key of the service. */
	readonly #runs = new Map<string, Run>();
	#numbered = 0;

	constructor(context: ControllerContext) {
		this.#context = context;
		this.#nodes = new SwarmNodes(context.seen);
	}

	#look(key: string, { metadata: { uid }, spec }: SwarmService): void {
		const text = specTextOf(spec);
		let run = this.#runs.get(key);
		if (run?.uid !== uid || run.text !== text) {
			run = { uid, text, restarts: new Restarts(), dealtWith: new Set(), due: true };
			this.#runs.set(key, run);
		}
		run.due = true;
		this.#context.enqueue(key);
	}

	/** Has the job looked at when a task has ended, or is gone before. */
	#taskChanged({ before, after }: ApiChange): void {
		const task = (after ?? before) as Pod;
		const { owner, namespace } = task.metadata;
		if (owner?.kind !== "Service") return;
		const key = `${namespace}/${owner.name}`;
		const service = this.#context.seen.get("Service", key) as SwarmService | undefined;
		if (service === undefined || !isJob(service.spec)) return;
		this.#numbered = Math.max(this.#numbered, numberOf(task));
		const ended = (pod: Pod | null) => pod === null || isTerminal(pod.status.phase);
		if (before !== null && ended(after as Pod | null) && !ended(before as Pod)) this.#look(key, service);
		else this.#context.enqueue(key);
	}

	*reconcile(key: string): Sync {
		const service = this.#context.seen.get("Service", key) as SwarmService | undefined;
		const run = this.#runs.get(key);
		if (service === undefined || run === undefined) return;
		const requests: ApiRequest[] = [];
		const tasks = this.#presentTasks(run, service.spec, requests);
		if (run.due) {
			run.due = false;
			const failed = [...tasks.ended.keys()].filter((slot) => hasJustFailed(slot, tasks, run.dealtWith));
			const free = this.#freeSlots(service, tasks, new Set(failed), requests);
			requests.push(...free.map((slot) => this.#creation(service, slot, false)));
			for (const slot of failed) this.#restart(service, run, slot, tasks, requests);
			requests.push(
				...surplusTasks({ live: new Map(), ended: tasks.ended }, service.spec, () => false).map(deletionOf),
			);
		}
		const wakeUs = this.#release(run, service.spec, tasks, requests);
		yield* all(requests);
		yield* report(service, tasks);
		if (wakeUs < Number.POSITIVE_INFINITY) this.#context.enqueueAfter(key, wakeUs - this.#context.clock.nowUs);
	}

	/** Those of this run; all others go. */
	#presentTasks({ uid }: Run, spec: SwarmServiceSpec, requests: ApiRequest[]): Tasks {
		const { live, ended } = tasksOf(this.#context.seen, uid);
		const ofThisRun = (tasks: Tasks["ended"]) => {
			const kept = new Map<string, Pod[]>();
			for (const [slot, inSlot] of tasks) {
				const clean = inSlot.filter((task) => isClean(task, spec));
				const old = inSlot.filter((task) => !clean.includes(task) && task.metadata.deletedUs === null);
				requests.push(...old.map(deletionOf));
				if (clean.length > 0) kept.set(slot, clean);
			}
			return kept;
		};
		return { live: ofThisRun(live), ended: ofThisRun(ended) };
	}

	/** Slots that get their first task, or the next one after they were given up. One whose task has just failed counts as if it ran. */
	#freeSlots(
		{ spec, metadata }: SwarmService,
		{ live, ended }: Tasks,
		failed: ReadonlySet<string>,
		requests: ApiRequest[],
	): readonly string[] {
		const complete = completeSlots(ended);
		const busy = new Set([...live.keys(), ...failed]);
		const taken = (slot: string) => complete.has(slot) || busy.has(slot);
		if (spec.deploy.mode === "global-job") {
			for (const tasks of live.values())
				requests.push(...tasks.filter(({ spec: { nodeName } }) => !this.#nodes.isValid(nodeName)).map(deletionOf));
			const nodes = this.#nodes.forGlobal(templateOf(spec, metadata.name), NOWHERE);
			return [...nodes].filter((node) => !taken(node));
		}
		const mayRun = maxConcurrentOf(spec.deploy) - busy.size;
		const lacks = replicasOf(spec.deploy) - complete.size - busy.size;
		return slotsToAdd(taken, Math.max(0, Math.min(mayRun, lacks)));
	}

	#restart(service: SwarmService, run: Run, slot: string, { ended }: Tasks, requests: ApiRequest[]): void {
		const { restarts, dealtWith } = run;
		const { nowUs } = this.#context.clock;
		for (const { metadata } of ended.get(slot)!) dealtWith.add(metadata.uid);
		restarts.ended(slot, true, service.spec, nowUs);
		const dueUs = restarts.dueUs(slot, () => false);
		if (dueUs === Number.POSITIVE_INFINITY) restarts.settled(slot);
		else requests.push(this.#creation(service, slot, dueUs > nowUs));
	}

	/** Starts what has waited for its delay; when to look for that again. Another leader may have had it wait. */
	#release({ restarts }: Run, { deploy }: SwarmServiceSpec, { live }: Tasks, requests: ApiRequest[]): SimTime {
		const { nowUs } = this.#context.clock;
		for (const [slot, tasks] of live)
			for (const { spec, metadata } of tasks)
				if (spec.held && !restarts.taken(slot))
					restarts.replace(slot, metadata.createdUs + parseDuration(deploy.restart_policy.delay), "", nowUs);
		let wakeUs = Number.POSITIVE_INFINITY;
		for (const slot of restarts.slots) {
			const dueUs = restarts.dueUs(slot, () => false);
			if (dueUs > nowUs) {
				wakeUs = Math.min(wakeUs, dueUs);
				continue;
			}
			restarts.settled(slot);
			requests.push(...(live.get(slot) ?? []).filter(({ spec }) => spec.held).map(release));
		}
		return wakeUs;
	}

	#creation(service: SwarmService, slot: string, held: boolean): ApiRequest {
		return { verb: "create", draft: taskOf(service, service.spec, slot, { number: ++this.#numbered, held }) };
	}
}

const NOWHERE: ReadonlySet<string> = new Set();

function completeSlots(ended: Tasks["ended"]): ReadonlySet<string> {
	const complete = [...ended].filter(([, tasks]) => tasks.some(({ status }) => status.phase === "Succeeded"));
	return new Set(complete.map(([slot]) => slot));
}

function hasJustFailed(slot: string, { live, ended }: Tasks, dealtWith: ReadonlySet<number>): boolean {
	const { status, metadata } = ended.get(slot)!.at(-1)!;
	return !live.has(slot) && status.phase === "Failed" && !dealtWith.has(metadata.uid);
}

function* report(service: SwarmService, { live, ended }: Tasks): Sync {
	const tasks = [...live.values()].flat();
	const status: SwarmServiceStatus = {
		desired: tasks.length,
		tasks: tasks.length,
		running: tasks.filter(isRunning).length,
		updated: tasks.length,
		completed: completeSlots(ended).size,
		update: "none",
	};
	if (canonicalJson(status) !== canonicalJson(service.status))
		yield* patch(service, (present) => ({ ...present, status }));
}
