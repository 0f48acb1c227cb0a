/** DaemonSets: a pod on each node. */
import { z } from "zod";
import { orAbsent } from "../../objects/absent.js";
import { lenientObject } from "../../objects/kubernetes-object.js";
import type { LabelSelector } from "../../objects/selector.js";
import { labelSelectorSchema } from "../../objects/selector-schemas.js";
import type { ApiObject } from "../api-object.js";
import type { PodTemplate } from "../pod.js";
import { type IntOrPercent, intOrPercentSchema } from "./int-or-percent.js";
import { defineKind } from "./kind.js";
import { checkRestartsAlways, checkSelector, podTemplateSchema } from "./pod-template.js";
import { count } from "./replica-set.js";

export interface DaemonSetSpec {
	readonly selector: LabelSelector;
	readonly template: PodTemplate;
	readonly updateStrategy: DaemonSetStrategy;
	readonly minReadySeconds: number;
	readonly revisionHistoryLimit: number;
}

export type DaemonSetStrategy =
	| { readonly type: "OnDelete" }
	| {
			readonly type: "RollingUpdate";
			/** Shares are of the nodes that shall have a pod; they round up. */
			readonly rollingUpdate: { readonly maxSurge: IntOrPercent; readonly maxUnavailable: IntOrPercent };
	  };

export interface DaemonSetStatus {
	readonly observedGeneration: number;
	/** Nodes that shall have a pod; those that have one; those that have one and shall not. */
	readonly desiredNumberScheduled: number;
	readonly currentNumberScheduled: number;
	readonly numberMisscheduled: number;
	readonly updatedNumberScheduled: number;
	readonly numberReady: number;
	readonly numberAvailable: number;
	readonly numberUnavailable: number;
}

export type DaemonSet = ApiObject<DaemonSetSpec, DaemonSetStatus>;

const isZero = (value: IntOrPercent) => Number.parseInt(String(value), 10) === 0;

const strategySchema = orAbsent(
	z.strictObject({
		type: orAbsent(z.enum(["RollingUpdate", "OnDelete"]), "RollingUpdate"),
		rollingUpdate: orAbsent(
			z.strictObject({
				maxSurge: orAbsent(intOrPercentSchema, 0),
				maxUnavailable: orAbsent(intOrPercentSchema, 1),
			}),
			null,
		),
	}),
	{ type: "RollingUpdate", rollingUpdate: null },
).transform(({ type, rollingUpdate }, context): DaemonSetStrategy => {
	if (type === "OnDelete") return { type };
	const given = rollingUpdate ?? { maxSurge: 0, maxUnavailable: 1 };
	const wrong = (field: string, message: string) =>
		context.addIssue({ code: "custom", path: ["rollingUpdate", field], message });
	if (isZero(given.maxSurge) && isZero(given.maxUnavailable)) wrong("maxUnavailable", "cannot be 0 when maxSurge is 0");
	if (!isZero(given.maxSurge) && !isZero(given.maxUnavailable))
		wrong("maxSurge", "may not be set when maxUnavailable is non-zero");
	return { type, rollingUpdate: given };
});

export const daemonSetKind = defineKind<DaemonSetSpec, DaemonSetStatus>({
	kind: "DaemonSet",
	summary: "One pod on every node that its template allows.",
	apiVersion: "apps/v1",
	names: ["daemonset", "daemonsets", "ds"],
	namespaced: true,
	spec: z
		.strictObject({
			selector: labelSelectorSchema(lenientObject),
			template: podTemplateSchema,
			updateStrategy: strategySchema,
			minReadySeconds: orAbsent(count, 0),
			revisionHistoryLimit: orAbsent(count, 10),
		})
		.superRefine(checkSelector)
		.superRefine(checkRestartsAlways),
	replicas: (_spec, status) => ({
		declared: status.desiredNumberScheduled,
		current: status.currentNumberScheduled,
		updated: status.updatedNumberScheduled,
		ready: status.numberReady,
		available: status.numberAvailable,
	}),
	status: {
		observedGeneration: 0,
		desiredNumberScheduled: 0,
		currentNumberScheduled: 0,
		numberMisscheduled: 0,
		updatedNumberScheduled: 0,
		numberReady: 0,
		numberAvailable: 0,
		numberUnavailable: 0,
	},
});
