import fc from "fast-check";
import { expect, test } from "vitest";
import type { ApiObject } from "../../../../src/control/api-object.js";
import {
	KeptRecommendation,
	podsOf,
	recommended,
	type Target,
} from "../../../../src/control/controllers/horizontal-pod-autoscaler/recommendation.js";
import {
	type HorizontalPodAutoscaler,
	horizontalPodAutoscalerKind,
} from "../../../../src/control/kinds/horizontal-pod-autoscaler.js";
import { LabelIndex } from "../../../../src/control/label-index.js";
import type { Pod } from "../../../../src/control/pod.js";
import { MINUTE } from "../../../../src/engine/time.js";
import { apiObject, apiPod, SELECTOR, TEMPLATE } from "../../../support/api-objects.js";

const HALF = { type: "Resource", resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 50 } } };
const MEMORY = { type: "Resource", resource: { name: "memory", target: { type: "AverageValue", averageValue: "50" } } };
const REQUESTING = {
	...TEMPLATE,
	spec: { containers: [{ name: "main", resources: { requests: { cpu: "100m", memory: "100" } } }] },
};

/** A target of some size, its autoscaler, and pods whose usage is given by owner. */
function world() {
	const spec = { scaleTargetRef: { kind: "Deployment", name: "web" }, maxReplicas: 9, metrics: [HALF, MEMORY] };
	const autoscaler = apiObject<HorizontalPodAutoscaler>(horizontalPodAutoscalerKind, "web", spec);
	const index = new LabelIndex();
	const seen = {
		having: (_kind: string, namespace: string, labels: Pod["metadata"]["labels"]) => index.having(namespace, labels),
		mark: (_kind: string, namespace: string, labels: Pod["metadata"]["labels"]) => index.mark(namespace, labels),
	};
	const owners = [0, 1].map(() => ({ revision: 0, usage: 90 as number | null }));
	const ownerOf = ({ metadata }: Pod) => owners[metadata.owner!.uid]!;
	let looks = 0;
	const usageOf = (pod: Pod) => {
		looks++;
		return ownerOf(pod).usage;
	};
	const kept = new KeptRecommendation(seen, usageOf, ownerOf);
	const selector = { ...SELECTOR, matchExpressions: [] };
	const target: Target = { ...autoscaler, kind: "Deployment", spec: { replicas: 3, selector } };
	const pods = new Map<number, ApiObject>();
	const put = (uid: number, pod: Pod | null) => {
		index.changed(pods.get(uid) ?? null, pod);
		if (pod === null) pods.delete(uid);
		else pods.set(uid, pod);
	};
	const answer = (replicas: number, nowUs: number) => {
		const sized = { ...target, spec: { ...target.spec, replicas } };
		return {
			fast: kept.of(autoscaler, sized, nowUs),
			byDefinition: () => recommended(autoscaler.spec, podsOf(seen, sized), replicas, usageOf, nowUs),
		};
	};
	return { owners, put, answer, looks: () => looks };
}

function podOf(uid: number, owner: number, options: object): Pod {
	const pod = apiPod({ uid, labels: SELECTOR.matchLabels, ...options });
	const metadata = { ...pod.metadata, owner: { kind: "ReplicaSet", name: "r", uid: owner, blockOwnerDeletion: true } };
	return { ...pod, metadata, spec: { ...pod.spec, template: REQUESTING } };
}

const UID = fc.integer({ min: 1, max: 4 });
const STEP = fc.oneof(
	{
		weight: 3,
		arbitrary: fc.record({
			what: fc.constant("pod" as const),
			uid: UID,
			owner: fc.nat(1),
			ready: fc.boolean(),
			phase: fc.constantFrom("Pending", "Running", "Failed"),
			age: fc.nat(8),
			other: fc.boolean(),
		}),
	},
	fc.record({ what: fc.constant("gone" as const), uid: UID }),
	fc.record({
		what: fc.constant("usage" as const),
		owner: fc.nat(1),
		usage: fc.option(fc.constantFrom(20, 49.5, 50, 90)),
	}),
	fc.record({ what: fc.constant("size" as const), replicas: fc.integer({ min: 1, max: 4 }) }),
	{ weight: 2, arbitrary: fc.record({ what: fc.constant("time" as const), minutes: fc.integer({ min: 1, max: 3 }) }) },
);

test("whatever happens, a recommendation that was kept is what the pods come to now", () => {
	fc.assert(
		fc.property(fc.array(STEP, { maxLength: 25 }), (steps) => {
			const { owners, put, answer } = world();
			let [replicas, nowUs] = [2, 10 * MINUTE];
			for (const step of steps) {
				if (step.what === "gone") put(step.uid, null);
				else if (step.what === "size") replicas = step.replicas;
				else if (step.what === "time") nowUs += step.minutes * MINUTE;
				else if (step.what === "usage") {
					owners[step.owner]!.usage = step.usage;
					owners[step.owner]!.revision++;
				} else {
					const { uid, owner, ready, phase, age, other } = step;
					const createdUs = nowUs - age * MINUTE;
					const labels = other ? { app: "api" } : SELECTOR.matchLabels;
					put(uid, podOf(uid, owner, { ready, readyUs: createdUs + MINUTE, phase, createdUs, labels }));
				}
				const { fast, byDefinition } = answer(replicas, nowUs);
				expect(fast).toEqual(byDefinition());
			}
		}),
		{ seed: 1, numRuns: 500 },
	);
});

test("pods are looked at again only when one of them, its usage or the size has changed", () => {
	const { owners, put, answer, looks } = world();
	for (const uid of [1, 2]) put(uid, podOf(uid, 0, { ready: true, readyUs: 0 }));
	owners[0]!.usage = 50;
	// Two pods, two metrics.
	const after: number[] = [];
	const ask = (replicas: number, nowUs: number) => {
		answer(replicas, nowUs);
		after.push(looks());
	};
	ask(2, MINUTE);
	ask(2, 2 * MINUTE);
	ask(3, 3 * MINUTE);
	owners[1]!.revision++;
	ask(3, 4 * MINUTE);
	owners[0]!.revision++;
	ask(3, 5 * MINUTE);
	put(3, podOf(3, 0, { phase: "Pending" }));
	ask(3, 6 * MINUTE);
	ask(3, 7 * MINUTE);
	// The third has not begun: nobody asks what it uses.
	expect(after).toEqual([4, 4, 8, 8, 12, 16, 16]);
});
