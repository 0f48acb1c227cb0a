import type { z } from "zod";
import { formatPath, validate } from "../../src/objects/issues.js";

/** What a schema finds wrong with a value, a line each: `spec.containers: ...; did you mean ...?`. Fails if it is taken. */
export function complaints(schema: z.ZodType, value: unknown): readonly string[] {
	const result = validate(schema, value);
	if (result.ok) throw new Error("the value was taken");
	return result.mistakes.map(({ path, message, hint }) => {
		const text = path.length === 0 ? message : `${formatPath(path)}: ${message}`;
		return hint === undefined ? text : `${text}; ${hint}`;
	});
}
