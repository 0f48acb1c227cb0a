/**
 * Pods between the API server and the cell: a pod that is created is submitted to the cell, where a scheduler gives it a node and the
 * node runs it; what becomes of it there is reported to the API server, as scheduler and kubelets do.
 *
 * Divergence from Kubernetes: the requests of schedulers take their time and are never throttled, nor those of kubelets where `agents` does not
 * say so; a kubelet that has a new pod needs no watch for it.
 */
import type { Cell } from "../cell/cell.js";
import type { EndReason, RequeueReason } from "../cell/changes.js";
import { NO_NODE, type NodeId, type PodId, rowOf } from "../cell/ids.js";
import type { Attempt } from "../cell/transaction.js";
import type { Engine } from "../engine/engine.js";
import { SECOND, type SimTime } from "../engine/time.js";
import type { PodArrival } from "../objects/arrival.js";
import type { ApiChange, ApiServer } from "./api-server.js";
import type { Availability } from "./availability/availability.js";
import { DelayLine } from "./delay-line.js";
import { NOBODY } from "./informers.js";
import type { Mark } from "./label-index.js";
import { type AgentTelling, Outboxes } from "./outboxes.js";
import { isTerminal, type Pod, type PodObjectStatus, specWith, statusWith } from "./pod.js";

/** What a pod object is when it is run, and the code with which its containers exit where that ends by itself; 1 if they fail. */
export type ArrivalOf = (pod: Pod) => PodArrival & { readonly exitCode?: number };

export interface PodBridgeOptions {
	readonly phase: number;
	/** From a write until scheduler and kubelet hear of it. */
	readonly watchUs: SimTime;
	/** When what is sent now by a node, or the scheduler, is written; never before what was sent earlier. */
	readonly reportedUs: (nowUs: SimTime) => SimTime;
	/** How agents tell what happens on nodes; at once if absent. */
	readonly agents?: AgentTelling;
	readonly availability: Availability;
	/** Whether nodes hear of pods that are to stop; default always. */
	readonly kills?: Availability;
	readonly arrivalOf: ArrivalOf;
}

interface Known {
	readonly key: string;
	readonly uid: number;
	readonly ownerUid: number;
	readonly exitCode: number;
}

/** 128 and the number of the signal. */
const SIGTERM_EXIT = 143;

/** A kubelet that writes a status reads the pod first (pkg/kubelet/status); one more request removes it. */
const STATUS_REQUESTS = 2;

interface Report {
	readonly key: string;
	readonly uid: number;
	readonly atUs: SimTime;
	/** Of the node whose agent tells it; NO_NODE for what is told at once. */
	readonly node: NodeId;
	/** What changes, one after the other in one write; none for a pod that has left for good. */
	readonly changes: ((pod: Pod) => Pod)[];
	/** The pod leaves for good after that: a kubelet removes the object when its end is written. */
	readonly leaves: boolean;
	/** Asks for its deletion instead of changing anything. */
	readonly deletes: boolean;
}

export class PodBridge {
	readonly #cell: Cell;
	readonly #server: ApiServer;
	readonly #arrivalOf: ArrivalOf;
	readonly #availability: Availability;
	readonly #kills: Availability | null;
	readonly #heard: DelayLine<ApiChange>;
	readonly #reports: DelayLine<Report>;
	readonly #outboxes: Outboxes<Report> | null;
	/** Ends that are written, and that kubelets have yet to hear of. */
	readonly #answers: DelayLine<Report>;
	/** Pods that made room for others. */
	readonly #displaced: DelayLine<PodId>;
	#last: Report | null = null;
	/** By uid of the pod object, and back by row of the cell. */
	readonly #inCell = new Map<number, PodId>();
	readonly #objects: (Known | null)[] = [];
	/** By uid of the owner, of those whose pods were asked for. */
	readonly #usageMarks = new Map<number, { revision: number }>();

