/** `spec.node`: what happens on machines. */
import { z } from "zod";
import { durationSchema } from "../../objects/duration.js";
import { componentSchema } from "./component.js";
import { loadSchema } from "./load-schema.js";
import type { ExperimentRegistries } from "./schema.js";

export function nodeSchema<Distribution, Machine>(
	registries: ExperimentRegistries<unknown, Distribution, unknown, Machine>,
) {
	return z
		.strictObject({
			startDelay: registries.distribution
				.prefault("0s" as never)
				.describe("From the binding of a pod until it runs: a duration, or a distribution of durations"),
			runtime: z
				.strictObject({
					atOnce: z.int().min(1).default(1).describe("Containers that it starts at a time; others wait for it"),
					start: durationSchema.describe("What a start takes on an empty node"),
					perContainer: durationSchema
						.prefault("0s")
						.describe("What it takes longer for each container that the node has already"),
				})
				.describe("What starts the containers of a node, after startDelay; as many at once as there are if absent")
				.optional(),
			onLoss: z
				.enum(["resubmit", "fail"])
				.default("resubmit")
				.describe("What becomes of the pods of a node that fails or is removed"),
			termination: z
				.strictObject({
					takes: registries.distribution.describe(
						"From SIGTERM until a pod is gone by itself; it is killed when its terminationGracePeriodSeconds are over, 30 s if it has none",
					),
					noticeDelivered: z
						.number()
						.min(0)
						.max(1)
						.default(1)
						.describe("Share of the preempted pods that are told before; the others are killed at once"),
				})
				.describe("How pods leave that are deleted or preempted; they are gone at once if absent")
				.optional(),
			machine: registries.machine.optional(),
			verticalAutoscaler: componentSchema(registries.recommenders, {
				key: "name",
				short: true,
				files: false,
				description: "Who changes requests and limits of what runs, by what it uses; nobody if absent",
			}).optional(),
			overcommit: componentSchema(registries.overcommitPolicies, {
				key: "policy",
				short: true,
				files: false,
				description: "What pods count for when they are placed, and how much of a node is offered; requests if absent",
			}).optional(),
			load: loadSchema.optional(),
		})
		.describe("What happens on machines");
}
