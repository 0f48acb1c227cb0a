/**
 * Finds nodes for pods: nodes that are there, new ones that were thought of for pods before them, and others of the pool of the highest
 * weight that will do. A new node keeps all instance types open that would hold its pods; the cheapest is launched.
 *
 * Source: Karpenter's pkg/controllers/provisioning/scheduling (scheduler.go, nodeclaim.go, queue.go).
 *
 * Divergence from Karpenter: what other pods demand (affinity, spread) is asked of the cheapest type that is open, and preferences are not
 * taken for demands first.
 */
import type { NodeId } from "../../../cell/ids.js";
import { containsLabels, matchesTerm } from "../../../objects/selector.js";
import type { NodeSpec } from "../../../objects/spec.js";
import { firstUntolerated } from "../../../objects/tolerations.js";
import type { TrialPod, WhatIfCluster } from "../../autoscaling/what-if-cluster.js";
import { type Fleet, nodeOf, offerOf } from "./fleet.js";
import type { InstanceType, NodePool } from "./schema.js";

/** A node that might be launched. */
export interface Claim {
	readonly pool: NodePool;
	/** Those that would do, the cheapest first. */
	types: readonly InstanceType[];
	readonly pods: TrialPod[];
	readonly node: NodeId;
}

export interface Solved {
	readonly claims: readonly Claim[];
	/** Pods that no node was found for. */
	readonly helpless: readonly TrialPod[];
}

export interface Problem {
	readonly cluster: WhatIfCluster;
	readonly fleet: Fleet;
	/** What DaemonSets put on a node. */
	readonly daemonsOn: (node: NodeSpec) => readonly TrialPod[];
}

/** What is put on nodes in the trial stays there. */
export function solve(pods: readonly TrialPod[], problem: Problem): Solved {
	const { cluster } = problem;
	const there = [...cluster.openNodes()];
	const claims: Claim[] = [];
	const helpless: TrialPod[] = [];
	for (const pod of [...pods].sort(largestFirst)) {
		if (cluster.putFirst(pod, there) >= 0) continue;
		const emptiest = [...claims].sort((a, b) => a.pods.length - b.pods.length || a.node - b.node);
		if (emptiest.some((claim) => joins(pod, claim, problem))) continue;
		const claim = newClaim(pod, claims, problem);
		if (claim === null) helpless.push(pod);
		else claims.push(claim);
	}
	return { claims, helpless };
}

/** By CPU, then by memory (queue.go). */
function largestFirst(a: TrialPod, b: TrialPod): number {
	const asks = ({ podClass }: TrialPod, resource: string) => podClass.spec.requests[resource] ?? 0;
	return asks(b, "cpu") - asks(a, "cpu") || asks(b, "memory") - asks(a, "memory") || (a.name < b.name ? -1 : 1);
}

function joins(pod: TrialPod, claim: Claim, { cluster, daemonsOn }: Problem): boolean {
	const { pool, node } = claim;
	const all = [...claim.pods, pod];
	const types = claim.types.filter((type) => holds(type, pool, pod) && hasRoom(type, pool, all, daemonsOn));
	return takes(claim, pod, types, cluster, node);
}

/** Puts the pod on the claim's node, as the cheapest of the types; false, and nothing changes, if it may not be there. */
function takes(claim: Claim, pod: TrialPod, types: readonly InstanceType[], cluster: WhatIfCluster, node: NodeId) {
	const [cheapest] = types;
	if (cheapest === undefined) return false;
	const before = cluster.nodes.specs[node]!;
	cluster.reshape(node, nodeOf(claim.pool, cheapest, before.name));
	if (cluster.putFirst(pod, [node]) < 0) {
		cluster.reshape(node, before);
		return false;
	}
	claim.types = types;
	claim.pods.push(pod);
	return true;
}

function newClaim(pod: TrialPod, claims: readonly Claim[], problem: Problem): Claim | null {
	const { cluster, fleet, daemonsOn } = problem;
	for (const pool of fleet.pools) {
		const fitting = fleet
			.typesOf(pool)
			.filter(
				(type) =>
					holds(type, pool, pod) && hasRoom(type, pool, [pod], daemonsOn) && isWithin(type, pool, claims, fleet),
			);
		const [cheapest] = fitting;
		if (cheapest === undefined) continue;
		// The number of devices of a node never changes.
		const types = fitting.filter((type) => gpusOf(pool, type) === gpusOf(pool, cheapest));
		const spec = nodeOf(pool, cheapest, `claim-${pool.name}-${claims.length}`);
		const node = cluster.add(spec);
		for (const daemon of daemonsOn(spec)) cluster.put(daemon, node);
		const claim: Claim = { pool, types, pods: [], node };
		if (takes(claim, pod, types, cluster, node)) return claim;
		cluster.close(node);
	}
	return null;
}

function gpusOf(pool: NodePool, type: InstanceType): number {
	return nodeOf(pool, type, "").gpu?.count ?? 0;
}

/** Whether a node of the type, whatever is on it, may have the pod. */
function holds(type: InstanceType, pool: NodePool, { podClass }: TrialPod): boolean {
	const { labels, taints } = nodeOf(pool, type, "");
	const { nodeSelector, requiredNodeTerms, tolerations } = podClass.spec.facts;
	return (
		containsLabels(labels, nodeSelector) &&
		(requiredNodeTerms === null || requiredNodeTerms.some((term) => matchesTerm(term, "", labels))) &&
		firstUntolerated(tolerations, taints, ["NoSchedule", "NoExecute"]) === null
	);
}

/** The kubelet's default. */
const MAX_PODS = 110;

function hasRoom(
	type: InstanceType,
	pool: NodePool,
	pods: readonly TrialPod[],
	daemonsOn: Problem["daemonsOn"],
): boolean {
	const all = [...pods, ...daemonsOn(nodeOf(pool, type, ""))];
	const offer = offerOf(type);
	const sums: Record<string, number> = { pods: all.length };
	for (const { podClass } of all)
		for (const [resource, amount] of Object.entries(podClass.spec.requests))
			sums[resource] = (sums[resource] ?? 0) + amount;
	return Object.entries(sums).every(
		([resource, sum]) => sum <= (offer[resource] ?? (resource === "pods" ? MAX_PODS : 0)),
	);
}

/** Whether the pool may have one more of the type, when each of the claims becomes as large as it may. */
function isWithin(type: InstanceType, pool: NodePool, claims: readonly Claim[], fleet: Fleet): boolean {
	return Object.keys(pool.limits).every((resource) => {
		const taken = claims
			.filter((claim) => claim.pool === pool)
			.reduce((sum, { types }) => sum + Math.max(...types.map((open) => offerOf(open)[resource] ?? 0)), 0);
		return (offerOf(type)[resource] ?? 0) <= fleet.room(pool, resource) - taken;
	});
}
