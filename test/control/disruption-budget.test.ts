import { describe, expect, test } from "vitest";
import { budgetStatus, desiredHealthyOf, withEviction } from "../../src/control/disruption-budget.js";
import { type PodDisruptionBudget, podDisruptionBudgetKind } from "../../src/control/kinds/pod-disruption-budget.js";
import type { Pod } from "../../src/control/pod.js";
import { PodTally } from "../../src/control/pod-tally.js";
import { MINUTE } from "../../src/engine/time.js";
import { apiObject, apiPod, SELECTOR } from "../support/api-objects.js";

const budget = (spec: object) =>
	apiObject<PodDisruptionBudget>(podDisruptionBudgetKind, "pdb", { selector: SELECTOR, ...spec });
const serving = (uid: number, deletedUs?: number) =>
	apiPod({ uid, ready: true, readyUs: 0, ...(deletedUs !== undefined && { deletedUs }) });

function tallyOf(pods: readonly Pod[]): PodTally {
	const tally = new PodTally();
	for (const pod of pods) tally.put(pod);
	return tally;
}

describe("how many of 7 pods must be healthy; shares round up on both sides", () => {
	test.each([
		[{ minAvailable: 5 }, 5],
		[{ minAvailable: 9 }, 9],
		// 3.5
		[{ minAvailable: "50%" }, 4],
		[{ maxUnavailable: 2 }, 5],
		// 2.1 may be missing: 3.
		[{ maxUnavailable: "30%" }, 4],
		[{ maxUnavailable: 9 }, 0],
		[{}, 0],
	])("%j: %s", (spec, healthy) => {
		expect(desiredHealthyOf(budget(spec).spec, 7)).toBe(healthy);
	});
});

test("what may go is what is healthy beyond that; pods that leave, or may, are not healthy any more", () => {
	const charged = {
		...budget({ minAvailable: 2 }),
		status: { ...podDisruptionBudgetKind.status, disruptedPods: { "p-3": 0 } },
	};
	const pods = [serving(1), serving(2), serving(3), serving(4), serving(5, 5), apiPod({ uid: 6 })];
	expect(budgetStatus(charged, tallyOf(pods), 6, MINUTE)).toEqual({
		observedGeneration: 1,
		currentHealthy: 3,
		desiredHealthy: 2,
		expectedPods: 6,
		disruptionsAllowed: 1,
		disruptedPods: { "p-3": 0 },
		allowed: { status: "True", reason: "SufficientPods", message: "", updatedUs: MINUTE },
	});
});

test("an eviction that was granted is forgotten when the pod leaves, is gone, or after two minutes", () => {
	const disruptedPods = { "p-1": 0, "p-2": 0, "p-3": 0, "p-4": MINUTE };
	const charged = { ...budget({ minAvailable: 1 }), status: { ...podDisruptionBudgetKind.status, disruptedPods } };
	const pods = [serving(1), serving(2, 5), serving(4)];
	expect(budgetStatus(charged, tallyOf(pods), 3, 2 * MINUTE)).toMatchObject({
		disruptedPods: { "p-4": MINUTE },
		currentHealthy: 1,
	});
});

test("no pods expected, none may be disrupted", () => {
	expect(budgetStatus(budget({ minAvailable: 0 }), new PodTally(), 0, 0)).toMatchObject({ disruptionsAllowed: 0 });
});

test("each eviction takes one of what is allowed; the last says that no more are", () => {
	const status = { ...podDisruptionBudgetKind.status, disruptionsAllowed: 2 };
	const once = withEviction(status, "a", 7);
	expect(once).toMatchObject({ disruptionsAllowed: 1, disruptedPods: { a: 7 }, allowed: { status: "True" } });
	expect(withEviction(once, "b", 8)).toMatchObject({
		disruptionsAllowed: 0,
		disruptedPods: { a: 7, b: 8 },
		allowed: { status: "False", reason: "InsufficientPods" },
	});
});
