/**
 * The one shared truth: which nodes there are, which pods, and who runs where. Every write is a verb of this class; nobody
 * else changes a column. A verb completes the change and then announces it.
 */
import type { SimTime } from "../engine/time.js";
import type { JobArrival } from "../objects/arrival.js";
import { PodClassTable } from "../objects/pod-class.js";
import { type ResourceList, ResourceTable } from "../objects/resources.js";
import type { NodeSpec, PodFacts } from "../objects/spec.js";
import { accept, NO_CONFLICTS } from "./acceptance.js";
import { ApiObjects } from "./api-objects.js";
import { bindAll } from "./bind-all.js";
import { Bindings } from "./bindings.js";
import {
	type CellListener,
	ChangeFeed,
	type EndReason,
	LEAVE_REASONS,
	type LeaveReason,
	type RequeueReason,
} from "./changes.js";
import { Holds } from "./holds.js";
import { NO_NODE, type NodeId, type PodId } from "./ids.js";
import { type Job, JobStore, wentStraight } from "./job.js";
import { NodeColumns } from "./node-columns.js";
import { NodeRegister } from "./node-register.js";
import type { NodeView } from "./node-view.js";
import { addPods, dropBound, dropPods } from "./pending-pods.js";
import { placedPod } from "./placed-pod.js";
import { BOUND, ENDED, PENDING, PodTable, RUNNING } from "./pod-table.js";
import type { PodView } from "./pod-view.js";
import type { Attempt, CommitResult, Placement, Transaction } from "./transaction.js";
import { UsageColumns } from "./usage-columns.js";

/** Pod classes kept although no pod of theirs is alive. */
const IDLE_CLASSES = 1024;
const DELETED = LEAVE_REASONS.indexOf("deleted") + 1;
const NO_VICTIMS: readonly PodId[] = [];
const NO_NODES: readonly NodeId[] = [];
const NO_PODS: ReadonlySet<PodId> = new Set();

