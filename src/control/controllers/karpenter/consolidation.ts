/**
 * Which nodes are given up because they are not needed: empty ones, several that one cheaper node could stand in for, or one whose pods
 * have a place elsewhere or on a cheaper node.
 *
 * Source: Karpenter's pkg/controllers/disruption (emptiness.go, multinodeconsolidation.go, singlenodeconsolidation.go, consolidation.go,
 * types.go, helpers.go).
 */
import type { SimTime } from "../../../engine/time.js";
import type { ClusterView } from "../../autoscaling/cluster-access.js";
import type { RemainingBudgets } from "../../autoscaling/remaining-budgets.js";
import type { NodeObject } from "../../kinds/node.js";
import type { Pod } from "../../pod.js";
import type { Fleet, Machine } from "./fleet.js";
import type { DisruptionReason, InstanceType, NodePool } from "./schema.js";
import { solve } from "./solve.js";

/** A node that may be given up as far as it alone goes. */
export interface Candidate {
	readonly machine: Machine;
	readonly node: NodeObject;
	/** That would have to go elsewhere. */
	readonly pods: readonly Pod[];
}

/** What is to be done. */
export interface Command {
	readonly reason: DisruptionReason;
	readonly candidates: readonly Candidate[];
	/** Launched first; null if none is needed. */
	readonly replacement: { readonly pool: NodePool; readonly type: InstanceType } | null;
}

export interface Consolidation {
	readonly view: ClusterView;
	readonly fleet: Fleet;
	readonly nowUs: SimTime;
	readonly budgets: RemainingBudgets;
	/** Nodes of a pool that may be disrupted now. */
	readonly allowed: (pool: NodePool, reason: DisruptionReason) => number;
}

/** Looked at together at most. */
const MOST_TOGETHER = 100;

export function findCommand(candidates: readonly Candidate[], consolidation: Consolidation): Command | null {
	const empty = within(
		candidates.filter(({ pods }) => pods.length === 0),
		"Empty",
		consolidation,
	);
	if (empty.length > 0) return { reason: "Empty", candidates: empty, replacement: null };
	const used = candidates
		.filter(({ machine }) => machine.pool.disruption.consolidationPolicy === "WhenEmptyOrUnderutilized")
		.sort((a, b) => costOf(a, consolidation.nowUs) - costOf(b, consolidation.nowUs) || byName(a, b));
	const allowed = within(used, "Underutilized", consolidation);
	const several = together(allowed.slice(0, MOST_TOGETHER), consolidation);
	if (several !== null) return several;
	for (const one of allowed) {
		const command = consolidated([one], consolidation);
		if (command !== null) return command;
	}
	return null;
}

/** Whether what was found is still so. */
export function isStillGood({ candidates, replacement, reason }: Command, consolidation: Consolidation): boolean {
	if (reason === "Empty") return candidates.every(({ pods }) => pods.length === 0);
	const again = consolidated(candidates, consolidation);
	return again !== null && (again.replacement === null || again.replacement.type === replacement?.type);
}

/** As many as budgets allow, the first first. */
function within(candidates: readonly Candidate[], reason: DisruptionReason, { allowed }: Consolidation) {
	const left = new Map<NodePool, number>();
	return candidates.filter(({ machine: { pool } }) => {
		const mayGo = left.get(pool) ?? allowed(pool, reason);
		left.set(pool, mayGo - 1);
		return mayGo > 0;
	});
}

/** The largest number of the first ones that one node or none can stand in for, by halving. */
function together(candidates: readonly Candidate[], consolidation: Consolidation): Command | null {
	let found: Command | null = null;
	let [fewest, most] = [2, candidates.length];
	while (fewest <= most) {
		const count = Math.floor((fewest + most) / 2);
		const command = consolidated(candidates.slice(0, count), consolidation);
		if (command === null) most = count - 1;
		else {
			found = command;
			fewest = count + 1;
		}
	}
	return found;
}

/** Giving these up together, if their pods have a place then and it costs less. */
function consolidated(candidates: readonly Candidate[], { view, fleet, budgets }: Consolidation): Command | null {
	const pods = candidates.flatMap((candidate) => candidate.pods);
	if (!budgets.allow(pods)) return null;
	const cluster = view.whatIf();
	for (const { machine } of candidates) {
		const id = view.nodeNamed(machine.name);
		if (id === undefined) return null;
		cluster.close(id);
	}
	const trials = pods.flatMap((pod) => {
		const [id, trial] = [view.inCell(pod), view.trialOf(pod)];
		if (id === undefined || trial === null) return [];
		cluster.take(id);
		return trial;
	});
	const { claims, helpless } = solve(trials, { cluster, fleet, daemonsOn: (node) => view.daemonsOn(node) });
	if (helpless.length > 0 || claims.length > 1) return null;
	const [claim] = claims;
	if (claim === undefined) return { reason: "Underutilized", candidates, replacement: null };
	const type = cheaper(claim.types, candidates);
	return type === undefined ? null : { reason: "Underutilized", candidates, replacement: { pool: claim.pool, type } };
}

/** Costs less than all of them, and than the cheapest of them that is of a type that would do: that one could stay. */
function cheaper(types: readonly InstanceType[], candidates: readonly Candidate[]): InstanceType | undefined {
	let most = candidates.reduce((sum, { machine }) => sum + machine.type.price, 0);
	if (candidates.length > 1)
		for (const { machine } of candidates) if (types.includes(machine.type)) most = Math.min(most, machine.type.price);
	return types.find(({ price }) => price < most);
}

const DELETION_COST = "controller.kubernetes.io/pod-deletion-cost";

/** What it costs to disrupt a node: its pods, less the older it is. */
function costOf({ machine, pods }: Candidate, nowUs: SimTime): number {
	const { expireAfter } = machine.pool;
	const left =
		expireAfter === Number.POSITIVE_INFINITY ? 1 : Math.max(0, 1 - (nowUs - machine.launchedUs) / expireAfter);
	const ofPods = pods.reduce((sum, { metadata }) => {
		const own = 1 + Number(metadata.annotations[DELETION_COST] ?? 0) / 2 ** 27;
		return sum + Math.min(10, Math.max(-10, own));
	}, 0);
	return ofPods * left;
}

function byName(a: Candidate, b: Candidate): number {
	return a.machine.name < b.machine.name ? -1 : 1;
}
