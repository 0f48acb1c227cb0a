/**
 * Fragmentation: the share of a resource's free amount that lies on nodes where a pod drawn from the last 64 submitted does
 * not fit. The idea of Weng et al., "Beware of Fragmentation", USENIX ATC 2023, section 3, for any resource and without a
 * workload known in advance.
 */
import type { Cell } from "../cell/cell.js";
import type { NodeId } from "../cell/ids.js";
import { TouchCursor } from "../cell/node-columns.js";
import type { PodClass } from "../objects/pod-class.js";
import type { ResourceIndex } from "../objects/resources.js";

const REFERENCE_PODS = 64;

/** Where one class of reference pods fits, kept from sample to sample: only nodes that changed are looked at again. */
interface Fit {
	/** By node: 1 if the class fits there. */
	onNode: Uint8Array;
	readonly cursor: TouchCursor;
}

export class Fragmentation {
	readonly #cell: Cell;
	/** The last pods submitted, as a ring. */
	readonly #reference: PodClass[] = [];
	#submitted = 0;
	#fits = new Map<PodClass, Fit>();
	/** By node: how many of the reference pods fit. */
	#fitting = new Int32Array(0);

	constructor(cell: Cell) {
		this.#cell = cell;
	}

	/** A pod of this class was submitted. */
	submitted(podClass: PodClass): void {
		this.#reference[this.#submitted++ % REFERENCE_PODS] = podClass;
	}

	/** The fragmented share now, 0..1, by the resources given; NaN where nothing is free or nothing was submitted yet. */
	sample(resources: readonly ResourceIndex[]): readonly number[] {
		if (this.#reference.length === 0) return resources.map(() => Number.NaN);
		this.#countFits();
		return resources.map((resource) => this.#share(resource));
	}

	#share(resource: ResourceIndex): number {
		const { nodes } = this.#cell;
		const free = nodes.free[resource];
		if (free === undefined) return Number.NaN;
		const references = this.#reference.length;
		let all = 0;
		let unusable = 0;
		for (let n = 0; n < nodes.count; n++) {
			if (nodes.ready[n] === 0 || nodes.specs[n]!.alloc !== undefined) continue;
			all += free[n]!;
			unusable += free[n]! * (references - this.#fitting[n]!);
		}
		return all === 0 ? Number.NaN : unusable / (all * references);
	}

	#countFits(): void {
		const { nodes } = this.#cell;
		if (this.#fitting.length < nodes.count) this.#fitting = new Int32Array(nodes.ready.length);
		const fitting = this.#fitting.fill(0, 0, nodes.count);
		const counts = new Map<PodClass, number>();
		for (const podClass of this.#reference) counts.set(podClass, (counts.get(podClass) ?? 0) + 1);
		const fits = new Map<PodClass, Fit>();
		for (const [podClass, count] of counts) {
			const fit = this.#refreshed(podClass);
			fits.set(podClass, fit);
			addTimes(count, fit.onNode, fitting, nodes.count);
		}
		this.#fits = fits;
	}

	#refreshed(podClass: PodClass): Fit {
		const { nodes } = this.#cell;
		let fit = this.#fits.get(podClass);
		if (fit === undefined || fit.onNode.length < nodes.count) {
			fit = { onNode: new Uint8Array(nodes.ready.length), cursor: new TouchCursor() };
		}
		const { onNode, cursor } = fit;
		nodes.visitTouched(cursor, (node: NodeId) => {
			onNode[node] = nodes.fits(podClass, node) ? 1 : 0;
		});
		return fit;
	}
}

function addTimes(times: number, onNode: Uint8Array, fitting: Int32Array, nodes: number): void {
	for (let n = 0; n < nodes; n++) fitting[n]! += times * onNode[n]!;
}
