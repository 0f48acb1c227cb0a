import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { MAX, maxSurgeOf, maxUnavailableOf } from "../../../../src/control/controllers/deployment/revisions.js";
import {
	newSize,
	scaleInProportion,
	shrinkOld,
} from "../../../../src/control/controllers/deployment/rolling-update.js";
import { type Deployment, deploymentKind } from "../../../../src/control/kinds/deployment.js";
import { type ReplicaSet, replicaSetKind } from "../../../../src/control/kinds/replica-set.js";
import { apiObject, SELECTOR, TEMPLATE } from "../../../support/api-objects.js";

function deployment(replicas: number, maxSurge: number | string = "25%", maxUnavailable: number | string = "25%") {
	const strategy = { rollingUpdate: { maxSurge, maxUnavailable } };
	return apiObject<Deployment>(deploymentKind, "d", { replicas, strategy, selector: SELECTOR, template: TEMPLATE });
}

/** `max`: the most pods that there could be when it got its size. */
function set(uid: number, replicas: number, available = replicas, max = 0): ReplicaSet {
	const made = apiObject<ReplicaSet>(replicaSetKind, `d-${uid}`, { replicas, selector: SELECTOR, template: TEMPLATE });
	return {
		...made,
		metadata: { ...made.metadata, uid, createdUs: uid, annotations: { [MAX]: String(max) } },
		status: { ...made.status, replicas, readyReplicas: available, availableReplicas: available },
	};
}

const sizes = (resizes: ReturnType<typeof shrinkOld>) =>
	Object.fromEntries(resizes.map(({ set: { metadata }, replicas }) => [metadata.name, replicas]));

describe("shares: surplus rounds up, lack rounds down", () => {
	test.each([
		[10, "25%", "25%", 3, 2],
		[1, "25%", "25%", 1, 0],
		[3, "25%", "25%", 1, 0],
		[100, "25%", "25%", 25, 25],
		[4, 0, "10%", 0, 1],
		[2, 0, 5, 0, 2],
	])("%s pods, %s and %s: %s and %s", (replicas, surge, lack, surplus, missing) => {
		expect([
			maxSurgeOf(deployment(replicas, surge, lack)),
			maxUnavailableOf(deployment(replicas, surge, lack)),
		]).toEqual([surplus, missing]);
	});
});

describe("10 pods, 3 more and 2 less allowed", () => {
	const ten = deployment(10);

	test.each([
		["room for 13 - 10", [set(1, 10)], 0, 3],
		["room for 13 - 8 - 3", [set(1, 8), set(2, 3)], 3, 5],
		["no room", [set(1, 8), set(2, 5)], 5, 5],
		["too big", [set(1, 0), set(2, 12)], 12, 10],
	])("the new one grows: %s", (_why, all, own, size) => {
		expect(newSize(ten, all, own)).toBe(size);
	});

	test.each([
		// 13 - 8 - 3 that are not there yet.
		["two can be spared at once", set(2, 3, 0), [set(1, 10)], { "d-1": 8 }],
		["one more for each that got available", set(2, 5, 1), [set(1, 8)], { "d-1": 7 }],
		["none if there are just enough", set(2, 5, 0), [set(1, 8)], {}],
		[
			"first those that do not serve anyway, then the oldest",
			set(3, 3, 3),
			[set(1, 6), set(2, 4, 1)],
			{ "d-1": 4, "d-2": 1 },
		],
		// 6 + 4 + 3 - 8 - 3 = 2 at most, all of them unhealthy.
		["no more unhealthy ones than that", set(3, 3, 0), [set(1, 6), set(2, 4, 1)], { "d-2": 2 }],
		// Its pods are 5, its status still says 8: what it says cannot be relied on.
		["none while a status is older than the size", set(2, 8, 5), [set(1, 5, 8)], {}],
	])("old ones shrink: %s", (_why, fresh, olds, expected) => {
		expect(sizes(shrinkOld(ten, fresh, olds))).toEqual(expected);
	});
});

test("whatever the sizes, old ones shrink only as far as enough pods are left, by declaration", () => {
	const amounts = fc.record({
		replicas: fc.integer({ min: 1, max: 60 }),
		surge: fc.integer({ min: 0, max: 20 }),
		lack: fc.integer({ min: 1, max: 20 }),
		old: fc.array(fc.tuple(fc.nat(40), fc.nat(40)), { minLength: 1, maxLength: 4 }),
		fresh: fc.tuple(fc.nat(40), fc.nat(40)),
	});
	fc.assert(
		fc.property(amounts, ({ replicas, surge, lack, old, fresh }) => {
			const declared = deployment(replicas, surge, lack);
			const olds = old.map(([size, missing], i) => set(i + 1, size, Math.max(0, size - missing)));
			const next = set(9, fresh[0], Math.max(0, fresh[0] - fresh[1]));
			const available = [...olds, next].reduce((sum, { status }) => sum + status.availableReplicas, 0);
			const shrunk = new Map(
				shrinkOld(declared, next, olds).map(({ set: { metadata }, replicas: size }) => [metadata.name, size]),
			);
			const left = olds.reduce(
				(sum, { metadata, spec, status }) =>
					sum + Math.min(shrunk.get(metadata.name) ?? spec.replicas, status.availableReplicas),
				next.status.availableReplicas,
			);
			expect(left).toBeGreaterThanOrEqual(Math.min(available, replicas - maxUnavailableOf(declared)));
		}),
		{ seed: 8, numRuns: 300 },
	);
});

describe("scaling in the middle of a rollout", () => {
	test.each<[string, number, readonly ReplicaSet[], Record<string, number>]>([
		// 8 of 13 at 10 pods; at 15 there may be 19: 8 * 19 / 13 = 11.7, 5 * 19 / 13 = 7.3.
		[
			"as recorded: 8 and 5 of 13 become 12 and 7 of 19",
			15,
			[set(1, 8, 8, 13), set(2, 5, 5, 13)],
			{ "d-1": 12, "d-2": 7 },
		],
		// 5 * 7 / 13 = 2.7 -> 3; 8 * 7 / 13 = 4.3 -> 4; 7 in all.
		["down to 5: 4 and 3 of 7", 5, [set(1, 8, 8, 13), set(2, 5, 5, 13)], { "d-1": 4, "d-2": 3 }],
		// 0.5 each rounds away from zero: the first takes what there is.
		["what rounding leaves goes to the largest", 4, [set(1, 2, 2, 4), set(2, 2, 2, 4)], { "d-2": 3, "d-1": 2 }],
		["all to zero", 0, [set(1, 8, 8, 13), set(2, 5, 5, 13)], { "d-1": 0, "d-2": 0 }],
	])("%s", (_why, replicas, active, expected) => {
		expect(sizes(scaleInProportion(deployment(replicas), active))).toEqual(expected);
	});

	test("the sizes add up to what is allowed", () => {
		const active = fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 2, maxLength: 5 });
		fc.assert(
			fc.property(active, fc.integer({ min: 1, max: 200 }), (sizesBefore, replicas) => {
				const total = sizesBefore.reduce((sum, size) => sum + size, 0);
				const sets = sizesBefore.map((size, i) => set(i + 1, size, size, total));
				const after = scaleInProportion(deployment(replicas), sets).map(({ replicas: size }) => size);
				const allowed = replicas + maxSurgeOf(deployment(replicas));
				expect(after.reduce((sum, size) => sum + size, 0)).toBe(allowed);
				expect(Math.min(...after)).toBeGreaterThanOrEqual(0);
			}),
			{ seed: 8, numRuns: 300 },
		);
	});
});