	constructor(engine: Engine, cell: Cell, server: ApiServer, options: PodBridgeOptions) {
		const { phase, watchUs, reportedUs, agents, availability, kills, arrivalOf } = options;
		this.#cell = cell;
		this.#server = server;
		this.#arrivalOf = arrivalOf;
		this.#availability = availability;
		this.#kills = kills ?? null;
		this.#heard = new DelayLine(engine, "pod-watch", phase, watchUs, (change) => this.#hear(change));
		this.#reports = new DelayLine(engine, "pod-report", phase, reportedUs, (report) => this.#write(report));
		this.#outboxes = agents ? new Outboxes(engine, phase, agents, (report) => this.#reports.push(report)) : null;
		this.#answers = new DelayLine(engine, "pod-report-answer", phase, watchUs, (report) => this.#send(report, []));
		this.#displaced = new DelayLine(engine, "pod-displaced", phase, 0, (pod) => this.#displacedPodGone(pod));
		// A pod with a node is ended by its kubelet, one without is gone at once.
		server.leavesGracefully("Pod", (object) => {
			const { spec, status } = object as Pod;
			return spec.nodeName !== "" && !isTerminal(status.phase);
		});
		server.watch((change) => {
			if (change.kind === "Pod") this.#heard.push(change);
		});
		cell.usage.pods.watch((row) => this.#usageChanged(this.#objects[row] ?? null));
		cell.watch({
			podBound: (pod, node) => this.#bound(pod, node),
			podStarted: (pod, node) => this.#status(pod, node, { phase: "Running" }),
			podReady: (pod, node, ready) => this.#status(pod, node, { ready, readyUs: wholeSecond(cell.nowUs) }),
			podEnded: (pod, node, reason) => this.#ended(pod, node, reason),
			podLeaving: (pod, _node, reason) => {
				if (reason === "preempted") this.#preempted(pod);
			},
			podRequeued: (pod, node, reason) => this.#requeued(pod, node, reason),
			attempted: (attempt) => this.#attempted(attempt),
		});
	}

	/**
	 * What a pod that serves uses now of a resource (`cpu` in thousandths, `memory` in bytes); null for others. Where nodes are not
	 * simulated in full it is what its requests take, or, if none are sent to it, the share of its request that it is said to use.
	 */
	usageOf({ metadata: { uid }, status }: Pod, resource: string): number | null {
		const id = this.#inCell.get(uid);
		if (id === undefined || !status.ready || !this.#cell.pods.has(id)) return null;
		const { usage } = this.#cell;
		const row = rowOf(id);
		if (usage.pods.has(row)) return resource === "cpu" ? usage.pods.usedMilli[row]! : usage.pods.memoryBytes[row]!;
		const ofRequests = resource === "cpu" ? usage.ofRequests(id) : null;
		if (ofRequests !== null) return ofRequests;
		const { podClass, arrival } = this.#cell.pod(id);
		const share = resource === "cpu" ? arrival.cpuUsageFraction : arrival.memoryUsageFraction;
		return (podClass.spec.requests[resource] ?? 0) * share;
	}

	/** The object of a pod of the cell; undefined if it has none (any more). */
	objectOf(pod: PodId): Pod | undefined {
		const known = this.#objects[rowOf(pod)] ?? null;
		return known === null ? undefined : (this.#server.get("Pod", known.key) as Pod | undefined);
	}

	/** The pod of the cell that an object is about; undefined if there is none. */
	podOf(uid: number): PodId | undefined {
		return this.#inCell.get(uid);
	}

	/** Grows when what the pods of its owner use may be another, though nothing was written to them. */
	usageMarkOf({ metadata: { owner } }: Pod): Mark {
		const uid = owner?.uid ?? NOBODY;
		let mark = this.#usageMarks.get(uid);
		if (mark === undefined) {
			mark = { revision: 0 };
			this.#usageMarks.set(uid, mark);
		}
		return mark;
	}

	#usageChanged(known: Known | null): void {
		const mark = known === null ? undefined : this.#usageMarks.get(known.ownerUid);
		if (mark !== undefined) mark.revision++;
	}

	#know(pod: PodId, known: Known): void {
		this.#inCell.set(known.uid, pod);
		this.#objects[rowOf(pod)] = known;
		this.#usageChanged(known);
	}

	/** Its row may be another pod's next. */
	#forget(pod: PodId, known: Known): void {
		this.#objects[rowOf(pod)] = null;
		this.#inCell.delete(known.uid);
		this.#usageChanged(known);
	}

