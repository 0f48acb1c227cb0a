import { z } from "zod";
import type { SimTime } from "../../engine/time.js";
import { orAbsent } from "../../objects/absent.js";
import { lenientObject } from "../../objects/kubernetes-object.js";
import type { LabelSelector } from "../../objects/selector.js";
import { labelSelectorSchema } from "../../objects/selector-schemas.js";
import type { ApiObject } from "../api-object.js";
import type { PodTemplate } from "../pod.js";
import { type IntOrPercent, intOrPercentSchema } from "./int-or-percent.js";
import { defineKind } from "./kind.js";
import { checkSelector, podTemplateSchema } from "./pod-template.js";
import { count } from "./replica-set.js";

export interface DeploymentSpec {
	readonly replicas: number;
	readonly selector: LabelSelector;
	readonly template: PodTemplate;
	readonly strategy: DeploymentStrategy;
	readonly minReadySeconds: number;
	readonly revisionHistoryLimit: number;
	readonly progressDeadlineSeconds: number;
	readonly paused: boolean;
}

export type DeploymentStrategy =
	| { readonly type: "Recreate" }
	| {
			readonly type: "RollingUpdate";
			readonly rollingUpdate: { readonly maxSurge: IntOrPercent; readonly maxUnavailable: IntOrPercent };
	  };

export interface Condition {
	readonly status: "True" | "False" | "Unknown";
	readonly reason: string;
	readonly message: string;
	/** Of the last change of anything in it that counts as news. */
	readonly updatedUs: SimTime;
}

export interface DeploymentStatus {
	readonly observedGeneration: number;
	readonly replicas: number;
	readonly updatedReplicas: number;
	readonly readyReplicas: number;
	readonly availableReplicas: number;
	readonly unavailableReplicas: number;
	/** Null until there is anything to say. */
	readonly progressing: Condition | null;
	readonly available: Condition | null;
	readonly replicaFailure: Condition | null;
}

export type Deployment = ApiObject<DeploymentSpec, DeploymentStatus>;

const share = z.strictObject({
	maxSurge: orAbsent(intOrPercentSchema, "25%"),
	maxUnavailable: orAbsent(intOrPercentSchema, "25%"),
});

const isZero = (value: IntOrPercent) => Number.parseInt(String(value), 10) === 0;

const strategySchema = orAbsent(
	z.strictObject({
		type: orAbsent(z.enum(["RollingUpdate", "Recreate"]), "RollingUpdate"),
		rollingUpdate: orAbsent(share, null),
	}),
	{ type: "RollingUpdate", rollingUpdate: null },
).transform(({ type, rollingUpdate }, context): DeploymentStrategy => {
	if (type === "Recreate") {
		if (rollingUpdate === null) return { type };
		const message = "may not be specified when strategy `type` is 'Recreate'";
		context.addIssue({ code: "custom", path: ["rollingUpdate"], message });
		return { type };
	}
	const given = rollingUpdate ?? { maxSurge: "25%", maxUnavailable: "25%" };
	if (isZero(given.maxSurge) && isZero(given.maxUnavailable))
		context.addIssue({
			code: "custom",
			path: ["rollingUpdate", "maxUnavailable"],
			message: "may not be 0 when `maxSurge` is 0",
		});
	return { type, rollingUpdate: given };
});

export const deploymentKind = defineKind<DeploymentSpec, DeploymentStatus>({
	kind: "Deployment",
	summary: "So many pods that are alike, replaced step by step when their template changes.",
	apiVersion: "apps/v1",
	names: ["deployment", "deployments", "deploy"],
	namespaced: true,
	spec: z
		.strictObject({
			replicas: orAbsent(count, 1),
			selector: labelSelectorSchema(lenientObject),
			template: podTemplateSchema,
			strategy: strategySchema,
			minReadySeconds: orAbsent(count, 0),
			revisionHistoryLimit: orAbsent(count, 10),
			progressDeadlineSeconds: orAbsent(count, 600),
			paused: orAbsent(z.boolean(), false),
		})
		.superRefine(checkSelector)
		.superRefine(({ progressDeadlineSeconds, minReadySeconds }, context) => {
			if (progressDeadlineSeconds > minReadySeconds) return;
			const message = "must be greater than minReadySeconds";
			context.addIssue({ code: "custom", path: ["progressDeadlineSeconds"], message });
		}),
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
		updatedReplicas: 0,
		readyReplicas: 0,
		availableReplicas: 0,
		unavailableReplicas: 0,
		progressing: null,
		available: null,
		replicaFailure: null,
	},
});
