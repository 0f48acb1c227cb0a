/**
 * What a StatefulSet does next: one thing after the other, or, with podManagementPolicy Parallel, all that is missing or too much at
 * once. Source: pkg/controller/statefulset (stateful_set_control.go).
 */
import { SECOND, type SimTime } from "../../../engine/time.js";
import type { StatefulSet } from "../../kinds/stateful-set.js";
import { isAvailable, isTerminal, type Pod } from "../../pod.js";
import { REVISION_HASH } from "../controller-revisions.js";

/** Names of ControllerRevisions: of the last complete roll-out, and the newest. */
export interface Names {
	readonly current: string;
	readonly update: string;
}

export type Operation =
	| { readonly verb: "create"; readonly ordinal: number; readonly revision: string }
	| { readonly verb: "delete"; readonly pod: Pod };

export interface Plan {
	/** Each batch is sent at once when the one before was answered; the first refusal ends it. */
	readonly batches: readonly (readonly Operation[])[];
	/** Whether the last operation makes room for a pod of the new revision. */
	readonly updates: boolean;
}

/** Pods by ordinal: `replicas` those that there shall be, null where there is none, `condemned` the others, highest first. */
interface Ranks {
	readonly replicas: readonly (Pod | null)[];
	readonly condemned: readonly Pod[];
}

export function planOf(set: StatefulSet, pods: readonly Pod[], names: Names, nowUs: SimTime): Plan {
	const { spec, metadata } = set;
	if (metadata.deletedUs !== null) return { batches: [], updates: false };
	const ranks = ranksOf(set, pods);
	const isFit = (pod: Pod) => isRunning(pod) && isAvailable(pod, spec.minReadySeconds * SECOND, nowUs);
	const batches =
		spec.podManagementPolicy === "OrderedReady" ? inOrder(set, ranks, names, isFit) : inParallel(set, ranks, names);
	if (batches === null) return { batches: [], updates: false };
	if (spec.podManagementPolicy === "OrderedReady" && batches.length > 0) return { batches, updates: false };
	const outdated = outdatedPod(set, ranks, names, isFit);
	return outdated === null
		? { batches, updates: false }
		: { batches: [...batches, [{ verb: "delete", pod: outdated }]], updates: true };
}

/** The number at the end of a pod's name; -1 if there is none. */
export function ordinalOf({ metadata }: Pod): number {
	return Number(/-(\d+)$/.exec(metadata.name)?.[1] ?? -1);
}

export function isRunning({ status }: Pod): boolean {
	return status.phase === "Running" && status.ready;
}

function ranksOf({ spec }: StatefulSet, pods: readonly Pod[]): Ranks {
	const { start } = spec.ordinals;
	const replicas = new Array<Pod | null>(spec.replicas).fill(null);
	const condemned: Pod[] = [];
	for (const pod of pods) {
		const rank = ordinalOf(pod) - start;
		if (rank >= 0 && rank < spec.replicas) replicas[rank] = pod;
		else if (ordinalOf(pod) >= 0) condemned.push(pod);
	}
	return { replicas, condemned: condemned.sort((a, b) => ordinalOf(b) - ordinalOf(a)) };
}

/** At most one operation; null where the set has to wait for a pod. */
function inOrder(
	set: StatefulSet,
	{ replicas, condemned }: Ranks,
	names: Names,
	isFit: (pod: Pod) => boolean,
): readonly (readonly Operation[])[] | null {
	for (const [rank, pod] of replicas.entries()) {
		const operation = repair(set, pod, rank, names);
		if (operation !== null) return [[operation]];
		if (pod === null || pod.metadata.deletedUs !== null || !isFit(pod)) return null;
	}
	const last = condemned[0];
	if (last === undefined) return [];
	const firstUnfit = condemned.findLast((pod) => pod.metadata.deletedUs !== null || !isFit(pod));
	if (last.metadata.deletedUs !== null || (!isFit(last) && last !== firstUnfit)) return null;
	return [[{ verb: "delete", pod: last }]];
}

/** Batches of 1, 2, 4, ... of all replicas, whether there is something to do for them or not, and of those too many. */
function inParallel(set: StatefulSet, { replicas, condemned }: Ranks, names: Names) {
	const repairs = replicas.map((pod, rank) => repair(set, pod, rank, names));
	const removals = condemned.map((pod): Operation | null =>
		pod.metadata.deletedUs === null ? { verb: "delete", pod } : null,
	);
	return [...growing(repairs), ...growing(removals)];
}

function growing(operations: readonly (Operation | null)[]): readonly (readonly Operation[])[] {
	const batches: Operation[][] = [];
	for (let from = 0, size = 1; from < operations.length; from += size, size *= 2)
		batches.push(operations.slice(from, from + size).filter((operation) => operation !== null));
	return batches.filter((batch) => batch.length > 0);
}

/** A pod that is missing is made, one that has ended goes first. */
function repair(set: StatefulSet, pod: Pod | null, rank: number, names: Names): Operation | null {
	if (pod === null) {
		const ordinal = set.spec.ordinals.start + rank;
		return { verb: "create", ordinal, revision: revisionFor(set, rank, names) };
	}
	return isTerminal(pod.status.phase) && pod.metadata.deletedUs === null ? { verb: "delete", pod } : null;
}

/** Below the partition pods stay what they were; without one, those that an update has not reached. */
export function revisionFor({ spec, status }: StatefulSet, rank: number, { current, update }: Names): string {
	const strategy = spec.updateStrategy;
	if (strategy.type === "OnDelete") return update;
	return rank < (strategy.rollingUpdate?.partition ?? status.currentReplicas) ? current : update;
}

/** The highest pod of another revision, if all above it are as they shall be. */
function outdatedPod(
	{ spec }: StatefulSet,
	{ replicas }: Ranks,
	{ update }: Names,
	isFit: (pod: Pod) => boolean,
): Pod | null {
	if (spec.updateStrategy.type === "OnDelete") return null;
	const least = spec.updateStrategy.rollingUpdate?.partition ?? 0;
	for (let rank = replicas.length - 1; rank >= least; rank--) {
		const pod = replicas[rank] ?? null;
		if (pod === null || pod.metadata.deletedUs !== null) return null;
		if (pod.metadata.labels[REVISION_HASH] !== update) return pod;
		if (!isFit(pod)) return null;
	}
	return null;
}
