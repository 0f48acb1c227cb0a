/** What the manifests of two runs do not have in common, of all that decides how a run comes out. */
import { canonicalJson } from "../../objects/canonical-json.js";
import { formatPath } from "../../objects/issues.js";
import { isMap } from "../../objects/plain-data.js";
import type { RunManifest } from "./manifest.js";

/** One fact, in words; "-" stands for one that a run does not have. */
export interface ManifestDifference {
	/** `seed`, `variant`, `versions.code`, `input pods.csv`, or a path in the experiment such as `spec.clock.end`. */
	readonly what: string;
	readonly left: string;
	readonly right: string;
}

/** The facts that differ: variant, seed, what the experiment says, inputs, scheduler files, versions. */
export function differences(left: RunManifest, right: RunManifest): readonly ManifestDifference[] {
	const [ours, theirs] = [facts(left), facts(right)];
	return [...new Set([...ours.keys(), ...theirs.keys()])].flatMap((what) => {
		const [one, other] = [ours.get(what) ?? "-", theirs.get(what) ?? "-"];
		return one === other ? [] : [{ what, left: one, right: other }];
	});
}

function facts({ plan, inputs, versions }: RunManifest): ReadonlyMap<string, string> {
	const found = new Map<string, string>([
		["variant", plan.label === "" ? "(no matrix)" : plan.label],
		["seed", plan.seed],
	]);
	const { spec, ...rest } = plan.document;
	leaves({ ...rest, spec: isMap(spec) ? { ...spec, seeds: null } : spec }, [], found);
	plan.kubernetes.forEach((object, i) => void leaves(object, ["kubernetes", i], found));
	for (const { path, sha256 } of inputs) found.set(`input ${path}`, sha256);
	for (const { path, sha256 } of plan.schedulers) found.set(`scheduler ${path}`, sha256);
	for (const { path, sha256 } of plan.controllers ?? []) found.set(`controller ${path}`, sha256);
	for (const [name, version] of Object.entries(versions)) found.set(`versions.${name}`, version);
	return found;
}

/** Every scalar of a tree by its path. */
function leaves(tree: unknown, path: readonly PropertyKey[], found: Map<string, string>): void {
	if (Array.isArray(tree)) tree.forEach((item, i) => void leaves(item, [...path, i], found));
	else if (isMap(tree)) for (const [key, value] of Object.entries(tree)) leaves(value, [...path, key], found);
	else found.set(formatPath(path), typeof tree === "string" ? tree : canonicalJson(tree));
}
