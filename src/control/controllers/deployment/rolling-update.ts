/**
 * How big the ReplicaSets of a Deployment shall be next: arithmetic alone. All counts are what ReplicaSets declare and what their
 * status says, never pods (but see `listed-pods.ts`). Source: pkg/controller/deployment (rolling.go, sync.go), util/deployment_util.go.
 */
import type { Deployment } from "../../kinds/deployment.js";
import type { ReplicaSet } from "../../kinds/replica-set.js";
import { MAX, maxSurgeOf, maxUnavailableOf, oldestFirst, totalAvailable, totalReplicas } from "./revisions.js";

/** A ReplicaSet and its next size. */
export interface Resize {
	readonly set: ReplicaSet;
	readonly replicas: number;
}

/** The size of the new ReplicaSet, where it has `own` pods of the `all` that are declared now. */
export function newSize(deployment: Deployment, all: readonly ReplicaSet[], own: number): number {
	const { replicas, strategy } = deployment.spec;
	if (strategy.type === "Recreate" || own > replicas) return replicas;
	const room = replicas + maxSurgeOf(deployment) - totalReplicas(all);
	return room <= 0 ? own : own + Math.min(room, replicas - own);
}

/**
 * Which old ReplicaSets shrink: first by pods that are not available anyway, then by as many as can be spared. `olds` are all but the
 * new one, in any order.
 */
export function shrinkOld(deployment: Deployment, fresh: ReplicaSet, olds: readonly ReplicaSet[]): readonly Resize[] {
	const all = [...olds, fresh];
	let most = mostThatShrink(deployment, fresh, olds);
	if (most <= 0) return [];
	const minAvailable = deployment.spec.replicas - maxUnavailableOf(deployment);
	const sizes = new Map(olds.map((set) => [set, set.spec.replicas]));
	const byAge = [...olds].sort(oldestFirst);
	for (const set of byAge) {
		if (most <= 0) break;
		if (set.spec.replicas === 0) continue;
		const unhealthy = Math.min(most, set.spec.replicas - set.status.availableReplicas);
		// Its status is older than its size: nothing can be said about it, and no more is done this time.
		if (unhealthy < 0) return resizes(sizes);
		sizes.set(set, sizes.get(set)! - unhealthy);
		most -= unhealthy;
	}
	let spare = totalAvailable(all) - minAvailable;
	for (const set of byAge) {
		const less = Math.min(spare, sizes.get(set)!);
		if (less <= 0) continue;
		sizes.set(set, sizes.get(set)! - less);
		spare -= less;
	}
	return resizes(sizes);
}

/** By how many pods old ReplicaSets can shrink at most, while those of the new one that are not available yet are counted as missing. */
export function mostThatShrink(deployment: Deployment, fresh: ReplicaSet, olds: readonly ReplicaSet[]): number {
	if (totalReplicas(olds) === 0) return 0;
	const minAvailable = deployment.spec.replicas - maxUnavailableOf(deployment);
	const missing = fresh.spec.replicas - fresh.status.availableReplicas;
	return totalReplicas([...olds, fresh]) - minAvailable - missing;
}

/**
 * The sizes after the Deployment itself was scaled while several ReplicaSets have pods: each gets its share, and what rounding leaves goes
 * to the largest.
 */
export function scaleInProportion(deployment: Deployment, active: readonly ReplicaSet[]): readonly Resize[] {
	const { replicas } = deployment.spec;
	const surge = maxSurgeOf(deployment);
	const allowed = replicas > 0 ? replicas + surge : 0;
	const toAdd = allowed - totalReplicas(active);
	const grows = toAdd > 0;
	const bySize = [...active].sort(
		(a, b) => b.spec.replicas - a.spec.replicas || (grows ? oldestFirst(b, a) : oldestFirst(a, b)),
	);
	let added = 0;
	const sizes = new Map(
		bySize.map((set) => {
			const share = toAdd === 0 ? 0 : shareOf(deployment, set, toAdd - added);
			added += share;
			return [set, set.spec.replicas + share] as const;
		}),
	);
	const [largest] = bySize;
	if (largest !== undefined && toAdd !== added) sizes.set(largest, Math.max(0, sizes.get(largest)! + toAdd - added));
	return [...sizes].map(([set, size]) => ({ set, replicas: size }));
}

/** What a ReplicaSet gains or loses; `left` of it has not been given away. */
function shareOf(deployment: Deployment, { spec, metadata }: ReplicaSet, left: number): number {
	if (left === 0 || spec.replicas === 0) return 0;
	const { replicas } = deployment.spec;
	const before = Number(metadata.annotations[MAX] ?? replicas);
	const share =
		replicas === 0
			? -spec.replicas
			: roundAway((spec.replicas * (replicas + maxSurgeOf(deployment))) / before) - spec.replicas;
	return left > 0 ? Math.min(share, left) : Math.max(share, left);
}

/** Half away from zero. */
function roundAway(value: number): number {
	return Math.sign(value) * Math.round(Math.abs(value));
}

function resizes(sizes: ReadonlyMap<ReplicaSet, number>): readonly Resize[] {
	return [...sizes].filter(([set, size]) => size !== set.spec.replicas).map(([set, replicas]) => ({ set, replicas }));
}
