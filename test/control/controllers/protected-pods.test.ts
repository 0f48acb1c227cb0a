/** Pods by budget: what is counted change by change is what a look at all pods finds. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { type ApiObject, keyOf } from "../../../src/control/api-object.js";
import { ProtectedPods } from "../../../src/control/controllers/protected-pods.js";
import { protects } from "../../../src/control/disruption-budget.js";
import { type PodDisruptionBudget, podDisruptionBudgetKind } from "../../../src/control/kinds/pod-disruption-budget.js";
import type { Pod } from "../../../src/control/pod.js";
import { apiObject, apiPod } from "../../support/api-objects.js";

const selectors = fc.constantFrom(
	{},
	{ matchLabels: { app: "web" } },
	{ matchLabels: { app: "web", tier: "front" } },
	{ matchExpressions: [{ key: "app", operator: "In", values: ["web", "api"] }] },
	null,
);
const labels = fc.constantFrom({}, { app: "web" }, { app: "api" }, { app: "web", tier: "front" });
const step = fc.oneof(
	{
		weight: 4,
		arbitrary: fc.record({
			put: fc.constant("pod" as const),
			number: fc.nat(6),
			labels,
			owner: fc.constantFrom(null, 1, 2),
			ready: fc.boolean(),
			leaves: fc.boolean(),
		}),
	},
	fc.record({ put: fc.constant("budget" as const), number: fc.nat(3), selector: selectors }),
	fc.record({
		put: fc.constant("nothing" as const),
		kind: fc.constantFrom("Pod", "PodDisruptionBudget"),
		number: fc.nat(6),
	}),
);

test("what is counted is what there is", () => {
	fc.assert(
		fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
			const all = { Pod: new Map<string, Pod>(), PodDisruptionBudget: new Map<string, PodDisruptionBudget>() };
			const counted = new ProtectedPods({
				having: (_kind, namespace, wanted) =>
					[...all.Pod.values()].filter(
						({ metadata }) =>
							metadata.namespace === namespace &&
							Object.entries(wanted).every(([key, value]) => metadata.labels[key] === value),
					),
			});
			for (const action of steps) {
				const after = objectOf(action);
				const kind = action.put === "nothing" ? action.kind : (after!.kind as keyof typeof all);
				const objects = all[kind as keyof typeof all] as Map<string, ApiObject>;
				const key = action.put === "nothing" ? `default/${kind}-${action.number}` : keyOf(after!);
				const before = objects.get(key) ?? null;
				if (before === null && after === null) continue;
				if (after === null) objects.delete(key);
				else objects.set(key, after);
				const change = { kind, key, before, after };
				if (kind === "PodDisruptionBudget") counted.budgetChanged(change);
				else
					expect(new Set(counted.podChanged(change))).toEqual(
						new Set(
							[...all.PodDisruptionBudget.values()]
								.filter((budget) => [before, after].some((pod) => pod !== null && protects(budget, pod as Pod)))
								.map(keyOf),
						),
					);
				for (const [name, budget] of all.PodDisruptionBudget) {
					const pods = [...all.Pod.values()].filter((pod) => protects(budget, pod));
					const tally = counted.of(name);
					const healthy = pods.filter(({ metadata, status }) => status.ready && metadata.deletedUs === null);
					const owners = (some: Iterable<Pod>) =>
						new Set([...some].flatMap(({ metadata }) => metadata.owner?.uid ?? []));
					expect([tally.size, tally.healthy]).toEqual([pods.length, healthy.length]);
					expect(owners(tally.oneOfEachOwner())).toEqual(owners(pods));
					for (const pod of pods) expect(tally.named(pod.metadata.name)).toBe(pod);
				}
			}
		}),
		{ seed: 8, numRuns: 500 },
	);
});

function objectOf(
	action: (typeof step)["generate"] extends (...args: never[]) => { readonly value: infer Value } ? Value : never,
): ApiObject | null {
	switch (action.put) {
		case "nothing":
			return null;
		case "budget": {
			const name = `PodDisruptionBudget-${action.number}`;
			const budget = apiObject<PodDisruptionBudget>(podDisruptionBudgetKind, name, { selector: action.selector });
			return { ...budget, metadata: { ...budget.metadata, uid: action.number + 1 } };
		}
		case "pod": {
			const { number, labels, ready, leaves, owner } = action;
			const pod = apiPod({ uid: number, name: `Pod-${number}`, labels, ready, ...(leaves && { deletedUs: 5 }) });
			const reference =
				owner === null ? null : { kind: "ReplicaSet", name: `r-${owner}`, uid: owner, blockOwnerDeletion: true };
			return { ...pod, metadata: { ...pod.metadata, owner: reference } };
		}
	}
}
