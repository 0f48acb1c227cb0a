/** A cell several times over, for workloads that need a larger one (Borg paper, section 5.1: the cell is cloned). */
import type { NodeSpec } from "../../objects/spec.js";

/** Labels that say which machine, rack or domain it is: a copy of the cell has its own. */
const PLACES = [
	"kubernetes.io/hostname",
	"topology.kubernetes.io/rack",
	"topology.kubernetes.io/power-domain",
	"topology.kubernetes.io/zone",
];

/** The nodes, then the same again with `-clone-1` behind their names and places, and so on: `copies` cells in all. */
export function cloneCell(nodes: readonly NodeSpec[], copies: number): readonly NodeSpec[] {
	return Array.from({ length: copies }, (_, copy) =>
		copy === 0 ? nodes : nodes.map((node) => cloned(node, `-clone-${copy}`)),
	).flat();
}

function cloned(node: NodeSpec, suffix: string): NodeSpec {
	const labels = Object.fromEntries(
		Object.entries(node.labels).map(([key, value]) => [key, PLACES.includes(key) ? value + suffix : value]),
	);
	return { ...node, name: node.name + suffix, labels };
}
