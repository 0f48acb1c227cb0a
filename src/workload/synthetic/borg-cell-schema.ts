/** A synthetic Borg cell as an experiment file names it. */
import { z } from "zod";

export const borgCellParams = z.strictObject({
	machines: z.int().min(1).max(200_000).describe("how many machines"),
	seed: z
		.union([z.int().min(0), z.string().regex(/^\d+$/)])
		.transform(String)
		.describe("what cell it is, whatever the seed of the run; without it, one for each seed of the run")
		.optional(),
	allocation: z
		.number()
		.gt(0)
		.max(4)
		.default(0.9)
		.describe("what all tasks ask for over what the machines have, of CPU and of memory"),
	tasksPerMachine: z.number().gt(0).default(10).describe("tasks over machines, on average"),
	users: z.int().min(1).max(100_000).default(100).describe("namespaces, the n-th with 1/n of what the first asks for"),
});

export type BorgCellParams = z.output<typeof borgCellParams>;
