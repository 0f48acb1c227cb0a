/** `spec.actions`: what users do to the objects of the control plane, as with kubectl. */
import { z } from "zod";
import { durationSchema } from "../../objects/duration.js";

const at = durationSchema.describe("When, from the start of the run");
const object = {
	kind: z.string().min(1).describe("Kind of the object, such as Deployment"),
	name: z.string().min(1).describe("Its name"),
	namespace: z.string().default("default").describe("Its namespace"),
};

const create = z.strictObject({
	at,
	action: z.literal("create").describe("Creates an object"),
	manifest: z.record(z.string(), z.unknown()).describe("The object, as kubectl takes it"),
});
const patch = z.strictObject({
	at,
	action: z.literal("patch").describe("Changes an object"),
	...object,
	patch: z
		.record(z.string(), z.unknown())
		.describe("What changes of its manifest: a strategic merge patch, as of kubectl patch"),
});
const scale = z.strictObject({
	at,
	action: z.literal("scale").describe("Changes how many pods an object shall have"),
	...object,
	replicas: z.int().min(0).describe("Pods that it shall have"),
});
const remove = z.strictObject({ at, action: z.literal("delete").describe("Deletes an object"), ...object });
const drain = z.strictObject({
	at,
	action: z.literal("drain").describe("Cordons a node and evicts its pods, as kubectl drain"),
	node: z.string().min(1).describe("Name of the node"),
});
const cordon = z.strictObject({
	at,
	action: z.literal("cordon").describe("Schedulers may place no pods on a node"),
	node: z.string().min(1).describe("Name of the node"),
});
const uncordon = z.strictObject({
	at,
	action: z.literal("uncordon").describe("They may again"),
	node: z.string().min(1).describe("Name of the node"),
});

export const actionsSchema = z
	.array(z.discriminatedUnion("action", [create, patch, scale, remove, drain, cordon, uncordon]))
	.describe("What users do to the control plane at given instants; those of one instant in their order");
