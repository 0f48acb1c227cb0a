/** Kubernetes' IntOrString: a number, or a share of another such as "25%". */
import { z } from "zod";

export type IntOrPercent = number | string;

export const intOrPercentSchema: z.ZodType<IntOrPercent> = z.union([
	z
		.int({ error: "expected a whole number or a share such as 25%" })
		.min(0, { error: "must be greater than or equal to 0" }),
	z.string().regex(/^\d+%$/, { error: "must be a whole number or a percentage such as 25%" }),
]);

/** Of `total`; shares round up or down. */
export function amountOf(value: IntOrPercent, total: number, round: "up" | "down"): number {
	if (typeof value === "number") return value;
	const exact = (Number.parseInt(value, 10) * total) / 100;
	return round === "up" ? Math.ceil(exact) : Math.floor(exact);
}
