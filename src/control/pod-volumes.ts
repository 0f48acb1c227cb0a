/** The claims that pods name. */
import { keyOf } from "./api-object.js";
import type { Pod, PodTemplate } from "./pod.js";

interface Volume {
	readonly persistentVolumeClaim?: { readonly claimName?: string };
}

/** Names of the claims of a template's pods, in the order of its volumes. */
export function claimNamesOf({ spec }: PodTemplate): readonly string[] {
	const volumes = (spec["volumes"] ?? []) as readonly Volume[];
	return volumes.flatMap(({ persistentVolumeClaim }) => persistentVolumeClaim?.claimName ?? []);
}

/** Keys of the claims of a pod. */
export function claimKeysOf({ spec: { template }, metadata: { namespace } }: Pod): readonly string[] {
	return claimNamesOf(template).map((name) => keyOf({ metadata: { namespace, name } }));
}
