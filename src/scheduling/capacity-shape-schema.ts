/** How the shape of `capacity-shape.ts` is written in files; apart from it, since scores load without zod. */
import { z } from "zod";

const point = z.strictObject({ utilization: z.int().min(0).max(100), score: z.int().min(0).max(10) });

/** At least one point, by rising utilization. */
export const shapeSchema = z
	.array(point)
	.min(1, { error: "needs at least one point" })
	.superRefine((points, context) => {
		const wrong = points.findIndex(({ utilization }, i) => i > 0 && utilization <= points[i - 1]!.utilization);
		if (wrong < 0) return;
		const message = "the points must come by rising utilization";
		context.addIssue({ code: "custom", path: [wrong, "utilization"], message });
	});
