/** Validation issues in plain words: what was found, and what is allowed. */
import type { z } from "zod";

/** One mistake in a value: the path that leads there, what the finger should point at, and a sentence. */
export interface Issue {
	readonly path: readonly PropertyKey[];
	readonly at: "key" | "value";
	readonly message: string;
}

/** The first mistake that a schema found in `input`. */
export function firstIssue(error: z.ZodError, input: unknown): Issue {
	const issue = error.issues[0];
	if (issue === undefined) throw new Error("a failed validation has an issue");
	const at = issue.code === "unrecognized_keys" || (issue.code === "custom" && issue.params?.["at"] === "key");
	return { path: issue.path, at: at ? "key" : "value", message: messageOf(issue, valueAt(input, issue.path)) };
}

/** `spec.containers[0].resources`: a path as people write it; keys with dots or slashes go in brackets. */
export function formatPath(path: readonly PropertyKey[]): string {
	let text = "";
	for (const step of path) {
		if (typeof step === "number") text += `[${step}]`;
		else if (/^[A-Za-z_][\w-]*$/.test(String(step))) text += text === "" ? String(step) : `.${String(step)}`;
		else text += `["${String(step)}"]`;
	}
	return text;
}

function messageOf(issue: z.core.$ZodIssue, found: unknown): string {
	switch (issue.code) {
		case "invalid_type":
			return issue.message.startsWith("Invalid input: ")
				? `expected ${TYPE_WORDS[issue.expected] ?? issue.expected}, got ${describe(found)}`
				: issue.message;
		case "invalid_value":
			return issue.message.startsWith("Invalid ")
				? `expected ${oneOf(issue.values.map(String))}, got ${describe(found)}`
				: issue.message;
		case "too_small":
		case "too_big":
			return issue.message.startsWith("Too ") ? `${rangeOf(issue)}, got ${describe(found)}` : issue.message;
		default:
			return issue.message;
	}
}

const TYPE_WORDS: Readonly<Record<string, string>> = {
	string: "text",
	int: "a whole number",
	number: "a number",
	boolean: "true or false",
	object: "a map of fields",
	record: "a map",
	array: "a list",
};

function rangeOf(issue: z.core.$ZodIssueTooSmall | z.core.$ZodIssueTooBig): string {
	const [word, bound] = issue.code === "too_small" ? ["at least", issue.minimum] : ["at most", issue.maximum];
	return `must be ${word} ${bound}`;
}

function oneOf(words: readonly string[]): string {
	return words.length < 2 ? (words[0] ?? "nothing") : `${words.slice(0, -1).join(", ")} or ${words.at(-1)}`;
}

function describe(found: unknown): string {
	if (found === undefined) return "nothing";
	if (found === null) return "null";
	if (Array.isArray(found)) return "a list";
	if (typeof found === "object") return "a map";
	return typeof found === "string" ? `'${found}'` : `the ${typeof found} ${String(found)}`;
}

function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
	let value = input;
	for (const step of path) {
		if (typeof value !== "object" || value === null) return undefined;
		value = Object.hasOwn(value, step) ? (value as Record<PropertyKey, unknown>)[step] : undefined;
	}
	return value;
}
