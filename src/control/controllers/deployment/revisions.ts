/** ReplicaSets of a Deployment, one a revision: which is the new one, and what is written on them. */
import { containsLabels } from "../../../objects/selector.js";
import type { Texts } from "../../api-object.js";
import type { Deployment } from "../../kinds/deployment.js";
import { amountOf } from "../../kinds/int-or-percent.js";
import { hashOf } from "../../kinds/pod-template.js";
import type { ReplicaSet } from "../../kinds/replica-set.js";

export const REVISION = "deployment.kubernetes.io/revision";
export const DESIRED = "deployment.kubernetes.io/desired-replicas";
export const MAX = "deployment.kubernetes.io/max-replicas";
export const TEMPLATE_HASH = "pod-template-hash";

/** The oldest ReplicaSet of the present template; null if there is none. */
export function newReplicaSetOf({ spec }: Deployment, sets: readonly ReplicaSet[]): ReplicaSet | null {
	const hash = hashOf(spec.template);
	const equal = sets.filter((set) => set.metadata.labels[TEMPLATE_HASH] === hash);
	return equal.sort(oldestFirst)[0] ?? null;
}

export function revisionOf({ metadata }: ReplicaSet): number {
	return Number(metadata.annotations[REVISION] ?? 0);
}

export function oldestFirst(a: ReplicaSet, b: ReplicaSet): number {
	return a.metadata.createdUs - b.metadata.createdUs || a.metadata.uid - b.metadata.uid;
}

/** Pods that there may be beyond the declared number while it is updated. */
export function maxSurgeOf({ spec }: Deployment): number {
	if (spec.strategy.type === "Recreate") return 0;
	return amountOf(spec.strategy.rollingUpdate.maxSurge, spec.replicas, "up");
}

/** Pods that may be missing while it is updated: one, where neither surplus nor lack would be allowed. */
export function maxUnavailableOf(deployment: Deployment): number {
	const { spec } = deployment;
	if (spec.strategy.type === "Recreate" || spec.replicas === 0) return 0;
	const amount = amountOf(spec.strategy.rollingUpdate.maxUnavailable, spec.replicas, "down");
	if (amount === 0 && maxSurgeOf(deployment) === 0) return 1;
	return Math.min(amount, spec.replicas);
}

/** What a ReplicaSet says of the size that its Deployment wants. */
export function sizeNotes(deployment: Deployment): Texts {
	const { replicas } = deployment.spec;
	return { [DESIRED]: String(replicas), [MAX]: String(replicas + maxSurgeOf(deployment)) };
}

export function totalReplicas(sets: readonly ReplicaSet[]): number {
	return sets.reduce((sum, { spec }) => sum + spec.replicas, 0);
}

export function totalAvailable(sets: readonly ReplicaSet[]): number {
	return sets.reduce((sum, { status }) => sum + status.availableReplicas, 0);
}

/** Whether the Deployment's size was changed since its ReplicaSets were given theirs. */
export function wasScaled({ spec }: Deployment, sets: readonly ReplicaSet[]): boolean {
	return sets.some((set) => {
		const noted = set.metadata.annotations[DESIRED];
		return set.spec.replicas > 0 && noted !== undefined && Number(noted) !== spec.replicas;
	});
}

/** The new ReplicaSet has all pods that there shall be, and they are available. */
export function isSaturated({ spec }: Deployment, { spec: own, status, metadata }: ReplicaSet): boolean {
	return (
		own.replicas === spec.replicas &&
		Number(metadata.annotations[DESIRED]) === spec.replicas &&
		status.availableReplicas === spec.replicas
	);
}

export function selects({ metadata, spec }: Deployment, set: ReplicaSet): boolean {
	if (metadata.namespace !== set.metadata.namespace || set.metadata.deletedUs !== null) return false;
	return containsLabels(set.metadata.labels, spec.selector.matchLabels);
}

/** Whether any of them shall have pods. */
export function hasPods(sets: readonly ReplicaSet[]): boolean {
	return sets.some(({ spec }) => spec.replicas > 0);
}

/** Old ReplicaSets that go, for which there is no room in the history: they have no pods, and know it. */
export function beyondHistory({ spec }: Deployment, olds: readonly ReplicaSet[]): readonly ReplicaSet[] {
	const alive = olds.filter(({ metadata }) => metadata.deletedUs === null);
	const surplus = alive.length - spec.revisionHistoryLimit;
	if (surplus <= 0) return [];
	const byRevision = [...alive].sort((a, b) => revisionOf(a) - revisionOf(b) || oldestFirst(a, b));
	return byRevision.slice(0, surplus).filter(({ spec: own, status, metadata }) => {
		return status.replicas === 0 && own.replicas === 0 && status.observedGeneration >= metadata.generation;
	});
}
