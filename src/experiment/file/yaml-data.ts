/**
 * YAML documents as plain data: what JSON could hold too, or a complaint about what it could not.
 */
import { type Document, isAlias, isMap, isScalar, isSeq, type Node, type YAMLMap } from "yaml";

/** Hears about a value that cannot be taken, by the path that leads to it. */
export type Complain = (path: readonly PropertyKey[], message: string, hint?: string) => void;

/**
 * The data of a document that was parsed without errors and with `intAsBigInt`. Integers beyond 2^53, which a double would
 * round without a word, infinities, keys that are not scalars, and aliases that lead into themselves are complained about;
 * null stands in their place. An empty document is null.
 */
export function plainData(doc: Document, complain: Complain): unknown {
	return read(doc.contents as Node | null, [], { doc, complain, open: new Set(), left: MAX_NODES });
}

interface Reading {
	readonly doc: Document;
	readonly complain: Complain;
	/** Collections around the current node. */
	readonly open: Set<unknown>;
	/** Nodes that may still be read: aliases of aliases can multiply without bound. */
	left: number;
}

const MAX_NODES = 5_000_000;

function read(node: unknown, path: readonly PropertyKey[], reading: Reading): unknown {
	const { complain } = reading;
	if (isAlias(node)) {
		const target = node.resolve(reading.doc);
		if (target === undefined) complain(path, `there is no anchor '&${node.source}' above this alias`);
		return target === undefined ? null : read(target, path, reading);
	}
	if (isScalar(node)) return scalar(node.value, path, complain);
	if (!isMap(node) && !isSeq(node)) return null;
	if (reading.open.has(node)) {
		complain(path, "this alias leads back into itself");
		return null;
	}
	reading.left -= node.items.length;
	if (reading.left < 0) {
		if (reading.left + node.items.length >= 0) complain([], `the document has more than ${MAX_NODES} values`);
		return null;
	}
	reading.open.add(node);
	const value = isSeq(node)
		? node.items.map((item, i) => read(item, [...path, i], reading))
		: readMap(node, path, reading);
	reading.open.delete(node);
	return value;
}

function readMap(map: YAMLMap, path: readonly PropertyKey[], reading: Reading): unknown {
	const entries = new Map<string, unknown>();
	for (const pair of map.items) {
		const key = keyText(pair.key, path, reading.complain);
		// Of duplicate keys, about which the parser has complained, the first counts: positions are looked up that way too.
		if (key === "<<")
			reading.complain(
				[...path, key],
				"merge keys are not supported",
				"write the fields out; a plain alias, `key: *anchor`, works",
			);
		else if (key !== null && !entries.has(key)) entries.set(key, read(pair.value, [...path, key], reading));
	}
	return Object.fromEntries(entries);
}

function scalar(value: unknown, path: readonly PropertyKey[], complain: Complain): unknown {
	if (typeof value === "bigint") {
		const number = Number(value);
		if (Number.isSafeInteger(number)) return number;
		complain(path, `${value} is beyond 2^53 and would be rounded`, `quote it: "${value}"`);
		return null;
	}
	if (typeof value === "number" && !Number.isFinite(value)) {
		complain(path, "expected a finite number");
		return null;
	}
	return value;
}

function keyText(key: unknown, path: readonly PropertyKey[], complain: Complain): string | null {
	if (!isScalar(key)) {
		complain(path, "a key must be plain text");
		return null;
	}
	const text = String(key.value);
	if (text !== "__proto__") return text;
	complain([...path, text], "the key '__proto__' is not allowed");
	return null;
}
