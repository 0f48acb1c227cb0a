/** Layers of a run's picture as a report holds them where the pods themselves would be too much. */
import type { TimeGrid } from "./grid.js";
import type { Layer, LayerId } from "./layers.js";
import { ABSENT } from "./level.js";
import { Packer, unpack } from "./pack.js";

export interface Picture {
	readonly endUs: number;
	readonly nodes: readonly string[];
	readonly grid: TimeGrid;
	/** All on the grid. */
	readonly layers: readonly Layer[];
}

interface Facts {
	readonly endUs: number;
	readonly grid: TimeGrid;
	readonly layers: readonly { readonly id: LayerId; readonly full: number }[];
}

export function packPicture({ endUs, nodes, grid, layers }: Picture): Uint8Array {
	const packer = new Packer({ endUs, grid, layers: layers.map(({ id, full }) => ({ id, full })) } satisfies Facts);
	packer.texts("nodes", nodes);
	for (const { id, bytes } of layers) packer.bytes(`layers/${id}`, bytes);
	return packer.pack();
}

export function unpackPicture(bytes: Uint8Array): Picture {
	const packed = unpack(bytes);
	const { endUs, grid, layers } = packed.facts as Facts;
	const nodes = packed.texts("nodes");
	return {
		endUs,
		nodes,
		grid,
		layers: layers.map(({ id, full }) => ({
			id,
			full,
			nodes: nodes.length,
			steps: grid.steps,
			bytes: packed.bytes(`layers/${id}`),
		})),
	};
}

/** A layer on another grid: each step shows what the picture has at its middle. */
export function onGrid(layer: Layer, from: TimeGrid, to: TimeGrid): Layer {
	const bytes = new Uint8Array(layer.nodes * to.steps).fill(ABSENT);
	for (let step = 0; step < to.steps; step++) {
		const source = Math.floor(((step + 0.5) * to.stepUs) / from.stepUs);
		if (source >= from.steps) break;
		for (let node = 0; node < layer.nodes; node++)
			bytes[node * to.steps + step] = layer.bytes[node * from.steps + source]!;
	}
	return { ...layer, steps: to.steps, bytes };
}
