/**
 * Which pods came to nodes and left them, in order, as far as the lists of pods of a snapshot tell: found out once, read by all pod
 * classes that keep counts. Lists are never changed, only replaced, so the difference of two lists is what happened.
 */
import type { NodeId } from "../../../cell/ids.js";
import { type NodeColumns, TouchCursor } from "../../../cell/node-columns.js";
import type { PlacedPod } from "../../../cell/placed-pod.js";
import type { PodClass } from "../../../objects/pod-class.js";
import type { NodeSpec } from "../../../objects/spec.js";
import { hasTerms } from "../affinity-answers.js";
import type { AllPlaced } from "../plugin.js";

/** Moves that are remembered; a power of two. */
const LENGTH = 2 ** 14;

type Visit = (pod: PlacedPod, node: NodeId, change: 1 | -1) => void;

export class PodMoves implements AllPlaced {
	/** Declarations of nodes that changed, nodes that came and went, so far. */
	declarations = 0;
	readonly #nodes: NodeColumns;
	readonly #cursor = new TouchCursor();
	readonly #lists: (readonly PlacedPod[])[] = [];
	readonly #specs: (NodeSpec | null)[] = [];
	/** Ring: pod, node, change. */
	readonly #pods: PlacedPod[] = [];
	readonly #at = new Int32Array(LENGTH);
	readonly #changes = new Int8Array(LENGTH);
	#count = 0;
	/** Pods that have a node, by class; how many of them have terms about others. */
	readonly #placed = new Map<PodClass, number>();
	#withTerms = 0;
	/** Answers of `isUnique` as of `#uniqueAsOf` declarations. */
	readonly #unique = new Map<string, boolean>();
	#uniqueAsOf = 0;

	constructor(nodes: NodeColumns) {
		this.#nodes = nodes;
		this.follow();
	}

	/** Moves so far. */
	get count(): number {
		return this.#count;
	}

	get classes(): Iterable<PodClass> {
		return this.#placed.keys();
	}

	get anyHasTerms(): boolean {
		return this.#withTerms > 0;
	}

	/** Takes in what changed since the last call. */
	follow(): void {
		this.#nodes.visitTouched(this.#cursor, this.#look);
	}

	/** Visits the moves since `from`; false, and none visited, if some of them are forgotten. */
	visit(from: number, visit: Visit): boolean {
		if (this.#count - from > LENGTH) return false;
		for (let m = from; m < this.#count; m++) {
			const i = m & (LENGTH - 1);
			visit(this.#pods[i]!, this.#at[i]! as NodeId, this.#changes[i]! as 1 | -1);
		}
		return true;
	}

	/** Whether no two nodes have the same value of a label. */
	readonly isUnique = (key: string): boolean => {
		if (this.#uniqueAsOf !== this.declarations) this.#unique.clear();
		this.#uniqueAsOf = this.declarations;
		let answer = this.#unique.get(key);
		if (answer === undefined) {
			const values = this.#specs.flatMap((spec) =>
				spec !== null && Object.hasOwn(spec.labels, key) ? spec.labels[key]! : [],
			);
			this.#unique.set(key, (answer = new Set(values).size === values.length));
		}
		return answer;
	};

	readonly #look = (node: NodeId): void => {
		const spec = this.#nodes.present[node] === 1 ? this.#nodes.specs[node]! : null;
		if (this.#specs[node] !== spec) {
			this.#specs[node] = spec;
			this.declarations++;
		}
		const before = this.#lists[node] ?? NO_PODS;
		const after = this.#nodes.placed[node]!;
		if (before === after) return;
		this.#lists[node] = after;
		this.#compare(before, after, node);
	};

	/** What is in both lists mostly is in the same order: pods leave from anywhere, and come to the end. */
	#compare(before: readonly PlacedPod[], after: readonly PlacedPod[], node: NodeId): void {
		let there = 0;
		const gone: PlacedPod[] = [];
		for (const pod of before) {
			if (pod === after[there]) there++;
			else gone.push(pod);
		}
		// A placement that was only assumed is replaced by the real one: nothing moved.
		let replaced = 0;
		while (replaced < gone.length && there < after.length && alike(gone[replaced]!, after[there]!)) {
			replaced++;
			there++;
		}
		for (; replaced < gone.length; replaced++) this.#note(gone[replaced]!, node, -1);
		for (; there < after.length; there++) this.#note(after[there]!, node, 1);
	}

	#note(pod: PlacedPod, node: NodeId, change: 1 | -1): void {
		const placed = (this.#placed.get(pod.podClass) ?? 0) + change;
		if (placed === 0) this.#placed.delete(pod.podClass);
		else this.#placed.set(pod.podClass, placed);
		if (hasTerms(pod.podClass)) this.#withTerms += change;
		const i = this.#count++ & (LENGTH - 1);
		this.#pods[i] = pod;
		this.#at[i] = node;
		this.#changes[i] = change;
	}
}

const NO_PODS: readonly PlacedPod[] = [];

function alike(a: PlacedPod, b: PlacedPod): boolean {
	return a.podClass === b.podClass && a.leaving === b.leaving;
}
