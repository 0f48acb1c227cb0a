/**
 * Where a DaemonSet makes and deletes pods: to have one on each node, and to go from one template to the next. Source:
 * pkg/controller/daemon (daemon_controller.go, update.go).
 *
 * Divergence from Kubernetes: nodes are updated in the order of their creation, where Kubernetes' is random.
 */
import { SECOND, type SimTime } from "../../../engine/time.js";
import type { DaemonSet } from "../../kinds/daemon-set.js";
import { amountOf } from "../../kinds/int-or-percent.js";
import { isAvailable, type Pod } from "../../pod.js";
import { REVISION_HASH } from "../controller-revisions.js";
import type { Fit } from "./placement.js";

/** A node, and the pods of the DaemonSet there, those left out that have ended and are deleted. Oldest first. */
export interface Place {
	readonly node: string;
	readonly fit: Fit;
	readonly pods: readonly Pod[];
}

export interface Plan {
	/** Names of nodes. */
	readonly creates: readonly string[];
	readonly deletes: readonly Pod[];
}

/** Pods that have ended: `failed` wait for their back-off. */
export interface Repairs extends Plan {
	readonly failed: readonly { readonly node: string; readonly pod: Pod }[];
	readonly succeeded: readonly { readonly node: string; readonly pod: Pod }[];
}

/** One pod on each node that shall have one; while it surges, an old one beside a new one that is not available. */
export function repairsOf(set: DaemonSet, hash: string, places: readonly Place[], nowUs: SimTime): Repairs {
	const creates: string[] = [];
	const deletes: Pod[] = [];
	const failed: Repairs["failed"][number][] = [];
	const succeeded: Repairs["succeeded"][number][] = [];
	for (const { node, fit, pods } of places) {
		const staying = pods.filter(({ metadata }) => metadata.deletedUs === null);
		if (!fit.stays) {
			deletes.push(...staying);
			continue;
		}
		if (fit.runs && pods.length === 0) {
			creates.push(node);
			continue;
		}
		const running = staying.filter(({ status: { phase } }) => phase === "Pending" || phase === "Running");
		for (const pod of staying) {
			if (pod.status.phase === "Failed") failed.push({ node, pod });
			if (pod.status.phase === "Succeeded") succeeded.push({ node, pod });
		}
		if (surges(set) && running.length === 0 && fit.runs) creates.push(node);
		deletes.push(...surplus(set, hash, running, nowUs));
	}
	return { creates, deletes, failed, succeeded };
}

/** All but the oldest; while it surges, but for the oldest of each revision. */
function surplus(set: DaemonSet, hash: string, running: readonly Pod[], nowUs: SimTime): readonly Pod[] {
	if (!surges(set)) return running.slice(1);
	const fresh = running.find((pod) => isUpdated(pod, hash));
	const old = running.find((pod) => !isUpdated(pod, hash));
	const more = running.filter((pod) => pod !== fresh && pod !== old);
	const over =
		fresh !== undefined && old !== undefined && (!old.status.ready || isServing(set, fresh, nowUs)) ? [old] : [];
	return [...more, ...over];
}

/** The next step of a rolling update; nothing where there is none to do. */
export function updateOf(set: DaemonSet, hash: string, places: readonly Place[], nowUs: SimTime): Plan {
	const { updateStrategy } = set.spec;
	if (updateStrategy.type === "OnDelete") return { creates: [], deletes: [] };
	// Pods elsewhere are looked at, too.
	const relevant = places.filter(({ fit, pods }) => fit.runs || pods.length > 0);
	const desired = places.filter(({ fit }) => fit.runs).length;
	const { maxSurge, maxUnavailable } = updateStrategy.rollingUpdate;
	const surge = amountOf(maxSurge, desired, "up");
	const unavailable = amountOf(maxUnavailable, desired, "up");
	return surge === 0
		? replaceInPlace(set, hash, relevant, desired > 0 ? Math.max(1, unavailable) : unavailable, nowUs)
		: replaceBeside(set, hash, relevant, { surge, desired }, nowUs);
}

/** Old pods that do not serve go at once, others as far as the limit allows. */
function replaceInPlace(set: DaemonSet, hash: string, places: readonly Place[], most: number, nowUs: SimTime): Plan {
	let unavailable = 0;
	const useless: Pod[] = [];
	const candidates: Pod[] = [];
	for (const { pods } of places) {
		const pair = pairOf(pods, hash);
		if (pair === null || (pair.old === null) === (pair.fresh === null)) unavailable++;
		else if (pair.fresh !== null) unavailable += isServing(set, pair.fresh, nowUs) ? 0 : 1;
		else if (isServing(set, pair.old!, nowUs)) candidates.push(pair.old!);
		else {
			useless.push(pair.old!);
			unavailable++;
		}
	}
	return { creates: [], deletes: [...useless, ...candidates.slice(0, Math.max(0, most - unavailable))] };
}

/**
 * New pods beside old ones; an old one goes when the new one serves. On nodes that shall have none old pods stay until as many serve as
 * shall, these among them.
 */
function replaceBeside(
	set: DaemonSet,
	hash: string,
	places: readonly Place[],
	{ surge, desired }: { readonly surge: number; readonly desired: number },
	nowUs: SimTime,
): Plan {
	let surging = 0;
	let serving = 0;
	const deletes: Pod[] = [];
	const misplaced: Pod[] = [];
	const free: string[] = [];
	const candidates: string[] = [];
	for (const { node, fit, pods } of places) {
		const pair = pairOf(pods, hash);
		const first = pair && (pair.old ?? pair.fresh);
		if (first && isServing(set, first, nowUs)) serving++;
		if (pair === null) surging++;
		else if (pair.old === null) continue;
		else if (pair.fresh === null && !fit.runs) misplaced.push(pair.old);
		else if (pair.fresh === null) (isServing(set, pair.old, nowUs) ? candidates : free).push(node);
		else if (isServing(set, pair.fresh, nowUs)) deletes.push(pair.old);
		else surging++;
	}
	return {
		creates: [...free, ...candidates.slice(0, Math.max(0, surge - surging))],
		deletes: [...deletes, ...misplaced.slice(0, Math.max(0, serving - desired))],
	};
}

/** The pod of each kind that stays; null if there are several of one. */
function pairOf(pods: readonly Pod[], hash: string): { readonly fresh: Pod | null; readonly old: Pod | null } | null {
	const staying = pods.filter(({ metadata }) => metadata.deletedUs === null);
	const fresh = staying.filter((pod) => isUpdated(pod, hash));
	const old = staying.filter((pod) => !isUpdated(pod, hash));
	if (fresh.length > 1 || old.length > 1) return null;
	return { fresh: fresh[0] ?? null, old: old[0] ?? null };
}

export function isUpdated({ metadata }: Pod, hash: string): boolean {
	return metadata.labels[REVISION_HASH] === hash;
}

function surges({ spec: { updateStrategy } }: DaemonSet): boolean {
	return (
		updateStrategy.type === "RollingUpdate" && Number.parseInt(String(updateStrategy.rollingUpdate.maxSurge), 10) > 0
	);
}

function isServing({ spec }: DaemonSet, pod: Pod, nowUs: SimTime): boolean {
	return isAvailable(pod, spec.minReadySeconds * SECOND, nowUs);
}
