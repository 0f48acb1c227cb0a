/** The ReplicaSet that a Deployment makes for a template. Source: pkg/controller/deployment/sync.go (getNewReplicaSet). */
import { type Draft, ownerReferenceTo } from "../../api-object.js";
import type { Deployment } from "../../kinds/deployment.js";
import { hashOf, labelsOf } from "../../kinds/pod-template.js";
import { type ReplicaSet, replicaSetKind } from "../../kinds/replica-set.js";
import { REVISION, sizeNotes, TEMPLATE_HASH } from "./revisions.js";
import { newSize } from "./rolling-update.js";

/** `sets`: those that there are, which leave it room or not. */
export function newReplicaSet(deployment: Deployment, sets: readonly ReplicaSet[], revision: string): Draft {
	const { metadata, spec } = deployment;
	const hash = hashOf(spec.template);
	const labels = { ...labelsOf(spec.template), [TEMPLATE_HASH]: hash };
	const template = { ...spec.template, metadata: { ...spec.template.metadata, labels } };
	const matchLabels = { ...spec.selector.matchLabels, [TEMPLATE_HASH]: hash };
	return {
		kind: "ReplicaSet",
		metadata: {
			namespace: metadata.namespace,
			name: `${metadata.name}-${hash}`,
			labels,
			annotations: { ...sizeNotes(deployment), [REVISION]: revision },
			owner: ownerReferenceTo(deployment),
		},
		spec: {
			replicas: newSize(deployment, sets, 0),
			selector: { ...spec.selector, matchLabels },
			template,
			minReadySeconds: spec.minReadySeconds,
		},
		status: replicaSetKind.status,
	};
}
