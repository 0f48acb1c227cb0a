/**
 * Validation by zod, with mistakes in plain words: what was found, and what is allowed. Also where values fit none of several
 * forms: then the form that fits best complains.
 */
import { z } from "zod";
import { isMap, kindOf, valueAt } from "./plain-data.js";
import { nearest, suggest } from "./suggest.js";

/** A mistake at `path`, before its place in a text is known. */
export interface Mistake {
	readonly path: readonly PropertyKey[];
	/** Whether the mistake is in the key or in the value. */
	readonly at: "key" | "value";
	/** What is wrong and what is allowed. */
	readonly message: string;
	/** What to do about it, when that is known: `did you mean 'x'?`. */
	readonly hint?: string;
	/** The key should not be there: what is below it does not matter. */
	readonly unknownKey?: true;
}

export type Validation<Output> =
	| { readonly ok: true; readonly value: Output }
	| { readonly ok: false; readonly mistakes: readonly Mistake[] };

/** Reads `value`, which stands at `path` of the document, with `schema`: the value it stands for, or every mistake in it. */
export function validate<Output>(
	schema: z.ZodType<Output>,
	value: unknown,
	path: readonly PropertyKey[] = [],
): Validation<Output> {
	const result = parse(schema, value);
	if (result.success) return { ok: true, value: result.data };
	const mistakes = result.error.issues.flatMap((issue) => mistakesOf(issue, value));
	return { ok: false, mistakes: mistakes.map((mistake) => ({ ...mistake, path: [...path, ...mistake.path] })) };
}

/**
 * Passes the issues of a schema that is run inside the transform of another one on to that one. `path` is where the inner
 * schema's value stands in the outer one's.
 */
export function validateInside<Output>(
	schema: z.ZodType<Output>,
	value: unknown,
	context: z.RefinementCtx,
	path: readonly PropertyKey[] = [],
): Output {
	const result = parse(schema, value);
	if (result.success) return result.data;
	for (const issue of result.error.issues) {
		context.addIssue({ ...issue, path: [...path, ...issue.path] } as Parameters<typeof context.addIssue>[0]);
	}
	return undefined as never;
}

/** `spec.containers[0].resources`: a path as people write it; keys with dots or slashes go in brackets, `labels["a.b/c"]`. */
export function formatPath(path: readonly PropertyKey[]): string {
	let text = "";
	for (const step of path) {
		if (typeof step === "number") text += `[${step}]`;
		else if (/^[A-Za-z_][\w-]*$/.test(String(step))) text += text === "" ? String(step) : `.${String(step)}`;
		else text += `[${JSON.stringify(String(step))}]`;
	}
	return text;
}

/** Reads the path at the start of `text`, as `formatPath` writes it, and says where it ends; null where there is none. */
export function parsePath(text: string): { readonly path: readonly (string | number)[]; readonly end: number } | null {
	const path: (string | number)[] = [];
	let end = 0;
	for (const [whole, name, index, key] of text.matchAll(STEP)) {
		// Names are set off by a dot, but for one at the start.
		if (name !== undefined && whole.startsWith(".") !== path.length > 0) break;
		path.push(name ?? (key === undefined ? Number(index) : (JSON.parse(key) as string)));
		end += whole.length;
	}
	return path.length === 0 ? null : { path, end };
}

