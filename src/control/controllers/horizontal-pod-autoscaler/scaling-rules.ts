/**
 * What becomes of a recommendation: stabilised over a window, limited in its rate and to what is declared. Source:
 * pkg/controller/podautoscaler/horizontal.go.
 */
import { SECOND, type SimTime } from "../../../engine/time.js";
import type { HorizontalPodAutoscalerSpec, ScalingRules } from "../../kinds/horizontal-pod-autoscaler.js";

/** --horizontal-pod-autoscaler-downscale-stabilization. */
const DOWN_WINDOW_SECONDS = 300;

/** A size that was recommended, or a change of size that was made. */
export interface Dated {
	readonly atUs: SimTime;
	readonly amount: number;
}

/** All in order of time. */
export interface History {
	readonly recommendations: readonly Dated[];
	/** Pods added and removed, positive numbers. */
	readonly ups: readonly Dated[];
	readonly downs: readonly Dated[];
}

export interface Normalized {
	readonly replicas: number;
	/** Why it is able to scale, and whether it was limited, with the reasons that Kubernetes gives. */
	readonly able: Reason;
	readonly limited: Reason & { readonly status: "True" | "False" };
}

export interface Reason {
	readonly reason: string;
	readonly message: string;
}

/** The size for a recommendation, where there are `current` pods. `history` has the recommendations before. */
export function normalized(
	{ behavior, minReplicas, maxReplicas }: Pick<HorizontalPodAutoscalerSpec, "behavior" | "minReplicas" | "maxReplicas">,
	{ current, recommended }: { readonly current: number; readonly recommended: number },
	history: History,
	nowUs: SimTime,
): Normalized {
	const stable = stabilized(behavior, current, recommended, history, nowUs);
	const [low, high] = [lowest, highest].map((limit) =>
		limit({ behavior, minReplicas, maxReplicas }, current, history, nowUs),
	) as [Limit, Limit];
	const replicas = stable < low.amount ? low.amount : stable > high.amount ? high.amount : stable;
	const limited =
		replicas === stable
			? { status: "False" as const, ...WITHIN }
			: { status: "True" as const, ...(stable < low.amount ? low.why : high.why) };
	return { replicas, able: ableFor(recommended, stable), limited };
}

/**
 * Until when `normalized` says the same while this size is recommended: the highest recommendation of the time that shrinking waits
 * counts so long. Infinity if it is this one; null with rules of its own, which look at more.
 */
export function holdsUntilUs(
	{ behavior }: Pick<HorizontalPodAutoscalerSpec, "behavior">,
	recommended: number,
	{ recommendations }: Pick<History, "recommendations">,
	nowUs: SimTime,
): SimTime | null {
	if (behavior !== null) return null;
	const windowUs = DOWN_WINDOW_SECONDS * SECOND;
	let most = recommended;
	let untilUs = Number.POSITIVE_INFINITY;
	for (let i = recommendations.length - 1; i >= 0; i--) {
		const { amount, atUs } = recommendations[i]!;
		if (atUs <= nowUs - windowUs) break;
		if (amount <= most) continue;
		most = amount;
		untilUs = atUs + windowUs;
	}
	return untilUs;
}

type Rules = Pick<HorizontalPodAutoscalerSpec, "behavior" | "minReplicas" | "maxReplicas">;

interface Limit {
	readonly amount: number;
	readonly why: Reason;
}

function ableFor(recommended: number, stable: number): Reason {
	if (stable > recommended) return DOWN_STABILIZED;
	return stable < recommended ? UP_STABILIZED : READY;
}

/** The highest recommendation of the time that shrinking waits; with rules of its own also the lowest of the time that growing waits. */
function stabilized(
	behavior: Rules["behavior"],
	current: number,
	recommended: number,
	{ recommendations }: History,
	nowUs: SimTime,
): number {
	const downSeconds = behavior?.scaleDown.stabilizationWindowSeconds ?? DOWN_WINDOW_SECONDS;
	let most = recommended;
	for (const amount of since(recommendations, nowUs - downSeconds * SECOND)) most = Math.max(most, amount);
	if (behavior === null) return most;
	const upSeconds = behavior.scaleUp.stabilizationWindowSeconds ?? 0;
	let least = recommended;
	for (const amount of since(recommendations, nowUs - upSeconds * SECOND)) least = Math.min(least, amount);
	return Math.min(Math.max(current, least), most);
}

