/**
 * `spec.applications`: what is to run, in terms of every orchestrator. `spec.actions`: what users do to applications, or, as with kubectl,
 * to the objects of the control plane.
 */
import { z } from "zod";
import { applicationSchema, changeShape } from "../../control/application.js";
import { durationSchema } from "../../objects/duration.js";
import { matchLabels } from "./match-labels.js";
import { refuseRepeatedNames } from "./repeated.js";

export const applicationsSchema = z
	.array(applicationSchema)
	.superRefine(refuseRepeatedNames)
	.describe("Applications that the orchestrator runs from the start, in terms that every orchestrator understands");

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
const application = z.string().min(1).describe("Name of an application of this file");
const scale = z
	.strictObject({
		at,
		action: z.literal("scale").describe("Changes how many pods an application, or an object, shall have"),
		application: application.optional(),
		kind: object.kind.optional(),
		name: object.name.optional(),
		namespace: object.namespace,
		replicas: z.int().min(0).describe("Pods that it shall have"),
	})
	.superRefine(({ application, kind, name }, context) => {
		const named = kind !== undefined && name !== undefined;
		if (named !== (application !== undefined) && (kind === undefined) === (name === undefined)) return;
		const message = "name either an application, or the kind and name of an object";
		context.addIssue({ code: "custom", message, params: { at: "key" } });
	});
const update = z.strictObject({
	at,
	action: z.literal("update").describe("Changes an application: its instances are replaced as its update says"),
	application,
	...changeShape,
});
const withdraw = z.strictObject({
	at,
	action: z.literal("remove").describe("Removes an application"),
	application,
});
const remove = z.strictObject({
	at,
	action: z.literal("delete").describe("Deletes an object"),
	...object,
	force: z
		.boolean()
		.describe("Whatever stands against it; a deployment of Marathon then ends without being reverted")
		.optional(),
});
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
const upgrade = z
	.strictObject({
		at,
		action: z.literal("upgrade").describe("Upgrades nodes: each is drained, away for a time, and uncordoned"),
		nodes: z.array(z.string()).min(1).describe("Names of the nodes").optional(),
		select: z.strictObject({ matchLabels }).describe("Nodes with these labels").optional(),
		atOnce: z.int().min(1).default(1).describe("Nodes on their way at a time"),
		takes: durationSchema.describe("How long a node is away, once it is empty"),
	})
	.superRefine((action, context) => {
		if ((action.nodes === undefined) !== (action.select === undefined)) return;
		context.addIssue({ code: "custom", message: "needs either 'nodes' or 'select'", params: { at: "key" } });
	});

export const actionsSchema = z
	.array(
		z.discriminatedUnion("action", [create, patch, scale, update, withdraw, remove, drain, cordon, uncordon, upgrade]),
	)
	.describe(
		"What users do to applications and to the control plane at given instants; those of one instant in their order",
	);
