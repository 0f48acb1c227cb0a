import { z } from "zod";
import { orAbsent } from "../../objects/absent.js";
import { lenientObject } from "../../objects/kubernetes-object.js";
import type { LabelSelector } from "../../objects/selector.js";
import { labelSelectorSchema } from "../../objects/selector-schemas.js";
import type { ApiObject } from "../api-object.js";
import type { PodTemplate } from "../pod.js";
import { defineKind } from "./kind.js";
import { checkSelector, podTemplateSchema } from "./pod-template.js";

export interface ReplicaSetSpec {
	readonly replicas: number;
	readonly selector: LabelSelector;
	readonly template: PodTemplate;
	readonly minReadySeconds: number;
}

export interface ReplicaSetStatus {
	readonly replicas: number;
	readonly readyReplicas: number;
	readonly availableReplicas: number;
	readonly observedGeneration: number;
	/** Why its last pods could not be created; null if they could. */
	readonly failure: string | null;
}

export type ReplicaSet = ApiObject<ReplicaSetSpec, ReplicaSetStatus>;

export const count = z
	.int({ error: "expected a whole number" })
	.min(0, { error: "must be greater than or equal to 0" });

export const replicaSetKind = defineKind<ReplicaSetSpec, ReplicaSetStatus>({
	kind: "ReplicaSet",
	summary: "So many pods of one template.",
	apiVersion: "apps/v1",
	names: ["replicaset", "replicasets", "rs"],
	namespaced: true,
	spec: z
		.strictObject({
			replicas: orAbsent(count, 1),
			selector: labelSelectorSchema(lenientObject),
			template: podTemplateSchema,
			minReadySeconds: orAbsent(count, 0),
		})
		.superRefine(checkSelector),
	replicas: ({ replicas }, status) => ({
		declared: replicas,
		current: status.replicas,
		updated: status.replicas,
		ready: status.readyReplicas,
		available: status.availableReplicas,
	}),
	status: { replicas: 0, readyReplicas: 0, availableReplicas: 0, observedGeneration: 0, failure: null },
});
