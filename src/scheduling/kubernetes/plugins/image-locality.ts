import { MAX_SCORE } from "../plugin.js";
import type { PlainPlugin } from "../plugin-definition.js";

const MIB = 2 ** 20;
const LEAST = 23 * MIB;
const MOST_PER_CONTAINER = 1000 * MIB;

export const ImageLocality: PlainPlugin = {
	name: "ImageLocality",
	summary: "Prefers nodes that have the pod's images, big ones and widespread ones above all.",
	looksAt: "nodes",
	score({ pod, order, images: census }) {
		const images = pod.spec.facts.demands?.images ?? [];
		// A pod of which no image is known counts as one container.
		const most = MOST_PER_CONTAINER * Math.max(1, images.length);
		return {
			score(node) {
				const present = census.on(node.id);
				let bytes = 0;
				for (const image of images) {
					const state = present.get(image);
					if (state !== undefined) bytes += Math.trunc(state.sizeBytes * (state.nodes / order.length));
				}
				const clamped = Math.min(most, Math.max(LEAST, bytes));
				return Math.floor((MAX_SCORE * (clamped - LEAST)) / (most - LEAST));
			},
		};
	},
};
