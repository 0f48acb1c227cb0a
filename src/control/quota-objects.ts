/** What objects other than pods are called in ResourceQuotas. Source: pkg/quota/v1 (generic/evaluator.go, evaluator/core). */
import { builtInKinds } from "./kinds/index.js";
import type { AnyKind } from "./kinds/kind.js";

/** Kinds that quotas named before there was `count/`. */
const NAMED = new Set(["services", "configmaps", "secrets", "persistentvolumeclaims", "resourcequotas"]);

/** In the words of refusals: `deployments.apps`, `services`. */
export function resourceOf(kind: string): string {
	return RESOURCES.get(kind) ?? kind;
}

/** Quota resources that an object of the kind counts for; none for pods, which count in other ways. */
export function countedAs(kind: string): readonly string[] {
	return COUNTED.get(kind) ?? [];
}

/** The kind whose objects count for a quota resource; undefined if it is not one of objects. */
export function kindCounted(resource: string): string | undefined {
	return KINDS.get(resource);
}

export const countedKinds: readonly AnyKind[] = builtInKinds.filter(
	({ kind, namespaced }) => namespaced && kind !== "Pod",
);

function resourceNamed({ names, apiVersion }: AnyKind): string {
	const [group, version] = apiVersion.split("/");
	return version === undefined ? names[1]! : `${names[1]}.${group}`;
}

const RESOURCES = new Map(builtInKinds.map((kind) => [kind.kind, resourceNamed(kind)]));
const COUNTED = new Map(
	countedKinds.map(({ kind }) => {
		const resource = resourceOf(kind);
		return [kind, NAMED.has(resource) ? [resource, `count/${resource}`] : [`count/${resource}`]];
	}),
);
const KINDS = new Map([...COUNTED].flatMap(([kind, resources]) => resources.map((resource) => [resource, kind])));
