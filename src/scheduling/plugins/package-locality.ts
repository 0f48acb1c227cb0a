import type { NodeImage } from "../../objects/spec.js";
import type { ScorePlugin } from "../plugin.js";

/**
 * Prefers nodes that have the pod's packages, since installing them is what most of a start takes: about 80 % of a median of 25 s (Borg
 * paper, section 3.2). Packages are container images; a node's are in its spec, which machines in full keep up to date as they
 * pull. Which share of the pod's images is there, by number.
 *
 * Divergence from Borg: sizes do not count, as they are known of images on nodes only.
 */
export const packageLocality: ScorePlugin = {
	name: "package-locality",
	summary: "Prefers the node that has most of the pod's images.",
	score: ({ spec }, node) => share(spec.facts.demands?.images ?? NONE, node.spec.images ?? NONE),
	scoreAll({ spec }, nodes, { nodes: list, count }, scores, weight) {
		const images = spec.facts.demands?.images ?? NONE;
		if (images.length === 0) return;
		for (let i = 0; i < count; i++) scores[i]! += weight * share(images, nodes.specs[list[i]!]!.images ?? NONE);
	},
};

const NONE: readonly never[] = [];

function share(images: readonly string[], there: readonly NodeImage[]): number {
	if (images.length === 0 || there.length === 0) return 0;
	let found = 0;
	for (const image of images) if (there.some(({ names }) => names.includes(image))) found++;
	return (100 * found) / images.length;
}
