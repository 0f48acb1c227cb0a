/** Kubernetes reads `null` like a field that is not there. */
import type { z } from "zod";

/** `schema`, or `value` where the field is absent or null. */
export function orAbsent<Schema extends z.ZodType, const Value>(schema: Schema, value: Value) {
	return schema.nullish().transform((given): z.output<Schema> | Value => given ?? value);
}
