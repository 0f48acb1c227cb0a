/** The policies for elastic jobs by name; the last three are those of the Omega paper, section 6.1. What they serve is in `elastic.ts`. */
import { z } from "zod";
import type { NodeColumns } from "../cell/node-columns.js";
import { type AnyDefinition, type Definition, registry } from "../objects/definition.js";
import type { PodClass } from "../objects/pod-class.js";
import { CPU, MEMORY, type ResourceIndex } from "../objects/resources.js";
import type { ElasticPolicy } from "./elastic.js";

const none: Definition<void, ElasticPolicy> = {
	name: "none",
	summary: "Elastic jobs get what they ask for.",
	create: () => (asked) => asked,
};

const maxParallelism: Definition<void, ElasticPolicy> = {
	name: "max-parallelism",
	summary: "As many workers as the job can make use of and the cell has room for.",
	create: () => () => Number.POSITIVE_INFINITY,
};

const globalCapParams = z.strictObject({
	threshold: z
		.number()
		.gt(0)
		.max(1)
		.default(0.6)
		.describe("Requested over allocatable, of cpu or memory whichever is more; beyond it no worker is added"),
});

const globalCap: Definition<z.output<typeof globalCapParams>, ElasticPolicy> = {
	name: "global-cap",
	summary: "More workers only up to a utilisation of the cell.",
	params: globalCapParams,
	create:
		({ threshold }) =>
		(asked, podClass, nodes) =>
			Math.min(...[CPU, MEMORY].map((resource) => roomBelow(threshold, resource, asked, podClass, nodes))),
};

const relativeSizeParams = z.strictObject({
	factor: z.number().min(1).default(4).describe("Workers at most, as a multiple of what the job asks for"),
});

const relativeSize: Definition<z.output<typeof relativeSizeParams>, ElasticPolicy> = {
	name: "relative-size",
	summary: "At most so many times the workers that the job asks for.",
	params: relativeSizeParams,
	create:
		({ factor }) =>
		(asked) =>
			Math.floor(factor * asked),
};

/** What a scheduler can do with elastic jobs; the three policies are those of the Omega paper, section 6.1. */
export const elasticPolicies = registry<AnyDefinition<ElasticPolicy>>("elastic policy", [
	none,
	maxParallelism,
	globalCap,
	relativeSize,
]);

/** Workers with which the requested share of a resource stays below the threshold; those asked for are not refused. */
function roomBelow(
	threshold: number,
	resource: ResourceIndex,
	asked: number,
	{ request }: PodClass,
	nodes: NodeColumns,
): number {
	const need = request[resource] ?? 0;
	const all = nodes.allocatable[resource];
	if (all === undefined) return Number.POSITIVE_INFINITY;
	const free = nodes.free[resource]!;
	let allocatable = 0;
	let requested = 0;
	for (let n = 0; n < nodes.count; n++) {
		if (nodes.ready[n] === 0) continue;
		allocatable += all[n]!;
		requested += all[n]! - free[n]!;
	}
	const room = threshold * allocatable - requested;
	if (need === 0) return room > 0 || allocatable === 0 ? Number.POSITIVE_INFINITY : asked;
	return Math.floor(room / need);
}
