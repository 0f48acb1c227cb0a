/**
 * Sizes workloads by what their pods use. Source: pkg/controller/podautoscaler (horizontal.go).
 *
 * Divergence from Kubernetes: metrics are those of resources, and cost no time; a target that is gone is left alone without a condition.
 */
import { MINUTE, SECOND } from "../../../engine/time.js";
import { type LabelSelector, matchesLabels } from "../../../objects/selector.js";
import { containersOf } from "../../admission/pod-resources.js";
import type { ApiObject } from "../../api-object.js";
import type { ApiResult } from "../../api-server.js";
import {
	type Controller,
	type ControllerContext,
	get,
	granted,
	type MakeController,
	type Step,
	type Sync,
	update,
} from "../../controller.js";
import type { Condition } from "../../kinds/deployment.js";
import {
	type HorizontalPodAutoscaler,
	type HorizontalPodAutoscalerStatus,
	type ResourceMetric,
	targetOf,
} from "../../kinds/horizontal-pod-autoscaler.js";
import type { Pod } from "../../pod.js";
import { proposedReplicas, type Sample } from "./replica-count.js";
import { type Dated, normalized, type Reason } from "./scaling-rules.js";

/** What a pod uses of a resource now (`cpu` in thousandths, `memory` in bytes); null if nobody knows. */
export type PodUsage = (pod: Pod, resource: string) => number | null;

/** --horizontal-pod-autoscaler-sync-period. */
const PERIOD_US = 15 * SECOND;
/** The longest window that a rule can have. */
const REMEMBERED_US = 60 * MINUTE;

/** Workloads that can be scaled, as far as that goes. */
type Target = ApiObject<{ readonly replicas: number; readonly selector: LabelSelector }>;
type Steps<Value> = Generator<Step, Value, readonly ApiResult[]>;

/** What an autoscaler remembers between its syncs. */
interface Memory {
	recommendations: Dated[];
	ups: Dated[];
	downs: Dated[];
}

/** What all metrics together come to. */
interface Recommended {
	readonly replicas: number;
	/** The metric that asks for most, in the words of the events. */
	readonly metric: string;
	readonly averages: Readonly<Record<string, number>>;
}

export function horizontalPodAutoscalerController(usageOf: PodUsage): MakeController {
	return (context) => new HorizontalPodAutoscalerController(context, usageOf);
}

class HorizontalPodAutoscalerController implements Controller {
	readonly name = "horizontal-pod-autoscaler";
	readonly workers = 5;
	readonly watches: Controller["watches"] = {
		// Looked at once a period, whatever happens meanwhile.
		HorizontalPodAutoscaler: ({ key, after }) => {
			if (after === null) this.#memories.delete(key);
			else this.#context.enqueueAfter(key, PERIOD_US);
		},
	};
	readonly #context: ControllerContext;
	readonly #usageOf: PodUsage;
	readonly #memories = new Map<string, Memory>();

	constructor(context: ControllerContext, usageOf: PodUsage) {
		this.#context = context;
		this.#usageOf = usageOf;
	}

	*reconcile(key: string): Sync {
		const autoscaler = this.#context.seen.get("HorizontalPodAutoscaler", key) as HorizontalPodAutoscaler | undefined;
		if (autoscaler === undefined) return;
		this.#context.enqueueAfter(key, PERIOD_US);
		const { scaleTargetRef } = autoscaler.spec;
		const found = yield* get(scaleTargetRef.kind, `${autoscaler.metadata.namespace}/${scaleTargetRef.name}`);
		if (!found.ok) {
			this.#context.event(autoscaler, "Warning", "FailedGetScale", found.error.message);
			return;
		}
		const status = yield* this.#scaled(autoscaler, found.object as Target, this.#memoryOf(key, found.object as Target));
		if (!sameStatus(status, autoscaler.status)) granted(yield* update({ ...autoscaler, status }));
	}

