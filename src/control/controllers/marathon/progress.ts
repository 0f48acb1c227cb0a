/** How far an action of a deployment is: what it wants of the instances of its app next, and whether it is done. */
import type { SimTime } from "../../../engine/time.js";
import type { App } from "../../kinds/marathon/app.js";
import type { Pod } from "../../pod.js";
import type { Health } from "./health-checks.js";
import { isLeaving, versionOf } from "./instances.js";
import { killOrder } from "./kill-order.js";
import { Replacement } from "./replacement.js";

/** An instance, and what Marathon knows of it. */
export interface Instance {
	readonly pod: Pod;
	readonly health: Health;
	/** Since when its agent is unreachable; null if it is not. */
	readonly unreachableUs: SimTime | null;
}

/** What is to be done now. */
export interface Wish {
	readonly launch: number;
	readonly kill: readonly Pod[];
	readonly done: boolean;
}

/** Asked again and again with all instances of the app that are not over, also those on their way out. */
export type Progress = (app: App | undefined, instances: readonly Instance[]) => Wish;

/** Comes to so many instances; `active` says which count. */
export function scaled(app: App, instances: readonly Instance[], isActive: (instance: Instance) => boolean): Wish {
	const active = instances.filter(isActive);
	const surplus = active.length - app.spec.instances;
	const candidates = active.map(({ pod, unreachableUs }) => ({ pod, unreachable: unreachableUs !== null }));
	const kill = surplus <= 0 ? [] : killOrder(candidates, app.spec.killSelection).slice(0, surplus);
	return { launch: Math.max(0, -surplus), kill, done: surplus === 0 };
}

/** ScaleApplication: those that it starts must be healthy and ready, those that it kills must be gone. */
export function scaling(): Progress {
	let before: ReadonlySet<number> | null = null;
	return (app, instances) => {
		if (app === undefined) return NOTHING_LEFT;
		before ??= new Set(instances.map(({ pod }) => pod.metadata.uid));
		const wish = scaled(app, instances, staying);
		const own = before;
		const good = instances.every((instance) => own.has(instance.pod.metadata.uid) || isGood(instance));
		const leaving = instances.some(({ pod }) => isLeaving(pod));
		return { ...wish, done: wish.done && good && !leaving };
	};
}

/** RestartApplication. */
export function restarting(): Progress {
	let replacement: Replacement | null = null;
	return (app, instances) => {
		if (app === undefined) return NOTHING_LEFT;
		const old = instances.filter(({ pod }) => versionOf(pod) !== app.status.version);
		const fresh = instances.filter(({ pod }) => versionOf(pod) === app.status.version && !isLeaving(pod));
		if (app.spec.instances === 0) return stopped(instances);
		if (replacement === null) {
			const { upgradeStrategy, residency, instances: declared } = app.spec;
			const resident = residency !== null;
			replacement = new Replacement(
				{
					instances: declared,
					minimumHealthCapacity: upgradeStrategy?.minimumHealthCapacity ?? (resident ? 0.5 : 1),
					maximumOverCapacity: upgradeStrategy?.maximumOverCapacity ?? (resident ? 0 : 1),
					resident,
				},
				old.filter(staying).map(({ pod }) => pod.metadata.uid),
			);
		}
		const goods = fresh.map((instance) => ({ uid: instance.pod.metadata.uid, good: isGood(instance) }));
		const doomed = new Set(replacement.kills(goods));
		const kill = old.filter(({ pod }) => doomed.has(pod.metadata.uid)).map(({ pod }) => pod);
		const wanted = replacement.wanted(old.length);
		return { launch: Math.max(0, wanted - fresh.length), kill, done: replacement.done(old.length, goods) };
	};
}

/** StopApplication. */
export function stopping(): Progress {
	return (_app, instances) => stopped(instances);
}

function stopped(instances: readonly Instance[]): Wish {
	return { launch: 0, kill: instances.filter(staying).map(({ pod }) => pod), done: instances.length === 0 };
}

const NOTHING_LEFT: Wish = { launch: 0, kill: [], done: true };

function staying({ pod }: Instance): boolean {
	return !isLeaving(pod);
}

function isGood({ health, pod }: Instance): boolean {
	return health.healthy && health.ready && !isLeaving(pod);
}
