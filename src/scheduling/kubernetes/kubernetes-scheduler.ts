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
import type { Random } from "../../engine/random.js";
import type { SimTime } from "../../engine/time.js";
import { gangOf } from "../../objects/gang.js";
import type { PodClass } from "../../objects/pod-class.js";
import { type Decision, type Nomination, noSchedulerNamed, type Scheduler, type Unplaced } from "../scheduler.js";
import type { Room } from "../waiting-room.js";
import { permissionFor, postFilter } from "./after-search.js";
import { admit, type Findings, type PluginRejection } from "./cycle.js";
import { ImageCensus } from "./image-census.js";
import { KeptSearch, type SearchCounters } from "./kept/kept-search.js";
import { KubernetesRoom } from "./kubernetes-room.js";
import { unschedulablePlugins } from "./messages.js";
import { NodeOrder } from "./node-order.js";
import { type PermitRound, Permits, type Waiting } from "./permits.js";
import type { CycleView, Dismissal } from "./plugin.js";
import { PodGroups } from "./pod-groups.js";
import type { Draw, Preemption, VainSearch } from "./preemption.js";
import type { Profile } from "./profile.js";
import { QuotaUsage } from "./quota-usage.js";
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
	/** What keeps the pod from being tried or, at Permit, from any node; null if nothing does. */
	readonly gated: PluginRejection | null;
	/** Null while gated. */
	readonly findings: Findings | null;
	/** The chosen node, or -1. */
	readonly node: NodeId;
	/** Null if a node was found, or nobody looks for victims. */
	readonly preemption: Preemption | null;
	/** What makes the pod wait on the node that was chosen; null if nothing does. */
	readonly waiting: Waiting | null;
	/** The group of pods whose waiting is over once the pod is allowed on its node, or null. */
	readonly allows: string | null;
	/** The group that is turned down as a whole because the pod has no node, or null. */
	readonly dismisses: Dismissal | null;
	/** What becomes of promises of nodes. */
	readonly nominations: readonly Nomination[];
	/** The node that the pod waited for when the attempt began, or -1. */
	readonly nominated: NodeId;
	/** All nodes, in the order in which Kubernetes goes through them. */
	readonly order: readonly NodeId[];
}

/** What a pod of a decision costs others. */
interface Cost {
	readonly pod: PodView;
	readonly stopped: readonly PodId[];
	readonly nominations: readonly Nomination[];
}

/** Sums over all pods, of the snapshot that they are taken on. */
type Sums = Pick<CycleView, "groups" | "quotas"> & { readonly of: Snapshot };

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

const NOTHING = {
	gated: null,
	found: null,
	node: NO_NODE,
	preemption: null,
	waiting: null,
	allows: null,
	dismisses: null,
	nominations: [],
};

export class KubernetesScheduler implements Scheduler {
	readonly schedulerNames: ReadonlySet<string>;
	readonly readsLoad: boolean;
	readonly #options: KubernetesOptions;
	readonly #profiles: ReadonlyMap<string, Profile>;
	readonly #order = new NodeOrder();
	readonly #images = new ImageCensus();
	readonly #groups = new PodGroups();
	readonly #quotas = new QuotaUsage();
	#sums: Sums | null = null;
	readonly #kept: KeptSearch | null;
	/** Where the next search for nodes begins. */
	#start = 0;
	/** Whether it has a queue of its own. */
	#queues = false;
	/** The plugins that turned down the pods which wait there. */
	readonly #rejectors = new Map<Job, readonly string[]>();
	readonly #permits = new Permits(this.#groups, this.#rejectors);
	#hear: ((pod: PodView, attempted: Attempted) => void) | null = null;