	/** Scheduler and kubelet hear of a change. */
	#hear({ key, before, after }: ApiChange): void {
		if (before === null) this.#submit(key, after as Pod);
		else if (after === null) this.#takeOut(before.metadata.uid);
		else if (after.metadata.deletedUs !== null && before.metadata.deletedUs === null) this.#stop(after.metadata.uid);
		else if (isTerminal((after as Pod).status.phase)) this.#end(after.metadata.uid);
		else if ((before as Pod).spec.held && !(after as Pod).spec.held) this.#release(after.metadata.uid);
		else if ((before as Pod).spec.template !== (after as Pod).spec.template) this.#changeInPlace(after as Pod);
	}

	#submit(key: string, pod: Pod): void {
		// Deleted before anybody had heard of it.
		if (this.#server.get("Pod", key)?.metadata.uid !== pod.metadata.uid) return;
		const { exitCode = 1, ...arrival } = this.#arrivalOf(pod);
		const job = this.#cell.submit({
			timeUs: this.#cell.nowUs,
			name: key,
			pods: [{ ...arrival, name: key, ...(pod.spec.held && { timing: { ...arrival.timing, held: true } }) }],
			gang: false,
		});
		const id = job.pending[0];
		if (id === undefined) return;
		const { uid, owner } = pod.metadata;
		this.#know(id, { key, uid, ownerUid: owner?.uid ?? NOBODY, exitCode });
	}

	#stop(uid: number): void {
		const pod = this.#inCell.get(uid);
		if (pod === undefined || !this.#cell.pods.has(pod)) return;
		const { node, leaving } = this.#cell.pod(pod);
		if (node === NO_NODE) this.#cell.endPod(pod, "deleted");
		else if (this.#kills?.serving === false) this.#kills.whenServing(() => this.#stop(uid));
		// To a scheduler it still is one that makes room for another.
		else if (leaving !== "preempted") this.#cell.stopPod(pod, "deleted");
	}

	#release(uid: number): void {
		const pod = this.#inCell.get(uid);
		if (pod !== undefined && this.#cell.pods.has(pod)) this.#cell.holds.release(pod);
	}

	/** A pod that has no room for what it asks for now is stopped. */
	#changeInPlace(object: Pod): void {
		const pod = this.#inCell.get(object.metadata.uid);
		if (pod === undefined || !this.#cell.pods.has(pod) || this.#cell.pod(pod).node === NO_NODE) return;
		const { requests, facts } = this.#arrivalOf(object).spec;
		if (!this.#cell.resizePod(pod, requests, facts)) this.#delete(pod);
	}

	/** Somebody else than its kubelet has written that it has ended. */
	#end(uid: number): void {
		const pod = this.#inCell.get(uid);
		if (pod !== undefined && this.#cell.pods.has(pod)) this.#cell.endPod(pod, "failed");
	}

	/** The object is gone, whatever its pod does. */
	#takeOut(uid: number): void {
		const pod = this.#inCell.get(uid);
		if (pod !== undefined && this.#cell.pods.has(pod)) this.#cell.endPod(pod, "deleted");
	}

	#bound(pod: PodId, node: NodeId): void {
		const { name } = this.#cell.node(node);
		// Its containers are waited for.
		this.#outboxes?.spend(node, STATUS_REQUESTS);
		this.#report(pod, (object) => ({
			...object,
			spec: specWith(object.spec, name),
			status: statusWith(object.status, { unschedulable: "" }),
		}));
	}

	#status(pod: PodId, node: NodeId, status: Partial<PodObjectStatus>): void {
		this.#report(pod, (object) => ({ ...object, status: statusWith(object.status, status) }), node);
	}

	#ended(pod: PodId, node: NodeId, reason: EndReason): void {
		const known = this.#objects[rowOf(pod)] ?? null;
		if (known === null) return;
		this.#forget(pod, known);
		const leaves = reason === "deleted";
		if (node === NO_NODE) {
			if (leaves) this.#send(known, []);
			return;
		}
		const finishedUs = wholeSecond(this.#cell.nowUs);
		const exitCode = reason === "succeeded" ? 0 : leaves ? SIGTERM_EXIT : known.exitCode;
		const ended = { ready: false, finishedUs, exitCode };
		const end = (object: Pod): Pod =>
			isTerminal(object.status.phase)
				? object
				: { ...object, status: statusWith(object.status, { ...ended, phase: phaseAfter(object, reason) }) };
		this.#send(known, [end], leaves, node);
	}

	/** A scheduler that stops a pod deletes it: its controller makes another one. */
	#preempted(pod: PodId): void {
		this.#status(pod, NO_NODE, { disruption: PREEMPTED });
		this.#delete(pod);
	}

	#delete(pod: PodId): void {
		const known = this.#objects[rowOf(pod)] ?? null;
		if (known === null) return;
		const told = { atUs: this.#cell.nowUs, node: NO_NODE, changes: [], leaves: false, deletes: true };
		this.#reports.push({ ...known, ...told });
	}

	/** In the cell it is pending again: it ends there before a scheduler looks. */
	#displacedPodGone(pod: PodId): void {
		const known = this.#objects[rowOf(pod)] ?? null;
		if (known === null || !this.#cell.pods.has(pod)) return;
		this.#forget(pod, known);
		const finishedUs = wholeSecond(this.#cell.nowUs);
		const end = (object: Pod): Pod => ({
			...object,
			status: statusWith(object.status, {
				phase: phaseAfter(object, "deleted"),
				ready: false,
				finishedUs,
				disruption: PREEMPTED,
			}),
		});
		this.#send(known, [end], true);
		this.#cell.endPod(pod, "deleted");
	}

	/** What a scheduler writes of a pod that it found no node for. */
	#attempted({ job, unplaced, nodes, rejections }: Attempt): void {
		const [pod] = job.pending;
		const known = pod === undefined ? null : (this.#objects[rowOf(pod)] ?? null);
		if (unplaced === 0 || pod === undefined || known === null) return;
		const texts = [...rejections].map(([reason, count]) => `${count} ${reason}`).sort();
		const unschedulable = `0/${nodes} nodes are available: ${texts.join(", ")}.`;
		const node = this.#cell.api.nominations.nodeOf(pod);
		const nominated = node === undefined ? null : this.#cell.node(node).name;
		this.#report(pod, (object) => {
			const { status } = object;
			const nominatedNode = nominated ?? status.nominatedNode;
			const same = status.unschedulable === unschedulable && status.nominatedNode === nominatedNode;
			return same ? object : { ...object, status: statusWith(status, { unschedulable, nominatedNode }) };
		});
		const about = this.#server.get("Pod", known.key);
		if (about === undefined || !this.#availability.serving) return;
		const [source, reason] = ["default-scheduler", "FailedScheduling"];
		this.#server.post({ source, about, type: "Warning", reason, message: unschedulable });
	}

	#requeued(pod: PodId, node: NodeId, reason: RequeueReason): void {
		if (reason === "preempted") {
			this.#displaced.push(pod);
			return;
		}
		// Not after another node has taken it.
		this.#outboxes?.flush(node);
		this.#report(pod, (object) => ({
			...object,
			spec: specWith(object.spec, ""),
			status: statusWith(object.status, { phase: "Pending", ready: false }),
		}));
	}

	/** Told by the agent of `node`, when it sends; at once by others. */
	#report(pod: PodId, change: (object: Pod) => Pod, node: NodeId = NO_NODE): void {
		const known = this.#objects[rowOf(pod)] ?? null;
		if (known === null) return;
		// What a kubelet finds at once it reports at once.
		const { nowUs } = this.#cell;
		const last = this.#last;
		if (last !== null && last.uid === known.uid && last.atUs === nowUs && last.node === this.#senderOf(node))
			last.changes.push(change);
		else this.#send(known, [change], false, node);
	}

	#send(
		{ key, uid }: Pick<Report, "key" | "uid">,
		changes: Report["changes"],
		leaves = false,
		from: NodeId = NO_NODE,
	): void {
		const node = this.#senderOf(from);
		const report = { key, uid, atUs: this.#cell.nowUs, node, changes, leaves, deletes: false };
		this.#last = report;
		if (node === NO_NODE || this.#outboxes === null) this.#reports.push(report);
		else this.#outboxes.put(node, report, leaves ? STATUS_REQUESTS + 1 : STATUS_REQUESTS);
	}

	#senderOf(node: NodeId): NodeId {
		return this.#outboxes === null ? NO_NODE : node;
	}

	#write(report: Report): void {
		const { key, uid, changes, leaves, deletes } = report;
		if (this.#last === report) this.#last = null;
		if (!this.#availability.serving) {
			this.#availability.whenServing(() => this.#reports.push(report));
			return;
		}
		const present = this.#server.get("Pod", key);
		if (present?.metadata.uid !== uid) return;
		if (deletes) this.#server.delete("Pod", key);
		else if (changes.length === 0) this.#server.finish("Pod", key);
		else this.#server.patch("Pod", key, (object) => changes.reduce((pod, change) => change(pod), object as Pod));
		if (leaves) this.#answers.push(report);
	}
}

/** What kube-scheduler gives for a reason (the condition DisruptionTarget). */
const PREEMPTED = "PreemptionByScheduler";

/** Servers end well when told to; what a Job runs was not through with its work. */
function phaseAfter({ metadata }: Pod, reason: EndReason): "Succeeded" | "Failed" {
	if (reason === "deleted") return metadata.owner?.kind === "Job" ? "Failed" : "Succeeded";
	return reason === "succeeded" ? "Succeeded" : "Failed";
}

/** Kubelets write times in whole seconds. */
function wholeSecond(timeUs: SimTime): SimTime {
	return Math.floor(timeUs / SECOND) * SECOND;
}
