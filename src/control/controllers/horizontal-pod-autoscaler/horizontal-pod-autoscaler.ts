/**
 * Sizes workloads by what their pods use. Source: pkg/controller/podautoscaler (horizontal.go).
 *
 * Divergence from Kubernetes: metrics are those of resources, and cost no time; a target that is gone is left alone without a condition.
 */
import { MINUTE, SECOND, type SimTime } from "../../../engine/time.js";
import type { ApiResult } from "../../api-server.js";
import {
	byGlance,
	type Controller,
	type ControllerContext,
	type Glance,
	granted,
	type MakeController,
	type Step,
	type Sync,
	update,
} from "../../controller.js";
import type { Condition } from "../../kinds/deployment.js";
import type { HorizontalPodAutoscaler, HorizontalPodAutoscalerStatus } from "../../kinds/horizontal-pod-autoscaler.js";
import type { Mark } from "../../label-index.js";
import type { Pod } from "../../pod.js";
import { KeptRecommendations, type Recommended, type Target } from "./recommendation.js";
import { type Dated, isSettled, normalized, type Reason } from "./scaling-rules.js";

/** What a pod uses of a resource now (`cpu` in thousandths, `memory` in bytes); null if nobody knows. */
export type PodUsage = (pod: Pod, resource: string) => number | null;

/**
 * Says when the usage of a pod may be another, although nothing was written to it: `revision` has grown since. Pods may share one: those
 * of one owner, those that share a load.
 */
export type UsageMark = (pod: Pod) => Mark;

/** --horizontal-pod-autoscaler-sync-period. */
const PERIOD_US = 15 * SECOND;
/** The longest window that a rule can have. */
const REMEMBERED_US = 60 * MINUTE;

type Steps<Value> = Generator<Step, Value, readonly ApiResult[]>;

/** What an autoscaler remembers between its syncs. */
interface Memory {
	/** Of the same ones in a row the last. */
	readonly recommendations: Dated[];
	readonly ups: Dated[];
	readonly downs: Dated[];
	/** What the last sync has seen, where it found nothing to do and would again; null if it did something. */
	rest: {
		readonly autoscaler: HorizontalPodAutoscaler;
		/** Of the target. */
		readonly spec: Target["spec"];
		readonly recommended: Recommended;
	} | null;
}

interface Rescale {
	readonly replicas: number;
	readonly why: string;
}

interface Plan {
	readonly status: HorizontalPodAutoscalerStatus;
	/** Null if the size stays. */
	readonly rescale: Rescale | null;
}

/** `markOf` saves looks at pods whose usage is what it was; null where nobody can tell. */
export function horizontalPodAutoscalerController(usageOf: PodUsage, markOf: UsageMark | null = null): MakeController {
	return (context) =>
		new HorizontalPodAutoscalerController(context, new KeptRecommendations(context.seen, usageOf, markOf));
}

class HorizontalPodAutoscalerController implements Controller {
	readonly name = "horizontal-pod-autoscaler";
	readonly workers = 5;
	readonly rounds = { periodUs: PERIOD_US, begin: (key: string) => this.#begin(key) };
	readonly watches: Controller["watches"] = {
		// Looked at once a period, whatever happens meanwhile.
		HorizontalPodAutoscaler: ({ key, after }) => {
			if (after === null) {
				this.#memories.delete(key);
				this.#glances.delete(key);
				this.#recommendations.forget(key);
			} else this.#context.enqueueAfter(key, PERIOD_US);
		},
	};
	readonly #context: ControllerContext;
	readonly #recommendations: KeptRecommendations;
	/** By key, of the autoscaler as it was last seen. */
	readonly #glances = new Map<string, Glance & { readonly autoscaler: HorizontalPodAutoscaler }>();
	readonly #memories = new Map<string, Memory>();

	constructor(context: ControllerContext, recommendations: KeptRecommendations) {
		this.#context = context;
		this.#recommendations = recommendations;
	}

	*reconcile(key: string): Sync {
		const glance = this.#begin(key);
		if (glance !== null) yield* byGlance(glance);
	}

	#begin(key: string): Glance | null {
		const autoscaler = this.#context.seen.get("HorizontalPodAutoscaler", key) as HorizontalPodAutoscaler | undefined;
		if (autoscaler === undefined) return null;
		this.#context.enqueueAfter(key, PERIOD_US);
		let glance = this.#glances.get(key);
		if (glance?.autoscaler !== autoscaler) {
			const { metadata, spec } = autoscaler;
			const { kind, name } = spec.scaleTargetRef;
			const judge = (found: ApiResult) => this.#judge(key, autoscaler, found);
			glance = { kind, key: `${metadata.namespace}/${name}`, judge, autoscaler };
			this.#glances.set(key, glance);
		}
		return glance;
	}

