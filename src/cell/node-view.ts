import type { ResourceIndex } from "../objects/resources.js";
import type { NodeSpec } from "../objects/spec.js";
import type { NodeId } from "./ids.js";
import type { NodeColumns } from "./node-columns.js";
import type { MeasuredLoad } from "./node-load.js";
import type { PlacedPod } from "./placed-pod.js";

/** One node, readable: getters over the columns it was made from, always current. */
export class NodeView {
	readonly id: NodeId;
	readonly #columns: NodeColumns;

	constructor(columns: NodeColumns, id: NodeId) {
		this.#columns = columns;
		this.id = id;
	}

	get spec(): NodeSpec {
		return this.#columns.specs[this.id]!;
	}

	get name(): string {
		return this.spec.name;
	}

	get labels(): Readonly<Record<string, string>> {
		return this.spec.labels;
	}

	/** Present and healthy. */
	get ready(): boolean {
		return this.#columns.ready[this.id] === 1;
	}

	/** What pods may request, canonical units; 0 for a resource the node does not have. */
	allocatable(resource: ResourceIndex): number {
		return this.#columns.allocatable[resource]?.[this.id] ?? 0;
	}

	/** Allocatable less the requests of the pods bound here. */
	free(resource: ResourceIndex): number {
		return this.#columns.free[resource]?.[this.id] ?? 0;
	}

	requested(resource: ResourceIndex): number {
		return this.allocatable(resource) - this.free(resource);
	}

	/** The pods here, the first bound first; empty unless somebody has them tracked (`Snapshot.trackPods`). */
	get pods(): readonly PlacedPod[] {
		return this.#columns.placed[this.id]!;
	}

	/** What was measured here last. */
	get load(): MeasuredLoad {
		return this.#columns.load.of(this.id);
	}

	/** The columns the view reads, for plugins that look at devices. */
	get columns(): NodeColumns {
		return this.#columns;
	}
}
