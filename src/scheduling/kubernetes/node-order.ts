/**
 * The order in which Kubernetes goes through the nodes: grouped by zone in order of first appearance, one node of each zone in
 * turn (pkg/scheduler/backend/cache/node_tree.go).
 */
import type { NodeId } from "../../cell/ids.js";
import { type NodeColumns, TouchCursor } from "../../cell/node-columns.js";
import type { NodeSpec } from "../../objects/spec.js";

export class NodeOrder {
	/** Zones in order of first appearance, their nodes in order of addition. */
	readonly #zones = new Map<string, NodeId[]>();
	/** Zone of each node; absent for one that is not there. */
	readonly #zoneOf: (string | undefined)[] = [];
	/** As seen last; absent for a node that is not there. */
	readonly #specs: (NodeSpec | undefined)[] = [];
	#nodes: NodeColumns | null = null;
	#cursor = new TouchCursor();
	#list: readonly NodeId[] = [];

	/** All nodes as of now. The list is the same object until it changes. */
	follow(nodes: NodeColumns): readonly NodeId[] {
		if (this.#nodes !== nodes) {
			this.#nodes = nodes;
			this.#cursor = new TouchCursor();
			this.#zones.clear();
			this.#zoneOf.length = 0;
			this.#specs.length = 0;
			this.#list = [];
		}
		let changed = false;
		nodes.visitTouched(this.#cursor, (node) => {
			const spec = nodes.present[node] === 1 ? nodes.specs[node]! : undefined;
			if (this.#specs[node] === spec) return;
			this.#specs[node] = spec;
			const zone = spec && zoneKey(spec);
			const before = this.#zoneOf[node];
			if (zone === before) return;
			this.#move(node, zone);
			// A node that changed its zone moves in the list only when the next node comes or goes, as in the real scheduler.
			if (zone === undefined || before === undefined) changed = true;
		});
		if (changed) this.#list = roundRobin([...this.#zones.values()]);
		return this.#list;
	}

	#move(node: NodeId, zone: string | undefined): void {
		const before = this.#zoneOf[node];
		if (before !== undefined) {
			const rest = this.#zones.get(before)!.filter((other) => other !== node);
			if (rest.length === 0) this.#zones.delete(before);
			else this.#zones.set(before, rest);
		}
		this.#zoneOf[node] = zone;
		if (zone === undefined) return;
		const there = this.#zones.get(zone);
		if (there === undefined) this.#zones.set(zone, [node]);
		else there.push(node);
	}
}

const REGION_LABELS = ["failure-domain.beta.kubernetes.io/region", "topology.kubernetes.io/region"];
const ZONE_LABELS = ["failure-domain.beta.kubernetes.io/zone", "topology.kubernetes.io/zone"];

/** Region and zone; labels of the old name go first. Nodes without either are a group of their own. */
function zoneKey({ labels }: NodeSpec): string {
	const [region, zone] = [REGION_LABELS, ZONE_LABELS].map(
		(names) => names.flatMap((name) => labels[name] ?? [])[0] ?? "",
	);
	return region === "" && zone === "" ? "" : `${region}:\0:${zone}`;
}

function roundRobin(zones: readonly (readonly NodeId[])[]): readonly NodeId[] {
	const list: NodeId[] = [];
	const longest = Math.max(0, ...zones.map((zone) => zone.length));
	for (let i = 0; i < longest; i++) for (const zone of zones) if (i < zone.length) list.push(zone[i]!);
	return list;
}
