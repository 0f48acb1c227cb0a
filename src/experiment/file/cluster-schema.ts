/** `spec.cluster`: the nodes. */
import { z } from "zod";
import type { Catalogue } from "./component.js";
import { prefillSchema } from "./prefill-schema.js";
import { refuseRepeatedNames } from "./repeated.js";
import { sourceSchema } from "./source-schema.js";

const count = (description: string) => z.int().min(0).describe(description);

export function nodeGroupSchema<NodeTemplate>(template: z.ZodType<NodeTemplate>) {
	return z
		.strictObject({
			name: z
				.string()
				.min(1)
				.describe("Name of the nodes, with `${{ item.index }}`; without it the nodes are called <name>-<index>"),
			count: count("How many nodes"),
			template: template.describe("A Kubernetes Node without its name; metadata may use `${{ item.index }}`"),
			price: z
				.number()
				.nonnegative()
				.describe("What each costs an hour, in any currency, for node_cost in the summary")
				.optional(),
			gpu: z
				.strictObject({
					count: count("GPUs of each node"),
					model: z.string().default("").describe("Card model, as pods ask for it"),
				})
				.describe("GPUs that pods may share")
				.optional(),
		})
		.describe("Nodes made from one template");
}

export type NodeGroupSchema<NodeTemplate> = ReturnType<typeof nodeGroupSchema<NodeTemplate>>;

export function clusterSchema<NodeTemplate>(
	nodeGroup: NodeGroupSchema<NodeTemplate>,
	{ traceFormats, schedulers }: { readonly traceFormats: Catalogue; readonly schedulers: Catalogue },
) {
	return z
		.strictObject({
			nodeGroups: z.array(nodeGroup).superRefine(refuseRepeatedNames).prefault([]).describe("Groups of equal nodes"),
			source: sourceSchema(traceFormats, "Nodes read from a trace").optional(),
			prefill: prefillSchema(schedulers).optional(),
		})
		.describe("The nodes. Kubernetes Node documents in the same file are added");
}