	/** What is to be done about the target as it was found. Most syncs end here. */
	#judge(key: string, autoscaler: HorizontalPodAutoscaler, found: ApiResult): Sync | null {
		if (!found.ok) {
			this.#context.event(autoscaler, "Warning", "FailedGetScale", found.error.message);
			return null;
		}
		const target = found.object as Target;
		const memory = this.#memoryOf(key, target);
		if (this.#rests(key, memory, autoscaler, target)) return null;
		memory.rest = null;
		const plan = this.#plan(key, autoscaler, target, memory);
		if (plan.rescale !== null || !sameStatus(plan.status, autoscaler.status))
			return this.#carryOut(autoscaler, target, plan);
		memory.rest = this.#restOf(key, memory, autoscaler, target);
		return null;
	}

	/** Whether it sees what it saw when there was nothing to do. */
	#rests(key: string, memory: Memory, autoscaler: HorizontalPodAutoscaler, target: Target): boolean {
		const { rest, recommendations } = memory;
		if (rest === null || rest.autoscaler !== autoscaler || rest.spec !== target.spec) return false;
		const { nowUs } = this.#context.clock;
		const recommended = this.#recommendations.of(key, autoscaler, target, nowUs);
		if (!sameRecommended(recommended, rest.recommended)) return false;
		remember(recommendations, { atUs: nowUs, amount: rest.recommended.replicas });
		return true;
	}

	#restOf(key: string, memory: Memory, autoscaler: HorizontalPodAutoscaler, target: Target): Memory["rest"] {
		const { spec } = autoscaler;
		const current = target.spec.replicas;
		if (current === 0 || current > spec.maxReplicas || current < spec.minReplicas) return null;
		const { nowUs } = this.#context.clock;
		const recommended = this.#recommendations.of(key, autoscaler, target, nowUs);
		if (typeof recommended === "string" || !isSettled(spec, recommended.replicas, memory, nowUs)) return null;
		return { autoscaler, spec: target.spec, recommended };
	}

	/** At first the present size is taken for what was recommended. */
	#memoryOf(key: string, { spec }: Target): Memory {
		const { nowUs } = this.#context.clock;
		let memory = this.#memories.get(key);
		if (memory === undefined) {
			memory = { recommendations: [{ atUs: nowUs, amount: spec.replicas }], ups: [], downs: [], rest: null };
			this.#memories.set(key, memory);
		}
		forgetOld(memory.recommendations, nowUs);
		forgetOld(memory.ups, nowUs);
		forgetOld(memory.downs, nowUs);
		return memory;
	}

	/** What the autoscaler would say of itself, and the size that it would set. */
	#plan(key: string, autoscaler: HorizontalPodAutoscaler, target: Target, memory: Memory): Plan {
		const { minReplicas, maxReplicas } = autoscaler.spec;
		const current = target.spec.replicas;
		const status = { ...autoscaler.status, currentReplicas: current, desiredReplicas: current };
		const stays = (said: Partial<HorizontalPodAutoscalerStatus>) => ({
			status: { ...status, ...said },
			rescale: null,
		});
		if (current === 0) return stays({ scalingActive: this.#note(status.scalingActive, "False", DISABLED) });
		if (current > maxReplicas) return { status, rescale: { replicas: maxReplicas, why: ABOVE_MAX } };
		if (current < minReplicas) return { status, rescale: { replicas: minReplicas, why: BELOW_MIN } };
		const { nowUs } = this.#context.clock;
		const recommended = this.#recommendations.of(key, autoscaler, target, nowUs);
		if (typeof recommended === "string") {
			this.#context.event(autoscaler, "Warning", "FailedGetResourceMetric", recommended);
			const failed = { reason: "FailedGetResourceMetric", message: recommended };
			return stays({ scalingActive: this.#note(status.scalingActive, "False", failed) });
		}
		const sizes = { current, recommended: recommended.replicas };
		const { replicas, able, limited } = normalized(autoscaler.spec, sizes, memory, nowUs);
		remember(memory.recommendations, { atUs: nowUs, amount: recommended.replicas });
		const measured = stays({
			currentMetrics: recommended.averages,
			ableToScale: this.#note(status.ableToScale, "True", able),
			scalingActive: this.#note(status.scalingActive, "True", recommended.active),
			scalingLimited: this.#note(status.scalingLimited, limited.status, limited),
		});
		if (replicas === current) return measured;
		if (replicas > current) memory.ups.push({ atUs: nowUs, amount: replicas - current });
		else memory.downs.push({ atUs: nowUs, amount: current - replicas });
		const why = recommended.replicas > current ? `${recommended.metric} above target` : "All metrics below target";
		return { ...measured, rescale: { replicas, why } };
	}

	*#carryOut(autoscaler: HorizontalPodAutoscaler, target: Target, { status, rescale }: Plan): Sync {
		const said = rescale === null ? status : yield* this.#rescale(autoscaler, target, status, rescale);
		if (!sameStatus(said, autoscaler.status)) granted(yield* update({ ...autoscaler, status: said }));
	}

	*#rescale(
		autoscaler: HorizontalPodAutoscaler,
		target: Target,
		status: HorizontalPodAutoscalerStatus,
		{ replicas, why }: Rescale,
	): Steps<HorizontalPodAutoscalerStatus> {
		granted(yield* update({ ...target, spec: { ...target.spec, replicas } }));
		this.#context.event(autoscaler, "Normal", "SuccessfulRescale", `New size: ${replicas}; reason: ${why}`);
		const ableToScale = this.#note(status.ableToScale, "True", {
			reason: "SucceededRescale",
			message: `the HPA controller was able to update the target scale to ${replicas}`,
		});
		return { ...status, desiredReplicas: replicas, ableToScale, lastScaleUs: this.#context.clock.nowUs };
	}

	#note(current: Condition | null, status: Condition["status"], { reason, message }: Reason): Condition {
		if (current?.status !== status) return { status, reason, message, updatedUs: this.#context.clock.nowUs };
		if (current.reason === reason && current.message === message) return current;
		return { status, reason, message, updatedUs: current.updatedUs };
	}
}

