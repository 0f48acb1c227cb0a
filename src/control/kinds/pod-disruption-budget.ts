import { z } from "zod";
import type { SimTime } from "../../engine/time.js";
import { orAbsent } from "../../objects/absent.js";
import { lenientObject } from "../../objects/kubernetes-object.js";
import type { LabelSelector } from "../../objects/selector.js";
import { labelSelectorSchema } from "../../objects/selector-schemas.js";
import type { ApiObject } from "../api-object.js";
import type { Condition } from "./deployment.js";
import { type IntOrPercent, intOrPercentSchema } from "./int-or-percent.js";
import { defineKind } from "./kind.js";

export interface PodDisruptionBudgetSpec {
	/** Null for no pod, an empty one for all of the namespace. */
	readonly selector: LabelSelector | null;
	/** One of the two is null. */
	readonly minAvailable: IntOrPercent | null;
	readonly maxUnavailable: IntOrPercent | null;
	readonly unhealthyPodEvictionPolicy: "IfHealthyBudget" | "AlwaysAllow";
}

export interface PodDisruptionBudgetStatus {
	readonly observedGeneration: number;
	/** Evictions that may go ahead now. */
	readonly disruptionsAllowed: number;
	readonly currentHealthy: number;
	readonly desiredHealthy: number;
	readonly expectedPods: number;
	/** By name of the pod, when its eviction was granted: until its deletion is seen. */
	readonly disruptedPods: Readonly<Record<string, SimTime>>;
	readonly allowed: Condition | null;
}

export type PodDisruptionBudget = ApiObject<PodDisruptionBudgetSpec, PodDisruptionBudgetStatus>;

export const podDisruptionBudgetKind = defineKind<PodDisruptionBudgetSpec, PodDisruptionBudgetStatus>({
	kind: "PodDisruptionBudget",
	summary: "How many pods of a selection evictions may take away at a time.",
	apiVersion: "policy/v1",
	names: ["poddisruptionbudget", "poddisruptionbudgets", "pdb"],
	namespaced: true,
	spec: z
		.strictObject({
			selector: orAbsent(labelSelectorSchema(lenientObject), null),
			minAvailable: orAbsent(intOrPercentSchema, null),
			maxUnavailable: orAbsent(intOrPercentSchema, null),
			unhealthyPodEvictionPolicy: orAbsent(z.enum(["IfHealthyBudget", "AlwaysAllow"]), "IfHealthyBudget"),
		})
		.superRefine(({ minAvailable, maxUnavailable }, context) => {
			if (minAvailable === null || maxUnavailable === null) return;
			context.addIssue({ code: "custom", path: [], message: "minAvailable and maxUnavailable cannot be both set" });
		}),
	status: {
		observedGeneration: 0,
		disruptionsAllowed: 0,
		currentHealthy: 0,
		desiredHealthy: 0,
		expectedPods: 0,
		disruptedPods: {},
		allowed: null,
	},
});
