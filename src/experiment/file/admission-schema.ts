/** `spec.scheduling.admission`: which jobs are taken in. */
import { z } from "zod";
import { durationSchema } from "../../objects/duration.js";
import { PRIORITY_BANDS } from "../../objects/priority-band.js";
import { podResourceListSchema } from "../../objects/resource-list.js";

const quotaSchema = z
	.strictObject({
		user: z.string().min(1).describe("Whose it is: the namespace of the pods"),
		band: z
			.enum(PRIORITY_BANDS)
			.exclude(["best-effort"], {
				error: (issue) =>
					issue.input === "best-effort"
						? "best-effort work has quota without end: leave it out"
						: `expected one of ${PRIORITY_BANDS.slice(0, -1).join(", ")}`,
			})
			.describe("Priorities that it is for: monitoring from 360, production from 120, batch from 100"),
		resources: podResourceListSchema
			.describe("Amounts that all jobs together may request; others are not limited")
			.prefault({}),
		gpus: z.number().positive().describe("GPU devices, shares of devices counted").optional(),
		from: durationSchema.prefault("0s").describe("When it begins to hold"),
		until: durationSchema.describe("When it no longer holds; without it, for ever").optional(),
	})
	.superRefine(({ resources, gpus, from, until }, context) => {
		const refuse = (path: string, message: string) => context.addIssue({ code: "custom", path: [path], message });
		if (Object.keys(resources).length === 0 && gpus === undefined) refuse("resources", "name a resource at least");
		if (until !== undefined && until <= from) refuse("until", "must lie after from");
	});

/** Quota, as of Borg. */
export const admissionSchema = z
	.strictObject({
		quotas: z
			.array(quotaSchema)
			.min(1)
			.describe("What users may hold; those of one user, band and time add up. Without any, nothing but best-effort"),
	})
	.describe("Which jobs are taken in; without it, all");
