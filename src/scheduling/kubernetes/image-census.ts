/**
 * Which images there are in the cell, and on how many nodes. As in kube-scheduler, what a node knows of the spread of its images
 * is as old as the last change of that node (its pods included): the count is copied together with the node.
 */
import type { NodeId } from "../../cell/ids.js";
import { type NodeColumns, TouchCursor } from "../../cell/node-columns.js";
import type { NodeSpec } from "../../objects/spec.js";

export interface ImageState {
	readonly sizeBytes: number;
	/** Nodes that had it. */
	readonly nodes: number;
}

interface Entry {
	/** As the first node that had it said. */
	readonly sizeBytes: number;
	nodes: number;
}

const NONE: ReadonlyMap<string, ImageState> = new Map();

export class ImageCensus {
	readonly #entries = new Map<string, Entry>();
	readonly #seen: (NodeSpec | undefined)[] = [];
	readonly #known: ReadonlyMap<string, ImageState>[] = [];
	#nodes: NodeColumns | null = null;
	#cursor = new TouchCursor();

	/** Takes in what changed since the last call. */
	follow(nodes: NodeColumns): void {
		if (this.#nodes !== nodes) {
			this.#nodes = nodes;
			this.#cursor = new TouchCursor();
			this.#entries.clear();
			this.#seen.length = 0;
		}
		const touched = new Set<NodeId>();
		nodes.visitTouched(this.#cursor, (node) => touched.add(node));
		for (const node of touched) this.#recount(node, nodes.present[node] === 1 ? nodes.specs[node] : undefined);
		for (const node of touched) this.#known[node] = this.#statesOf(this.#seen[node]);
	}

	/** The images of a node by name. */
	on(node: NodeId): ReadonlyMap<string, ImageState> {
		return this.#known[node] ?? NONE;
	}

	#recount(node: NodeId, spec: NodeSpec | undefined): void {
		const before = this.#seen[node];
		if (before === spec) return;
		this.#seen[node] = spec;
		for (const name of namesOf(before)) {
			const entry = this.#entries.get(name)!;
			if (--entry.nodes === 0) this.#entries.delete(name);
		}
		for (const name of namesOf(spec)) {
			const entry = this.#entries.get(name);
			if (entry !== undefined) entry.nodes++;
			else this.#entries.set(name, { sizeBytes: sizeOf(spec!, name), nodes: 1 });
		}
	}

	#statesOf(spec: NodeSpec | undefined): ReadonlyMap<string, ImageState> {
		if (spec?.images === undefined) return NONE;
		return new Map([...namesOf(spec)].map((name) => [name, { ...this.#entries.get(name)! }]));
	}
}

function namesOf(spec: NodeSpec | undefined): ReadonlySet<string> {
	return new Set(spec?.images?.flatMap(({ names }) => names));
}

function sizeOf({ images }: NodeSpec, name: string): number {
	return images!.find(({ names }) => names.includes(name))!.sizeBytes;
}
