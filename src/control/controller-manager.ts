/**
 * Runs controllers: hands each the keys of its queue, as many at a time as it has workers, sends what a sync asks for, and goes on
 * with it when all answers are there.
 */
import type { Engine, EventKind } from "../engine/engine.js";
import type { EventHandle } from "../engine/event-store.js";
import type { SimTime } from "../engine/time.js";
import { type ApiObject, type Draft, ownerReferenceTo } from "./api-object.js";
import type { ApiChange, ApiResult } from "./api-server.js";
import { Client, type Requests } from "./client.js";
import {
	type Controller,
	type Glance,
	type MakeController,
	type Rounds,
	type Step,
	type Sync,
	SyncFailed,
} from "./controller.js";
import { ControllerError } from "./controller-definition.js";
import { EventRecorder } from "./event-recorder.js";
import type { Informers } from "./informers.js";
import { Numbered } from "./numbered.js";
import { nameSuffix } from "./pod-names.js";
import type { RateLimit } from "./token-bucket.js";
import { WorkQueue } from "./work-queue.js";

/** kube-controller-manager's --kube-api-qps and --kube-api-burst. */
export const DEFAULT_CLIENT: RateLimit = { qps: 20, burst: 30 };

export interface ManagerOptions {
	/** Of the component, for its event kinds. */
	readonly name: string;
	readonly phase: number;
	readonly requests: Requests;
	readonly seen: Informers;
	/** Of each controller; default that of kube-controller-manager. */
	readonly client?: RateLimit;
	/** What a manifest declares. SyncFailed if it would be refused. */
	readonly draftOf: (manifest: unknown) => Draft;
}

interface Running {
	readonly controller: Controller;
	/** Of the controller; here all are looked at in one way. */
	readonly workers: number;
	readonly rounds: Rounds | null;
	readonly queue: WorkQueue;
	readonly client: Client;
	busy: number;
	/** Whether it is gone: nothing that comes back to it counts. */
	stopped: boolean;
	/** Whether it will be told when a key of its rounds is due. */
	roundPending: boolean;
	/** Of those workers that have nothing to look at. */
	readonly lookers: Looker[];
}

/** A worker that looks at one key after the other. */
interface Looker {
	key: string;
	glance: Glance | null;
	/** Whether its request had to wait for a token. */
	waited: boolean;
	readonly answer: (found: ApiResult) => void;
}

/** A key that comes back at some time. */
interface Alarm {
	readonly running: Running;
	readonly key: string;
	/** Null while it is set. */
	event: EventHandle | null;
}

export class ControllerManager {
	readonly #engine: Engine;
	readonly #options: ManagerOptions;
	/** With the number of names that its controllers have given so far. */
	readonly #makes = new Map<MakeController, number>();
	#running: Running[] = [];
	/** Of its kinds of events. */
	readonly #suffix: string;
	readonly #due: EventKind;
	readonly #work: EventKind;
	/** Made for the first key of somebody's rounds. */
	#round: EventKind | null = null;
	/** All that ever made rounds: by number, the subject of the event. */
	readonly #onRounds: Running[] = [];
	readonly #alarms = new Numbered<Alarm>();
	#workPending = false;

	constructor(engine: Engine, options: ManagerOptions) {
		this.#engine = engine;
		this.#options = options;
		this.#suffix = options.name === "controller-manager" ? "" : `/${options.name}`;
		this.#due = engine.kind(`controller-requeue${this.#suffix}`, options.phase, (alarm) => this.#rings(alarm));
		this.#work = engine.kind(`controller-work${this.#suffix}`, options.phase, () => this.#workOff());
	}

	/** Starts a controller: it hears what its informers bring from now on. */
	run(make: MakeController): void {
		this.#makes.set(make, 0);
		this.#run(make);
	}

