/**
 * Keeps the instances of apps as deployments want them, and, outside of deployments, as many as are declared: launches what is missing as
 * fast as back-off and launch tokens allow, kills what is too much, unhealthy or given up.
 *
 * Source: MarathonSchedulerActor.scala, SchedulerActions.scale: outside of deployments it counts when an instance ends or its agent
 * is lost or found, and after 15 s and then each 300 s. KillServiceActor: 100 kills at a time. ExpungeOverdueLostTasksActor: after 5 min and
 * then each 30 s.
 *
 * Divergence from Marathon: an instance that waits for an offer is a pending pod; one whose app has to wait after a failure is taken back. Kills
 * are never lost, so that none is repeated.
 */
import { SECOND, type SimTime } from "../../../engine/time.js";
import { keyOf } from "../../api-object.js";
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
import type { App, AppStatus } from "../../kinds/marathon/app.js";
import type { NodeObject } from "../../kinds/node.js";
import { isTerminal, type Pod } from "../../pod.js";
import { nameSuffix } from "../../pod-names.js";
import type { EngineRoom } from "./engine-room.js";
import { APP, draftOf, instancesOf, isLeaving, isWaiting, unreachableSince, VERSION, versionOf } from "./instances.js";
import { type Instance, scaled, stopping, type Wish } from "./progress.js";
import type { UnreachableTimes } from "./rules.js";

const SCALE_CHECK = { firstUs: 15 * SECOND, everyUs: 300 * SECOND } as const;
const RECONCILE = { firstUs: 15 * SECOND, everyUs: 600 * SECOND } as const;
const EXPUNGE = { firstUs: 300 * SECOND, everyUs: 30 * SECOND } as const;
const KILLS_AT_ONCE = 100;
const NONE: Wish = { launch: 0, kill: [], done: false };

export function appsOf(room: EngineRoom): MakeController {
	return (context) => new Apps(context, room);
}

class Apps implements Controller {
	readonly name = "marathon-apps";
	readonly workers = 5;
	readonly watches: Controller["watches"] = {
		App: ({ key }) => this.#context.enqueue(key),
		Pod: (change) => this.#podChanged(change),
		Node: ({ before, after }) => this.#nodeChanged(before as NodeObject | null, after as NodeObject | null),
	};
	readonly #context: ControllerContext;
	readonly #room: EngineRoom;
	/** Apps to be counted outside of a deployment. */
	readonly #due = new Set<string>();
	/** Where resident instances that are gone had their resources, by app. */
	readonly #reserved = new Map<string, string[]>();
	/** Instances that have brought a launch token. */
	readonly #running = new Set<number>();
	#named = 0;

	constructor(context: ControllerContext, room: EngineRoom) {
		this.#context = context;
		this.#room = room;
		room.lookAtApp = (id) => context.enqueue(`default/${id}`);
	}

