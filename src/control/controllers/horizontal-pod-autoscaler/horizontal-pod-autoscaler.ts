/**
 * Sizes workloads by what their pods use. Source: pkg/controller/podautoscaler (horizontal.go).
 *
 * Divergence from Kubernetes: metrics are those of resources, and cost no time.
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
import {
	type Failure,
	isKnown,
	KeptRecommendation,
	type Recommended,
	sameAmounts,
	sameRecommended,
	type Target,
	type Unknown,
} from "./recommendation.js";
import { type Dated, holdsUntilUs, normalized, type Reason } from "./scaling-rules.js";

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
	readonly recommendation: KeptRecommendation;
	rest: Rest | null;
}

/** What a sync has seen that found nothing to do and would again. */
interface Rest {
	/** Of the target. */
	readonly spec: Target["spec"];
	readonly recommended: Recommended;
	/** What was recommended before speaks against nothing else so long. */
	readonly untilUs: SimTime;
	/** When it was last found to be so. */
	lastUs: SimTime;
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
		new HorizontalPodAutoscalerController(context, () => new KeptRecommendation(context.seen, usageOf, markOf));
}

class HorizontalPodAutoscalerController implements Controller {
	readonly name = "horizontal-pod-autoscaler";
	readonly workers = 5;
	readonly rounds = { periodUs: PERIOD_US, begin: (key: string) => this.#begin(key) };
	readonly watches: Controller["watches"] = {
		// Looked at once a period, whatever happens meanwhile.
		HorizontalPodAutoscaler: ({ key, after }) => {
			this.#looks.delete(key);
			if (after === null) this.#memories.delete(key);
			else this.#context.enqueueAfter(key, PERIOD_US);
		},
	};
	readonly #context: ControllerContext;
	readonly #makeRecommendation: () => KeptRecommendation;
	/** By key, as long as the autoscaler is the same. */
	readonly #looks = new Map<string, Glance>();
	readonly #memories = new Map<string, Memory>();

	constructor(context: ControllerContext, makeRecommendation: () => KeptRecommendation) {
		this.#context = context;
		this.#makeRecommendation = makeRecommendation;
	}

	*reconcile(key: string): Sync {
		const glance = this.#begin(key);
		if (glance !== null) yield* byGlance(glance);
	}

	#begin(key: string): Glance | null {
		const look = this.#looks.get(key) ?? this.#newLook(key);
		if (look !== null) this.#context.enqueueAfter(key, PERIOD_US);
		return look;
	}

