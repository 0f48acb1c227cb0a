/** Points in time as Kubernetes prints them (RFC 3339), read to integer microseconds since 1970-01-01T00:00:00Z. */
import { z } from "zod";

/** Microseconds of an RFC 3339 text, digits finer than a microsecond cut off; null when it is none. */
export function parseTimestamp(text: string): number | null {
	const parts = RFC3339.exec(text);
	if (parts === null) return null;
	const [, seconds, fraction = "", offset] = parts;
	const ms = Date.parse(`${seconds!.toUpperCase()}${offset!.toUpperCase()}`);
	return Number.isNaN(ms) ? null : ms * 1000 + Number(fraction.slice(0, 6).padEnd(6, "0"));
}

/** A time stamp in a manifest, read to microseconds since 1970. */
export const timestampSchema = z
	.string({ error: "expected a time such as 2026-01-31T12:00:00Z" })
	.transform((text, context) => {
		const us = parseTimestamp(text);
		if (us !== null) return us;
		context.addIssue({ code: "custom", message: `'${text}' is not a time: write it as 2026-01-31T12:00:00Z` });
		return z.NEVER;
	});

const RFC3339 = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d+))?(Z|[+-]\d\d:\d\d)$/i;