/** A name with or without a dot, an index in brackets, or a key in brackets and quotes, with the escapes of JSON. */
const STEP = /\.?([A-Za-z_][\w-]*)|\[(\d+)\]|\[("(?:[^"\\\p{Cc}]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*")\]/guy;

/**
 * Parses with the wording below as zod's own. It is set for the length of one synchronous call because schemas of other rooms
 * parse parts of their value by themselves, where an option of the call would not reach.
 */
function parse<Output>(schema: z.ZodType<Output>, value: unknown): z.ZodSafeParseResult<Output> {
	const before = z.config().customError;
	z.config({ customError: explain });
	try {
		const result = schema.safeParse(value);
		// zod words its issues when they are first looked at.
		void result.error?.issues;
		return result;
	} finally {
		z.config({ customError: before });
	}
}

/** Parameters that a custom issue may carry: a hint, and whether the mistake is in the key. */
export interface IssueParams {
	readonly hint?: string | undefined;
	readonly at?: "key" | "value";
}

type Issue = z.core.$ZodIssue;

/**
 * The wording of an issue whose schema has none of its own. zod does not tell in its issues which keys were allowed, but this
 * function sees the schema; so for unknown keys the message is that list, and `mistakesOf` makes a sentence of it.
 */
const explain: z.core.$ZodErrorMap = (issue) => {
	switch (issue.code) {
		case "unrecognized_keys": {
			const def = issue.inst?._zod.def as { readonly shape?: object } | undefined;
			return Object.keys(def?.shape ?? {}).join(",");
		}
		case "invalid_type":
			return `expected ${typeName(issue.expected, issue.inst)}`;
		case "invalid_value":
			return `expected ${alternatives(issue.values.map(String))}`;
		case "too_small":
		case "too_big":
			return range(issue) + (typeof issue.input === "number" ? got(issue.input) : "");
		case "not_multiple_of":
			return `must be a multiple of ${issue.divisor}${got(issue.input)}`;
		case "invalid_format":
			return `expected ${issue.pattern === undefined ? issue.format : `text that matches ${issue.pattern}`}`;
		case "invalid_key":
			return "is not an allowed key";
		default:
			return "has none of the allowed forms";
	}
};

const TYPES: Readonly<Record<string, string>> = {
	string: "text",
	number: "a number",
	int: "a whole number",
	boolean: "true or false",
	array: "a list",
	object: "a map",
	record: "a map",
	null: "nothing",
};

function typeName(expected: string, schema: unknown): string {
	const format = (schema as { _zod?: { def?: { format?: unknown } } } | undefined)?._zod?.def?.format;
	if (expected === "number" && typeof format === "string" && format.includes("int")) return TYPES["int"]!;
	return TYPES[expected] ?? expected;
}

function range(issue: z.core.$ZodRawIssue<z.core.$ZodIssueTooSmall | z.core.$ZodIssueTooBig>): string {
	const small = issue.code === "too_small";
	const bound = small ? issue.minimum : issue.maximum;
	if (issue.origin === "string" && small && bound === 1) return "must not be empty";
	if (issue.origin === "string") return `must have at ${small ? "least" : "most"} ${bound} characters`;
	if (issue.origin === "array" || issue.origin === "map") {
		return `needs at ${small ? "least" : "most"} ${bound} ${bound === 1 ? "item" : "items"}`;
	}
	if (issue.inclusive === false) return `must be ${small ? "above" : "below"} ${bound}`;
	return `must be ${small ? "at least" : "at most"} ${bound}`;
}

/** `root` is the value whose validation made the issue. */
function mistakesOf(issue: Issue, root: unknown): readonly Mistake[] {
	const { path } = issue;
	const value = valueAt(root, path);
	if (issue.code === "unrecognized_keys") {
		const known = issue.message === "" ? [] : issue.message.split(",");
		const present = new Set(isMap(value) ? Object.keys(value) : []);
		const free = known.filter((name) => !present.has(name));
		return issue.keys.map((key) => {
			const near = nearest(key, free) ?? nearest(key, known);
			const hint = near === null ? suggest(key, free, "allowed") : `did you mean '${near}'?`;
			return { ...mistake([...path, key], "key", `unknown key '${key}'`, hint), unknownKey: true };
		});
	}
	if (value === undefined && path.length > 0) return [missing(issue, path)];
	switch (issue.code) {
		case "invalid_union":
			return ofUnion(issue, value).flatMap((inner) => mistakesOf({ ...inner, path: [...path, ...inner.path] }, root));
		case "invalid_key":
			return [mistake(path, "key", issue.issues[0]?.message ?? issue.message)];
		case "invalid_value": {
			const near = typeof value === "string" ? nearest(value, issue.values.map(String)) : null;
			return [
				mistake(path, "value", withGot(issue.message, value), near === null ? undefined : `did you mean '${near}'?`),
			];
		}
		case "custom": {
			const params = issue.params as IssueParams | undefined;
			return [mistake(path, params?.at ?? "value", withGot(issue.message, value), params?.hint)];
		}
		default:
			return [mistake(path, "value", withGot(issue.message, value))];
	}
}

function mistake(path: readonly PropertyKey[], at: "key" | "value", message: string, hint?: string): Mistake {
	return { path, at, message, ...(hint === undefined ? {} : { hint }) };
}

/** A required key that is not there: the finger points at the parent. */
function missing(issue: Issue, path: readonly PropertyKey[]): Mistake {
	const key = String(path.at(-1));
	const message = issue.code === "invalid_union" ? unionMessage(issue) : issue.message;
	return mistake(path.slice(0, -1), "key", `missing '${key}': ${message}`);
}

/** What was expected says what came instead, unless it does so already. */
function withGot(message: string, value: unknown): string {
	return message.startsWith("expected ") && !message.includes(", got ") ? message + got(value) : message;
}

function got(value: unknown): string {
	return `, got ${shown(value)}`;
}

/** A value in a message: `'text'`, `5`, `a map`. */
export function shown(value: unknown): string {
	return typeof value === "string" ? `'${value}'` : typeof value === "number" ? String(value) : kindOf(value);
}

type Union = Extract<Issue, { code: "invalid_union" }>;

/** The issues of the branch that fits `value` best, relative to it. */
function ofUnion(issue: Union, value: unknown): readonly Issue[] {
	if (isDiscriminated(issue))
		return [{ code: "invalid_value", values: options(issue), path: [], message: unionMessage(issue) }];
	const branches = issue.errors.map((errors) => errors.flatMap((error) => flat(error, value)));
	const fitting = branches.filter((errors) => !errors.some(isForeign));
	if (fitting.length > 0) return fitting.reduce((best, errors) => (weight(errors) < weight(best) ? errors : best));
	return [{ code: "invalid_type", expected: "one of several", path: [], message: unionMessage(issue) }];
}

/** What all the branches together would take. A branch with words of its own goes first. */
function unionMessage(issue: Union): string {
	if (isDiscriminated(issue)) return `expected ${alternatives(options(issue).map(String))}`;
	const messages = issue.errors
		.flat()
		.map((inner) => (inner.code === "invalid_union" ? unionMessage(inner) : inner.message));
	const own = messages.find((message) => !message.startsWith("expected "));
	if (own !== undefined) return own;
	return `expected ${alternatives([...new Set(messages.map((message) => message.slice("expected ".length)))])}`;
}

/** Whether one key decides the branch, and its value is none of the known; zod's path then ends with that key. */
function isDiscriminated(issue: Union): boolean {
	return issue.discriminator !== undefined && issue.errors.length === 0;
}

function options(issue: Union): z.core.util.Primitive[] {
	return "options" in issue && issue.options !== undefined ? [...issue.options] : [];
}

/** An issue with the unions below it taken apart. */
function flat(issue: Issue, value: unknown): readonly Issue[] {
	if (issue.code !== "invalid_union") return [issue];
	const inner = valueAt(value, issue.path);
	return ofUnion(issue, inner).map((error) => ({ ...error, path: [...issue.path, ...error.path] }));
}

/** Whether the value is not of the kind that this branch is about. */
function isForeign(issue: Issue): boolean {
	return issue.code === "invalid_type" && issue.path.length === 0;
}

/** The more of these, the worse the fit: a key that marks another branch counts as many small mistakes. */
function weight(errors: readonly Issue[]): number {
	return errors.reduce((sum, issue) => {
		if (issue.code === "unrecognized_keys") return sum + 2 * issue.keys.length;
		return sum + (issue.code === "invalid_value" && issue.path.length === 1 ? 10 : 1);
	}, 0);
}

/** `a`, `a or b`, `a, b or c`. */
function alternatives(words: readonly string[]): string {
	return words.length < 2 ? (words[0] ?? "nothing") : `${words.slice(0, -1).join(", ")} or ${words.at(-1)}`;
}
