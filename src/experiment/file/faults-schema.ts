/** `spec.faults`: what goes wrong, or right, at given instants. */
import { z } from "zod";
import { PLANE_PARTS } from "../../control/plane-components.js";
import { durationSchema } from "../../objects/duration.js";
import type { NodeGroupSchema } from "./cluster-schema.js";
import { matchLabels } from "./match-labels.js";

export function faultsSchema<NodeTemplate>(nodeGroup: NodeGroupSchema<NodeTemplate>) {
	const at = durationSchema.describe("When, from the start of the run");
	const nodes = z
		.strictObject({
			at,
			action: z
				.enum(["fail", "silence", "recover", "remove"])
				.describe(
					"What happens to the nodes; silence: nobody hears of them, and their pods are left to the control plane",
				),
			nodes: z.array(z.string()).min(1).describe("Node names").optional(),
			select: z.strictObject({ matchLabels }).describe("Nodes with these labels").optional(),
		})
		.superRefine((fault, context) => {
			if ((fault.nodes === undefined) !== (fault.select === undefined)) return;
			context.addIssue({ code: "custom", message: "needs either 'nodes' or 'select'", params: { at: "key" } });
		});
	const pods = z.strictObject({
		at,
		action: z.literal("delete").describe("Deletes pods"),
		pods: z.strictObject({ matchLabels }).describe("Pods with these labels"),
	});
	const component = z
		.enum(PLANE_PARTS)
		.describe(
			"Part of the control plane; all of it if absent. A swarm's managers are one program; Mesos has masters beside its frameworks",
		)
		.optional();
	const replicas = z.int().min(1).describe("Of its replicas so many, the leader first; all if absent").optional();
	const failPlane = z.strictObject({
		at,
		action: z.literal("fail-plane").describe("Replicas of the control plane fail; running pods go on"),
		component,
		replicas,
		releaseLease: z.boolean().default(false).describe("Whether a leader hands its lease back before it goes"),
	});
	const recoverPlane = z.strictObject({
		at,
		action: z.literal("recover-plane").describe("They come back"),
		component,
		replicas,
	});
	const add = z.strictObject({ at, action: z.literal("add").describe("Adds nodes"), nodeGroup });
	return z
		.array(z.discriminatedUnion("action", [nodes, pods, add, failPlane, recoverPlane]))
		.describe("What goes wrong, or right, at given instants");
}