	#newLook(key: string): Glance | null {
		const autoscaler = this.#context.seen.get("HorizontalPodAutoscaler", key) as HorizontalPodAutoscaler | undefined;
		if (autoscaler === undefined) return null;
		const look = this.#lookFor(key, autoscaler);
		this.#looks.set(key, look);
		return look;
	}

	#lookFor(key: string, autoscaler: HorizontalPodAutoscaler): Glance {
		const { metadata, spec } = autoscaler;
		const { kind, name } = spec.scaleTargetRef;
		let memory = this.#memories.get(key) ?? null;
		// What there was to rest on was another autoscaler.
		if (memory !== null) this.#rise(memory);
		const judge = (found: ApiResult) => {
			if (!found.ok) return found.error.code === 404 ? this.#tellLost(autoscaler) : null;
			memory ??= this.#begun(key, found.object as Target);
			return this.#judge(memory, autoscaler, found.object as Target);
		};
		return { kind, key: `${metadata.namespace}/${name}`, kept: null, judge };
	}

	/** What is to be done about the target as it was found. Most syncs end here. */
	#judge(memory: Memory, autoscaler: HorizontalPodAutoscaler, target: Target): Sync | null {
		if (memory.rest !== null && this.#rests(memory, memory.rest, autoscaler, target)) return null;
		this.#rise(memory);
		const plan = this.#plan(autoscaler, target, memory);
		if (plan.rescale !== null || !sameStatus(plan.status, autoscaler.status))
			return this.#carryOut(autoscaler, target, plan);
		memory.rest = this.#restOf(memory, autoscaler, target);
		return null;
	}

	/** Whether it sees what it saw when there was nothing to do. */
	#rests({ recommendation }: Memory, rest: Rest, autoscaler: HorizontalPodAutoscaler, target: Target): boolean {
		const { nowUs } = this.#context.clock;
		if (rest.spec !== target.spec || nowUs >= rest.untilUs) return false;
		if (!sameRecommended(recommendation.of(autoscaler, target, nowUs), rest.recommended)) return false;
		rest.lastUs = nowUs;
		return true;
	}

	/** It is over with the rest: what was recommended all the while is noted, and what is too old forgotten. */
	#rise(memory: Memory): void {
		const { rest, recommendations, ups, downs } = memory;
		if (rest !== null) remember(recommendations, { atUs: rest.lastUs, amount: rest.recommended.replicas });
		memory.rest = null;
		for (const dated of [recommendations, ups, downs]) forgetOld(dated, this.#context.clock.nowUs);
	}

	#restOf(memory: Memory, autoscaler: HorizontalPodAutoscaler, target: Target): Rest | null {
		const { spec } = autoscaler;
		const current = target.spec.replicas;
		if (current === 0 || current > spec.maxReplicas || current < spec.minReplicas) return null;
		const { nowUs } = this.#context.clock;
		const recommended = memory.recommendation.of(autoscaler, target, nowUs);
		if (!isKnown(recommended) || recommended.failures.length > 0) return null;
		const untilUs = holdsUntilUs(spec, recommended.replicas, memory, nowUs);
		return untilUs === null ? null : { spec: target.spec, recommended, untilUs, lastUs: nowUs };
	}

	/** At first the present size is taken for what was recommended. */
	#begun(key: string, { spec }: Target): Memory {
		const recommendations = [{ atUs: this.#context.clock.nowUs, amount: spec.replicas }];
		const memory = { recommendations, ups: [], downs: [], recommendation: this.#makeRecommendation(), rest: null };
		this.#memories.set(key, memory);
		return memory;
	}

	/** What the autoscaler would say of itself, and the size that it would set. */
	#plan(autoscaler: HorizontalPodAutoscaler, target: Target, memory: Memory): Plan {
		const { minReplicas, maxReplicas } = autoscaler.spec;
		const current = target.spec.replicas;
		const found = autoscaler.status;
		// Nobody measures where the size is settled otherwise.
		const unmeasured = {
			...found,
			currentReplicas: current,
			currentMetrics: {},
			ableToScale: this.#note(found.ableToScale, "True", GOT_SCALE),
		};
		const status = { ...unmeasured, desiredReplicas: current };
		const stays = (said: Partial<HorizontalPodAutoscalerStatus>) => ({
			status: { ...status, ...said },
			rescale: null,
		});
		if (current === 0) return stays({ scalingActive: this.#note(status.scalingActive, "False", DISABLED) });
		if (current > maxReplicas) return { status, rescale: { replicas: maxReplicas, why: ABOVE_MAX } };
		if (current < minReplicas) return { status, rescale: { replicas: minReplicas, why: BELOW_MIN } };
		const { nowUs } = this.#context.clock;
		const recommended = memory.recommendation.of(autoscaler, target, nowUs);
		for (const { message } of recommended.failures)
			this.#context.event(autoscaler, "Warning", "FailedGetResourceMetric", message);
		if (!isKnown(recommended)) return this.#unknown(autoscaler, unmeasured, recommended);
		const sizes = { current, recommended: recommended.replicas };
		const { replicas, able, limited } = normalized(autoscaler.spec, sizes, memory, nowUs);
		remember(memory.recommendations, { atUs: nowUs, amount: recommended.replicas });
		const measured = stays({
			currentMetrics: recommended.averages,
			ableToScale: this.#note(found.ableToScale, "True", able),
			scalingActive: this.#note(status.scalingActive, "True", recommended.active),
			scalingLimited: this.#note(status.scalingLimited, limited.status, limited),
		});
		if (replicas === current) return measured;
		if (replicas > current) memory.ups.push({ atUs: nowUs, amount: replicas - current });
		else memory.downs.push({ atUs: nowUs, amount: current - replicas });
		return { ...measured, rescale: { replicas, why: whyOf(recommended, current) } };
	}

	/** Nobody knows a size: that is told, and nothing done. */
	#unknown(autoscaler: HorizontalPodAutoscaler, status: HorizontalPodAutoscalerStatus, unknown: Unknown): Plan {
		const { failures, averages } = unknown;
		const [{ resource, message }] = failures as readonly [Failure];
		const all = autoscaler.spec.metrics.length;
		this.#context.event(
			autoscaler,
			"Warning",
			"FailedComputeMetricsReplicas",
			`invalid metrics (${failures.length} invalid out of ${all}), first error is: failed to get ${resource} resource metric value: ${message}`,
		);
		const failed = {
			reason: "FailedGetResourceMetric",
			message: `the HPA was unable to compute the replica count: ${message}`,
		};
		const scalingActive = this.#note(status.scalingActive, "False", failed);
		return { status: { ...status, currentMetrics: averages, scalingActive }, rescale: null };
	}

	/** Its target is not there. */
	*#tellLost(autoscaler: HorizontalPodAutoscaler): Sync {
		const { kind, name } = autoscaler.spec.scaleTargetRef;
		const lost = `${kind.toLowerCase()}s/scale.apps "${name}" not found`;
		this.#context.event(autoscaler, "Warning", "FailedGetScale", lost);
		const { status } = autoscaler;
		const ableToScale = this.#note(status.ableToScale, "False", {
			reason: "FailedGetScale",
			message: `the HPA controller was unable to get the target's current scale: ${lost}`,
		});
		if (ableToScale !== status.ableToScale)
			granted(yield* update({ ...autoscaler, status: { ...status, ableToScale } }));
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

/** What asked for another size than there is: nothing now, where it is an earlier recommendation. */
function whyOf({ replicas, metric }: Recommended, current: number): string {
	if (replicas === current) return "";
	return replicas > current ? `${metric} above target` : "All metrics below target";
}

const GOT_SCALE: Reason = {
	reason: "SucceededGetScale",
	message: "the HPA controller was able to get the target's current scale",
};
const DISABLED: Reason = {
	reason: "ScalingDisabled",
	message: "scaling is disabled since the replica count of the target is zero",
};
const ABOVE_MAX = "Current number of replicas above Spec.MaxReplicas";
const BELOW_MIN = "Current number of replicas below Spec.MinReplicas";

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
