import fc from "fast-check";
import { expect, test } from "vitest";
import type { MakeController } from "../../../../src/control/controller.js";
import { deploymentController } from "../../../../src/control/controllers/deployment/deployment.js";
import { horizontalPodAutoscalerController } from "../../../../src/control/controllers/horizontal-pod-autoscaler/horizontal-pod-autoscaler.js";
import { replicaSetController } from "../../../../src/control/controllers/replica-set.js";
import { deployment } from "../../../support/autoscaled-planes.js";
import { node } from "../../../support/cells.js";
import { TestPlane } from "../../../support/control-planes.js";

/** Twice as many as its client can look at in a period. */
const WORKLOADS = 6;
const CLIENT = { qps: 0.2, burst: 2 };
const WORKLOAD = fc.nat(WORKLOADS - 1);
const STEP = fc.record({
	seconds: fc.integer({ min: 1, max: 60 }),
	act: fc.oneof(
		{
			weight: 4,
			arbitrary: fc.record({ what: fc.constant("usage" as const), of: WORKLOAD, milli: fc.constantFrom(20, 50, 120) }),
		},
		fc.record({ what: fc.constant("size" as const), of: WORKLOAD, replicas: fc.integer({ min: 1, max: 5 }) }),
		fc.record({ what: fc.constant("limit" as const), of: WORKLOAD, maxReplicas: fc.integer({ min: 2, max: 6 }) }),
		fc.record({
			what: fc.constant("gone" as const),
			of: WORKLOAD,
			kind: fc.constantFrom("Deployment", "HorizontalPodAutoscaler"),
		}),
		fc.record({ what: fc.constant("outage" as const), seconds: fc.integer({ min: 1, max: 20 }) }),
	),
});
type Step = typeof STEP extends fc.Arbitrary<infer Value> ? Value : never;

/** All that is written and said, with its time, in order of the text: within one instant nobody promises an order. */
function history(steps: readonly Step[], change: (make: MakeController) => MakeController): readonly string[] {
	const loads = Array.from({ length: WORKLOADS }, () => ({ milli: 50, revision: 0 }));
	const loadOf = (name: string) => loads[Number(name.split("-")[1])]!;
	const autoscalers = horizontalPodAutoscalerController(
		({ metadata, status }) => (status.ready ? loadOf(metadata.labels["app"]!).milli : null),
		({ metadata }) => loadOf(metadata.labels["app"]!),
	);
	const plane = new TestPlane({
		controllers: [deploymentController, replicaSetController, change(autoscalers)],
		nodes: Array.from({ length: 4 }, (_, i) => node(`n${i}`)),
		client: CLIENT,
		requestUs: 5_003,
		watchUs: 3_001,
	});
	const lines: string[] = [];
	plane.plane.server.watch(({ kind, key, after }) => {
		const spec = kind === "Deployment" ? (after?.spec as { readonly replicas: number } | undefined) : undefined;
		lines.push(`${plane.engine.nowUs} ${kind} ${key} ${JSON.stringify(after?.status)} ${spec?.replicas}`);
	});
	plane.plane.server.watchEvents(({ about, message }) =>
		lines.push(`${plane.engine.nowUs} ${about.metadata.name} ${message}`),
	);
	for (let i = 0; i < WORKLOADS; i++) {
		const name = `web-${i}`;
		plane.create(deployment(name, 2, { cpu: "100m" }));
		const metrics = [
			{ type: "Resource", resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 50 } } },
		];
		const spec = { scaleTargetRef: { kind: "Deployment", name }, minReplicas: 1, maxReplicas: 5, metrics };
		plane.create({ kind: "HorizontalPodAutoscaler", metadata: { name }, spec });
	}
	plane.runFor(300);
	for (const { seconds, act } of steps) {
		if (act.what === "outage") {
			plane.plane.fail("api-server");
			plane.runFor(act.seconds);
			plane.plane.recover("api-server");
		} else {
			const name = `web-${act.of}`;
			if (act.what === "usage") {
				loads[act.of]!.milli = act.milli;
				loads[act.of]!.revision++;
			} else if (act.what === "gone") plane.plane.delete(act.kind, `default/${name}`);
			else if (act.what === "size")
				plane.plane.patch("Deployment", `default/${name}`, { spec: { replicas: act.replicas } });
			else plane.plane.patch("HorizontalPodAutoscaler", `default/${name}`, { spec: { maxReplicas: act.maxReplicas } });
		}
		plane.runFor(seconds + 0.000_17);
	}
	plane.runFor(600);
	return lines.sort();
}

/** The same controller without rounds: each sync is `reconcile`. */
const byReconcile =
	(make: MakeController): MakeController =>
	(context) => {
		const made = make(context);
		const { name, workers, watches } = made;
		return { name, workers, watches, reconcile: (key) => made.reconcile(key) };
	};

test("autoscalers that look in rounds do what those do that reconcile one by one, at the same times", () => {
	fc.assert(
		fc.property(fc.array(STEP, { maxLength: 12 }), (steps) => {
			expect(history(steps, (make) => make)).toEqual(history(steps, byReconcile));
		}),
		{ seed: 1, numRuns: 12 },
	);
});
