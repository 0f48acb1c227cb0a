/**
 * kube-scheduler as a placement policy: profiles of plugins, one pod after the other, preemption when no node is found. What
 * waits when is the business of the queue (`scheduling-queue.ts`), not of this class.
 */

import type { Cell } from "../../cell/cell.js";
import { NO_NODE, type NodeId, type PodId } from "../../cell/ids.js";
import type { Job } from "../../cell/job.js";
import type { Nominations } from "../../cell/nominations.js";
import type { PodView } from "../../cell/pod-view.js";
import type { Snapshot } from "../../cell/snapshot.js";
import type { Placement } from "../../cell/transaction.js";
import type { Random } from "../../engine/random.js";
import type { SimTime } from "../../engine/time.js";
import type { Decision, Nomination, Scheduler, Unplaced } from "../scheduler.js";
import type { Room } from "../waiting-room.js";
import { admit, type Findings, type PluginRejection } from "./cycle.js";
import { ImageCensus } from "./image-census.js";
import { KeptSearch, type SearchCounters } from "./kept/kept-search.js";
import { KubernetesRoom } from "./kubernetes-room.js";
import { unschedulablePlugins } from "./messages.js";
import { NodeOrder } from "./node-order.js";
import type { CycleView } from "./plugin.js";
import { type Draw, type Preemption, preempt, type VainSearch } from "./preemption.js";
import type { Profile } from "./profile.js";
import { ReadableAttempt } from "./readable-attempt.js";
import { SchedulingQueue } from "./scheduling-queue.js";

export interface KubernetesOptions {
	/** One per `schedulerName`. */
	readonly profiles: readonly Profile[];
	/** Among equals: the node added first, or one drawn. */
	readonly tieBreak: "first" | "random";
	/** Of its own queue, if that is asked for; default 1 s and 10 s. */
	readonly initialBackoffUs?: SimTime;
	readonly maxBackoffUs?: SimTime;
	/**
	 * What plugins said is kept by pod class: from its second pod on (the default), from the first, or never, which is the readable
	 * form. Decisions are the same.
	 */
	readonly keeps?: "repeated" | "all" | "nothing";
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

/** What came of a search for nodes, in the readable form or from what is kept. */
interface Found extends VainSearch {
	/** Number of feasible nodes. */
	readonly feasible: number;
	/** Where the next search begins. */
	readonly nextStart: number;
	/** The best node; of equals, the one added first. */
	readonly first: NodeId;
	/** All with the highest total, in order of addition. */
	best(): readonly NodeId[];
	/** Plugins that narrowed the search down to names. */
	readonly narrowedBy: readonly string[];
	/** Nodes by why they were turned down. */
	rejections(): ReadonlyMap<PluginRejection, number>;
	/** Everything; valid until the next attempt. */
	findings(): Findings;
}

/** An attempt of which not everything is written down. */
type Tried = Omit<Attempted, "findings"> & { readonly found: Found | null };

const NOTHING = { gated: null, found: null, node: NO_NODE, preemption: null, nominations: [] };

export class KubernetesScheduler implements Scheduler {
	readonly #options: KubernetesOptions;
	readonly #profiles: ReadonlyMap<string, Profile>;
	readonly #order = new NodeOrder();
	readonly #images = new ImageCensus();
	readonly #kept: KeptSearch | null;
	/** Where the next search for nodes begins. */
	#start = 0;
	/** The plugins that turned down the pods which wait in its own queue, if it has one. */
	#rejectors: Map<Job, readonly string[]> | null = null;
	#hear: ((pod: PodView, attempted: Attempted) => void) | null = null;

	constructor(options: KubernetesOptions) {
		this.#options = options;
		const { keeps = "repeated" } = options;
		this.#kept = keeps === "nothing" ? null : new KeptSearch(keeps === "all");
		this.#profiles = new Map(options.profiles.map((profile) => [profile.schedulerName, profile]));
	}

	get nextStart(): number {
		return this.#start;
	}

	/** All nodes, in the order in which Kubernetes goes through them. */
	nodeOrder({ nodes }: Snapshot): readonly NodeId[] {
		return this.#order.follow(nodes);
	}

	/** How much work was spared by keeping what plugins said; null if nothing is kept. */
	get counters(): SearchCounters | null {
		return this.#kept?.counters ?? null;
	}

	/** Lets somebody hear of every attempt of a decision, with all that was found out. No decision comes out otherwise. */
	watch(hear: (pod: PodView, attempted: Attempted) => void): void {
		this.#hear = hear;
	}

