/** What an autoscaler says where it has no size to choose, or nobody asked for the one that it chose. */
import { describe, expect, test } from "vitest";
import { deploymentController } from "../../../../src/control/controllers/deployment/deployment.js";
import {
	horizontalPodAutoscalerController,
	type PodUsage,
} from "../../../../src/control/controllers/horizontal-pod-autoscaler/horizontal-pod-autoscaler.js";
import { replicaSetController } from "../../../../src/control/controllers/replica-set.js";
import type { HorizontalPodAutoscaler } from "../../../../src/control/kinds/horizontal-pod-autoscaler.js";
import { deployment } from "../../../support/autoscaled-planes.js";
import { node } from "../../../support/cells.js";
import { TestPlane } from "../../../support/control-planes.js";

const metric = (name: string) => ({
	type: "Resource",
	resource: { name, target: { type: "Utilization", averageUtilization: 50 } },
});

/** Two pods that ask for 100m, and an autoscaler of them, after so many seconds. */
function autoscaled(usageOf: PodUsage, seconds: number, spec: object = {}) {
	const plane = new TestPlane({
		controllers: [deploymentController, replicaSetController, horizontalPodAutoscalerController(usageOf)],
		nodes: [node("a", { cpu: 8_000 })],
	});
	const said: string[] = [];
	plane.plane.server.watchEvents(({ about, reason, message }) => {
		if (about.kind === "HorizontalPodAutoscaler") said.push(`${reason}: ${message}`);
	});
	plane.create(deployment("d", 2, { cpu: "100m", memory: 100 }));
	const target = { scaleTargetRef: { kind: "Deployment", name: "d" }, minReplicas: 1, maxReplicas: 5 };
	const made = { ...target, metrics: [metric("cpu")], ...spec };
	plane.create({ kind: "HorizontalPodAutoscaler", metadata: { name: "h" }, spec: made });
	plane.runFor(seconds);
	const status = () =>
		(plane.plane.server.get("HorizontalPodAutoscaler", "default/h") as HorizontalPodAutoscaler).status;
	return { plane, said, status };
}

const evenly: PodUsage = (_pod, resource) => (resource === "cpu" ? 50 : null);

describe("an autoscaler", () => {
	test("says that nobody measures its pods, and keeps their number", () => {
		const { said, status } = autoscaled(() => null, 20);
		const why =
			"failed to get cpu utilization: unable to get metrics for resource cpu: no metrics returned from resource metrics API";
		expect(said).toEqual([
			`FailedGetResourceMetric: ${why}`,
			`FailedComputeMetricsReplicas: invalid metrics (1 invalid out of 1), first error is: failed to get cpu resource metric value: ${why}`,
		]);
		expect(status()).toMatchObject({
			currentReplicas: 2,
			desiredReplicas: 0,
			currentMetrics: {},
			ableToScale: { status: "True", reason: "SucceededGetScale" },
			scalingActive: { status: "False", message: `the HPA was unable to compute the replica count: ${why}` },
		});
	});

	test("names the container that asks for nothing", () => {
		const { plane, status } = autoscaled(() => 50, 0);
		plane.patch("Deployment", "d", {
			spec: { template: { spec: { containers: [{ name: "main", resources: { requests: { cpu: null } } }] } } },
		});
		plane.runFor(40);
		expect(status().scalingActive?.message).toMatch(
			/failed to get cpu utilization: missing request for cpu in container main of Pod d-/,
		);
	});

	test("grows by the metrics that are known, and shrinks only by all", () => {
		const metrics = [metric("cpu"), metric("memory")];
		const behavior = { scaleDown: { stabilizationWindowSeconds: 0 } };
		// 150 of 50 percent: three times as many, twice at most.
		const busy = autoscaled((pod, resource) => (evenly(pod, resource) === null ? null : 150), 20, { metrics });
		expect(busy.status()).toMatchObject({ desiredReplicas: 4, scalingActive: { reason: "ValidMetricFound" } });
		expect(busy.said[0]).toMatch(/^FailedGetResourceMetric: failed to get memory utilization: unable to get metrics/);
		const idle = autoscaled((pod, resource) => (evenly(pod, resource) === null ? null : 1), 20, { metrics, behavior });
		expect(idle.status()).toMatchObject({
			currentReplicas: 2,
			currentMetrics: { cpu: 1 },
			scalingActive: { status: "False", reason: "FailedGetResourceMetric" },
		});
	});

	test("gives no reason for the size of an earlier recommendation", () => {
		const { plane, said } = autoscaled(evenly, 20, { minReplicas: 1 });
		plane.patch("Deployment", "d", { spec: { replicas: 1 } });
		plane.runFor(15);
		expect(said).toEqual(["SuccessfulRescale: New size: 2; reason: "]);
	});

	test("measures nothing while its target has too many pods", () => {
		const { plane, status } = autoscaled(evenly, 20);
		expect(status().currentMetrics).toEqual({ cpu: 50 });
		plane.patch("Deployment", "d", { spec: { replicas: 7 } });
		plane.runFor(15);
		expect(status()).toMatchObject({ currentReplicas: 7, desiredReplicas: 5, currentMetrics: {} });
	});

	test("says that its target is not there", () => {
		const { said, status } = autoscaled(evenly, 20, { scaleTargetRef: { kind: "Deployment", name: "e" } });
		expect(said).toEqual(['FailedGetScale: deployments/scale.apps "e" not found']);
		expect(status().ableToScale).toMatchObject({
			status: "False",
			message: 'the HPA controller was unable to get the target\'s current scale: deployments/scale.apps "e" not found',
		});
	});

	test("may say how close is close enough, which Kubernetes 1.34 drops", () => {
		const { status } = autoscaled(evenly, 20, { behavior: { scaleUp: { tolerance: "50m" } } });
		expect(status().scalingActive?.reason).toBe("ValidMetricFound");
	});
});
