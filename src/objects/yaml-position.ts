/**
 * Where a value stands in a YAML (or JSON) text: turns the path of a validation issue into a line and a column.
 */
import { type Document, isAlias, isMap, isPair, isScalar, isSeq, type LineCounter, type Node, type Pair } from "yaml";

/** A stretch of one line; all three count from 1, `endColumn` is the column after the last character. */
export interface YamlSpan {
	readonly line: number;
	readonly column: number;
	readonly endColumn: number;
}

/**
 * The place of the node at `path` in a document that was parsed with `lineCounter`. `key` points at the key that names the
 * node (the item itself in a sequence), `value` at its value, or at the key when nothing was written as value. Where the
 * path leads nowhere, the nearest parent that exists answers, with its key if it has one. A node of several lines ends with
 * its first line. An empty document answers 1:1. Aliases are followed to the anchored node.
 */
export function locate(
	doc: Document,
	lineCounter: LineCounter,
	path: readonly PropertyKey[],
	what: "key" | "value",
): YamlSpan {
	let node = doc.contents as Node | null;
	let key: Node | null = null;
	let found = 0;
	for (const step of path) {
		const child = childAt(isAlias(node) ? (node.resolve(doc) ?? null) : node, step);
		if (child === null) break;
		found++;
		key = child.key;
		node = child.value;
	}
	const missing = found < path.length;
	const target = (what === "key" || missing || isEmpty(node) ? (key ?? node) : node) ?? null;
	return spanOf(target, lineCounter);
}

interface Child {
	readonly key: Node | null;
	readonly value: Node | null;
}

function childAt(node: unknown, step: PropertyKey): Child | null {
	if (isMap(node)) {
		const pair = node.items.find((item) => String(isScalar(item.key) ? item.key.value : item.key) === String(step));
		return pair === undefined ? null : childOfPair(pair);
	}
	if (isSeq(node)) {
		const item = node.items[Number(step)];
		if (item === undefined) return null;
		return isPair(item) ? childOfPair(item) : { key: null, value: item as Node };
	}
	return null;
}

function childOfPair(pair: Pair): Child {
	return { key: pair.key as Node | null, value: pair.value as Node | null };
}

/** `key:` with nothing behind it is a null scalar of no length. */
function isEmpty(node: Node | null): boolean {
	const range = node?.range;
	return range === undefined || range === null || range[0] === range[1];
}

function spanOf(node: Node | null, lineCounter: LineCounter): YamlSpan {
	const range = node?.range;
	if (range === undefined || range === null) return { line: 1, column: 1, endColumn: 2 };
	const start = lineCounter.linePos(range[0]);
	const line = Math.max(1, start.line);
	const column = Math.max(1, start.col);
	const end = lineCounter.linePos(range[1]);
	const nextLine = lineCounter.lineStarts[line];
	const lastOffset = end.line === line || nextLine === undefined ? range[1] : nextLine - 1;
	return { line, column, endColumn: column + Math.max(1, lastOffset - range[0]) };
}
