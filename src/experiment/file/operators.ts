/**
 * The operators and functions of expressions: pure, on plain data, with complaints that name who complains.
 */

import { kindOf } from "../../objects/plain-data.js";

/** An expression that cannot be read or has no value. The caller knows where it stands. */
export class ExpressionError extends Error {
	override readonly name = "ExpressionError";
	readonly hint: string | undefined;

	constructor(message: string, hint?: string) {
		super(message);
		this.hint = hint;
	}
}

/** An operator with two operands, both evaluated. */
export type Operate = (a: unknown, b: unknown) => unknown;

const arithmetic =
	(operator: string, operate: (a: number, b: number) => number): Operate =>
	(a, b) =>
		operate(needNumber(a, operator), needNumber(b, operator));

const comparison =
	(operator: string, holds: (order: number) => boolean): Operate =>
	(a, b) => {
		if (typeof a === "string" && typeof b === "string") return holds(a < b ? -1 : a > b ? 1 : 0);
		return holds(needNumber(a, operator) - needNumber(b, operator));
	};

/** Binary operators by how they are written; `&&` and `||` evaluate their right side only when needed, so they live elsewhere. */
export const OPERATORS: ReadonlyMap<string, Operate> = new Map<string, Operate>([
	[
		"+",
		(a, b) => (typeof a === "string" || typeof b === "string" ? join(a, b) : needNumber(a, "+") + needNumber(b, "+")),
	],
	["-", arithmetic("-", (a, b) => a - b)],
	["*", arithmetic("*", (a, b) => a * b)],
	["/", arithmetic("/", (a, b) => a / b)],
	["%", arithmetic("%", (a, b) => a % b)],
	["<", comparison("<", (order) => order < 0)],
	["<=", comparison("<=", (order) => order <= 0)],
	[">", comparison(">", (order) => order > 0)],
	[">=", comparison(">=", (order) => order >= 0)],
	["==", (a, b) => a === b],
	["!=", (a, b) => a !== b],
]);

/** A function of evaluated arguments. */
export type Call = (values: readonly unknown[]) => unknown;

const ofNumber =
	(name: string, operate: (value: number) => number): Call =>
	(values) => {
		if (values.length !== 1) throw new ExpressionError(`${name}() takes one number`);
		return operate(needNumber(values[0], `${name}()`));
	};

const ofNumbers =
	(name: string, operate: (...values: number[]) => number): Call =>
	(values) =>
		operate(...values.map((value) => needNumber(value, `${name}()`)));

/** Functions by name. */
export const FUNCTIONS: ReadonlyMap<string, Call> = new Map<string, Call>([
	["min", ofNumbers("min", Math.min)],
	["max", ofNumbers("max", Math.max)],
	["round", ofNumber("round", Math.round)],
	["floor", ofNumber("floor", Math.floor)],
	["ceil", ofNumber("ceil", Math.ceil)],
	["format", format],
]);

/** `format('{0}-{1}', a, b)`: each `{n}` is replaced by the n-th value after the pattern. */
function format(values: readonly unknown[]): string {
	const [pattern, ...rest] = values;
	if (typeof pattern !== "string") throw new ExpressionError("format() takes a text first, like '{0}-{1}'");
	return pattern.replace(/\{(\d+)\}/g, (place, index: string) => {
		if (Number(index) >= rest.length) throw new ExpressionError(`format() has no value for ${place}`);
		return asText(rest[Number(index)], place);
	});
}

function join(a: unknown, b: unknown): string {
	return asText(a, "+") + asText(b, "+");
}

/** `value` if it is a number; `user` is the operator or function that asks. */
export function needNumber(value: unknown, user: string): number {
	if (typeof value === "number") return value;
	throw new ExpressionError(`'${user}' needs numbers, not ${kindOf(value)}`);
}

/** `value` if it is true or false. */
export function needTruth(value: unknown, user: string): boolean {
	if (typeof value === "boolean") return value;
	throw new ExpressionError(`'${user}' needs true or false, not ${kindOf(value)}`);
}

/** `value` unless it is a number without a finite value. */
export function finite(value: unknown, source: string): unknown {
	if (typeof value === "number" && !Number.isFinite(value)) {
		throw new ExpressionError(`'${source}' has no finite value`);
	}
	return value;
}

/** The text of a scalar; `source` names it in the complaint about anything else. */
export function asText(value: unknown, source: string): string {
	if (typeof value === "string") return value;
	if (typeof value === "number" || typeof value === "boolean") return String(value);
	throw new ExpressionError(`'${source}' is ${kindOf(value)}, which cannot stand inside a longer text`);
}
