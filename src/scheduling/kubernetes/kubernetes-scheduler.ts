/**
 * kube-scheduler as a placement policy: profiles of plugins, one pod after the other, preemption when no node is found. What
 * waits when is the business of the queue (`scheduling-queue.ts`), not of this class.
 */
import { NO_NODE, type NodeId, type PodId } from "../../cell/ids.js";
import type { Nominations } from "../../cell/nominations.js";
import type { PodView } from "../../cell/pod-view.js";
import type { Snapshot } from "../../cell/snapshot.js";
import type { Placement } from "../../cell/transaction.js";
import type { Random } from "../../engine/random.js";
import type { Decision, Nomination, Scheduler, Unplaced } from "../scheduler.js";
import { admit, type Findings, findNodes, type PluginRejection } from "./cycle.js";
import { ImageCensus } from "./image-census.js";
import { countReasons } from "./messages.js";
import { NodeOrder } from "./node-order.js";
import type { CycleView } from "./plugin.js";
import { type Draw, type Preemption, preempt } from "./preemption.js";
import type { Profile } from "./profile.js";

export interface KubernetesOptions {
	/** One per `schedulerName`. */
	readonly profiles: readonly Profile[];
	/** Among equals: the node added first, or one drawn. */
	readonly tieBreak: "first" | "random";
}

/** One attempt and everything that was found out on the way. */
export interface Attempted {
	readonly profile: Profile;
	/** What keeps the pod from being tried, or null. */
	readonly gated: PluginRejection | null;
	/** Null while gated. */
	readonly findings: Findings | null;
	/** The chosen node, or -1. */
	readonly node: NodeId;
	/** Null if a node was found, or nobody looks for victims. */
	readonly preemption: Preemption | null;
	/** What becomes of promises of nodes. */
	readonly nominations: readonly Nomination[];
	/** The node that the pod waited for when the attempt began, or -1. */
	readonly nominated: NodeId;
	/** All nodes, in the order in which Kubernetes goes through them. */
	readonly order: readonly NodeId[];
}

const NOTHING = { gated: null, findings: null, node: NO_NODE, preemption: null, nominations: [] };

export class KubernetesScheduler implements Scheduler {
	readonly #options: KubernetesOptions;
	readonly #profiles: ReadonlyMap<string, Profile>;
	readonly #order = new NodeOrder();
	readonly #images = new ImageCensus();
	/** Where the next search for nodes begins. */
	#start = 0;

	constructor(options: KubernetesOptions) {
		this.#options = options;
		this.#profiles = new Map(options.profiles.map((profile) => [profile.schedulerName, profile]));
	}

	get nextStart(): number {
		return this.#start;
	}

	/** All nodes, in the order in which Kubernetes goes through them. */
	nodeOrder({ nodes }: Snapshot): readonly NodeId[] {
		return this.#order.follow(nodes);
	}

	decide(pods: readonly PodView[], snapshot: Snapshot, random: Random): Decision {
		const placements: Placement[] = [];
		const unplaced: Unplaced[] = [];
		const preemptions = new Set<PodId>();
		const changes: Nomination[] = [];
		const { nowUs } = snapshot.cell;
		// The pods of one decision see each other's claims; the cell hears of them when the decision is committed.
		const nominations = snapshot.cell.api.nominations.copy();
		for (const pod of pods) {
			const attempted = this.attempt(pod, snapshot, random, nominations);
			// The cell counts what the scheduler may be told to ignore.
			if (attempted.node !== NO_NODE && snapshot.fits(pod.podClass, attempted.node)) {
				placements.push(snapshot.assume(pod, attempted.node));
				continue;
			}
			unplaced.push({ pod, rejections: rejectionsOf(attempted), nodes: attempted.order.length });
			if (pod.job.gang) return giveUp(pods, placements, unplaced[0]!, snapshot);
			for (const victim of attempted.preemption?.chosen?.victims ?? []) preemptions.add(victim.id);
			for (const change of attempted.nominations) {
				changes.push(change);
				nominations.promise(snapshot.pod(change.pod), change.node, nowUs);
			}
		}
		return { placements, unplaced, preemptions: [...preemptions], nominations: changes };
	}

	/** Tries one pod. Nothing is placed and nobody is stopped; only where the next search begins is noted. */
	attempt(
		pod: PodView,
		snapshot: Snapshot,
		random: Random,
		nominations: Nominations = snapshot.cell.api.nominations,
	): Attempted {
		const profile = this.#profileFor(pod);
		const view = this.#view(pod, snapshot);
		const { order } = view;
		const nominated = nominations.nodeOf(pod.id) ?? NO_NODE;
		const nothing = { ...NOTHING, profile, nominated, order };
		const gated = admit(profile, pod.podClass);
		if (gated !== null) return { ...nothing, gated };
		if (order.length === 0) return nothing;
		const draw: Draw = this.#options.tieBreak === "first" ? () => 0 : (n) => random.integer(n);
		const search = { profile, view, podId: pod.id, nominations, start: this.#start };
		const findings = findNodes(search);
		this.#start = findings.nextStart;
		if (findings.best.length > 0) return { ...nothing, findings, node: findings.best[draw(findings.best.length)]! };
		if (profile.preemption === null) return { ...nothing, findings };
		const preemption = preempt(search, findings, profile.preemption, draw);
		return { ...nothing, findings, preemption, nominations: changesOf(pod.id, nominated, preemption) };
	}

	#view({ podClass }: PodView, snapshot: Snapshot): CycleView {
		snapshot.trackPods();
		const { nodes, cell } = snapshot;
		const { api } = cell;
		this.#images.follow(nodes);
		const order = this.#order.follow(nodes);
		return { pod: podClass, nodes, order, objects: api.declared, images: this.#images, bindings: api.bindings };
	}

	#profileFor({ podClass, name }: PodView): Profile {
		const { schedulerName } = podClass.spec.facts;
		const profile = this.#profiles.get(schedulerName);
		if (profile !== undefined) return profile;
		const known = [...this.#profiles.keys()].join(", ");
		throw new Error(`pod '${name}' asks for scheduler '${schedulerName}', and the profiles are for ${known}`);
	}
}

/** A pod that stops others is promised their node; one that cannot has no promise any more. */
function changesOf(pod: PodId, nominated: NodeId, { chosen, cleared, forfeits }: Preemption): readonly Nomination[] {
	const changes: Nomination[] = cleared.map((other) => ({ pod: other, node: NO_NODE }));
	if (chosen !== null) changes.push({ pod, node: chosen.node });
	else if (forfeits && nominated !== NO_NODE) changes.push({ pod, node: NO_NODE });
	return changes;
}

/** A gang that does not fit as a whole is not placed at all, and stops nobody. */
function giveUp(
	pods: readonly PodView[],
	placements: readonly Placement[],
	{ rejections, nodes }: Unplaced,
	snapshot: Snapshot,
): Decision {
	snapshot.forget(placements);
	return { placements: [], unplaced: pods.map((pod) => ({ pod, rejections, nodes })) };
}

/** Nodes by the reason for which they were turned down. */
function rejectionsOf({ gated, findings, order }: Attempted): ReadonlyMap<string, number> {
	const whole = gated ?? findings?.preFilterRejected ?? null;
	if (whole !== null) return new Map(whole.rejection.reasons.map((reason) => [reason, order.length]));
	return countReasons(findings?.rejected.map(({ rejection }) => rejection.reasons) ?? []);
}
