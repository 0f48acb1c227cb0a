/**
 * Planned maintenance: every machine once a period, at a moment of the period that is its own. Its turn come, a machine waits until the
 * limits allow it; then it is cordoned, its pods are told to go as the limits of their jobs allow, and when it is empty it is down for a
 * while. Machines are taken in the order of their turns, those that the limits hold up being passed over.
 *
 * Pods that tolerate a cordoned node are not told to go before everybody else has (as `kubectl drain` leaves the pods of a
 * DaemonSet), and leave when the machine goes down.
 *
 * Divergence from Borg: the paper names maintenance such as upgrades of the kernel as a reason for evictions, and the limits; how
 * machines are chosen is not said. A job of which the limits never allow a pod to go keeps its machines from being maintained.
 */
import type { Cell } from "../../cell/cell.js";
import { type NodeId, type PodId, rowOf } from "../../cell/ids.js";
import type { Engine, EventKind } from "../../engine/engine.js";
import type { EventHandle } from "../../engine/event-store.js";
import type { RandomSource } from "../../engine/random.js";
import { DAY, type SimTime } from "../../engine/time.js";
import type { Taint } from "../../objects/spec.js";
import { tolerated } from "../../objects/tolerations.js";
import type { BreakdownPhases } from "./breakdowns.js";
import type { Disruptions } from "./disruptions.js";
import type { Outages } from "./outages.js";

export interface MaintenanceOptions {
	readonly periodUs: SimTime;
	/** Draws how long a machine is down for it, microseconds. */
	readonly durationUs: () => number;
	readonly random: RandomSource;
	readonly outages: Outages;
	readonly disruptions: Disruptions;
	/** Pods that leave when a pod does, those in an alloc. */
	readonly inside: (pod: PodId) => readonly PodId[];
}

export class Maintenance {
	/** Machines maintained so far, and turns that were missed since the machine still waited for the one before. */
	readonly counts = { maintained: 0, missed: 0 };
	readonly #engine: Engine;
	readonly #cell: Cell;
	readonly #options: MaintenanceOptions;
	readonly #due: EventKind;
	readonly #look: EventKind;
	readonly #over: EventKind;
	/** Machines whose turn has come, in that order. */
	readonly #waiting = new Set<NodeId>();
	/** Machines that are being emptied, in order of begin. */
	readonly #draining = new Set<NodeId>();
	/** Machines that are down for it. */
	readonly #under = new Set<NodeId>();
	/** When it looks next, and the event for it; Infinity if nobody waits. While it looks, the present. */
	#looksAtUs = Number.POSITIVE_INFINITY;
	#looking: EventHandle | null = null;

	constructor(engine: Engine, cell: Cell, phases: BreakdownPhases, options: MaintenanceOptions) {
		this.#engine = engine;
		this.#cell = cell;
		this.#options = options;
		this.#due = engine.kind("maintenance-due", phases.leaving, (node) => this.#turn(node as NodeId));
		this.#look = engine.kind("maintenance-look", phases.leaving, () => this.#looked());
		this.#over = engine.kind("maintenance-over", phases.arriving, (node) => this.#end(node as NodeId));
		const look = () => this.#lookAt(engine.nowUs);
		cell.watch({ nodeChanged: look, podStarted: look, podEnded: look, podRequeued: look });
	}

	/** The machine has its turns from now on. */
	addNode(node: NodeId): void {
		const { periodUs, random } = this.#options;
		const offset = Math.floor(periodUs * random.stream(`failures/maintenance/${this.#cell.node(node).name}`).next());
		this.#engine.schedule(this.#engine.nowUs + offset, this.#due, node);
	}

	#turn(node: NodeId): void {
		if (this.#cell.nodes.present[node] === 0) return;
		this.#engine.schedule(this.#engine.nowUs + this.#options.periodUs, this.#due, node);
		if (this.#waiting.has(node) || this.#draining.has(node) || this.#under.has(node)) this.counts.missed++;
		else this.#waiting.add(node);
		this.#lookAt(this.#engine.nowUs);
	}

	/** Looks once an instant, after everything else of it, if anybody waits. */
	#lookAt(atUs: SimTime): void {
		if (this.#waiting.size + this.#draining.size === 0 || this.#looksAtUs <= atUs) return;
		if (this.#looking !== null) this.#engine.cancel(this.#looking);
		this.#looksAtUs = atUs;
		this.#looking = this.#engine.schedule(atUs, this.#look, 0);
	}

	#looked(): void {
		const { nodes } = this.#cell;
		this.#looking = null;
		for (const node of [...this.#draining]) this.#drain(node);
		for (const node of [...this.#waiting]) {
			if (nodes.present[node] === 0) this.#waiting.delete(node);
			else if (nodes.ready[node] === 1 && this.#options.disruptions.allowsNode(node)) this.#begin(node);
		}
		this.#looksAtUs = Number.POSITIVE_INFINITY;
		// Jobs may be disrupted again on the next day.
		this.#lookAt((Math.floor(this.#engine.nowUs / DAY) + 1) * DAY);
	}

	#begin(node: NodeId): void {
		this.#waiting.delete(node);
		this.#draining.add(node);
		this.#options.disruptions.beginMaintenance(node);
		this.#cordon(node, true);
		this.#drain(node);
	}

	/** Tells those pods to go that may; with the last of them the machine goes down. */
	#drain(node: NodeId): void {
		const { disruptions, inside } = this.#options;
		const { pods, nodes } = this.#cell;
		if (nodes.present[node] === 0) {
			this.#draining.delete(node);
			disruptions.endMaintenance(node);
			return;
		}
		const staying = [...this.#cell.podsOn(node)].reverse().filter((pod) => !this.#toleratesCordon(pod));
		// Nobody there hears it: it is back before its pods are given up, or it is empty then.
		if (nodes.ready[node] === 0 && staying.length > 0) return;
		for (const pod of staying) {
			if (pods.leaving[rowOf(pod)] !== 0) continue;
			const group = [pod, ...inside(pod)];
			if (!disruptions.allowsPods(group)) continue;
			disruptions.disrupt(group);
			this.#cell.stopPod(pod, "maintenance");
		}
		if (staying.every((pod) => !pods.has(pod) || pods.node[rowOf(pod)] !== node)) this.#takeDown(node);
	}

	#takeDown(node: NodeId): void {
		const { outages, durationUs } = this.#options;
		this.#draining.delete(node);
		this.#under.add(node);
		for (const pod of [...this.#cell.podsOn(node)]) this.#cell.requeuePod(pod, "maintenance");
		outages.begin(node);
		this.#engine.schedule(this.#engine.nowUs + Math.max(1, Math.round(durationUs())), this.#over, node);
	}

	#end(node: NodeId): void {
		const { disruptions, outages } = this.#options;
		this.counts.maintained++;
		this.#under.delete(node);
		disruptions.endMaintenance(node);
		if (this.#cell.nodes.present[node] === 1) this.#cordon(node, false);
		outages.end(node);
	}

	#cordon(node: NodeId, unschedulable: boolean): void {
		const spec = this.#cell.nodes.specs[node]!;
		this.#cell.updateNode(node, { ...spec, unschedulable });
	}

	#toleratesCordon(pod: PodId): boolean {
		return tolerated(this.#cell.pod(pod).podClass.spec.facts.tolerations, CORDONED);
	}
}

/** The taint that stands for a cordoned node (Kubernetes "Taints and Tolerations"). */
const CORDONED: Taint = { key: "node.kubernetes.io/unschedulable", value: "", effect: "NoSchedule" };
