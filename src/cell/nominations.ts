/** Pods that have stopped others to make room on a node and wait until it is theirs (Kubernetes' `status.nominatedNodeName`). */
import type { NodeId, PodId } from "./ids.js";
import type { PlacedPod } from "./placed-pod.js";

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

	/** Pods that wait for the node. */
	on(node: NodeId): readonly PlacedPod[] {
		return this.#on.get(node) ?? NOBODY;
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
