import fc from "fast-check";
import { expect, test } from "vitest";
import { deploymentController } from "../../src/control/controllers/deployment/deployment.js";
import { replicaSetController } from "../../src/control/controllers/replica-set.js";
import type { Deployment } from "../../src/control/kinds/deployment.js";
import { node } from "../support/cells.js";
import { TestPlane } from "../support/control-planes.js";

const template = (version: number) => ({
	metadata: { labels: { app: "web" } },
	spec: { containers: [{ name: "web", image: `web:${version}`, resources: { requests: { cpu: "100m" } } }] },
});

const steps = fc.array(
	fc.record({
		afterSeconds: fc.double({ min: 0, max: 4, noNaN: true }),
		what: fc.oneof(
			fc.record({ kind: fc.constant("scale" as const), replicas: fc.nat(12) }),
			fc.record({ kind: fc.constant("update" as const), version: fc.nat(3) }),
			fc.record({ kind: fc.constant("pause" as const), paused: fc.boolean() }),
			fc.record({ kind: fc.constant("fail" as const), node: fc.nat(2) }),
			fc.record({ kind: fc.constant("delete pod" as const), which: fc.nat() }),
		),
	}),
	{ maxLength: 12 },
);

const strategies = fc.oneof(
	fc.constant({ type: "Recreate" }),
	fc
		.record({
			maxSurge: fc.constantFrom<number | string>(0, 1, 3, "25%"),
			maxUnavailable: fc.constantFrom<number | string>(1, "25%", "100%"),
		})
		.map((rollingUpdate) => ({ type: "RollingUpdate", rollingUpdate })),
);

test("whatever happens to a Deployment, once it stops the cell comes to exactly what is declared", () => {
	fc.assert(
		fc.property(steps, strategies, fc.nat(8), (happens, strategy, replicas) => {
			const test = new TestPlane({
				controllers: [replicaSetController, deploymentController],
				nodes: [0, 1, 2, 3].map((n) => node(`node-${n}`, { cpu: 4000 })),
			});
			test.create({
				apiVersion: "apps/v1",
				kind: "Deployment",
				metadata: { name: "web" },
				spec: { replicas, strategy, selector: { matchLabels: { app: "web" } }, template: template(0) },
			});
			for (const { afterSeconds, what } of happens) {
				test.runFor(afterSeconds);
				if (what.kind === "scale") test.patch("Deployment", "web", { spec: { replicas: what.replicas } });
				if (what.kind === "update") test.patch("Deployment", "web", { spec: { template: template(what.version) } });
				if (what.kind === "pause") test.patch("Deployment", "web", { spec: { paused: what.paused } });
				if (what.kind === "fail") test.cell.setNodeReady(what.node as never, false);
				const { pods } = test;
				if (what.kind === "delete pod" && pods.length > 0)
					test.plane.delete("Pod", `default/${pods[what.which % pods.length]!.metadata.name}`);
			}
			test.patch("Deployment", "web", { spec: { paused: false } });
			test.runFor(300);
			const { spec, status } = test.plane.server.get("Deployment", "default/web") as Deployment;
			const { pods } = test;
			expect(pods.length).toBe(spec.replicas);
			for (const pod of pods) {
				expect(pod.status).toMatchObject({ phase: "Running", ready: true });
				expect(pod.spec.template.spec["containers"]).toEqual(spec.template.spec["containers"]);
			}
			expect(status).toMatchObject({
				replicas: spec.replicas,
				updatedReplicas: spec.replicas,
				availableReplicas: spec.replicas,
				unavailableReplicas: 0,
			});
			// The cell has the same pods, and nothing else.
			expect(test.cell.pods.live).toBe(spec.replicas);
		}),
		{ seed: 8, numRuns: 150 },
	);
});