	#podChanged({ before, after }: ApiChange): void {
		const pod = (after ?? before) as Pod;
		const id = pod.metadata.labels[APP];
		if (id === undefined) return;
		const ended =
			after === null ||
			(isTerminal((after as Pod).status.phase) && !isTerminal((before as Pod | null)?.status.phase ?? "Pending"));
		if (ended) this.#ended(id, before as Pod, after as Pod | null);
		this.#context.enqueue(`default/${id}`);
	}

	/** An instance is over: its app waits before the next launch, unless it was killed. */
	#ended(id: string, before: Pod, after: Pod | null): void {
		const wasOver = isTerminal(before.status.phase);
		this.#due.add(id);
		this.#running.delete(before.metadata.uid);
		this.#room.health.forget(before.metadata.uid);
		if (wasOver || after === null || isLeaving(before)) return;
		const app = this.#app(id);
		const lost = after.status.disruption === "TASK_LOST";
		if (app?.spec.residency) this.#reserve(id, before.spec.nodeName);
		if (app === undefined || after.status.disruption === EXPUNGED || (lost && !this.#room.rules.lossGrowsDelay)) return;
		const { backoffSeconds, backoffFactor, maxLaunchDelaySeconds } = app.spec;
		const backOff = {
			baseUs: Math.round(backoffSeconds * SECOND),
			factor: backoffFactor,
			maxUs: Math.round(maxLaunchDelaySeconds * SECOND),
		};
		this.#room.delays.failed(keyWithVersion(id, before.metadata.labels[VERSION]!), backOff, this.#context.clock.nowUs);
	}

	#reserve(id: string, node: string): void {
		const nodes = this.#reserved.get(id);
		if (nodes === undefined) this.#reserved.set(id, [node]);
		else nodes.push(node);
	}

	#nodeChanged(before: NodeObject | null, after: NodeObject | null): void {
		if (after === null || before === null || before.status.ready.status === after.status.ready.status) return;
		for (const object of this.#context.seen.all("Pod").values()) {
			const { spec, metadata } = object as Pod;
			const id = metadata.labels[APP];
			if (spec.nodeName !== after.metadata.name || id === undefined) continue;
			this.#due.add(id);
			this.#context.enqueue(`default/${id}`);
		}
	}

	#app(id: string): App | undefined {
		return this.#context.seen.get("App", `default/${id}`) as App | undefined;
	}

	*reconcile(key: string): Sync {
		const id = key.slice("default/".length);
		const { seen, clock } = this.#context;
		const app = this.#app(id);
		yield* all(this.#tidy(id));
		const instances = instancesOf(seen, id).map((pod) => this.#known(pod, app));
		const progress = this.#room.progressOf(id);
		const wish = progress === undefined ? this.#counted(id, app, instances) : progress(app, instances);
		const unhealthy = instances.filter(
			({ health, pod, unreachableUs }) => health.doomed && !isLeaving(pod) && unreachableUs === null,
		);
		const { gone, nextUs } = this.#expunged(app, instances);
		yield* this.#kill([...new Set([...wish.kill, ...unhealthy.map(({ pod }) => pod)])], gone);
		if (app !== undefined) {
			yield* this.#launch(app, instances, wish.launch);
			yield* this.#report(app);
		}
		if (wish.done && progress !== undefined) this.#room.done(id);
		const looks = [nextUs, ...instances.map(({ health }) => health.nextUs)];
		const lookUs = Math.min(...looks);
		if (Number.isFinite(lookUs)) this.#context.enqueueAfter(key, Math.max(1, lookUs - clock.nowUs));
	}

	/** What is over is forgotten. */
	#tidy(id: string): readonly ApiRequest[] {
		const pods = this.#context.seen.having("Pod", "default", { [APP]: id }) as readonly Pod[];
		return pods.filter(({ status }) => isTerminal(status.phase)).map(deletionOf);
	}

	#known(pod: Pod, app: App | undefined): Instance {
		const { seen, clock } = this.#context;
		const unreachableUs = unreachableSince(seen, pod);
		if (app === undefined || versionOf(pod) !== app.status.version)
			return {
				pod,
				unreachableUs,
				health: { healthy: true, ready: true, doomed: false, nextUs: Number.POSITIVE_INFINITY },
			};
		const beganUs = this.#room.since(keyWithVersion(app.metadata.name, String(app.status.version)), clock.nowUs);
		const health = this.#room.health.look(pod, app.spec, beganUs, clock.nowUs);
		const { uid } = pod.metadata;
		if (health.healthy && !this.#running.has(uid)) {
			this.#running.add(uid);
			this.#room.tokens.add(clock.nowUs);
		}
		return { pod, health, unreachableUs };
	}

	/** Outside of deployments: as many as are declared, when there is a reason to count. */
	#counted(id: string, app: App | undefined, instances: readonly Instance[]): Wish {
		const { clock } = this.#context;
		if (app === undefined) return this.#orphaned(id, instances);
		const times = this.#unreachableTimes(app);
		const active = ({ pod, unreachableUs }: Instance) =>
			!isLeaving(pod) && (unreachableUs === null || times === null || clock.nowUs < unreachableUs + times.inactiveUs);
		const wish = scaled(app, instances, active);
		const late = instances.some((instance) => instance.unreachableUs !== null && !active(instance));
		if (wish.done || this.#due.has(id) || late) {
			if (wish.done && instances.every(({ pod }) => !isLeaving(pod))) this.#due.delete(id);
			return wish;
		}
		const checkUs = nextOf(SCALE_CHECK, clock.nowUs);
		this.#context.enqueueAfter(`default/${id}`, checkUs - clock.nowUs);
		if ((clock.nowUs - SCALE_CHECK.firstUs) % SCALE_CHECK.everyUs === 0) this.#due.add(id);
		return this.#due.has(id) ? wish : NONE;
	}

	/** Instances of no app are killed when Marathon compares what it knows with the master. */
	#orphaned(id: string, instances: readonly Instance[]): Wish {
		const { nowUs } = this.#context.clock;
		if (instances.length === 0) return NONE;
		if ((nowUs - RECONCILE.firstUs) % RECONCILE.everyUs === 0) return stopping()(undefined, instances);
		this.#context.enqueueAfter(`default/${id}`, nextOf(RECONCILE, nowUs) - nowUs);
		return NONE;
	}

	#unreachableTimes({ spec }: App): UnreachableTimes | null {
		const { unreachable, partitionAware } = this.#room.rules;
		// Their end is told instead.
		if (!partitionAware) return null;
		if (spec.unreachableStrategy === "disabled") return null;
		if (spec.unreachableStrategy === null) return spec.residency === null ? unreachable.others : unreachable.resident;
		const { inactiveAfterSeconds, expungeAfterSeconds } = spec.unreachableStrategy;
		return {
			inactiveUs: Math.round(inactiveAfterSeconds * SECOND),
			expungeUs: Math.round(expungeAfterSeconds * SECOND),
		};
	}

	/** Instances that have been unreachable for too long, and when to look for the next. */
	#expunged(app: App | undefined, instances: readonly Instance[]) {
		const { nowUs } = this.#context.clock;
		const times = app === undefined ? { inactiveUs: 0, expungeUs: 0 } : this.#unreachableTimes(app);
		const gone: Pod[] = [];
		let nextUs = Number.POSITIVE_INFINITY;
		for (const { pod, unreachableUs } of instances) {
			if (unreachableUs === null || times === null) continue;
			if (isLeaving(pod)) {
				gone.push(pod);
				continue;
			}
			const inactiveUs = unreachableUs + times.inactiveUs;
			const sweepUs = nextOf(EXPUNGE, unreachableUs + times.expungeUs - 1);
			if (sweepUs <= nowUs) gone.push(pod);
			else nextUs = Math.min(nextUs, sweepUs, inactiveUs > nowUs ? inactiveUs : Number.POSITIVE_INFINITY);
		}
		return { gone, nextUs };
	}

	/** Of what is unreachable Marathon only forgets that it is there: it is killed if it comes back. */
	*#kill(doomed: readonly Pod[], gone: readonly Pod[]) {
		const { seen } = this.#context;
		const away = new Set([...gone, ...doomed.filter((pod) => unreachableSince(seen, pod) !== null)]);
		for (const pod of away)
			yield* patch(pod, (present) => ({
				...present,
				status: { ...present.status, phase: "Failed" as const, ready: false, disruption: EXPUNGED },
			}));
		const reachable = doomed.filter((pod) => !away.has(pod));
		for (let first = 0; first < reachable.length; first += KILLS_AT_ONCE)
			yield* all(reachable.slice(first, first + KILLS_AT_ONCE).map(deletionOf));
	}

	*#launch(app: App, instances: readonly Instance[], wanted: number) {
		const { clock, enqueueAfter } = this.#context;
		const id = app.metadata.name;
		const untilUs = this.#room.delays.untilUs(keyWithVersion(id, String(app.status.version)), clock.nowUs);
		if (untilUs > clock.nowUs) {
			const waiting = instances.filter(({ pod }) => isWaiting(pod) && versionOf(pod) === app.status.version);
			yield* all(waiting.map(({ pod }) => deletionOf(pod)));
			if (wanted + waiting.length > 0) {
				this.#due.add(id);
				enqueueAfter(keyOf(app), untilUs - clock.nowUs);
			}
			return;
		}
		const count = this.#room.tokens.take(wanted, clock.nowUs);
		if (count < wanted) {
			this.#due.add(id);
			enqueueAfter(keyOf(app), this.#room.tokens.nextUs(clock.nowUs) - clock.nowUs);
		}
		const reserved = this.#reserved.get(id) ?? [];
		const drafts = Array.from({ length: count }, () => draftOf(app, nameSuffix(this.#named++), reserved.shift() ?? ""));
		yield* all(drafts.map((draft) => ({ verb: "create", draft }) as const));
	}

	*#report(app: App) {
		const pods = instancesOf(this.#context.seen, app.metadata.name).filter((pod) => pod.spec.nodeName !== "");
		const instances = pods.map((pod) => this.#known(pod, app));
		const reachable = instances.filter(({ unreachableUs }) => unreachableUs === null);
		const tasks: Omit<AppStatus, "version"> = {
			tasks: pods.length,
			tasksUpdated: pods.filter((pod) => versionOf(pod) === app.status.version).length,
			tasksRunning: reachable.filter(({ pod }) => pod.status.phase === "Running").length,
			tasksHealthy: reachable.filter(
				({ pod, health }) => pod.status.phase === "Running" && health.healthy && !isLeaving(pod),
			).length,
		};
		if (Object.entries(tasks).every(([key, value]) => app.status[key as keyof AppStatus] === value)) return;
		yield* patch(app, (present) => ({ ...present, status: { ...present.status, ...tasks } }));
	}
}

/** Given up since its agent was unreachable for too long. */
const EXPUNGED = "TASK_UNREACHABLE";

function keyWithVersion(id: string, version: string): string {
	return `${id}@${version}`;
}

/** The first time of a loop after `afterUs`. */
function nextOf(
	{ firstUs, everyUs }: { readonly firstUs: SimTime; readonly everyUs: SimTime },
	afterUs: SimTime,
): SimTime {
	return firstUs + Math.max(0, Math.floor((afterUs - firstUs) / everyUs) + 1) * everyUs;
}
