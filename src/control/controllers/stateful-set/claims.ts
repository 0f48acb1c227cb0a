/**
 * The claims of a StatefulSet's pods: one for each template and pod, made before the pod and kept when it is made again, so that a pod finds
 * its data. Source: pkg/controller/statefulset (stateful_set_utils.go, stateful_pod_control.go).
 *
 * What becomes of them afterwards is said by owner references, which the garbage collector goes by: with whenDeleted Delete they belong to the
 * set, with whenScaled Delete those of a condemned pod belong to that pod.
 */
import { type ApiObject, type Draft, keyOf, type OwnerReference, ownerReferenceTo } from "../../api-object.js";
import type { ApiRequest } from "../../client.js";
import type { Informers } from "../../informers.js";
import type { PersistentVolumeClaim } from "../../kinds/persistent-volume-claim.js";
import type { ClaimTemplate, StatefulSet } from "../../kinds/stateful-set.js";
import type { Pod, PodTemplate } from "../../pod.js";
import { ordinalOf } from "./plan.js";

interface Volume {
	readonly name: string;
}

function claimName({ metadata: { name } }: ClaimTemplate, set: StatefulSet, ordinal: number): string {
	return `${name}-${set.metadata.name}-${ordinal}`;
}

/** The template of one pod: each claim is a volume of it. One without claims is the set's own. */
export function templateWithClaims(set: StatefulSet, template: PodTemplate, ordinal: number): PodTemplate {
	const { volumeClaimTemplates } = set.spec;
	if (volumeClaimTemplates.length === 0) return template;
	const claims = volumeClaimTemplates.map((claim) => ({
		name: claim.metadata.name,
		persistentVolumeClaim: { claimName: claimName(claim, set, ordinal) },
	}));
	const taken = new Set(claims.map(({ name }) => name));
	const written = (template.spec["volumes"] ?? []) as readonly Volume[];
	const volumes = [...written.filter(({ name }) => !taken.has(name)), ...claims];
	return { ...template, spec: { ...template.spec, volumes } };
}

/** What must be there before the pod of an ordinal is made. */
export function missingClaims(set: StatefulSet, ordinal: number, seen: Informers): readonly ApiRequest[] {
	return set.spec.volumeClaimTemplates.flatMap((template): readonly ApiRequest[] => {
		const draft = claimOf(template, set, ordinal);
		return seen.get("PersistentVolumeClaim", keyOf(draft)) === undefined ? [{ verb: "create", draft }] : [];
	});
}

function claimOf(template: ClaimTemplate, set: StatefulSet, ordinal: number): Draft {
	const { labels, annotations } = template.metadata;
	return {
		kind: "PersistentVolumeClaim",
		metadata: {
			namespace: set.metadata.namespace,
			name: claimName(template, set, ordinal),
			labels: { ...labels, ...set.spec.selector.matchLabels },
			annotations,
			finalizers: ["kubernetes.io/pvc-protection"],
			owner: set.spec.persistentVolumeClaimRetentionPolicy.whenDeleted === "Delete" ? ownerReferenceTo(set) : null,
		},
		spec: template.spec,
		status: { phase: "Pending" },
	};
}

/** Claims whose owner is not who it should be, by the policy and by who is condemned. */
export function claimOwnerChanges(set: StatefulSet, pods: readonly Pod[], seen: Informers): readonly ApiRequest[] {
	const { volumeClaimTemplates, persistentVolumeClaimRetentionPolicy: policy, ordinals, replicas } = set.spec;
	if (policy.whenDeleted === "Retain" && policy.whenScaled === "Retain") return [];
	return pods.flatMap((pod) =>
		volumeClaimTemplates.flatMap((template): readonly ApiRequest[] => {
			const ordinal = ordinalOf(pod);
			const { namespace } = set.metadata;
			const key = keyOf({ metadata: { namespace, name: claimName(template, set, ordinal) } });
			const claim = seen.get("PersistentVolumeClaim", key) as PersistentVolumeClaim | undefined;
			if (claim === undefined || claim.metadata.deletedUs !== null) return [];
			const condemned = ordinal < ordinals.start || ordinal >= ordinals.start + replicas;
			const owner = ownerFor(set, pod, condemned);
			if (claim.metadata.owner?.uid === owner?.uid) return [];
			const change = (present: ApiObject) => ({ ...present, metadata: { ...present.metadata, owner } });
			return [{ verb: "patch", kind: claim.kind, key, change }];
		}),
	);
}

function ownerFor(set: StatefulSet, pod: Pod, condemned: boolean): OwnerReference | null {
	const { whenDeleted, whenScaled } = set.spec.persistentVolumeClaimRetentionPolicy;
	if (condemned && whenScaled === "Delete") return ownerReferenceTo(pod);
	return whenDeleted === "Delete" ? ownerReferenceTo(set) : null;
}