	constructor(options: KubernetesOptions) {
		this.#options = options;
		const { keeps = "repeated" } = options;
		this.#kept = keeps === "nothing" ? null : new KeptSearch(keeps === "all");
		this.#profiles = new Map(options.profiles.map((profile) => [profile.schedulerName, profile]));
		this.schedulerNames = new Set(this.#profiles.keys());
		this.readsLoad = options.profiles.some(({ scores }) => scores.some(({ plugin }) => plugin.readsLoad));
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
		const { profiles, initialBackoffUs = 1e6, maxBackoffUs = 1e7 } = this.#options;
		this.#queues = true;
		const grouped = profiles.some(({ permits, preEnqueue }) =>
			[...permits, ...preEnqueue].some((plugin) => plugin.permits !== undefined),
		);
		if (grouped) this.#groups.watch(cell);
		const stirred = ({ spec }: PodClass) => {
			const group = gangOf(spec.facts);
			if (group !== null) this.#groups.stir(group);
		};
		const groups = this.#groups;
		const known = { objects: cell.api.declared, groups: () => groups };
		const own = grouped ? { stirred, known } : {};
		const queue = new SchedulingQueue({ profiles, initialBackoffUs, maxBackoffUs, ties: "arrival", ...own });
		const room = new KubernetesRoom({
			cell,
			queue,
			isFor: ({ spec }) => this.#profiles.has(spec.facts.schedulerName),
			rejectors: (job) => this.#rejectors.get(job) ?? [],
			groups: grouped ? { known: this.#groups, permits: this.#permits } : null,
		});
		this.#permits.attach(room);
		return room;
	}

	decide(pods: readonly PodView[], snapshot: Snapshot, random: Random): Decision {
		const costs: Cost[] = [];
		const { nowUs } = snapshot.cell;
		// The pods of one decision see each other's claims; the cell hears of them when the decision is committed.
		const nominations = snapshot.cell.api.nominations.copy();
		const round = this.#permits.begin(snapshot);
		for (const pod of pods) {
			if (!this.schedulerNames.has(pod.podClass.spec.facts.schedulerName)) {
				round.fail(leftAlone(pod, this.nodeOrder(snapshot).length));
				if (pod.job.gang) return giveUp(pods, round);
				continue;
			}
			const tried = this.#try(pod, snapshot, random, nominations);
			this.#hear?.(pod, writtenDown(tried));
			if (tried.node !== NO_NODE) this.#rejectors.delete(pod.job);
			else if (this.#queues) this.#rejectors.set(pod.job, this.#waitsFor(tried, pod));
			const nodes = tried.order.length;
			// The cell counts what the scheduler may be told to ignore.
			if (tried.node !== NO_NODE && snapshot.fits(pod.podClass, tried.node)) {
				const placement = snapshot.assume(pod, tried.node);
				if (tried.waiting === null) round.allow(placement, tried.allows);
				else round.hold(pod, placement, tried.waiting, nodes);
			} else {
				round.fail({ pod, rejections: rejectionsOf(tried), nodes });
				if (pod.job.gang) return giveUp(pods, round);
				if (tried.dismisses !== null) {
					round.dismiss(tried.dismisses, rejectorsOf(tried));
					forgo(tried.dismisses.group, costs, nominations);
				}
			}
			const victims = tried.preemption?.chosen?.victims;
			if (victims === undefined && tried.nominations.length === 0) continue;
			const stopped = (victims ?? []).flatMap(({ id }) => (round.stop(id) ? [] : id));
			costs.push({ pod, stopped, nominations: tried.nominations });
			for (const change of tried.nominations) nominations.promise(snapshot.pod(change.pod), change.node, nowUs);
		}
		const { placements, unplaced, released } = round;
		return {
			placements,
			unplaced,
			preemptions: [...new Set(costs.flatMap(({ stopped }) => stopped))],
			nominations: costs.flatMap(({ nominations }) => nominations),
			...(released === null ? {} : { released }),
		};
	}

	/** The plugins for which the pod waits: its own, and those for which its group was turned down. */
	#waitsFor(tried: Tried, { podClass }: PodView): readonly string[] {
		const own = rejectorsOf(tried);
		const group = gangOf(podClass.spec.facts);
		return group === null ? own : [...new Set([...own, ...this.#groups.causes(group)])];
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
		const view = this.#view(pod, snapshot, nominations, profile);
		const { order } = view;
		const nominated = nominations.nodeOf(pod.id) ?? NO_NODE;
		const nothing = { ...NOTHING, profile, nominated, order };
		const gated = admit(profile, pod.podClass, view);
		if (gated !== null) return { ...nothing, gated };
		if (order.length === 0) return nothing;
		const first = this.#options.tieBreak === "first";
		const draw: Draw = first ? () => 0 : (n) => random.integer(n);
		const search = { profile, view, start: this.#start };
		const found = this.#kept?.find(search) ?? new ReadableAttempt(search);
		this.#start = found.nextStart;
		if (found.feasible === 0) return { ...nothing, found, ...postFilter(search, found, draw) };
		const permission = permissionFor(profile, view);
		if ("gated" in permission) return { ...nothing, ...permission };
		return { ...nothing, found, node: first ? found.first : drawn(found.best(), draw), ...permission };
	}

	#view({ id, podClass }: PodView, snapshot: Snapshot, nominations: Nominations, profile: Profile): CycleView {
		snapshot.trackPods();
		const { nodes, cell } = snapshot;
		const { api, nowUs } = cell;
		this.#images.follow(nodes);
		if (this.#sums?.of !== snapshot) this.#sums = this.#sumsOver(snapshot);
		const { groups, quotas } = this.#sums;
		const { keepsClaim } = profile;
		const view: CycleView = {
			pod: podClass,
			podId: id,
			nowUs,
			nodes,
			order: this.#order.follow(nodes),
			objects: api.declared,
			images: this.#images,
			placedClasses: () => this.#kept?.placedClasses(nodes) ?? null,
			nominations,
			keepsClaim: keepsClaim === null ? null : (claimant) => keepsClaim(view, claimant),
			bindings: api.bindings,
			groups,
			quotas,
		};
		return view;
	}

	/** What plugins ask for that is not looked at for every pod. */
	#sumsOver(snapshot: Snapshot): Sums {
		const { nodes, cell } = snapshot;
		return {
			of: snapshot,
			groups: () => {
				this.#groups.follow(cell, nodes);
				return this.#groups;
			},
			quotas: () => {
				this.#quotas.follow(nodes, cell.api.declared.quotas);
				return this.#quotas.ledger();
			},
		};
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

/** A group that is turned down stops nobody: what its pods would have cost in this decision is not paid. */
function forgo(group: string, costs: Cost[], nominations: Nominations): void {
	for (const [i, { pod }] of costs.entries()) {
		if (gangOf(pod.podClass.spec.facts) !== group) continue;
		costs[i] = { pod, stopped: [], nominations: [{ pod: pod.id, node: NO_NODE }] };
		nominations.remove(pod.id);
	}
}

/** A pod that no profile is for, although another pod of its job was. */
function leftAlone(pod: PodView, nodes: number): Unplaced {
	return { pod, rejections: new Map([[noSchedulerNamed(pod.podClass.spec.facts.schedulerName), nodes]]), nodes };
}

/** A gang that does not fit as a whole is not placed at all, and stops nobody. */
function giveUp(pods: readonly PodView[], round: PermitRound): Decision {
	const { rejections, nodes } = round.unplaced[0]!;
	round.undo();
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