/** The amounts after a time, the newest first. */
function* since(dated: readonly Dated[], atUs: SimTime): Generator<number> {
	for (let i = dated.length - 1; i >= 0 && dated[i]!.atUs > atUs; i--) yield dated[i]!.amount;
}

function highest({ behavior, maxReplicas }: Rules, current: number, { ups, downs }: History, nowUs: SimTime): Limit {
	const rate =
		behavior === null
			? Math.max(2 * current, 4)
			: Math.max(
					current,
					proposed(
						behavior.scaleUp,
						current,
						({ type, value }, start) => (type === "Pods" ? start + value : Math.ceil(start * (1 + value / 100))),
						{ added: ups, removed: downs, nowUs },
						1,
					),
				);
	return maxReplicas > rate ? { amount: rate, why: UP_LIMIT } : { amount: maxReplicas, why: TOO_MANY };
}

function lowest({ behavior, minReplicas }: Rules, current: number, { ups, downs }: History, nowUs: SimTime): Limit {
	if (behavior === null) return { amount: minReplicas, why: TOO_FEW };
	const rate = Math.min(
		current,
		proposed(
			behavior.scaleDown,
			current,
			({ type, value }, start) => (type === "Pods" ? start - value : Math.trunc(start * (1 - value / 100))),
			{ added: ups, removed: downs, nowUs },
			-1,
		),
	);
	return minReplicas < rate ? { amount: rate, why: DOWN_LIMIT } : { amount: minReplicas, why: TOO_FEW };
}

/** What the policies allow, from the size at the start of the period of each. `way`: 1 for growing, -1 for shrinking. */
function proposed(
	{ selectPolicy, policies }: ScalingRules,
	current: number,
	from: (policy: ScalingRules["policies"][number], start: number) => number,
	{
		added,
		removed,
		nowUs,
	}: { readonly added: readonly Dated[]; readonly removed: readonly Dated[]; readonly nowUs: SimTime },
	way: 1 | -1,
): number {
	if (selectPolicy === "Disabled") return current;
	const sizes = policies.map((policy) => {
		const since = nowUs - policy.periodSeconds * SECOND;
		const changed = (changes: readonly Dated[]) =>
			changes.filter(({ atUs }) => atUs > since).reduce((sum, { amount }) => sum + amount, 0);
		return from(policy, current - changed(added) + changed(removed));
	});
	return (selectPolicy === "Max") === (way === 1) ? Math.max(...sizes) : Math.min(...sizes);
}

const READY: Reason = { reason: "ReadyForNewScale", message: "recommended size matches current size" };
const DOWN_STABILIZED: Reason = {
	reason: "ScaleDownStabilized",
	message: "recent recommendations were higher than current one, applying the highest recent recommendation",
};
const UP_STABILIZED: Reason = {
	reason: "ScaleUpStabilized",
	message: "recent recommendations were lower than current one, applying the lowest recent recommendation",
};
const WITHIN: Reason = { reason: "DesiredWithinRange", message: "the desired count is within the acceptable range" };
const UP_LIMIT: Reason = {
	reason: "ScaleUpLimit",
	message: "the desired replica count is increasing faster than the maximum scale rate",
};
const DOWN_LIMIT: Reason = {
	reason: "ScaleDownLimit",
	message: "the desired replica count is decreasing faster than the maximum scale rate",
};
const TOO_MANY: Reason = {
	reason: "TooManyReplicas",
	message: "the desired replica count is more than the maximum replica count",
};
const TOO_FEW: Reason = {
	reason: "TooFewReplicas",
	message: "the desired replica count is less than the minimum replica count",
};
