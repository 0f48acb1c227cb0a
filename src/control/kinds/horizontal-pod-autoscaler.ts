import { z } from "zod";
import type { SimTime } from "../../engine/time.js";
import { orAbsent } from "../../objects/absent.js";
import { parseQuantity, quantityText, unitOf } from "../../objects/quantity.js";
import type { ApiObject } from "../api-object.js";
import type { Condition } from "./deployment.js";
import { defineKind } from "./kind.js";
import { count } from "./replica-set.js";

/** One metric and what it shall be on average over the pods. */
export interface ResourceMetric {
	readonly type: "Resource";
	readonly resource: {
		readonly name: string;
		readonly target: /** Percent of the request. */
			| { readonly type: "Utilization"; readonly averageUtilization: number }
			| { readonly type: "AverageValue"; readonly averageValue: string | number };
	};
}

export interface ScalingPolicy {
	readonly type: "Pods" | "Percent";
	readonly value: number;
	readonly periodSeconds: number;
}

export interface ScalingRules {
	/** Null: as long as the controller says (5 minutes down, none up). */
	readonly stabilizationWindowSeconds: number | null;
	readonly selectPolicy: "Max" | "Min" | "Disabled";
	readonly policies: readonly ScalingPolicy[];
}

export interface HorizontalPodAutoscalerSpec {
	readonly scaleTargetRef: { readonly kind: string; readonly name: string };
	readonly minReplicas: number;
	readonly maxReplicas: number;
	readonly metrics: readonly ResourceMetric[];
	/** Null for the rules from before there was a choice. */
	readonly behavior: { readonly scaleUp: ScalingRules; readonly scaleDown: ScalingRules } | null;
}

export interface HorizontalPodAutoscalerStatus {
	readonly currentReplicas: number;
	readonly desiredReplicas: number;
	/** When it last changed the size; NaN if never. */
	readonly lastScaleUs: SimTime;
	/** By resource, percent of the request or canonical amount, as the target is given. */
	readonly currentMetrics: Readonly<Record<string, number>>;
	readonly ableToScale: Condition | null;
	readonly scalingActive: Condition | null;
	readonly scalingLimited: Condition | null;
}

export type HorizontalPodAutoscaler = ApiObject<HorizontalPodAutoscalerSpec, HorizontalPodAutoscalerStatus>;

const metricSchema = z.strictObject({
	type: z.literal("Resource", { error: "only metrics of type Resource are measured here" }),
	resource: z.strictObject({
		name: z.enum(["cpu", "memory"]),
		target: z.discriminatedUnion("type", [
			z.strictObject({ type: z.literal("Utilization"), averageUtilization: z.int().min(1) }),
			z.strictObject({ type: z.literal("AverageValue"), averageValue: quantityText }),
		]),
	}),
});

const CPU_80: readonly ResourceMetric[] = [
	{ type: "Resource", resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 80 } } },
];

const policySchema = z.strictObject({
	type: z.enum(["Pods", "Percent"]),
	value: z.int().min(1),
	periodSeconds: z.int().min(1).max(1800),
});

const PERCENT_100: ScalingPolicy = { type: "Percent", value: 100, periodSeconds: 15 };
const UP: readonly ScalingPolicy[] = [{ type: "Pods", value: 4, periodSeconds: 15 }, PERCENT_100];
const DOWN: readonly ScalingPolicy[] = [PERCENT_100];

const rulesSchema = (policies: readonly ScalingPolicy[], windowSeconds: number | null) =>
	orAbsent(
		z
			.strictObject({
				stabilizationWindowSeconds: orAbsent(count.max(3600), windowSeconds),
				selectPolicy: orAbsent(z.enum(["Max", "Min", "Disabled"]), "Max"),
				policies: orAbsent(z.array(policySchema).min(1), policies),
				// An API server of 1.34 drops it: the gate HPAConfigurableTolerance is off.
				tolerance: orAbsent(quantityText, null),
			})
			.transform(({ tolerance: _, ...rules }) => rules),
		{ stabilizationWindowSeconds: windowSeconds, selectPolicy: "Max", policies },
	);

export const horizontalPodAutoscalerKind = defineKind<HorizontalPodAutoscalerSpec, HorizontalPodAutoscalerStatus>({
	kind: "HorizontalPodAutoscaler",
	summary: "As many replicas of its target as usage asks for.",
	apiVersion: "autoscaling/v2",
	names: ["horizontalpodautoscaler", "horizontalpodautoscalers", "hpa"],
	namespaced: true,
	spec: z
		.strictObject({
			scaleTargetRef: z.strictObject({
				apiVersion: z.string().optional(),
				kind: z.enum(["Deployment", "ReplicaSet", "StatefulSet"]),
				name: z.string(),
			}),
			minReplicas: orAbsent(z.int().min(1), 1),
			maxReplicas: z.int().min(1),
			metrics: orAbsent(z.array(metricSchema).min(1), CPU_80),
			behavior: orAbsent(z.strictObject({ scaleUp: rulesSchema(UP, 0), scaleDown: rulesSchema(DOWN, null) }), null),
		})
		.superRefine(({ minReplicas, maxReplicas }, context) => {
			if (maxReplicas >= minReplicas) return;
			const message = "must be greater than or equal to `minReplicas`";
			context.addIssue({ code: "custom", path: ["maxReplicas"], message });
		}),
	status: {
		currentReplicas: 0,
		desiredReplicas: 0,
		lastScaleUs: Number.NaN,
		currentMetrics: {},
		ableToScale: null,
		scalingActive: null,
		scalingLimited: null,
	},
});

/** The target in the unit in which usage is measured: percent, or the canonical unit of the resource. */
export function targetOf({ name, target }: ResourceMetric["resource"]): number {
	return target.type === "Utilization" ? target.averageUtilization : parseQuantity(target.averageValue, unitOf(name));
}
