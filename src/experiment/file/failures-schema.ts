/** `spec.failures`: what fails by chance, and what is taken down by plan. */
import { z } from "zod";
import { durationSchema, positiveDuration } from "../../objects/duration.js";
import type { ExperimentRegistries } from "./schema.js";

const most = (description: string) => z.int().min(1).describe(description).optional();
const label = z.string().min(1).describe("Label of nodes, such as topology.kubernetes.io/rack");

export function failuresSchema<Distribution>({
	distribution,
}: Pick<ExperimentRegistries<unknown, Distribution>, "distribution">) {
	const breakdown = {
		timeBetween: distribution.describe(
			"From the end of one failure to the next: a duration, or a distribution of durations",
		),
		repair: distribution.describe("How long it is out: a duration, or a distribution of durations"),
	};
	const declared = z
		.strictObject({
			declareAfter: durationSchema
				.prefault("0s")
				.describe("How long nobody hears of a machine before it is declared down"),
			podsPerSecond: z
				.number()
				.positive()
				.describe("Pods of machines that are down taken off in a second, of the whole cell; all at once if absent")
				.optional(),
		})
		.describe("What becomes of machines that nobody hears of: one that comes back keeps the pods that it still has");
	const limits = z
		.strictObject({
			nodes: most("Nodes down or in maintenance at one time"),
			nodesByLabel: z
				.record(label, z.int().min(1))
				.prefault({})
				.describe("The same, of the nodes with the same value of a label, by label"),
			podsOfJob: most("Pods of a job down at one time"),
			disruptionsOfJobPerDay: most("Pods of a job disrupted by maintenance in a day"),
		})
		.describe("Limits that maintenance keeps to; none where absent");
	return z
		.strictObject({
			machines: z.strictObject(breakdown).describe("Machines that fail one by one").optional(),
			domains: z
				.array(z.strictObject({ label, ...breakdown }))
				.prefault([])
				.describe("Machines that fail together, all with the same value of a label: a rack, a power domain"),
			maintenance: z
				.strictObject({
					period: positiveDuration.describe("Every machine has its turn once in it, at a moment of its own"),
					duration: distribution.describe("How long a machine is down, once it is empty"),
				})
				.describe("Planned work on machines, which are emptied before")
				.optional(),
			limits: limits.prefault({}),
			unreachable: declared.prefault({}),
			crashes: z
				.strictObject({
					timeBetween: distribution.describe("Running time until a task crashes; never if absent").optional(),
					byClass: z.record(z.string(), distribution).prefault({}).describe("The same for classes of jobs, instead"),
				})
				.describe(
					"Tasks that crash: they are rescheduled, but not where they did, a rule that kube-scheduler and probing schedulers do not know",
				)
				.optional(),
		})
		.describe("What fails by chance, and what is taken down by plan");
}
