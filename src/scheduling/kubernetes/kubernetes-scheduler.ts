/**
 * kube-scheduler as a placement policy: profiles of plugins, one pod after the other, preemption when no node is found. What
 * waits when is the business of the queue (`scheduling-queue.ts`), not of this class.
 */
import { NO_NODE, type NodeId, type PodId } from "../../cell/ids.js";
import { placedPod } from "../../cell/placed-pod.js";
import type { PodView } from "../../cell/pod-view.js";
import type { Snapshot } from "../../cell/snapshot.js";
import type { Placement } from "../../cell/transaction.js";
import type { Random } from "../../engine/random.js";
import type { ClusterObjects } from "../../objects/cluster-objects.js";
import type { Decision, Scheduler, Unplaced } from "../scheduler.js";
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
	readonly objects: ClusterObjects;
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
	/** The node that the pod waited for when the attempt began, or -1. */
	readonly nominated: NodeId;
	/** All nodes, in the order in which Kubernetes goes through them. */
	readonly order: readonly NodeId[];
}

export class KubernetesScheduler implements Scheduler {
	readonly nominations = new Nominations();
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
		const preemptions: PodId[] = [];
		this.#forgetSettled(snapshot);
		for (const pod of pods) {
			const attempted = this.attempt(pod, snapshot, random);
			if (attempted.node !== NO_NODE) {
				placements.push(snapshot.assume(pod, attempted.node));
				continue;
			}
			unplaced.push({ pod, rejections: rejectionsOf(attempted), nodes: attempted.order.length });
			for (const victim of attempted.preemption?.chosen?.victims ?? []) preemptions.push(victim.id);
		}
		return { placements, unplaced, preemptions };
	}

	/** Tries one pod. Nothing is placed, but the pod's claim to a node is noted, and where the next search begins. */
	attempt(pod: PodView, snapshot: Snapshot, random: Random): Attempted {
		const profile = this.#profileFor(pod);
		const view = this.#view(pod, snapshot);
		const nominated = this.nominations.nodeOf(pod.id) ?? NO_NODE;
		const nothing = {
			profile,
			gated: null,
			findings: null,
			node: NO_NODE,
			preemption: null,
			nominated,
			order: view.order,
		};
		const gated = admit(profile, pod.podClass);
		if (gated !== null) return { ...nothing, gated };
		if (view.order.length === 0) return nothing;
		const draw: Draw = this.#options.tieBreak === "first" ? () => 0 : (n) => random.integer(n);
		const search = { profile, view, podId: pod.id, nominations: this.nominations, start: this.#start };
		const findings = findNodes(search);
		this.#start = findings.nextStart;
		if (findings.best.length > 0) {
			this.nominations.remove(pod.id);
			return { ...nothing, findings, node: findings.best[draw(findings.best.length)]! };
		}
		if (profile.preemption === null) return { ...nothing, findings };
		const preemption = preempt(search, findings, profile.preemption, draw);
		if (preemption.forfeits) this.nominations.remove(pod.id);
		if (preemption.chosen !== null) {
			for (const other of preemption.cleared) this.nominations.remove(other);
			this.nominations.add(placedPod(pod, 0, snapshot.cell.nowUs), preemption.chosen.node);
		}
		return { ...nothing, findings, preemption };
	}

	#view({ podClass }: PodView, snapshot: Snapshot): CycleView {
		snapshot.trackPods();
		const { nodes } = snapshot;
		this.#images.follow(nodes);
		const order = this.#order.follow(nodes);
		return { pod: podClass, nodes, order, objects: this.#options.objects, images: this.#images };
	}

	#profileFor({ podClass, name }: PodView): Profile {
		const { schedulerName } = podClass.spec.facts;
		const profile = this.#profiles.get(schedulerName);
		if (profile !== undefined) return profile;
		const known = [...this.#profiles.keys()].join(", ");
		throw new Error(`pod '${name}' asks for scheduler '${schedulerName}', and the profiles are for ${known}`);
	}

	/** Claims of pods that ended or got a node elsewhere. */
	#forgetSettled({ cell }: Snapshot): void {
		for (const pod of [...this.nominations.pods])
			if (!cell.pods.has(pod) || cell.pod(pod).phase !== "pending") this.nominations.remove(pod);
	}
}

/** Nodes by the reason for which they were turned down. */
function rejectionsOf({ gated, findings, order }: Attempted): ReadonlyMap<string, number> {
	const whole = gated ?? findings?.preFilterRejected ?? null;
	if (whole !== null) return new Map(whole.rejection.reasons.map((reason) => [reason, order.length]));
	return countReasons(findings?.rejected.map(({ rejection }) => rejection.reasons) ?? []);
}
