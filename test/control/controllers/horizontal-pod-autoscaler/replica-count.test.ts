import { describe, expect, test } from "vitest";
import {
	candidatesAmong,
	proposedReplicas,
	type Target,
} from "../../../../src/control/controllers/horizontal-pod-autoscaler/replica-count.js";
import type { Pod } from "../../../../src/control/pod.js";
import { MINUTE, SECOND } from "../../../../src/engine/time.js";
import { apiPod, type PodOptions } from "../../../support/api-objects.js";

const NOW_US = 100 * MINUTE;
const HALF: Target = { resource: "cpu", type: "Utilization", value: 50 };

/** A pod with its usage; null for none known. */
interface Sample {
	readonly pod: Pod;
	readonly usage: number | null;
}

function pods(usages: readonly (number | null)[], options: Partial<PodOptions> = {}): readonly Sample[] {
	return usages.map((usage, i) => ({ pod: apiPod({ uid: i + 1, ready: true, readyUs: 0, ...options }), usage }));
}

/** Of pods that ask for 100 each. */
function proposed(samples: readonly Sample[], target: Target, current: number, nowUs = NOW_US) {
	const candidates = candidatesAmong(
		samples.map(({ pod }) => pod),
		() => 100,
	);
	const usageOf = (pod: Pod) => samples.find((sample) => sample.pod === pod)!.usage;
	return proposedReplicas(candidates, usageOf, target, current, nowUs);
}

describe("half of what is asked for", () => {
	test.each<[string, readonly Sample[], number]>([
		["as it shall be", pods([50, 50]), 2],
		// 55 / 50 is within a tenth, 56 / 50 is not: 1.12 * 2 = 2.24.
		["a tenth more is as good", pods([55, 55]), 2],
		["more than that is not", pods([56, 56]), 3],
		// 750 % of 50 %: 15 * 2.
		["15 times as much", pods([750, 750]), 30],
		// 5 / 50 * 4 = 0.4.
		["little", pods([5, 5, 5, 5]), 1],
		// (90 + 10 + 0) / 300 = 33 % once the one that nobody knows counts as nothing: 0.66 would turn it round.
		["growth is not believed where one is not measured", pods([90, 90, null]), 4],
		["shrinking neither: it counts as taking all", pods([10, 10, null]), 3],
	])("%s", (_what, samples, replicas) => {
		expect(proposed(samples, HALF, samples.length)?.replicas).toBe(replicas);
	});

	test("pods that start count as nothing for growth, and not at all for shrinking", () => {
		const starting = pods([400], { ready: false, createdUs: NOW_US - MINUTE });
		// Of one pod 200 % are 4 times 50 %; of two it is 2 * 2 = 4.
		expect(proposed([...pods([200]), ...starting], HALF, 2)?.replicas).toBe(4);
		// 25 % of one pod: half a pod.
		expect(proposed([...pods([25]), ...starting], HALF, 2)?.replicas).toBe(1);
		// It has started for five minutes.
		expect(proposed([...pods([25]), ...starting], HALF, 2)?.untilUs).toBe(NOW_US + 4 * MINUTE);
	});

	test("a pod that ceased to be ready long after its start counts as it is", () => {
		const tired = pods([150], { ready: false, readyUs: 90 * MINUTE, createdUs: 0 });
		expect(proposed(tired, HALF, 1)).toMatchObject({ replicas: 3, average: 150 });
	});

	test("pods that leave, failed or have no usage say nothing", () => {
		const gone = [...pods([500], { deletedUs: 5 }), ...pods([500], { phase: "Failed" })];
		expect(proposed([...gone, ...pods([50])], HALF, 1)).toMatchObject({ replicas: 1, average: 50 });
		expect(proposed(gone, HALF, 2)).toBeNull();
	});
});

test("an amount for each pod", () => {
	const target: Target = { resource: "memory", type: "AverageValue", value: 200 };
	// 300 on average is 1.5 times as much: 1.5 * 2.
	expect(proposed(pods([200, 400]), target, 2, 10 * SECOND)).toMatchObject({ replicas: 3, average: 300 });
});
