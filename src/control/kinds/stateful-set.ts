/** StatefulSets: pods with names of their own that come and go one after the other. */
import { z } from "zod";
import { orAbsent } from "../../objects/absent.js";
import { lenientObject } from "../../objects/kubernetes-object.js";
import type { LabelSelector } from "../../objects/selector.js";
import { labelSelectorSchema } from "../../objects/selector-schemas.js";
import type { ApiObject, Texts } from "../api-object.js";
import type { PodTemplate } from "../pod.js";
import { intOrPercentSchema } from "./int-or-percent.js";
import { defineKind } from "./kind.js";
import { claimSpecSchema, type PersistentVolumeClaimSpec } from "./persistent-volume-claim.js";
import { checkRestartsAlways, checkSelector, podTemplateSchema } from "./pod-template.js";
import { count } from "./replica-set.js";

export interface StatefulSetSpec {
	readonly replicas: number;
	readonly selector: LabelSelector;
	readonly serviceName: string;
	readonly template: PodTemplate;
	readonly podManagementPolicy: "OrderedReady" | "Parallel";
	readonly updateStrategy: StatefulSetStrategy;
	readonly minReadySeconds: number;
	readonly revisionHistoryLimit: number;
	readonly ordinals: { readonly start: number };
	/** Each pod has a claim of each, under a name of its own. */
	readonly volumeClaimTemplates: readonly ClaimTemplate[];
	readonly persistentVolumeClaimRetentionPolicy: ClaimRetention;
}

export interface ClaimTemplate {
	readonly metadata: { readonly name: string; readonly labels: Texts; readonly annotations: Texts };
	readonly spec: PersistentVolumeClaimSpec;
}

/** What becomes of the claims when the set is deleted, or has fewer replicas. */
export interface ClaimRetention {
	readonly whenDeleted: "Retain" | "Delete";
	readonly whenScaled: "Retain" | "Delete";
}

export type StatefulSetStrategy =
	| { readonly type: "OnDelete" }
	/** Null where a manifest names the type alone: an update then goes back for pods that are lost below those that it has reached. */
	| { readonly type: "RollingUpdate"; readonly rollingUpdate: { readonly partition: number } | null };

export interface StatefulSetStatus {
	readonly observedGeneration: number;
	readonly replicas: number;
	readonly readyReplicas: number;
	readonly availableReplicas: number;
	/** Pods of the revision that was rolled out completely last, and of the newest; those on their way out are left out. */
	readonly currentReplicas: number;
	readonly updatedReplicas: number;
	/** Names of ControllerRevisions, "" before the first. */
	readonly currentRevision: string;
	readonly updateRevision: string;
}

export type StatefulSet = ApiObject<StatefulSetSpec, StatefulSetStatus>;

const strategySchema = orAbsent(
	z.strictObject({
		type: orAbsent(z.enum(["RollingUpdate", "OnDelete"]), null),
		rollingUpdate: orAbsent(
			z
				.strictObject({
					partition: orAbsent(count, 0),
					// An API server of 1.34 drops it: the gate MaxUnavailableStatefulSet is off.
					maxUnavailable: orAbsent(intOrPercentSchema, null),
				})
				.transform(({ partition }) => ({ partition })),
			null,
		),
	}),
	{ type: null, rollingUpdate: null },
).transform(({ type, rollingUpdate }, context): StatefulSetStrategy => {
	if (type === null) return { type: "RollingUpdate", rollingUpdate: rollingUpdate ?? { partition: 0 } };
	if (type === "RollingUpdate") return { type, rollingUpdate };
	if (rollingUpdate !== null) {
		const message = "only allowed for updateStrategy 'RollingUpdate'";
		context.addIssue({ code: "custom", path: ["rollingUpdate"], message });
	}
	return { type };
});

const retention = z.enum(["Retain", "Delete"]);

/** Type and status are allowed, and nothing is made of them. */
const claimTemplateSchema: z.ZodType<ClaimTemplate> = z
	.looseObject({
		metadata: z.looseObject({
			name: z.string().min(1),
			labels: orAbsent(z.record(z.string(), z.string()), {}),
			annotations: orAbsent(z.record(z.string(), z.string()), {}),
		}),
		spec: claimSpecSchema,
	})
	.transform(({ metadata: { name, labels, annotations }, spec }) => ({
		metadata: { name, labels, annotations },
		spec,
	}));

export const statefulSetKind = defineKind<StatefulSetSpec, StatefulSetStatus>({
	kind: "StatefulSet",
	summary: "Pods with a number and a volume of their own each, started and replaced in order.",
	apiVersion: "apps/v1",
	names: ["statefulset", "statefulsets", "sts"],
	namespaced: true,
	spec: z
		.strictObject({
			replicas: orAbsent(count, 1),
			selector: labelSelectorSchema(lenientObject),
			serviceName: orAbsent(z.string(), ""),
			template: podTemplateSchema,
			podManagementPolicy: orAbsent(z.enum(["OrderedReady", "Parallel"]), "OrderedReady"),
			updateStrategy: strategySchema,
			minReadySeconds: orAbsent(count, 0),
			revisionHistoryLimit: orAbsent(count, 10),
			ordinals: orAbsent(z.strictObject({ start: orAbsent(count, 0) }), { start: 0 }),
			volumeClaimTemplates: orAbsent(z.array(claimTemplateSchema), []),
			persistentVolumeClaimRetentionPolicy: orAbsent(
				z.strictObject({ whenDeleted: orAbsent(retention, "Retain"), whenScaled: orAbsent(retention, "Retain") }),
				{ whenDeleted: "Retain", whenScaled: "Retain" },
			),
		})
		.superRefine(checkSelector)
		.superRefine(checkRestartsAlways),
	replicas: ({ replicas }, status) => ({
		declared: replicas,
		current: status.replicas,
		updated: status.updatedReplicas,
		ready: status.readyReplicas,
		available: status.availableReplicas,
	}),
	status: {
		observedGeneration: 0,
		replicas: 0,
		readyReplicas: 0,
		availableReplicas: 0,
		currentReplicas: 0,
		updatedReplicas: 0,
		currentRevision: "",
		updateRevision: "",
	},
});