	room(cell: Cell): Room {
		const rejectors = new Map<Job, readonly string[]>();
		this.#rejectors = rejectors;
		const { profiles, initialBackoffUs = 1e6, maxBackoffUs = 1e7 } = this.#options;
		const queue = new SchedulingQueue({ profiles, initialBackoffUs, maxBackoffUs, ties: "arrival" });
		return new KubernetesRoom({
			cell,
			queue,
			isFor: ({ spec }) => this.#profiles.has(spec.facts.schedulerName),
			rejectors: (job) => rejectors.get(job) ?? [],
		});
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
			const tried = this.#try(pod, snapshot, random, nominations);
			this.#hear?.(pod, writtenDown(tried));
			if (tried.node === NO_NODE) this.#rejectors?.set(pod.job, rejectorsOf(tried));
			else this.#rejectors?.delete(pod.job);
			// The cell counts what the scheduler may be told to ignore.
			if (tried.node !== NO_NODE && snapshot.fits(pod.podClass, tried.node)) {
				placements.push(snapshot.assume(pod, tried.node));
				continue;
			}
			unplaced.push({ pod, rejections: rejectionsOf(tried), nodes: tried.order.length });
			if (pod.job.gang) return giveUp(pods, placements, unplaced[0]!, snapshot);
			for (const victim of tried.preemption?.chosen?.victims ?? []) preemptions.add(victim.id);
			for (const change of tried.nominations) {
				changes.push(change);
				nominations.promise(snapshot.pod(change.pod), change.node, nowUs);
			}
		}
		return { placements, unplaced, preemptions: [...preemptions], nominations: changes };
	}

	/**
	 * Tries one pod, and writes down everything that was found out. Nothing is placed and nobody is stopped; only where the next
	 * search begins is noted.
	 */
	attempt(
		pod: PodView,
		snapshot: Snapshot,
		random: Random,
		nominations: Nominations = snapshot.cell.api.nominations,
	): Attempted {
		return writtenDown(this.#try(pod, snapshot, random, nominations));
	}

	#try(pod: PodView, snapshot: Snapshot, random: Random, nominations: Nominations): Tried {
		const profile = this.#profileFor(pod);
		const view = this.#view(pod, snapshot);
		const { order } = view;
		const nominated = nominations.nodeOf(pod.id) ?? NO_NODE;
		const nothing = { ...NOTHING, profile, nominated, order };
		const gated = admit(profile, pod.podClass);
		if (gated !== null) return { ...nothing, gated };
		if (order.length === 0) return nothing;
		const first = this.#options.tieBreak === "first";
		const draw: Draw = first ? () => 0 : (n) => random.integer(n);
		const search = { profile, view, podId: pod.id, nominations, start: this.#start };
		const found = this.#kept?.find(search) ?? new ReadableAttempt(search);
		this.#start = found.nextStart;
		if (found.feasible > 0) return { ...nothing, found, node: first ? found.first : drawn(found.best(), draw) };
		if (profile.preemption === null) return { ...nothing, found };
		const preemption = preempt(search, found, profile.preemption, draw);
		return { ...nothing, found, preemption, nominations: changesOf(pod.id, nominated, preemption) };
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

function writtenDown({ found, ...tried }: Tried): Attempted {
	return { ...tried, findings: found?.findings() ?? null };
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

function drawn(nodes: readonly NodeId[], draw: Draw): NodeId {
	return nodes[draw(nodes.length)]!;
}

/** Who turned the pod down. */
function rejectorsOf({ gated, found }: Tried): readonly string[] {
	if (found === null) return unschedulablePlugins({ gated, findings: null });
	const { preFilterRejected, narrowedBy } = found;
	return unschedulablePlugins({
		gated,
		findings: { preFilterRejected, narrowedBy, rejected: found.rejections().keys() },
	});
}

/** Nodes by the reason for which they were turned down. */
function rejectionsOf({ gated, found, order }: Tried): ReadonlyMap<string, number> {
	const whole = gated ?? found?.preFilterRejected ?? null;
	if (whole !== null) return new Map(whole.rejection.reasons.map((reason) => [reason, order.length]));
	const counts = new Map<string, number>();
	for (const [{ rejection }, times] of found?.rejections() ?? [])
		for (const reason of rejection.reasons) counts.set(reason, (counts.get(reason) ?? 0) + times);
	return counts;
}
