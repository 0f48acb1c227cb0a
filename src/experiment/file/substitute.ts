/**
 * Expressions in whole trees: every scalar of an experiment is replaced by its value for one run.
 */

import type { Mistake } from "../../objects/issues.js";
import { isMap } from "../../objects/plain-data.js";
import { evaluateText, hasExpression, namesAny, type Scope } from "./expression.js";
import { ExpressionError } from "./operators.js";

export interface Substitution {
	readonly scope: Scope;
	/** Contexts to keep for later at this path: `item` or none. */
	readonly later?: (path: readonly PropertyKey[]) => ReadonlySet<string>;
	/** Names without a value, see `namesAny`: what names one stays as it was written, without a mistake. */
	readonly unknown?: ReadonlySet<string>;
	/** Collects the contexts that were read. */
	readonly used?: Set<string>;
	/** Hears of every mistake; the text stays as it was written. */
	readonly report: (mistake: Mistake) => void;
}

/** Whether a value is a text with an expression in it. */
export function isExpression(value: unknown): boolean {
	return typeof value === "string" && hasExpression(value);
}

/** A copy of `tree`, which stands at `path`, with every expression replaced by its value. */
export function substitute(tree: unknown, path: readonly PropertyKey[], substitution: Substitution): unknown {
	if (typeof tree === "string") return scalar(tree, path, substitution);
	if (Array.isArray(tree)) return tree.map((item, i) => substitute(item, [...path, i], substitution));
	if (!isMap(tree)) return tree;
	return Object.fromEntries(
		Object.entries(tree).map(([key, value]) => {
			const inner = [...path, key];
			if (hasExpression(key)) {
				substitution.report({ path: inner, at: "key", message: "expressions stand in values, not in keys" });
			}
			return [key, substitute(value, inner, substitution)];
		}),
	);
}

/**
 * A copy of a node group's name or template for one of its nodes: what earlier substitution kept for `item` gets its value.
 * `index` counts from 0 to `count - 1`. Throws `ExpressionError`.
 */
export function expandItem(value: unknown, item: { readonly index: number; readonly count: number }): unknown {
	return substitute(value, [], {
		scope: new Map([["item", { ...item }]]),
		report: (mistake) => {
			throw new ExpressionError(mistake.message, mistake.hint);
		},
	});
}

const SAMPLE_ITEM = { index: 0, count: 1 };
const NONE: ReadonlySet<string> = new Set();

function scalar(text: string, path: readonly PropertyKey[], substitution: Substitution): unknown {
	if (!hasExpression(text)) return text;
	try {
		const { unknown = NONE } = substitution;
		if (unknown.size > 0 && namesAny(text, unknown)) return text;
		const later = substitution.later?.(path) ?? NONE;
		const value = evaluateText(text, substitution.scope, later, substitution.used);
		// What is kept for later is tried now, so that mistakes in it are found before any run starts.
		if (later.size > 0 && typeof value === "string" && hasExpression(value)) expandItem(value, SAMPLE_ITEM);
		return value;
	} catch (error) {
		if (!(error instanceof ExpressionError)) throw error;
		const hint = error.hint === undefined ? {} : { hint: error.hint };
		substitution.report({ path, at: "value", message: error.message, ...hint });
		return text;
	}
}