export class Cell {
	readonly resources = new ResourceTable();
	readonly classes = new PodClassTable(this.resources, IDLE_CLASSES);
	readonly nodes = new NodeColumns(this.resources);
	readonly pods = new PodTable();
	readonly usage = new UsageColumns();
	/** What there is besides nodes and pods. */
	readonly api = new ApiObjects();
	/** Jobs that ever came, those placed and those turned away too. */
	jobsSubmitted = 0;
	/** Whether pods that are told to go take their time over it. Set before anything happens, by who sees them out. */
	leavingTakesTime = false;
	/** Pods that wait for a node. */
	pendingPods = 0;
	readonly #register = new NodeRegister(this.nodes);
	readonly #feed = new ChangeFeed();
	/** Who holds pods back, and starts those that are. */
	readonly holds = new Holds(this.pods, this.#feed);
	readonly #bindings = new Bindings(this.nodes, this.pods, this.api, this.holds);
	/** Where a control plane, and traffic, announce what they know and the cell does not. */
	readonly objects = this.#feed.announcing;
	readonly #jobs = new JobStore();
	readonly #clock: { readonly nowUs: SimTime };

	constructor(clock: { readonly nowUs: SimTime }) {
		this.#clock = clock;
	}

	get nowUs(): SimTime {
		return this.#clock.nowUs;
	}

	node(id: NodeId): NodeView {
		return this.nodes.view(id);
	}

	pod(id: PodId): PodView {
		return this.pods.view(id);
	}

	nodeNamed(name: string): NodeId | undefined {
		return this.#register.named(name);
	}

	/** Pods bound to the node, latest binding first. */
	podsOn(node: NodeId): IterableIterator<PodId> {
		return this.#bindings.podsOn(node);
	}

	/** Keeps a list of pods for every node from now on (`NodeColumns.placed`). */
	trackPods(): void {
		this.#bindings.track();
	}

	/** Registers a listener; see `CellListener` for the order of calls. */
	watch(listener: CellListener): void {
		this.#feed.watch(listener);
	}

	addNode(spec: NodeSpec): NodeId {
		const node = this.#register.add(spec);
		this.#bindings.addNode(node);
		this.#feed.nodeChanged(node, "node-added");
		return node;
	}

	/**
	 * Marks a node healthy, down (its pods are lost at once), or unreachable: then its pods stay until it is down or somebody takes
	 * them off, and a node that is down already stays so.
	 */
	setNodeReady(node: NodeId, ready: boolean | "unreachable"): void {
		const change = this.#register.setReady(node, ready);
		if (change !== null) this.#feed.nodeChanged(node, change);
	}

	/** Marks a node silent, or heard of again. It may be given pods; none begins, ends or leaves there while it is silent. */
	setNodeSilent(node: NodeId, silent: boolean): void {
		if (this.#register.setSilent(node, silent)) this.#feed.nodeChanged(node, silent ? "node-silent" : "node-heard");
	}

	/** Labels, taints or what the node offers have changed; its name may not. Pods there stay. */
	updateNode(node: NodeId, spec: NodeSpec): void {
		if (this.nodeNamed(spec.name) !== node) throw new Error(`node '${spec.name}' is not node ${node}`);
		this.nodes.update(node, spec);
		this.#feed.nodeChanged(node, "node-updated");
	}

	/** Takes an empty node out for good; its name may be used again. */
	removeNode(node: NodeId): void {
		if (this.nodes.present[node] === 0) return;
		if (!this.#bindings.isEmpty(node)) throw new Error(`node '${this.node(node).name}' still has pods`);
		this.#register.remove(node);
		this.#feed.nodeChanged(node, "node-removed");
	}

	/** Takes in a job: its pods are pending from now on. */
	submit(arrival: JobArrival): Job {
		const job = this.#takeIn(arrival, false);
		this.#feed.jobSubmitted(job);
		return job;
	}

	/** As `submit`, for who has no use for the job: when it has ended, its object may become another (`CellListener.forgetsJobs`). */
	enter(arrival: JobArrival): void {
		const job = this.#takeIn(arrival, false);
		job.passing = true;
		this.#feed.jobSubmitted(job);
	}

	/** Does not take a job in, for a reason in words. Only who asks hears of it; its pods are gone when this returns. */
	turnAway(arrival: JobArrival, reason: string): void {
		const job = this.#takeIn(arrival, false);
		job.turnedAway = reason;
		this.#feed.jobTurnedAway(job);
		this.pendingPods -= job.pending.length;
		dropPods(job, this);
	}

	/**
	 * Takes in a job that runs already: its pods are bound to these nodes, one each, and no scheduler hears of it. A pod for
	 * which its node has no room is an error.
	 */
	place(arrival: JobArrival, nodes: readonly NodeId[]): Job {
		if (nodes.length !== arrival.pods.length)
			throw new Error(
				`job '${arrival.name}' has ${arrival.pods.length} pods, and ${nodes.length} nodes are named for them`,
			);
		const job = this.#takeIn(arrival, true);
		bindAll(job, nodes, this);
		job.placedAny = true;
		return job;
	}

	/**
	 * Gives a job, of which nothing was placed yet, more pods like its first: `podCount` in all. They share its work equally
	 * (the sum of the run times of its pods): k pods in place of n that run equally long run for n / k of the time, the linear
	 * speed-up of the Omega paper, section 6.
	 */
	growJob(job: Job, podCount: number): void {
		if (job.placedAny || podCount < job.podCount)
			throw new Error(
				`job '${job.name}' cannot grow from ${job.podCount} pods to ${podCount}: it has begun, or has more`,
			);
		const added = podCount - job.podCount;
		const like = { ...this.pods.shareWork(job.pending, job.pending.length + added), name: null };
		for (let i = job.podCount; i < podCount; i++) {
			const pod = this.pods.add(like, this.classes.intern(like.spec), job, i, this.nowUs);
			this.pods.attempts[this.pods.row(pod)] = job.attempts;
			job.pending.push(pod);
		}
		job.podCount = podCount;
		job.remaining += added;
		this.pendingPods += added;
		this.#feed.jobGrown(job, added);
	}

	/**
	 * Settles a transaction: preemptions first, then each placement is accepted or conflicts. Nothing is half done: an
	 * all-or-nothing transaction with a conflict leaves the cell as it was, preemptions included. Where leaving takes time, who is
	 * preempted is told to go, and no placement has the room yet.
	 */
	commit(transaction: Transaction): CommitResult {
		const { placements, preemptions, counted = false } = transaction;
		// The usual case: there is nothing to ask, and nobody to stop.
		if (!counted || preemptions.length > 0) return this.#settle(transaction);
		this.#bind(placements);
		this.#announceBound(placements);
		return { accepted: placements, conflicts: NO_CONFLICTS };
	}

	#settle(transaction: Transaction): CommitResult {
		const [preemptions, told] = this.leavingTakesTime
			? [NO_VICTIMS, transaction.preemptions]
			: [transaction.preemptions, NO_VICTIMS];
		for (const pod of preemptions) {
			this.#expect(pod, this.pods.node[this.pods.row(pod)] !== NO_NODE, "preempt");
			this.#bindings.take(this.pods.row(pod), -1);
		}
		const result = accept(transaction, this);
		const { accepted, conflicts } = result;
		if (transaction.atomicity === "all-or-nothing" && conflicts.length > 0) {
			for (const pod of preemptions) this.#bindings.take(this.pods.row(pod), 1);
			return result;
		}
		const left = preemptions.length === 0 ? NO_NODES : preemptions.map((pod) => this.#bindings.displace(pod));
		this.pendingPods += left.length;
		this.#bind(accepted);
		for (let i = 0; i < left.length; i++) this.#feed.podRequeued(preemptions[i]!, left[i]!, "preempted");
		this.#announceBound(accepted);
		for (let i = 0; i < told.length; i++) this.stopPod(told[i]!, "preempted");
		return result;
	}

	/** The pods get their nodes; their requests are counted there already. */
	#bind(placements: readonly Placement[]): void {
		this.pendingPods -= placements.length;
		for (let i = 0; i < placements.length; i++) this.#bindings.bind(placements[i]!, this.nowUs);
		dropBound(this.pods, placements);
	}

	#announceBound(placements: readonly Placement[]): void {
		for (let i = 0; i < placements.length; i++) this.#feed.podBound(placements[i]!.pod, placements[i]!.node);
	}

	/** A pod gets a node by somebody else's word: nobody asks whether it fits. */
	adoptPod(pod: PodId, node: NodeId): void {
		const { podClass, phase } = this.pod(pod);
		this.#expect(pod, phase === "pending" && this.nodes.present[node] === 1, "adopt");
		const devices = this.nodes.chooseDevices(podClass, node);
		this.nodes.take(podClass, node, devices, 1);
		this.#bind([{ pod, node, devices, nodeVersion: this.nodes.version[node]! }]);
		this.#feed.podBound(pod, node);
	}

	/** A bound pod begins to run. */
	startPod(pod: PodId): void {
		const row = this.pods.row(pod);
		this.#expect(pod, this.pods.phase[row] === BOUND, "start");
		const first = Number.isNaN(this.pods.startUs[row]!);
		this.pods.phase[row] = RUNNING;
		this.pods.startUs[row] = this.nowUs;
		const job = this.pods.jobs[row]!;
		const node = this.pods.node[row]! as NodeId;
		this.#feed.podStarted(pod, node);
		if (!first || ++job.started < job.podCount) return;
		job.fullStartUs = this.nowUs;
		this.#feed.jobFullyStarted(job);
	}

	/** A running pod began or ceased to serve. */
	reportReady(pod: PodId, ready: boolean): void {
		const { phase, node } = this.pod(pod);
		this.#expect(pod, phase === "running", "report on");
		this.#feed.podReady(pod, node, ready);
	}

	/** Ends a pod's life in whatever phase it is; its id is stale afterwards. */
	endPod(pod: PodId, reason: EndReason): void {
		const row = this.pods.row(pod);
		const node = this.pods.node[row]! as NodeId;
		const job = this.pods.jobs[row]!;
		if (this.pods.phase[row] === PENDING) {
			job.pending.splice(job.pending.indexOf(pod), 1);
			this.pendingPods--;
			this.api.podGone(pod);
		} else {
			this.#bindings.take(row, -1);
			this.#bindings.unbind(row, node);
		}
		this.pods.phase[row] = ENDED;
		job.remaining--;
		this.#feed.podEnded(pod, node, reason);
		const straight = reason === "succeeded" && wentStraight(job);
		this.classes.release(this.pods.classes[row]!);
		this.pods.release(pod);
		if (job.remaining > 0) return;
		this.#feed.jobEnded(job);
		if (straight && !this.#feed.keepsJobs) this.#jobs.takeBack(job);
	}

	/** Gives a job up: its pending pods end, but for those to `spare`, and the others run on. */
	abandonJob(job: Job, spare: ReadonlySet<PodId> = NO_PODS): void {
		job.abandonedUs = this.nowUs;
		for (const pod of [...job.pending]) if (!spare.has(pod)) this.endPod(pod, "abandoned");
		this.#feed.jobAbandoned(job);
	}

	/** Changes what a pod with a node counts for (canonical units; devices stay), and its facts. False, changing nothing, if there is no room. */
	resizePod(pod: PodId, requests: ResourceList, facts?: PodFacts): boolean {
		const row = this.pods.row(pod);
		this.#expect(pod, this.pods.node[row] !== NO_NODE, "resize");
		const before = this.pods.classes[row]!;
		const after = this.classes.intern({ ...before.spec, requests, ...(facts && { facts }) });
		const node = this.pods.node[row]! as NodeId;
		this.#bindings.take(row, -1);
		const fits = this.nodes.fits(after, node);
		if (fits) this.pods.classes[row] = after;
		this.classes.release(fits ? before : after);
		this.#bindings.take(row, 1);
		if (!fits) return false;
		if (this.nodes.tracksPods) this.nodes.relist(node, placedPod(this.pod(pod)));
		else this.nodes.touch(node);
		this.#feed.nodeChanged(node, "node-updated");
		return true;
	}

	/**
	 * Tells a pod with a node to go. Where leaving takes no time it is gone when this returns; else whoever sees it out says so with
	 * `podGone`, and who is to be deleted stays so whatever is said later.
	 */
	stopPod(pod: PodId, reason: LeaveReason): void {
		const row = this.pods.row(pod);
		this.#expect(pod, this.pods.node[row] !== NO_NODE, "stop");
		const before = this.pods.leaving[row]!;
		if (before !== 0 && (before === DELETED || reason !== "deleted")) return;
		this.pods.leaving[row] = LEAVE_REASONS.indexOf(reason) + 1;
		this.pods.jobs[row]!.passing = false;
		if (!this.leavingTakesTime) {
			this.podGone(pod);
			return;
		}
		const node = this.pods.node[row]! as NodeId;
		if (this.nodes.tracksPods) this.nodes.relist(node, placedPod(this.pod(pod)));
		this.#feed.podLeaving(pod, node, reason);
	}

	/** A pod that was told to go has gone. */
	podGone(pod: PodId): void {
		const { leaving } = this.pod(pod);
		if (leaving === null) throw new Error(`pod '${this.pod(pod).name}' was not told to go`);
		if (leaving === "deleted") this.endPod(pod, leaving);
		else this.requeuePod(pod, leaving);
	}

	/** Takes a bound or running pod off its node; it is pending again and starts from nothing next time, unless it was to be deleted. */
	requeuePod(pod: PodId, reason: RequeueReason): void {
		const row = this.pods.row(pod);
		this.#expect(pod, this.pods.phase[row] === BOUND || this.pods.phase[row] === RUNNING, "requeue");
		if (this.pods.leaving[row] === DELETED) {
			this.endPod(pod, "deleted");
			return;
		}
		this.#bindings.take(row, -1);
		const node = this.#bindings.displace(pod);
		this.pendingPods++;
		this.#feed.podRequeued(pod, node, reason);
	}

	/** Counts a scheduling attempt for its pods. Called by `scheduling` before the attempt's transaction. */
	countAttempt(job: Job): void {
		if (job.attempts++ === 0) job.firstAttemptUs = this.nowUs;
		for (let i = 0; i < job.pending.length; i++) this.pods.attempts[this.pods.row(job.pending[i]!)]!++;
	}

	/** Whether anybody hears of attempts; if not, one without conflicts need not be reported. */
	get hearsAttempts(): boolean {
		return this.#feed.hearsAttempts;
	}

	/** Publishes a settled attempt. */
	report(attempt: Attempt): void {
		attempt.job.conflicts += attempt.conflicts;
		this.#feed.attempted(attempt);
	}

	#takeIn(arrival: JobArrival, prefilled: boolean): Job {
		if (arrival.pods.length === 0) throw new Error(`job '${arrival.name}' has no pods`);
		const job = this.#jobs.make(this.jobsSubmitted++, arrival, this.nowUs, prefilled);
		addPods(arrival, job, this);
		this.pendingPods += job.podCount;
		return job;
	}

	#expect(pod: PodId, holds: boolean, verb: string): void {
		if (!holds) throw new Error(`cannot ${verb} pod '${this.pod(pod).name}' in phase ${this.pod(pod).phase}`);
	}
}
