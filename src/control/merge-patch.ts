/**
 * Strategic merge patches: maps are merged, null takes away, lists are replaced but for those whose entries have a name of their own,
 * which are merged by it (kubernetes.io, "Update API Objects in Place Using kubectl patch"). A patch may say `$patch: replace` of a map,
 * `$patch: delete` of an entry of a list, and `$retainKeys` of those keys of a map that stay.
 */

/** Lists that are merged, and what their entries are told apart by. */
const MERGE_KEYS: Readonly<Record<string, string>> = {
	containers: "name",
	initContainers: "name",
	env: "name",
	volumes: "name",
	volumeMounts: "mountPath",
	ports: "containerPort",
	imagePullSecrets: "name",
	topologySpreadConstraints: "topologyKey",
};

/** `value` with the patch applied; what does not change stays the same object. */
export function mergePatch(value: unknown, patch: unknown, field = ""): unknown {
	if (Array.isArray(patch)) return mergeList(value, patch, field);
	if (!isMap(patch)) return patch;
	const { $patch: directive, $retainKeys: retained, ...parts } = patch;
	const merged: Record<string, unknown> = isMap(value) && directive !== "replace" ? { ...value } : {};
	if (Array.isArray(retained)) for (const key of Object.keys(merged)) if (!retained.includes(key)) delete merged[key];
	for (const [key, part] of Object.entries(parts)) {
		// Whatever kubectl would have as their order.
		if (key.startsWith("$setElementOrder/")) continue;
		if (part === null) delete merged[key];
		else merged[key] = mergePatch(merged[key], part, key);
	}
	return merged;
}

function mergeList(value: unknown, patch: readonly unknown[], field: string): unknown {
	const mergeKey = MERGE_KEYS[field];
	if (mergeKey === undefined || !Array.isArray(value)) return patch;
	const merged: unknown[] = [...value];
	for (const entry of patch) {
		const at = merged.findIndex((other) => isMap(other) && isMap(entry) && other[mergeKey] === entry[mergeKey]);
		if (isMap(entry) && entry["$patch"] === "delete") merged.splice(at, at < 0 ? 0 : 1);
		else if (at < 0) merged.push(entry);
		else merged[at] = mergePatch(merged[at], entry);
	}
	return merged;
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
	return typeof value === "object" && value !== null && !Array.isArray(value);
}