function forgetOld(dated: Dated[], nowUs: SimTime): void {
	while (dated.length > 0 && dated[0]!.atUs <= nowUs - REMEMBERED_US) dated.shift();
}

function remember(recommendations: Dated[], dated: Dated): void {
	if (recommendations.at(-1)?.amount === dated.amount) recommendations.pop();
	recommendations.push(dated);
}

const DISABLED: Reason = {
	reason: "ScalingDisabled",
	message: "scaling is disabled since the replica count of the target is zero",
};
const ABOVE_MAX = "Current number of replicas above Spec.MaxReplicas";
const BELOW_MIN = "Current number of replicas below Spec.MinReplicas";

function sameRecommended(a: Recommended | string, b: Recommended): boolean {
	return (
		a === b ||
		(typeof a !== "string" && a.replicas === b.replicas && a.metric === b.metric && sameAmounts(a.averages, b.averages))
	);
}

/** Conditions that say the same are one. */
function sameStatus(a: HorizontalPodAutoscalerStatus, b: HorizontalPodAutoscalerStatus): boolean {
	return (
		a.currentReplicas === b.currentReplicas &&
		a.desiredReplicas === b.desiredReplicas &&
		Object.is(a.lastScaleUs, b.lastScaleUs) &&
		a.ableToScale === b.ableToScale &&
		a.scalingActive === b.scalingActive &&
		a.scalingLimited === b.scalingLimited &&
		sameAmounts(a.currentMetrics, b.currentMetrics)
	);
}

function sameAmounts(a: Readonly<Record<string, number>>, b: Readonly<Record<string, number>>): boolean {
	if (a === b) return true;
	const keys = Object.keys(a);
	return keys.length === Object.keys(b).length && keys.every((key) => Object.is(a[key], b[key]));
}
