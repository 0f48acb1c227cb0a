import fc from "fast-check";
import { expect, test } from "vitest";
import { PodsOfOwners } from "../../../src/control/controllers/pods-of-owners.js";
import { isActive, isAvailable, type Pod } from "../../../src/control/pod.js";
import { apiPod } from "../../support/api-objects.js";

const NOW_US = 100;
const LABELS = [{ app: "web" }, { app: "api" }];
const STEP = fc.record({
	uid: fc.integer({ min: 1, max: 4 }),
	/** Null: it goes. */
	pod: fc.option(
		fc.record({
			owner: fc.option(fc.integer({ min: 8, max: 9 })),
			// Mostly the same.
			labels: fc.oneof({ weight: 9, arbitrary: fc.constant(0) }, fc.constant(1)),
			phase: fc.constantFrom("Running" as const, "Failed" as const),
			ready: fc.boolean(),
			readyUs: fc.oneof({ weight: 9, arbitrary: fc.constant(NOW_US) }, fc.constantFrom(NOW_US + 1, Number.NaN)),
		}),
		{ freq: 4 },
	),
});

test("as long as an owner's pods are alike, the numbers are what a look at all of them finds", () => {
	let said = 0;
	fc.assert(
		fc.property(fc.array(STEP, { maxLength: 20 }), (steps) => {
			const counts = new PodsOfOwners({ nowUs: NOW_US });
			const pods = new Map<number, Pod>();
			for (const { uid, pod } of steps) {
				const before = pods.get(uid) ?? null;
				const after = pod && podOf(uid, pod);
				if (after === null) pods.delete(uid);
				else pods.set(uid, after);
				counts.changed({ kind: "Pod", key: `default/${uid}`, before, after });
				for (const owner of [8, 9]) {
					const own = [...pods.values()].filter((one) => one.metadata.owner?.uid === owner && isActive(one));
					const { active, ready, labels, alike } = counts.of(owner);
					expect(active).toBe(own.length);
					expect(ready).toBe(own.filter(({ status }) => status.ready).length);
					if (!alike) continue;
					said++;
					expect(own.filter((one) => isAvailable(one, 0, NOW_US)).length).toBe(ready);
					for (const { metadata } of own) expect(metadata.labels).toBe(labels);
				}
			}
		}),
		{ seed: 1, numRuns: 300 },
	);
	expect(said).toBeGreaterThan(1000);
});

function podOf(
	uid: number,
	{ owner, labels, ...options }: { owner: number | null; labels: number; ready: boolean; readyUs: number },
): Pod {
	const pod = apiPod({ uid, labels: LABELS[labels]!, ...options });
	const reference = owner === null ? null : { kind: "ReplicaSet", name: "r", uid: owner, blockOwnerDeletion: true };
	return { ...pod, metadata: { ...pod.metadata, labels: LABELS[labels]!, owner: reference } };
}
