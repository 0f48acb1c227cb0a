/** `spec.compaction`: how tightly a cell can be packed, and what of the workload is packed where. Read by `cellsim compact` only. */
import { z } from "zod";
import { durationSchema } from "../../objects/duration.js";
import { podResourceListSchema } from "../../objects/resource-list.js";

export const COMPACTION_METHODS = ["compact", "fill", "inflate", "pack"] as const;
export type CompactionMethod = (typeof COMPACTION_METHODS)[number];

const share = z.number().min(0).max(1);

const roundUp = z
	.strictObject({
		tasks: z.enum(["none", "production", "all"]).default("none").describe("Whose requests are rounded up"),
		from: podResourceListSchema
			.prefault({ cpu: "500m", memory: "1Gi" })
			.describe("The smallest size by resource; the others are it times 2, 4, 8, ..."),
	})
	.describe("Requests in buckets: each becomes the next power of two times the smallest size");

const split = z
	.strictObject({
		by: z
			.enum(["none", "band", "user", "job"])
			.default("none")
			.describe(
				"none: one cell; band: production and the rest apart; user: a cell for each large user (namespace); job: jobs dealt out in turn, in random order",
			),
		userShare: share.default(1).describe("by user: who asks for this share of the cell's memory has a cell alone"),
		cells: z.int().min(1).max(1000).default(1).describe("by job: how many cells"),
	})
	.describe("Several cells in place of one, each packed on its own; sizes are added up");

export const compactionSchema = z
	.strictObject({
		method: z
			.enum(COMPACTION_METHODS)
			.default("compact")
			.describe(
				"compact: the fewest machines; fill: what fits beside the workload; inflate: how far the workload can grow; pack: the workload on all machines, once",
			),
		trials: z.int().min(1).max(10_000).default(11).describe("Trials, each with an order of machines of its own"),
		percentile: z
			.number()
			.gt(0)
			.max(1)
			.default(0.9)
			.describe("The trial that gives the result: so many of them need no more machines"),
		search: z
			.enum(["binary", "linear"])
			.default("binary")
			.describe("binary: halves what is open; linear: takes one machine away after the other, for small cells"),
		pending: share.default(0.002).describe("Share of the tasks that may stay pending, if they are picky"),
		picky: z
			.int()
			.min(0)
			.default(5)
			.describe("A task is picky if no more machines of the cell than this can run it, empty"),
		clones: z.int().min(1).max(64).default(4).describe("Copies of the cell at most, where one is too small"),
		growth: z
			.enum(["horizontal", "vertical"])
			.default("horizontal")
			.describe("inflate: more tasks, drawn among the jobs there are, or larger ones, in steps of 1 %"),
		at: durationSchema
			.describe(
				"The tasks that would run at this instant if everybody started at once; without it all that are submitted",
			)
			.optional(),
		only: z.enum(["all", "production", "non-production"]).default("all").describe("What of the workload is packed"),
		reclamation: z
			.boolean()
			.default(false)
			.describe(
				"Tasks below production are placed by what is reserved: usage and a margin; production by requests, among production",
			),
		margin: z
			.number()
			.min(0)
			.default(0.3)
			.describe("reclamation: reservation over usage, less 1; never above the request"),
		roundUp: roundUp.prefault({}),
		split: split.prefault({}),
	})
	.describe("How tightly the cell can be packed: `cellsim compact`. A run does not look at it");

export type CompactionSpec = z.output<typeof compactionSchema>;
