/** What a cell holds when the simulation begins, as the experiment file says it. */
import { z } from "zod";
import { type Catalogue, componentSchema } from "./component.js";

const workload = z.union([
	z
		.string()
		.min(1)
		.describe("Name of a generated workload")
		.transform((name) => ({ name, share: 1 })),
	z.strictObject({
		name: z.string().min(1).describe("Name of a generated workload"),
		share: z.number().positive().default(1).describe("Its part of the fraction, in relation to the others"),
	}),
]);

/**
 * The schema of `cluster.prefill`. The Omega paper's simulations begin with about 60 % of the cell's resources in use (section 4);
 * which workloads there are is looked at where the whole file is known (`experiment/rules.ts`).
 */
export function prefillSchema(schedulers: Catalogue) {
	return z
		.strictObject({
			fraction: z.number().gt(0).max(1).describe("Share of what the nodes have together that is requested at time 0"),
			of: z.string().min(1).default("cpu").describe("The resource of which it is a share"),
			workloads: z
				.array(workload)
				.min(1)
				.describe(
					"Generated workloads from which its jobs are drawn, filled in one after the other; one with count: 0 is for this only",
				),
			placement: componentSchema(schedulers, {
				key: "name",
				short: true,
				files: false,
				description: "The placement policy that chooses the nodes; it takes no time",
			}).prefault("random-fit" as never),
			residual: z
				.boolean()
				.default(false)
				.describe(
					"false: a pod runs for a whole run time of its workload from time 0; true: it is met in the middle of one, so that long ones are more likely and a part is left",
				),
		})
		.describe("What runs when the simulation begins. It is no work for schedulers");
}
