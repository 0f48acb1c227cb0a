/** Counting for PodDisruptionBudgets: arithmetic alone. Source: pkg/controller/disruption/disruption.go. */
import { MINUTE, type SimTime } from "../engine/time.js";
import { matchesLabels } from "../objects/selector.js";
import type { Condition } from "./kinds/deployment.js";
import { amountOf } from "./kinds/int-or-percent.js";
import type {
	PodDisruptionBudget,
	PodDisruptionBudgetSpec,
	PodDisruptionBudgetStatus,
} from "./kinds/pod-disruption-budget.js";
import type { Pod } from "./pod.js";
import { isHealthy, type PodTally } from "./pod-tally.js";

/** A pod whose eviction was granted and that is still not deleted counts as there again after so long. */
export const DELETION_TIMEOUT_US = 2 * MINUTE;

/** Whether the budget is about this pod. */
export function protects({ metadata, spec: { selector } }: PodDisruptionBudget, pod: Pod): boolean {
	return (
		selector !== null && metadata.namespace === pod.metadata.namespace && matchesLabels(selector, pod.metadata.labels)
	);
}

/** Whether the number of its pods is what their controllers declare, rather than how many there are. */
export function countsDeclared({ minAvailable, maxUnavailable }: PodDisruptionBudgetSpec): boolean {
	return maxUnavailable !== null || typeof minAvailable === "string";
}

/** How many of `expected` pods shall stay healthy; shares round up, of those that may be missing too. */
export function desiredHealthyOf({ minAvailable, maxUnavailable }: PodDisruptionBudgetSpec, expected: number): number {
	if (maxUnavailable !== null) return Math.max(0, expected - amountOf(maxUnavailable, expected, "up"));
	return minAvailable === null ? 0 : amountOf(minAvailable, expected, "up");
}

/** The status, where `pods` are all that the budget selects and `expected` is how many there shall be. */
export function budgetStatus(
	budget: PodDisruptionBudget,
	pods: PodTally,
	expected: number,
	nowUs: SimTime,
): PodDisruptionBudgetStatus {
	const disruptedPods = stillDisrupted(budget.status, pods, nowUs);
	const going = Object.keys(disruptedPods).filter((name) => isHealthy(pods.named(name)!));
	const currentHealthy = pods.healthy - going.length;
	const desiredHealthy = desiredHealthyOf(budget.spec, expected);
	const disruptionsAllowed = expected <= 0 ? 0 : Math.max(0, currentHealthy - desiredHealthy);
	return {
		observedGeneration: budget.metadata.generation,
		disruptionsAllowed,
		currentHealthy,
		desiredHealthy,
		expectedPods: expected,
		disruptedPods,
		allowed: allowedCondition(budget.status.allowed, disruptionsAllowed, nowUs),
	};
}

/** The status where nobody can tell how many pods there shall be: none may go. */
export function failedStatus(
	{ status }: PodDisruptionBudget,
	message: string,
	nowUs: SimTime,
): PodDisruptionBudgetStatus {
	const { allowed } = status;
	const updatedUs = allowed?.status === "False" ? allowed.updatedUs : nowUs;
	return { ...status, disruptionsAllowed: 0, allowed: { status: "False", reason: "SyncFailed", message, updatedUs } };
}

function stillDisrupted({ disruptedPods }: PodDisruptionBudgetStatus, pods: PodTally, nowUs: SimTime) {
	const kept = Object.entries(disruptedPods).filter(
		([name, sinceUs]) => pods.named(name)?.metadata.deletedUs === null && sinceUs + DELETION_TIMEOUT_US > nowUs,
	);
	return Object.fromEntries(kept);
}

/** The same news again is none. */
export function allowedCondition(current: Condition | null, allowed: number, nowUs: SimTime): Condition {
	const [status, reason] =
		allowed > 0 ? (["True", "SufficientPods"] as const) : (["False", "InsufficientPods"] as const);
	if (current?.status === status && current.reason === reason) return current;
	return { status, reason, message: "", updatedUs: current?.status === status ? current.updatedUs : nowUs };
}

/** The status after one more eviction was granted. */
export function withEviction(
	status: PodDisruptionBudgetStatus,
	pod: string,
	nowUs: SimTime,
): PodDisruptionBudgetStatus {
	const disruptionsAllowed = status.disruptionsAllowed - 1;
	return {
		...status,
		disruptionsAllowed,
		disruptedPods: { ...status.disruptedPods, [pod]: nowUs },
		allowed: allowedCondition(status.allowed, disruptionsAllowed, nowUs),
	};
}
