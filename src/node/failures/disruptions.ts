/**
 * The limits under which machines are maintained: Borg "limits the allowed rate of task disruptions and the number of tasks from a job
 * that can be simultaneously down" (paper, section 4). What is down is counted whatever took it down, but only maintenance asks: a
 * machine that fails or a preemption does not wait.
 */
import type { Cell } from "../../cell/cell.js";
import type { NodeChange } from "../../cell/changes.js";
import { type NodeId, type PodId, rowOf } from "../../cell/ids.js";
import type { Job } from "../../cell/job.js";
import { RUNNING } from "../../cell/pod-table.js";
import { DAY } from "../../engine/time.js";

/** Each at most so many; Infinity for no limit. */
export interface DisruptionLimits {
	/** Nodes down or in maintenance at one time. */
	readonly nodes: number;
	/** The same, of the nodes with the same value of a label. */
	readonly nodesByLabel: ReadonlyMap<string, number>;
	/** Pods of a job down at one time. */
	readonly podsOfJob: number;
	/** Pods of a job disrupted by maintenance in a day of simulated time. */
	readonly disruptionsOfJobPerDay: number;
}

export class Disruptions {
	readonly #cell: Cell;
	readonly #limits: DisruptionLimits;
	/** Nodes that are not healthy. */
	readonly #unhealthy = new Set<NodeId>();
	/** Nodes that are being emptied or maintained. */
	readonly #maintained = new Set<NodeId>();
	/** Pods that had a node, and are not running again; those of unreachable nodes, and those told to go, are among them. */
	readonly #down = new Set<PodId>();
	/** How many there are of a job; no entry for none. */
	readonly #downOf = new Map<Job, number>();
	/** Pods disrupted by maintenance on `#day`. */
	readonly #today = new Map<Job, number>();
	#day = 0;

	constructor(cell: Cell, limits: DisruptionLimits) {
		this.#cell = cell;
		this.#limits = limits;
		cell.watch({
			nodeChanged: (node, change) => this.#nodeChanged(node, change),
			podStarted: (pod, node) => (cell.nodes.ready[node] === 1 ? this.#up(pod) : this.#lost(pod)),
			podRequeued: (pod) => this.#lost(pod),
			podEnded: (pod) => this.#up(pod),
		});
	}

	/** Whether one more node may be taken for maintenance. */
	allowsNode(node: NodeId): boolean {
		const { nodes, nodesByLabel } = this.#limits;
		const taken = new Set([...this.#unhealthy, ...this.#maintained]);
		taken.delete(node);
		if (taken.size >= nodes) return false;
		for (const [label, most] of nodesByLabel) {
			const value = this.#cell.node(node).labels[label];
			if (value === undefined) continue;
			let beside = 0;
			for (const other of taken) if (this.#cell.node(other).labels[label] === value) beside++;
			if (beside >= most) return false;
		}
		return true;
	}

	beginMaintenance(node: NodeId): void {
		this.#maintained.add(node);
	}

	endMaintenance(node: NodeId): void {
		this.#maintained.delete(node);
	}

	/** Whether maintenance may take these pods, all at once, off their nodes. */
	allowsPods(pods: readonly PodId[]): boolean {
		const { podsOfJob, disruptionsOfJobPerDay } = this.#limits;
		const taken = new Map<Job, { up: number; all: number }>();
		for (const pod of pods) {
			const job = this.#jobOf(pod);
			const of = taken.get(job) ?? { up: 0, all: 0 };
			of.all++;
			if (!this.#down.has(pod)) of.up++;
			taken.set(job, of);
		}
		for (const [job, { up, all }] of taken) {
			if (up > 0 && (this.#downOf.get(job) ?? 0) + up > podsOfJob) return false;
			if (this.#disruptedToday(job) + all > disruptionsOfJobPerDay) return false;
		}
		return true;
	}

	/** Maintenance takes the pods off their nodes. */
	disrupt(pods: readonly PodId[]): void {
		for (const pod of pods) {
			const job = this.#jobOf(pod);
			this.#today.set(job, this.#disruptedToday(job) + 1);
			this.#lost(pod);
		}
	}

	#disruptedToday(job: Job): number {
		const day = Math.floor(this.#cell.nowUs / DAY);
		if (day !== this.#day) {
			this.#day = day;
			this.#today.clear();
		}
		return this.#today.get(job) ?? 0;
	}

	#nodeChanged(node: NodeId, change: NodeChange): void {
		const { pods } = this.#cell;
		if (change === "node-ready" || change === "node-removed") this.#unhealthy.delete(node);
		else if (change !== "node-updated" && change !== "node-added" && this.#isMachine(node)) this.#unhealthy.add(node);
		if (change !== "node-ready" && change !== "node-unreachable") return;
		for (const pod of this.#cell.podsOn(node)) {
			if (pods.phase[rowOf(pod)] !== RUNNING) continue;
			if (change === "node-unreachable") this.#lost(pod);
			else this.#up(pod);
		}
	}

	/** Allocs are on machines that count themselves. */
	#isMachine(node: NodeId): boolean {
		return this.#cell.nodes.specs[node]!.alloc === undefined;
	}

	#lost(pod: PodId): void {
		if (this.#down.has(pod)) return;
		this.#down.add(pod);
		const job = this.#jobOf(pod);
		this.#downOf.set(job, (this.#downOf.get(job) ?? 0) + 1);
	}

	#up(pod: PodId): void {
		if (!this.#down.delete(pod)) return;
		const job = this.#jobOf(pod);
		const left = this.#downOf.get(job)! - 1;
		if (left === 0) this.#downOf.delete(job);
		else this.#downOf.set(job, left);
	}

	#jobOf(pod: PodId): Job {
		return this.#cell.pods.jobs[rowOf(pod)]!;
	}
}
