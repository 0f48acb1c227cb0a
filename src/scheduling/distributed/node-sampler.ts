/** Draws the nodes that a scheduler probes. */
import type { Cell } from "../../cell/cell.js";
import type { NodeId } from "../../cell/ids.js";
import type { Random } from "../../engine/random.js";
import type { PodClass } from "../../objects/pod-class.js";
import { FilterSet } from "../plugin.js";
import { nodeAffinity, nodeName, nodeReady, nodeUnschedulable, taintToleration } from "../plugins/index.js";

/** Everything that a pod asks of a node apart from amounts. */
const CONSTRAINTS = [nodeReady, nodeUnschedulable, nodeName, taintToleration, nodeAffinity];

export class NodeSampler {
	readonly #cell: Cell;
	readonly #random: Random;
	readonly #sees: ((node: NodeId) => boolean) | null;
	/** By node: whether the scheduler may not use it; holes where nobody has asked. */
	readonly #hidden: boolean[] = [];
	readonly #filters = new FilterSet(CONSTRAINTS);
	/** By node: the draw in which it was drawn last. */
	readonly #drawnIn: number[] = [];
	#draws = 0;

	/** `sees` leaves nodes out for good: its answer for a node never changes. */
	constructor(cell: Cell, random: Random, sees: ((node: NodeId) => boolean) | null) {
		this.#cell = cell;
		this.#random = random;
		this.#sees = sees;
	}

	/** Whether the node would run a pod of the class if it were empty. */
	allows(podClass: PodClass, node: NodeId): boolean {
		const { nodes } = this.#cell;
		if (nodes.ready[node] === 0 || this.#isHidden(node)) return false;
		const { needs, request, gpuCount, spec } = podClass;
		for (let i = 0; i < needs.length; i++) {
			const resource = needs[i]!;
			if (!((nodes.allocatable[resource]?.[node] ?? 0) >= request[resource]!)) return false;
		}
		if (gpuCount > 0) {
			const { models } = spec.gpu!;
			if (nodes.deviceCount[node]! < gpuCount) return false;
			if (models.length > 0 && !models.includes(nodes.specs[node]!.gpu?.model ?? "")) return false;
		}
		return this.#filters.accept(podClass, nodes, node);
	}

	/**
	 * `groups` groups of `size` nodes, one group after the other, uniform over the nodes that allow the class and distinct
	 * within a group. A group larger than the cell goes round: no node comes a second time before all have come once. Empty if no
	 * node allows the class.
	 */
	draw(podClass: PodClass, groups: number, size: number): NodeId[] {
		const drawn: NodeId[] = [];
		for (let group = 1; group <= groups; group++) {
			const tries = 4 * size + 16;
			const stamp = ++this.#draws;
			for (let i = 0; i < tries && drawn.length < group * size; i++) this.#tryOne(podClass, stamp, drawn);
			if (drawn.length === group * size) continue;
			drawn.length = (group - 1) * size;
			if (!this.#drawFromList(podClass, size, drawn)) return [];
		}
		return drawn;
	}

	#tryOne(podClass: PodClass, stamp: number, drawn: NodeId[]): void {
		const { count } = this.#cell.nodes;
		if (count === 0) return;
		const node = this.#random.integer(count) as NodeId;
		if (this.#drawnIn[node] === stamp || !this.allows(podClass, node)) return;
		this.#drawnIn[node] = stamp;
		drawn.push(node);
	}

	/** Draws without replacement from a list of all nodes that allow the class. False if there are none. */
	#drawFromList(podClass: PodClass, size: number, drawn: NodeId[]): boolean {
		const list: NodeId[] = [];
		for (let n = 0; n < this.#cell.nodes.count; n++) if (this.allows(podClass, n as NodeId)) list.push(n as NodeId);
		if (list.length === 0) return false;
		for (let i = 0; i < size; i++) {
			const at = i % list.length;
			const other = at + this.#random.integer(list.length - at);
			const node = list[other]!;
			list[other] = list[at]!;
			list[at] = node;
			drawn.push(node);
		}
		return true;
	}

	#isHidden(node: NodeId): boolean {
		if (this.#sees === null) return false;
		return (this.#hidden[node] ??= !this.#sees(node));
	}
}
