/**
 * Resource dimensions: every cell has the first four, and grows one more for each extended resource that a node or a pod names.
 *
 * Amounts are integers in the canonical unit of the resource: `cpu` in milli-cores, `memory`, `ephemeral-storage` and
 * `hugepages-*` in bytes, `pods` in pods, `gpu` in milli-GPU summed over the devices of a node, everything else in whole
 * units. Numbers stay below 2^53, so a double holds them exactly.
 */
export type ResourceIndex = number;

/** Dimension of `cpu`, milli-cores. */
export const CPU: ResourceIndex = 0;
/** Dimension of `memory`, bytes. */
export const MEMORY: ResourceIndex = 1;
/** Dimension of `pods`: how many pods a node takes. Every pod requests exactly one. */
export const PODS: ResourceIndex = 2;
/** Dimension of `gpu`, milli-GPU summed over devices; which device serves whom is kept beside it, per device. */
export const GPU: ResourceIndex = 3;

/** Amounts by resource name, canonical units. Absent means zero. */
export type ResourceList = Readonly<Record<string, number>>;

/** The dimensions of one cell, in order of first appearance. */
export class ResourceTable {
	readonly #indexes = new Map<string, ResourceIndex>();
	readonly #names: string[] = [];

	constructor() {
		for (const name of ["cpu", "memory", "pods", "gpu"]) this.index(name);
	}

	/** Number of dimensions known so far. */
	get size(): number {
		return this.#names.length;
	}

	/** Names by dimension. */
	get names(): readonly string[] {
		return this.#names;
	}

	/** The dimension of `name`, new if it was never asked for. */
	index(name: string): ResourceIndex {
		const known = this.#indexes.get(name);
		if (known !== undefined) return known;
		const index = this.#names.length;
		this.#indexes.set(name, index);
		this.#names.push(name);
		return index;
	}
}
