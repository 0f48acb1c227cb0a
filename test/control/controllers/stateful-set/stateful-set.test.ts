import fc from "fast-check";
import { expect, test } from "vitest";
import { statefulSetController } from "../../../../src/control/controllers/stateful-set/stateful-set.js";
import type { StatefulSet } from "../../../../src/control/kinds/stateful-set.js";
import { SELECTOR, TEMPLATE } from "../../../support/api-objects.js";
import { node } from "../../../support/cells.js";
import { TestPlane } from "../../../support/control-planes.js";

const template = (version: number) => ({
	...TEMPLATE,
	spec: { containers: [{ name: "main", image: `main:${version}` }] },
});

function planeWith(spec: object): TestPlane {
	const plane = new TestPlane({
		controllers: [statefulSetController],
		nodes: [0, 1].map((n) => node(`node-${n}`, { cpu: 4000 })),
	});
	const full = { selector: SELECTOR, template: template(0), ...spec };
	plane.create({ kind: "StatefulSet", metadata: { name: "s" }, spec: full });
	return plane;
}

const setOf = ({ plane }: TestPlane) => plane.server.get("StatefulSet", "default/s") as StatefulSet;

test("of templates that nothing is made from only so many are kept", () => {
	const plane = planeWith({ replicas: 1, revisionHistoryLimit: 2 });
	for (let version = 1; version <= 5; version++) {
		plane.runFor(20);
		plane.patch("StatefulSet", "s", { spec: { template: template(version) } });
	}
	plane.runFor(20);
	const revisions = [...plane.plane.server.list("ControllerRevision")];
	// The present one and two before.
	expect(revisions.map(({ spec }) => (spec as { revision: number }).revision)).toEqual([4, 5, 6]);
});

test("a template that is gone back to is the same revision with a new number", () => {
	const plane = planeWith({ replicas: 1 });
	for (const version of [1, 0]) {
		plane.runFor(20);
		plane.patch("StatefulSet", "s", { spec: { template: template(version) } });
	}
	plane.runFor(20);
	const revisions = [...plane.plane.server.list("ControllerRevision")];
	expect(revisions.map(({ spec }) => (spec as { revision: number }).revision)).toEqual([3, 2]);
	expect(setOf(plane).status.currentRevision).toBe(revisions[0]!.metadata.name);
});

test("whatever happens to a StatefulSet, once it stops its pods are exactly those declared", () => {
	const steps = fc.array(
		fc.record({
			afterSeconds: fc.double({ min: 0, max: 4, noNaN: true }),
			what: fc.oneof(
				fc.record({ kind: fc.constant("scale" as const), to: fc.nat(6) }),
				fc.record({ kind: fc.constant("update" as const), to: fc.nat(2) }),
				fc.record({ kind: fc.constant("delete" as const), to: fc.nat() }),
			),
		}),
		{ maxLength: 10 },
	);
	fc.assert(
		fc.property(steps, fc.constantFrom("OrderedReady", "Parallel"), fc.nat(2), (happens, policy, minReadySeconds) => {
			const plane = planeWith({ replicas: 3, podManagementPolicy: policy, minReadySeconds });
			for (const { afterSeconds, what } of happens) {
				plane.runFor(afterSeconds);
				const { pods } = plane;
				if (what.kind === "scale") plane.patch("StatefulSet", "s", { spec: { replicas: what.to } });
				else if (what.kind === "update") plane.patch("StatefulSet", "s", { spec: { template: template(what.to) } });
				else if (pods.length > 0) plane.plane.delete("Pod", `default/${pods[what.to % pods.length]!.metadata.name}`);
			}
			plane.runFor(200);
			const { spec, status } = setOf(plane);
			const { replicas } = spec;
			const names = plane.pods.map(({ metadata }) => metadata.name).sort();
			expect(names).toEqual(Array.from({ length: replicas }, (_, ordinal) => `s-${ordinal}`));
			for (const pod of plane.pods)
				expect(pod.spec.template.spec["containers"]).toEqual(spec.template.spec["containers"]);
			expect(status).toMatchObject({
				replicas,
				readyReplicas: replicas,
				availableReplicas: replicas,
				currentReplicas: replicas,
				updatedReplicas: replicas,
			});
			expect(status.currentRevision).toBe(status.updateRevision);
		}),
		{ seed: 6, numRuns: 60 },
	);
});
