/** Pods that have stopped others to make room on a node and wait until it is theirs (Kubernetes' `status.nominatedNodeName`). */
import type { SimTime } from "../engine/time.js";
import { NO_NODE, type NodeId, type PodId } from "./ids.js";
import { type PlacedPod, placedPod } from "./placed-pod.js";
import type { PodView } from "./pod-view.js";

export class Nominations {
	readonly #nodeOf = new Map<PodId, NodeId>();
	/** In order of nomination. */
	readonly #on = new Map<NodeId, PlacedPod[]>();

	/** Whether nobody waits. */
	get empty(): boolean {
		return this.#nodeOf.size === 0;
	}

	/** The node a pod waits for, or undefined. */
	nodeOf(pod: PodId): NodeId | undefined {
		return this.#nodeOf.get(pod);
	}

	/** Nodes that somebody waits for. */
	get nodes(): Iterable<NodeId> {
		return this.#on.keys();
	}

	/** Pods that wait for the node. */
	on(node: NodeId): readonly PlacedPod[] {
		return this.#on.get(node) ?? NOBODY;
	}

	/** Promises a node to a pod that has none, or takes the promise back (-1): other pods leave it room there. */
	promise(pod: PodView, node: NodeId, nowUs: SimTime): void {
		if (node === NO_NODE) this.remove(pod.id);
		else this.add(placedPod(pod, 0, nowUs), node);
	}

	add(pod: PlacedPod, node: NodeId): void {
		this.remove(pod.id);
		this.#nodeOf.set(pod.id, node);
		const there = this.#on.get(node);
		if (there === undefined) this.#on.set(node, [pod]);
		else there.push(pod);
	}

	copy(): Nominations {
		const copy = new Nominations();
		for (const [node, pods] of this.#on) for (const pod of pods) copy.add(pod, node);
		return copy;
	}

	remove(pod: PodId): void {
		const node = this.#nodeOf.get(pod);
		if (node === undefined) return;
		this.#nodeOf.delete(pod);
		const rest = this.#on.get(node)!.filter((other) => other.id !== pod);
		if (rest.length === 0) this.#on.delete(node);
		else this.#on.set(node, rest);
	}
}

const NOBODY: readonly PlacedPod[] = [];
