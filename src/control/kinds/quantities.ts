/** Maps of resource to quantity, kept as they are written. */
import { z } from "zod";
import { parseQuantity, quantityText } from "../../objects/quantity.js";

export type Quantities = Readonly<Record<string, string | number>>;

export const quantitiesSchema: z.ZodType<Quantities> = z
	.record(z.string(), quantityText)
	.superRefine((written, context) => {
		for (const [resource, text] of Object.entries(written)) {
			try {
				parseQuantity(text, "milli");
			} catch (error) {
				context.addIssue({ code: "custom", path: [resource], message: (error as Error).message, input: text });
			}
		}
	});
