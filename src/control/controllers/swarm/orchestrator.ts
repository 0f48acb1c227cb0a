/**
 * Keeps the tasks of services: as many slots as a replicated service shall have, a task on each node for a global one; restarts, moves
 * and updates them; from 1.13 on shuts down what constraints no longer allow. Source: SwarmKit manager/orchestrator (replicated.go,
 * global.go, services.go, tasks.go, constraintenforcer/constraint_enforcer.go).
 *
 * Jobs are left to `jobs.ts`, until they are removed.
 *
 * Divergence from SwarmKit: one loop for both kinds of services; a rebalancing of tasks when a node returns there is not there either. A node
 * whose resources shrink keeps its tasks. A leader that takes over does not know what an update could be taken back to, nor which scale commands
 * were to be worked off. A task that is rejected does not count against an update.
 */
import type { SimTime } from "../../../engine/time.js";
import { parseDuration } from "../../../objects/duration.js";
import { keyOf } from "../../api-object.js";
import type { ApiChange, ApiResult } from "../../api-server.js";
import type { ApiRequest } from "../../client.js";
import {
	all,
	type Controller,
	type ControllerContext,
	deletionOf,
	type MakeController,
	patch,
	type Step,
	type Sync,
} from "../../controller.js";
import {
	isJob,
	replicasOf,
	type SwarmService,
	type SwarmServiceSpec,
	type SwarmServiceStatus,
} from "../../kinds/swarm/service.js";
import { isTerminal, type Pod } from "../../pod.js";
import { PodsByNode } from "../pods-by-node.js";
import { Commands } from "./commands.js";
import { SwarmNodes } from "./nodes.js";
import { Restarts } from "./restarts.js";
import { dirtySlots, surplusTasks, type Tasks, tasksOf } from "./service-tasks.js";
import { ServiceUpdate } from "./service-update.js";
import { slotsToAdd, slotsToRemove } from "./slots.js";
import { isClean, isRunning, numberOf, release, specTextOf, taskOf, templateOf } from "./tasks.js";
import type { SwarmRules } from "./version.js";

export interface SwarmOrchestratorOptions {
	readonly rules: SwarmRules;
	/** Whether scale commands are worked off one by one. */
	readonly inTurn: boolean;
}

export function swarmOrchestrator(options: SwarmOrchestratorOptions): MakeController {
	return (context) => new SwarmOrchestrator(context, options);
}

/** What is known of a service besides its objects. */
interface Known {
	readonly uid: number;
	readonly name: string;
	readonly commands: Commands;
	readonly restarts: Restarts;
	/** Tasks whose end has been dealt with. */
	readonly ended: Set<number>;
	/** What its tasks are made from, and before that. */
	spec: SwarmServiceSpec;
	previous: SwarmServiceSpec | null;
	/** Null before the first. */
	update: ServiceUpdate | null;
	/** The next change takes an update back. */
	takesBack: boolean;
	/** Nodes that have changed since the last look. */
	readonly changedNodes: Set<string>;
	/** It has been there under another leader. */
	resumes: boolean;
}

class SwarmOrchestrator implements Controller {
	readonly name = "swarm-orchestrator";
	readonly workers = 1;
	readonly watches: Controller["watches"] = {
		Service: (change) => this.#serviceChanged(change),
		Pod: (change) => this.#taskChanged(change),
		Node: (change) => this.#nodeChanged(change),
	};
	readonly #context: ControllerContext;
	readonly #options: SwarmOrchestratorOptions;
	readonly #onNode: PodsByNode;
	readonly #nodes: SwarmNodes;
	readonly #known = new Map<string, Known>();
	/** By key: services that are gone, and may have tasks yet. */
	readonly #removed = new Map<string, readonly number[]>();
	/** When it began to lead; 0 for the first leader. */
	readonly #sinceUs: SimTime;
	#numbered = 0;

	constructor(context: ControllerContext, options: SwarmOrchestratorOptions) {
		this.#context = context;
		this.#sinceUs = context.clock.nowUs;
		this.#options = options;
		this.#onNode = PodsByNode.in(context.seen);
		this.#nodes = new SwarmNodes(context.seen);
	}

