/**
 * Plain data trees, as they come out of a YAML or JSON text: null, booleans, finite numbers, text, lists, maps.
 */

/** A map of a plain data tree. */
export type PlainMap = Readonly<Record<string, unknown>>;

/** Whether `value` is a map (and not a list, nor null). */
export function isMap(value: unknown): value is PlainMap {
	return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Whether two trees hold the same data; the order of keys does not count. */
export function deepEqual(a: unknown, b: unknown): boolean {
	if (Array.isArray(a)) return Array.isArray(b) && a.length === b.length && a.every((item, i) => deepEqual(item, b[i]));
	if (isMap(a)) {
		const keys = Object.keys(a);
		return (
			isMap(b) &&
			Object.keys(b).length === keys.length &&
			keys.every((key) => Object.hasOwn(b, key) && deepEqual(a[key], b[key]))
		);
	}
	return a === b;
}

/** Whether `value` holds everything that `pattern` asks for: maps may hold more, everything else is equal. */
export function matches(value: unknown, pattern: unknown): boolean {
	if (!isMap(pattern)) return deepEqual(value, pattern);
	return (
		isMap(value) && Object.keys(pattern).every((key) => Object.hasOwn(value, key) && matches(value[key], pattern[key]))
	);
}

/** What `path` leads to; undefined where it leads nowhere. Own properties only. */
export function valueAt(root: unknown, path: readonly PropertyKey[]): unknown {
	return path.reduce<unknown>((value, step) => {
		if (typeof value !== "object" || value === null || !Object.hasOwn(value, step)) return undefined;
		return (value as Record<PropertyKey, unknown>)[step];
	}, root);
}

/** `the number 5`, `the text 'x'`, `a map`: for messages. */
export function kindOf(value: unknown): string {
	if (value === null || value === undefined) return "nothing";
	if (typeof value === "string") return `the text '${value}'`;
	if (typeof value === "number") return `the number ${value}`;
	if (typeof value === "boolean") return `${value}`;
	return Array.isArray(value) ? "a list" : "a map";
}
