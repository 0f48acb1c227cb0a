/** One decision in the making: who was placed, who is stopped for whom, who waits for what. */
import { NO_NODE, type NodeId, type PodId } from "../../cell/ids.js";
import type { PlacedPod } from "../../cell/placed-pod.js";
import type { PodView } from "../../cell/pod-view.js";
import type { Snapshot } from "../../cell/snapshot.js";
import type { Placement } from "../../cell/transaction.js";
import type { Decision, Nomination, Unplaced } from "../scheduler.js";

const WAITS: ReadonlyMap<string, number> = new Map([["node(s) had pods that were told to leave", 1]]);

export class Round {
	readonly snapshot: Snapshot;
	/** Pods that have been dealt with: what they were promised before is void. */
	readonly decided = new Set<PodId>();
	readonly #placements: Placement[] = [];
	readonly #unplaced: Unplaced[] = [];
	readonly #failures: Unplaced[] = [];
	readonly #stopped: PodId[] = [];
	readonly #promises: Nomination[] = [];
	/** Nodes that others have to leave before anybody can come. */
	readonly #vacated = new Set<NodeId>();

	constructor(snapshot: Snapshot) {
		this.snapshot = snapshot;
	}

	/** Whether a pod was found no node. */
	get failed(): boolean {
		return this.#failures.length > 0;
	}

	/** What became of a pod that was just the same, if it has no node; null if nothing is known. */
	failedAlike({ id, podClass }: PodView): Unplaced | null {
		if (this.#failures.length === 0) return null;
		const { crashes, nominations } = this.snapshot.cell.api;
		const special = (pod: PodId) => crashes.barred(pod).size > 0 || nominations.nodeOf(pod) !== undefined;
		if (special(id)) return null;
		return this.#failures.find(({ pod }) => pod.podClass === podClass && !special(pod.id)) ?? null;
	}

	/** The pod leaves its node for one that is placed there next. */
	stop(pod: PlacedPod, node: NodeId): void {
		this.snapshot.stop(pod, node);
		this.#stopped.push(pod.id);
		if (this.snapshot.cell.leavingTakesTime) this.#vacated.add(node);
	}

	/** Promises a node, or takes a promise back (-1). */
	promise(pod: PodId, node: NodeId): void {
		this.#promises.push({ pod, node });
	}

	/** The pod comes to the node; where others have to leave it first, it is promised the node, and the rest of the decision sees it there. */
	place(pod: PodView, node: NodeId): void {
		this.decided.add(pod.id);
		this.#placements.push(this.snapshot.assume(pod, node));
	}

	/** The pod has no node. */
	fail(unplaced: Unplaced): void {
		this.decided.add(unplaced.pod.id);
		this.#failures.push(unplaced);
	}

	/** What was decided. A gang comes at once: if one of its pods has to wait, all do, each with the promise of its node. */
	decision(pods: readonly PodView[]): Decision {
		const wait = ({ node }: Placement) => this.#vacated.has(node);
		const waiting = pods[0]!.job.gang && this.#placements.some(wait) ? this.#placements : this.#placements.filter(wait);
		for (const { pod, node } of waiting) {
			this.#unplaced.push({ pod: this.snapshot.pod(pod), rejections: WAITS, nodes: 1 });
			this.promise(pod, node);
		}
		return {
			placements: waiting.length === 0 ? this.#placements : this.#placements.filter((p) => !waiting.includes(p)),
			unplaced: [...this.#failures, ...this.#unplaced],
			preemptions: this.#stopped,
			nominations: this.#promises,
		};
	}

	/**
	 * A gang that does not fit as a whole is not placed at all, and stops nobody. What it was promised before it keeps only while others
	 * are leaving for it.
	 */
	giveUp(pods: readonly PodView[]): Decision {
		const { cell, nodes: columns } = this.snapshot;
		const promised = pods.filter(({ id }) => cell.api.nominations.nodeOf(id) !== undefined);
		const comes = promised.some(({ id }) =>
			columns.placed[cell.api.nominations.nodeOf(id)!]!.some(({ leaving }) => leaving === "preempted"),
		);
		this.snapshot.stopNobody();
		this.snapshot.forget(this.#placements);
		const { rejections, nodes } = this.#failures[0]!;
		return {
			placements: [],
			unplaced: pods.map((pod) => ({ pod, rejections, nodes })),
			nominations: comes ? [] : promised.map(({ id }) => ({ pod: id, node: NO_NODE })),
		};
	}
}
