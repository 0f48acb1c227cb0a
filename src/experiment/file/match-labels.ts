import { z } from "zod";

/** Labels that select nodes or pods. */
export const matchLabels = z
	.record(z.string(), z.string())
	.refine((labels) => Object.keys(labels).length > 0, { error: "needs at least one label" })
	.describe("Labels that all must be equal");
