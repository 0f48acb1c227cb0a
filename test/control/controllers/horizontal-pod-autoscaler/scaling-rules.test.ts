import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
	type History,
	holdsUntilUs,
	normalized,
} from "../../../../src/control/controllers/horizontal-pod-autoscaler/scaling-rules.js";
import {
	type HorizontalPodAutoscalerSpec,
	horizontalPodAutoscalerKind,
} from "../../../../src/control/kinds/horizontal-pod-autoscaler.js";
import { SECOND } from "../../../../src/engine/time.js";

const NOW_S = 1000;
const NOTHING: History = { recommendations: [], ups: [], downs: [] };

function rules(behavior: object | null = null): HorizontalPodAutoscalerSpec {
	const scaleTargetRef = { kind: "Deployment", name: "d" };
	return horizontalPodAutoscalerKind.spec.parse({ scaleTargetRef, minReplicas: 2, maxReplicas: 40, behavior });
}

/** Each `[seconds ago, amount]`. */
const ago = (...entries: readonly (readonly [number, number])[]) =>
	entries.map(([seconds, amount]) => ({ atUs: (NOW_S - seconds) * SECOND, amount }));

function next(spec: HorizontalPodAutoscalerSpec, current: number, recommended: number, history: Partial<History> = {}) {
	const { replicas, able, limited } = normalized(
		spec,
		{ current, recommended },
		{ ...NOTHING, ...history },
		NOW_S * SECOND,
	);
	return [replicas, able.reason, limited.reason];
}

describe("without behaviour of its own", () => {
	test.each([
		["at most twice as many", 8, 30, 16, "ReadyForNewScale", "ScaleUpLimit"],
		["but four are always allowed", 1, 30, 4, "ReadyForNewScale", "ScaleUpLimit"],
		["never more than declared", 30, 90, 40, "ReadyForNewScale", "TooManyReplicas"],
		["never less", 30, 1, 2, "ReadyForNewScale", "TooFewReplicas"],
		["what is allowed is done at once", 16, 30, 30, "ReadyForNewScale", "DesiredWithinRange"],
	])("%s", (_what, current, recommended, replicas, able, limited) => {
		expect(next(rules(), current, recommended)).toEqual([replicas, able, limited]);
	});

	test("it shrinks to the most that was recommended within 300 s", () => {
		const recommendations = ago([310, 30], [299, 12], [100, 5]);
		expect(next(rules(), 30, 3, { recommendations })).toEqual([12, "ScaleDownStabilized", "DesiredWithinRange"]);
		expect(next(rules(), 30, 3, { recommendations: ago([300, 30]) })[0]).toBe(3);
	});
});

describe("a recommendation that stays the same comes to the same", () => {
	test.each([
		// Of those within 300 s: 12 came last 200 s ago, and counts 100 s more.
		["until the highest before it is too old", 3, ago([310, 30], [250, 12], [200, 12], [100, 5]), NOW_S + 100],
		["for ever where it is the highest", 20, ago([310, 30], [200, 12]), Number.POSITIVE_INFINITY],
		["for ever where there was none", 3, ago(), Number.POSITIVE_INFINITY],
	])("%s", (_what, recommended, recommendations, untilS) => {
		expect(holdsUntilUs(rules(), recommended, { recommendations }, NOW_S * SECOND)).toBe(untilS * SECOND);
	});

	test("nobody knows where there are rules", () => {
		expect(holdsUntilUs(rules({}), 3, NOTHING, NOW_S * SECOND)).toBeNull();
	});

	test("at every time until then", () => {
		const entry = fc.tuple(fc.integer({ min: 1, max: 400 }), fc.integer({ min: 1, max: 45 }));
		const size = fc.integer({ min: 2, max: 40 });
		fc.assert(
			fc.property(fc.array(entry), size, size, fc.nat(399), (entries, current, recommended, later) => {
				const recommendations = ago(...entries.sort(([a], [b]) => b - a));
				const sizes = { current, recommended };
				const at = (seconds: number) => normalized(rules(), sizes, { ...NOTHING, recommendations }, seconds * SECOND);
				const untilUs = holdsUntilUs(rules(), recommended, { recommendations }, NOW_S * SECOND)!;
				const last = Math.min(NOW_S + later, untilUs / SECOND - 1);
				expect(at(last)).toEqual(at(NOW_S));
			}),
			{ seed: 1, numRuns: 500 },
		);
	});
});

describe("with behaviour", () => {
	test("by default it grows by 4 or doubles in 15 s, from the size at their beginning", () => {
		expect(next(rules({}), 3, 40)).toEqual([7, "ReadyForNewScale", "ScaleUpLimit"]);
		expect(next(rules({}), 10, 40)[0]).toBe(20);
		// 20, of which 10 came 10 s ago: 10 * 2 and 10 + 4 are no more than there are.
		expect(next(rules({}), 20, 40, { ups: ago([10, 10]) })[0]).toBe(20);
		expect(next(rules({}), 20, 40, { ups: ago([16, 10]) })[0]).toBe(40);
	});

	test("the lesser of its policies, if it says so", () => {
		const policies = [
			{ type: "Pods", value: 4, periodSeconds: 60 },
			{ type: "Percent", value: 10, periodSeconds: 60 },
		];
		const slow = rules({ scaleDown: { policies, selectPolicy: "Min", stabilizationWindowSeconds: 0 } });
		// 20 - 4 and 20 * 0.9: 18.
		expect(next(slow, 20, 5)).toEqual([18, "ReadyForNewScale", "ScaleDownLimit"]);
		// 18 now, 2 went 30 s ago: from 20 again.
		expect(next(slow, 18, 5, { downs: ago([30, 2]) })[0]).toBe(18);
	});

	test("a way that is disabled is not gone", () => {
		const onlyUp = rules({ scaleDown: { selectPolicy: "Disabled", stabilizationWindowSeconds: 0 } });
		expect(next(onlyUp, 20, 5)[0]).toBe(20);
	});

	test("growing waits, too, if it shall: for the least that was recommended meanwhile", () => {
		const patient = rules({ scaleUp: { stabilizationWindowSeconds: 60 } });
		const recommendations = ago([50, 6], [20, 12]);
		expect(next(patient, 5, 20, { recommendations })).toEqual([6, "ScaleUpStabilized", "DesiredWithinRange"]);
	});
});
