/** One text for one content: JSON with the keys of every object in code unit order, whatever order they were written in. */
export function canonicalJson(value: unknown): string {
	if (Array.isArray(value)) return `[${value.map(canonicalJson).join(",")}]`;
	if (typeof value === "object" && value !== null) {
		const fields = Object.entries(value)
			.filter(([, field]) => field !== undefined)
			.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
			.map(([key, field]) => `${JSON.stringify(key)}:${canonicalJson(field)}`);
		return `{${fields.join(",")}}`;
	}
	if (typeof value === "number" && !Number.isFinite(value)) throw new RangeError(`JSON has no ${value}`);
	return JSON.stringify(value) ?? "null";
}