	/** At first the present size is taken for what was recommended. */
	#memoryOf(key: string, { spec }: Target): Memory {
		const { nowUs } = this.#context.clock;
		let memory = this.#memories.get(key);
		if (memory === undefined) {
			memory = { recommendations: [{ atUs: nowUs, amount: spec.replicas }], ups: [], downs: [] };
			this.#memories.set(key, memory);
		}
		const recent = ({ atUs }: Dated) => atUs > nowUs - REMEMBERED_US;
		for (const what of ["recommendations", "ups", "downs"] as const) memory[what] = memory[what].filter(recent);
		return memory;
	}

	*#scaled(autoscaler: HorizontalPodAutoscaler, target: Target, memory: Memory): Steps<HorizontalPodAutoscalerStatus> {
		const { minReplicas, maxReplicas } = autoscaler.spec;
		const current = target.spec.replicas;
		const status = { ...autoscaler.status, currentReplicas: current, desiredReplicas: current };
		if (current === 0) return { ...status, scalingActive: this.#note(status.scalingActive, "False", DISABLED) };
		if (current > maxReplicas) return yield* this.#rescale(autoscaler, target, status, maxReplicas, ABOVE_MAX);
		if (current < minReplicas) return yield* this.#rescale(autoscaler, target, status, minReplicas, BELOW_MIN);
		const recommended = this.#recommended(autoscaler, target);
		if (typeof recommended === "string") {
			this.#context.event(autoscaler, "Warning", "FailedGetResourceMetric", recommended);
			const failed = { reason: "FailedGetResourceMetric", message: recommended };
			return { ...status, scalingActive: this.#note(status.scalingActive, "False", failed) };
		}
		const { nowUs } = this.#context.clock;
		const sizes = { current, recommended: recommended.replicas };
		const { replicas, able, limited } = normalized(autoscaler.spec, sizes, memory, nowUs);
		memory.recommendations.push({ atUs: nowUs, amount: recommended.replicas });
		const measured: HorizontalPodAutoscalerStatus = {
			...status,
			currentMetrics: recommended.averages,
			ableToScale: this.#note(status.ableToScale, "True", able),
			scalingActive: this.#note(status.scalingActive, "True", {
				reason: "ValidMetricFound",
				message: `the HPA was able to successfully calculate a replica count from ${recommended.metric}`,
			}),
			scalingLimited: this.#note(status.scalingLimited, limited.status, limited),
		};
		if (replicas === current) return measured;
		if (replicas > current) memory.ups.push({ atUs: nowUs, amount: replicas - current });
		else memory.downs.push({ atUs: nowUs, amount: current - replicas });
		const why = recommended.replicas > current ? `${recommended.metric} above target` : "All metrics below target";
		return yield* this.#rescale(autoscaler, target, measured, replicas, why);
	}

	*#rescale(
		autoscaler: HorizontalPodAutoscaler,
		target: Target,
		status: HorizontalPodAutoscalerStatus,
		replicas: number,
		why: string,
	): Steps<HorizontalPodAutoscalerStatus> {
		granted(yield* update({ ...target, spec: { ...target.spec, replicas } }));
		this.#context.event(autoscaler, "Normal", "SuccessfulRescale", `New size: ${replicas}; reason: ${why}`);
		const ableToScale = this.#note(status.ableToScale, "True", {
			reason: "SucceededRescale",
			message: `the HPA controller was able to update the target scale to ${replicas}`,
		});
		return { ...status, desiredReplicas: replicas, ableToScale, lastScaleUs: this.#context.clock.nowUs };
	}

	/** The most that any metric asks for; what is wrong if there is none. */
	#recommended({ metadata, spec }: HorizontalPodAutoscaler, target: Target): Recommended | string {
		const { selector } = target.spec;
		const labelled = this.#context.seen.having("Pod", metadata.namespace, selector.matchLabels) as readonly Pod[];
		const pods = labelled.filter((pod) => matchesLabels(selector, pod.metadata.labels));
		let most: Omit<Recommended, "averages"> | null = null;
		const averages: Record<string, number> = {};
		for (const { resource } of spec.metrics) {
			const samples = pods.map((pod) => this.#sample(pod, resource.name));
			const unknown = samples.find(({ request }) => Number.isNaN(request));
			if (unknown !== undefined && resource.target.type === "Utilization")
				return `failed to get ${resource.name} utilization: missing request for ${resource.name} in a container of Pod ${unknown.pod.metadata.name}`;
			const aim = { resource: resource.name, type: resource.target.type, value: targetOf(resource) };
			const proposal = proposedReplicas(samples, aim, target.spec.replicas, this.#context.clock.nowUs);
			if (proposal === null)
				return `failed to get ${resource.name} utilization: did not receive metrics for any ready pods`;
			averages[resource.name] = proposal.average;
			if (most === null || proposal.replicas > most.replicas)
				most = { replicas: proposal.replicas, metric: inWords(resource) };
		}
		return { ...most!, averages };
	}

	#sample(pod: Pod, resource: string): Sample {
		const containers = containersOf(pod.spec.template).filter(({ isInit }) => !isInit);
		const request = containers.reduce((sum, { requests }) => sum + (requests[resource] ?? Number.NaN), 0);
		return { pod, request, usage: this.#usageOf(pod, resource) };
	}

	#note(current: Condition | null, status: Condition["status"], { reason, message }: Reason): Condition {
		const updatedUs = current?.status === status ? current.updatedUs : this.#context.clock.nowUs;
		return { status, reason, message, updatedUs };
	}
}

const DISABLED: Reason = {
	reason: "ScalingDisabled",
	message: "scaling is disabled since the replica count of the target is zero",
};
const ABOVE_MAX = "Current number of replicas above Spec.MaxReplicas";
const BELOW_MIN = "Current number of replicas below Spec.MinReplicas";

function inWords({ name, target }: ResourceMetric["resource"]): string {
	return target.type === "Utilization" ? `${name} resource utilization (percentage of request)` : `${name} resource`;
}

function sameStatus(a: HorizontalPodAutoscalerStatus, b: HorizontalPodAutoscalerStatus): boolean {
	return JSON.stringify(a) === JSON.stringify(b);
}
