/**
 * `karpenter` of the orchestrator kubernetes: instance types that can be had, and NodePools in the words of karpenter.sh/v1.
 *
 * Source: Karpenter's documentation (concepts/nodepools, concepts/disruption), pkg/apis/v1/nodepool.go (defaults and rules).
 *
 * Divergence from Karpenter: each instance type has one offering; where a zone or a capacity type differs in price, it is a type of its own.
 */
import { z } from "zod";
import { distributionSchema } from "../../../objects/distribution-schema.js";
import { durationSchema, durationText } from "../../../objects/duration.js";
import { strictObject } from "../../../objects/kubernetes-object.js";
import { nodeTemplateSchema } from "../../../objects/node.js";
import { nodeResourceListSchema } from "../../../objects/resource-list.js";
import { labelsSchema, nodeSelectorTermSchema } from "../../../objects/selector-schemas.js";
import { taintSchema } from "../../../objects/toleration-schemas.js";
import { intOrPercentSchema } from "../../kinds/int-or-percent.js";

const instanceTypeSchema = z.strictObject({
	name: z.string().min(1).describe("The label node.kubernetes.io/instance-type of its nodes"),
	price: z.number().nonnegative().describe("Of a node and hour, in any currency"),
	template: nodeTemplateSchema.describe(
		"A Kubernetes Node without its name: what nodes of the type offer, and their labels",
	),
});

/** `Never` is Infinity. */
const orNever = (value: string, description: string) =>
	durationText
		.transform((text, context) => {
			if (text === "Never") return Number.POSITIVE_INFINITY;
			const read = durationSchema.safeParse(text);
			if (read.success) return read.data;
			context.addIssue({ code: "custom", message: `'${text}' is neither a duration such as 30s nor Never` });
			return z.NEVER;
		})
		.prefault(value)
		.describe(description);

const REASONS = ["Underutilized", "Empty"] as const;
export type DisruptionReason = (typeof REASONS)[number];

const disruptionSchema = z.strictObject({
	consolidationPolicy: z
		.enum(["WhenEmptyOrUnderutilized", "WhenEmpty"])
		.default("WhenEmptyOrUnderutilized")
		.describe("Which nodes may be given up: empty ones only, or those too whose pods would have a place elsewhere"),
	consolidateAfter: orNever(
		"0s",
		"For how long no pod must have come to a node or left it; Never: no node is given up",
	),
	budgets: z
		.array(
			z.strictObject({
				nodes: intOrPercentSchema.describe("Nodes that may be disrupted at a time, or a share, rounded up"),
				reasons: z.array(z.enum(REASONS)).min(1).optional().describe("For which reasons it counts; all if absent"),
			}),
		)
		.prefault([{ nodes: "10%" }])
		.describe("How many nodes may be disrupted at a time; the smallest counts"),
});

const nodePoolSchema = z.strictObject({
	name: z.string().min(1).describe("Its nodes are called <name>-0, <name>-1, ..."),
	weight: z.int().min(0).max(100).default(0).describe("Pools of higher weight are tried first"),
	labels: labelsSchema.default({}).describe("Of its nodes"),
	taints: z.array(taintSchema(strictObject)).default([]).describe("Of its nodes"),
	requirements: nodeSelectorTermSchema(strictObject)
		.optional()
		.describe("Which instance types it may have, by their labels: {matchExpressions: [{key, operator, values}]}"),
	limits: nodeResourceListSchema
		.default({})
		.describe("What its nodes may have in all, such as cpu; no limit for others"),
	expireAfter: orNever("720h", "A node of that age is given up, whatever runs on it; Never: it may grow older"),
	terminationGracePeriod: durationSchema
		.optional()
		.describe("Pods that budgets protect are deleted all the same after so long; for ever protected if absent"),
	disruption: disruptionSchema.prefault({}).describe("How nodes are given up that are not needed"),
});

export const karpenterSchema = z
	.strictObject({
		instanceTypes: z.array(instanceTypeSchema).min(1).describe("Machines that can be had"),
		nodePools: z.array(nodePoolSchema).min(1).describe("What nodes are made of them"),
		batchIdleDuration: durationSchema.prefault("1s").describe("Pods are waited for until none has come for so long"),
		batchMaxDuration: durationSchema.prefault("10s").describe("... but no longer than this"),
		provisioningTime: distributionSchema(durationSchema)
			.prefault("45s")
			.describe("From the launch of a machine until its node is ready: a duration or a distribution of durations"),
	})
	.superRefine(({ instanceTypes, nodePools }, context) => {
		for (const [field, named] of [
			["instanceTypes", instanceTypes],
			["nodePools", nodePools],
		] as const) {
			const names = named.map(({ name }) => name);
			names.forEach((name, i) => {
				const message = `'${name}' is there already`;
				if (names.indexOf(name) !== i) context.addIssue({ code: "custom", path: [field, i, "name"], message });
			});
		}
	});

export type KarpenterOptions = z.output<typeof karpenterSchema>;
export type InstanceType = KarpenterOptions["instanceTypes"][number];
export type NodePool = KarpenterOptions["nodePools"][number];