	#serviceChanged({ key, before, after }: ApiChange): void {
		const service = after as SwarmService | null;
		if (service !== null && isJob(service.spec)) return;
		if (service !== null) this.#knownOf(key, service).commands.tell(service.spec);
		else this.#removed.set(key, [...(this.#removed.get(key) ?? []), before!.metadata.uid]);
		this.#context.enqueue(key);
	}

	#knownOf(key: string, { metadata, spec }: SwarmService): Known {
		let known = this.#known.get(key);
		if (known?.uid !== metadata.uid) {
			const commands = new Commands(spec, this.#options.inTurn);
			known = {
				uid: metadata.uid,
				name: metadata.name,
				commands,
				restarts: new Restarts(),
				ended: new Set(),
				spec,
				previous: null,
				update: null,
				takesBack: false,
				changedNodes: new Set(),
				resumes: metadata.createdUs < this.#sinceUs,
			};
			this.#known.set(key, known);
		}
		return known;
	}

	#taskChanged(change: ApiChange): void {
		this.#onNode.changed(change);
		const task = (change.after ?? change.before) as Pod;
		const { owner, namespace } = task.metadata;
		if (owner?.kind !== "Service") return;
		const key = `${namespace}/${owner.name}`;
		if (change.before === null) this.#taskAppeared(key, owner.uid, task);
		this.#context.enqueue(key);
	}

	/** One that another leader has made, or whose service was removed meanwhile. */
	#taskAppeared(key: string, service: number, task: Pod): void {
		this.#numbered = Math.max(this.#numbered, numberOf(task));
		if (this.#context.seen.get("Service", key)?.metadata.uid === service) return;
		const removed = this.#removed.get(key) ?? [];
		if (!removed.includes(service)) this.#removed.set(key, [...removed, service]);
	}

	/** Global services look at every change of a node; replicated ones have to do with those that have tasks there. */
	#nodeChanged({ before, after }: ApiChange): void {
		for (const [key, { spec }] of this.#known) if (spec.deploy.mode === "global") this.#context.enqueue(key);
		const { name } = (after ?? before)!.metadata;
		for (const { metadata } of this.#onNode.of(name)) {
			if (metadata.owner === null) continue;
			const key = `${metadata.namespace}/${metadata.owner.name}`;
			this.#known.get(key)?.changedNodes.add(name);
			this.#context.enqueue(key);
		}
	}

	*reconcile(key: string): Sync {
		for (const uid of this.#removed.get(key) ?? []) yield* this.#removeAll(uid);
		this.#removed.delete(key);
		const service = this.#context.seen.get("Service", key) as SwarmService | undefined;
		if (service === undefined || isJob(service.spec)) {
			this.#known.delete(key);
			return;
		}
		const known = this.#knownOf(key, service);
		const tasks = tasksOf(this.#context.seen, known.uid);
		if (known.resumes) this.#resume(known, service, tasks);
		this.#adopt(known, tasks);
		const requests: ApiRequest[] = [];
		const takesBack = this.#noteEnds(known, tasks);
		if (takesBack && known.previous !== null) {
			known.takesBack = true;
			const spec = { ...known.previous, deploy: { ...known.previous.deploy, replicas: known.spec.deploy.replicas } };
			yield* patch(service, (present) => ({ ...present, spec }) as SwarmService);
			return;
		}
		this.#leaveNodes(known, tasks, requests);
		this.#enforce(known, tasks, requests);
		const wanted = this.#wanted(known, tasks);
		const wakeUs = Math.min(
			this.#fill(service, known, tasks, wanted, requests),
			this.#update(service, known, tasks, wanted, requests),
		);
		const mayHaveTwo = (slot: string) => !wanted.has(slot) || known.update?.worksOn(slot) === true;
		requests.push(...surplusTasks(tasks, known.spec, mayHaveTwo).map(deletionOf));
		this.#goOn(key, known, tasks, wanted, requests.length === 0);
		yield* all(requests);
		yield* this.#report(service, known, tasks, wanted.size);
		if (wakeUs < Number.POSITIVE_INFINITY) this.#context.enqueueAfter(key, wakeUs - this.#context.clock.nowUs);
	}

	*#removeAll(uid: number): Sync {
		const tasks = [...this.#context.seen.owned("Pod", uid).values()] as Pod[];
		yield* all(tasks.filter(({ metadata }) => metadata.deletedUs === null).map(deletionOf));
	}

	/** What the last leader was about: an update that is not paused, and tasks that wait to be started. */
	#resume(known: Known, { status }: SwarmService, { live }: Tasks): void {
		known.resumes = false;
		const { spec, restarts } = known;
		const { nowUs } = this.#context.clock;
		const delayUs = parseDuration(spec.deploy.restart_policy.delay);
		for (const [slot, tasks] of live)
			for (const { spec: task, metadata } of tasks)
				if (task.held) restarts.replace(slot, metadata.createdUs + delayUs, "", nowUs);
		const slots = dirtySlots(live, spec);
		const takesBack = status.update === "rollback_started";
		const wasUnderWay = takesBack || status.update === "updating";
		if (status.update === "paused" || status.update === "rollback_paused") return;
		if (slots.length > 0 || wasUnderWay) known.update = new ServiceUpdate(spec, this.#options.rules, slots, takesBack);
	}

	/** What is worked off now may ask for other tasks than before: then an update begins, whatever became of the last one. */
	#adopt(known: Known, { live }: Tasks): void {
		const spec = known.commands.present;
		if (specTextOf(spec) !== specTextOf(known.spec)) {
			known.previous = known.spec;
			known.restarts.forget();
			known.update = new ServiceUpdate(spec, this.#options.rules, dirtySlots(live, spec), known.takesBack);
			known.takesBack = false;
		}
		known.spec = spec;
	}

	/** Tasks that have ended by themselves since; whether the update is to be taken back for it. */
	#noteEnds({ restarts, ended: dealtWith, spec, update }: Known, { live, ended }: Tasks): boolean {
		const { nowUs } = this.#context.clock;
		let takesBack = false;
		for (const [slot, tasks] of ended) {
			for (const task of tasks) {
				if (dealtWith.has(task.metadata.uid)) continue;
				dealtWith.add(task.metadata.uid);
				if (task.metadata.deletedUs !== null) continue;
				if (update?.taskEnded(task, nowUs) === "rollback") takesBack = true;
				const replaces = update?.worksOn(slot) && isClean(task, spec);
				if (!live.has(slot) || replaces) restarts.ended(slot, task.status.phase === "Failed", spec, nowUs);
			}
		}
		return takesBack;
	}

	/** Tasks on nodes that are down or drained are shut down; those of replicated services move. */
	#leaveNodes({ restarts, spec, update }: Known, { live }: Tasks, requests: ApiRequest[]): void {
		const { nowUs } = this.#context.clock;
		const delayUs = parseDuration(spec.deploy.restart_policy.delay);
		for (const [slot, tasks] of live) {
			const stay = tasks.filter((task) => this.#nodes.isValid(task.spec.nodeName));
			if (stay.length === tasks.length) continue;
			const leaving = tasks.filter((task) => !stay.includes(task));
			requests.push(...leaving.map(deletionOf));
			if (stay.length === 0) live.delete(slot);
			else live.set(slot, stay);
			const lost = update?.worksOn(slot) ? leaving.find((task) => isClean(task, spec)) : undefined;
			const task = stay.length === 0 ? leaving[0] : lost;
			if (task === undefined) continue;
			const down = !this.#nodes.isUp(task.spec.nodeName);
			restarts.replace(slot, down ? nowUs + delayUs : nowUs, down ? "" : keyOf(task), nowUs);
		}
	}

	/** Tasks on nodes that have changed, and that they may no longer be on, are rejected: a failure, after which their policy decides. */
	#enforce({ spec, restarts, changedNodes }: Known, { live }: Tasks, requests: ApiRequest[]): void {
		const nodes = [...changedNodes];
		changedNodes.clear();
		if (nodes.length === 0 || !this.#options.rules.enforcesConstraints || spec.deploy.mode === "global") return;
		for (const [slot, tasks] of live) {
			const rejected = tasks.filter(
				(task) => nodes.includes(task.spec.nodeName) && this.#nodes.breaksConstraints(task),
			);
			if (rejected.length === 0) continue;
			requests.push(...rejected.map(deletionOf));
			const stay = tasks.filter((task) => !rejected.includes(task));
			if (stay.length > 0) live.set(slot, stay);
			else {
				live.delete(slot);
				restarts.ended(slot, true, spec, this.#context.clock.nowUs);
			}
		}
	}

	/** The slots that there shall be. */
	#wanted({ name, spec, restarts }: Known, { live }: Tasks): ReadonlySet<string> {
		if (spec.deploy.mode === "global") return this.#nodes.forGlobal(templateOf(spec, name), live);
		const present = new Set([...live.keys(), ...restarts.slots]);
		const replicas = replicasOf(spec.deploy);
		if (present.size <= replicas)
			return new Set([...present, ...slotsToAdd((slot) => present.has(slot), replicas - present.size)]);
		// Slots that only wait for a task come first.
		const slots = new Map([...present].map((slot) => [slot, live.get(slot) ?? []]));
		const gone = new Set(slotsToRemove(slots, present.size - replicas));
		return new Set([...present].filter((slot) => !gone.has(slot)));
	}

	/** Takes surplus slots away, and gives empty ones a task; when to look again. */
	#fill(
		service: SwarmService,
		{ restarts, spec, update }: Known,
		{ live }: Tasks,
		wanted: ReadonlySet<string>,
		requests: ApiRequest[],
	): SimTime {
		const { nowUs } = this.#context.clock;
		let wakeUs = Number.POSITIVE_INFINITY;
		for (const [slot, tasks] of live) if (!wanted.has(slot)) requests.push(...tasks.map(deletionOf));
		for (const slot of [...restarts.slots]) if (!wanted.has(slot)) restarts.settled(slot);
		for (const slot of wanted) {
			const dueUs = restarts.dueUs(slot, (task) => this.#isThere(task));
			if (dueUs === Number.POSITIVE_INFINITY) continue;
			const held = dueUs > nowUs;
			const tasks = live.get(slot);
			// An update that starts first has lost the new task beside the old one.
			const lacks = restarts.taken(slot) && update?.worksOn(slot) && !tasks?.some((task) => isClean(task, spec));
			if (held) wakeUs = Math.min(wakeUs, dueUs);
			else restarts.settled(slot);
			if (tasks === undefined || lacks) requests.push(this.#creation(service, spec, slot, held));
			else if (!held) requests.push(...tasks.filter((task) => task.spec.held).map(release));
		}
		return wakeUs;
	}

	/** Whether a task has not stopped yet, on a node that is heard of. */
	#isThere(key: string): boolean {
		const task = this.#context.seen.get("Pod", key) as Pod | undefined;
		return task !== undefined && !isTerminal(task.status.phase) && this.#nodes.isUp(task.spec.nodeName);
	}

	#creation(service: SwarmService, spec: SwarmServiceSpec, slot: string, held: boolean): ApiRequest {
		return { verb: "create", draft: taskOf(service, spec, slot, { number: ++this.#numbered, held }) };
	}

	#update(
		service: SwarmService,
		{ update, restarts, spec }: Known,
		{ live }: Tasks,
		wanted: ReadonlySet<string>,
		requests: ApiRequest[],
	): SimTime {
		const { nowUs } = this.#context.clock;
		if (update === null) return Number.POSITIVE_INFINITY;
		const inSlot = (slot: string) => live.get(slot) ?? [];
		const { stop, start, wakeUs } = update.step(inSlot, (slot) => wanted.has(slot), nowUs);
		for (const slot of stop) {
			const old = inSlot(slot);
			requests.push(...old.map(deletionOf));
			restarts.replace(slot, nowUs, keyOf(old[0]!), nowUs);
		}
		for (const slot of start) requests.push(this.#creation(service, spec, slot, false));
		return wakeUs;
	}

	/** The next command is worked off when every slot has a task that was started, or waits for what may take for ever. */
	#goOn(key: string, known: Known, { live }: Tasks, wanted: ReadonlySet<string>, atRest: boolean): void {
		const { commands, restarts } = known;
		if (!commands.areWaiting) return;
		const settled = (slot: string) =>
			restarts.taken(slot) ||
			(live.get(slot) ?? []).some(({ status }) => status.phase === "Running" || status.unschedulable !== "");
		if (!atRest || ![...wanted].every(settled)) return;
		commands.next();
		this.#context.enqueue(key);
	}

	*#report(
		service: SwarmService,
		{ update }: Known,
		{ live }: Tasks,
		desired: number,
	): Generator<Step, void, readonly ApiResult[]> {
		const tasks = [...live.values()].flat();
		const newest = service.spec;
		const status: SwarmServiceStatus = {
			desired,
			tasks: tasks.length,
			running: tasks.filter(isRunning).length,
			updated: tasks.filter((task) => isClean(task, newest)).length,
			update: update?.state ?? service.status.update,
		};
		const same = (present: SwarmServiceStatus) =>
			Object.entries(status).every(([name, value]) => present[name as keyof SwarmServiceStatus] === value);
		if (!same(service.status))
			yield* patch(service, (present) => (same(present.status) ? present : { ...present, status }));
	}
}
