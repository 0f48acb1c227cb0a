/** `spec.node`: what happens on machines. */
import { z } from "zod";
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
			onLoss: z
				.enum(["resubmit", "fail"])
				.default("resubmit")
				.describe("What becomes of the pods of a node that fails or is removed"),
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