	/** Everything that works here is gone; requests that are under way are carried out, and nobody hears the answers. */
	stop(): void {
		for (const running of this.#running) {
			running.stopped = true;
			running.client.stop();
		}
		this.#running = [];
		for (const alarm of this.#alarms.numbers()) this.#cancelAlarm(alarm);
		this.#options.seen.stop();
	}

	/** All controllers start anew, and know nothing but what they are told from now on. */
	restart(): void {
		for (const make of this.#makes.keys()) this.#run(make);
		this.#options.seen.restart();
	}

	#run(make: MakeController): void {
		const { seen, requests, client: limit = DEFAULT_CLIENT, draftOf } = this.#options;
		const enqueue = (key: string) => {
			queue.add(key);
			this.#wake();
		};
		const controller = make({
			clock: this.#engine,
			seen,
			enqueue,
			enqueueAfter: (key, delayUs) => {
				if (delayUs <= 0) enqueue(key);
				else queue.addAfter(key, delayUs);
				this.#awaitRound(running);
			},
			enqueueRateLimited: (key) => queue.addRateLimited(key),
			nameSuffix: () => {
				const named = this.#makes.get(make)!;
				this.#makes.set(make, named + 1);
				return nameSuffix(named);
			},
			event: (about: ApiObject, type, reason, message) =>
				recorder.post({ source: controller.name, about, type, reason, message }),
			draft: (manifest, owner) => ownedBy(draftOf(manifest), owner),
		});
		const { qps: often = 1, burst: atOnce = 1 } = controller.client ?? {};
		const client = new Client(this.#engine, requests, { qps: limit.qps * often, burst: limit.burst * atOnce });
		const recorder = new EventRecorder(this.#engine, client);
		const alarm = {
			set: (key: string, atUs: SimTime) => this.#setAlarm(running, key, atUs),
			cancel: (number: number) => this.#cancelAlarm(number),
		};
		const queue = new WorkQueue(this.#engine, alarm, controller.rates, controller.rounds?.periodUs);
		const { workers, rounds = null } = controller;
		const running: Running = {
			controller,
			workers,
			rounds,
			queue,
			client,
			busy: 0,
			stopped: false,
			roundPending: false,
			lookers: [],
		};
		this.#running.push(running);
		for (const [kind, handler] of Object.entries(controller.watches)) seen.on(kind, heard(controller.name, handler));
	}

	#setAlarm(running: Running, key: string, atUs: SimTime): number {
		const alarm: Alarm = { running, key, event: null };
		const number = this.#alarms.add(alarm);
		alarm.event = this.#engine.schedule(atUs, this.#due, number);
		return number;
	}

	#cancelAlarm(alarm: number): void {
		this.#engine.cancel(this.#alarms.take(alarm).event!);
	}

	#rings(alarm: number): void {
		const { running, key } = this.#alarms.take(alarm);
		running.queue.due(key);
		this.#wake();
	}

	/** Is told when the next key of the rounds is due, if anybody is free then. */
	#awaitRound(running: Running): void {
		const { queue, workers } = running;
		if (running.roundPending || running.busy >= workers || queue.dueUs === Number.POSITIVE_INFINITY) return;
		running.roundPending = true;
		let number = this.#onRounds.indexOf(running);
		if (number < 0) number = this.#onRounds.push(running) - 1;
		this.#round ??= this.#engine.kind(`controller-round${this.#suffix}`, this.#options.phase, (due) => {
			const on = this.#onRounds[due]!;
			on.roundPending = false;
			if (!on.stopped) this.#wake();
		});
		this.#engine.schedule(Math.max(queue.dueUs, this.#engine.nowUs), this.#round, number);
	}

	#nextOfRound(running: Running): void {
		running.queue.comeDue();
		this.#fill(running);
		this.#awaitRound(running);
	}

	/** Work begins after everything else of the instant has arrived. */
	#wake(): void {
		if (this.#workPending) return;
		this.#workPending = true;
		this.#engine.schedule(this.#engine.nowUs, this.#work, 0);
	}

	#workOff(): void {
		this.#workPending = false;
		for (const running of this.#running) {
			if (running.rounds === null) this.#fill(running);
			else this.#nextOfRound(running);
		}
	}

	/** Gives the controller's free workers something to do. */
	#fill(running: Running): void {
		const { controller, workers, rounds, queue } = running;
		while (running.busy < workers && queue.size > 0) {
			const key = queue.take()!;
			running.busy++;
			if (rounds === null) this.#advance(running, key, begun(controller, key), []);
			else this.#glance(running, key, rounds.begin(key));
		}
	}

	#glance(running: Running, key: string, glance: Glance | null): void {
		if (glance === null) {
			this.#end(running, key);
			return;
		}
		const looker = running.lookers.pop() ?? this.#newLooker(running);
		looker.key = key;
		looker.glance = glance;
		looker.waited = running.client.read(glance, looker.answer) > this.#engine.nowUs;
	}

	#newLooker(running: Running): Looker {
		const looker: Looker = {
			key: "",
			glance: null,
			waited: false,
			answer: (found) => {
				if (running.stopped) return;
				const { key, glance, waited } = looker;
				running.lookers.push(looker);
				const rest = glance!.judge(found);
				if (rest !== null) {
					this.#advance(running, key, rest, []);
					return;
				}
				this.#end(running, key);
				if (waited) this.#nextOfRound(running);
				else this.#wake();
			},
		};
		return looker;
	}

	#advance(running: Running, key: string, sync: Sync, answers: readonly ApiResult[]): void {
		const step = this.#step(running, key, sync, answers);
		if (step === null) return;
		const results = new Array<ApiResult>(step.length);
		let open = step.length;
		step.forEach((request, i) => {
			running.client.send(request, (result) => {
				results[i] = result;
				if (--open === 0 && !running.stopped) this.#advance(running, key, sync, results);
			});
		});
	}

	/** What the sync asks for next; null if it is over. */
	#step(running: Running, key: string, sync: Sync, answers: readonly ApiResult[]): Step | null {
		const { controller, queue } = running;
		let failed = false;
		try {
			const { done, value } = sync.next(answers);
			if (!done) return requestsIn(value);
		} catch (error) {
			if (!(error instanceof SyncFailed)) throw new ControllerError(controller.name, key, error);
			queue.addRateLimited(key);
			failed = true;
		}
		this.#end(running, key, failed);
		this.#wake();
		return null;
	}

	#end(running: Running, key: string, failed = false): void {
		const { queue } = running;
		if (!failed) queue.forget(key);
		queue.done(key);
		running.busy--;
	}
}

function begun(controller: Controller, key: string): Sync {
	let sync: unknown;
	try {
		sync = controller.reconcile(key);
	} catch (error) {
		throw new ControllerError(controller.name, key, error);
	}
	if (typeof (sync as Sync | undefined)?.next === "function") return sync as Sync;
	const problem = new TypeError("reconcile is no generator: write *reconcile(key)");
	throw new ControllerError(controller.name, key, problem);
}

/** Code that nobody has checked may yield anything. */
function requestsIn(step: unknown): Step {
	if (Array.isArray(step) && step.length > 0) return step as Step;
	throw new TypeError("a sync yields one request or more, with yield*: yield* api.create(draft)");
}

/** A watch that names its controller when it fails. */
function heard(controller: string, handler: (change: ApiChange) => void): (change: ApiChange) => void {
	return (change) => {
		try {
			handler(change);
		} catch (error) {
			throw new ControllerError(controller, `${change.kind} ${change.key}`, error);
		}
	};
}

function ownedBy(draft: Draft, owner: ApiObject | undefined): Draft {
	if (owner === undefined) return draft;
	return { ...draft, metadata: { ...draft.metadata, owner: ownerReferenceTo(owner) } };
}
