import fc from "fast-check";
import { expect, test } from "vitest";
import { daemonSetController } from "../../../../src/control/controllers/daemon-set/daemon-set.js";
import type { DaemonSet } from "../../../../src/control/kinds/daemon-set.js";
import type { NodeObject } from "../../../../src/control/kinds/node.js";
import { SECOND } from "../../../../src/engine/time.js";
import { SELECTOR, TEMPLATE } from "../../../support/api-objects.js";
import { node } from "../../../support/cells.js";
import { TestPlane } from "../../../support/control-planes.js";

const template = (version: number, spec: object = {}) => ({
	...TEMPLATE,
	spec: { containers: [{ name: "main", image: `main:${version}` }], ...spec },
});
const NAMES = ["a", "b", "c", "d"];

function planeWith(spec: object): TestPlane {
	const plane = new TestPlane({
		controllers: [daemonSetController],
		nodes: NAMES.map((name) => node(name, { cpu: 4000 })),
	});
	plane.create({
		kind: "DaemonSet",
		metadata: { name: "ds" },
		spec: { selector: SELECTOR, template: template(0), ...spec },
	});
	return plane;
}

const setOf = ({ plane }: TestPlane) => plane.server.get("DaemonSet", "default/ds") as DaemonSet;
const nodesOf = ({ pods }: TestPlane) => pods.map(({ spec }) => spec.nodeName).sort();

function change(plane: TestPlane, name: string, labels: object, spec: Partial<NodeObject["spec"]>): void {
	plane.plane.server.patch("Node", `/${name}`, (object) => {
		const { metadata, ...rest } = object as NodeObject;
		return {
			...rest,
			metadata: { ...metadata, labels: { ...metadata.labels, ...labels } },
			spec: { ...rest.spec, ...spec },
		};
	});
}

test("a node that gets the label gets a pod, one that gets a taint loses it, a cordon and a lost node do not matter", () => {
	const plane = planeWith({ template: template(0, { nodeSelector: { disk: "ssd" } }) });
	plane.runFor(3);
	expect(nodesOf(plane)).toEqual([]);
	for (const name of ["a", "b", "c"]) change(plane, name, { disk: "ssd" }, {});
	plane.runFor(3);
	expect(nodesOf(plane)).toEqual(["a", "b", "c"]);
	change(plane, "a", {}, { taints: [{ key: "full", value: "", effect: "NoSchedule" }] });
	change(plane, "b", {}, { taints: [{ key: "broken", value: "", effect: "NoExecute" }] });
	change(plane, "c", {}, { unschedulable: true });
	plane.runFor(3);
	expect(nodesOf(plane)).toEqual(["a", "c"]);
	expect(setOf(plane).status).toMatchObject({ desiredNumberScheduled: 1, numberMisscheduled: 1 });
	change(
		plane,
		"d",
		{ disk: "ssd" },
		{ taints: [{ key: "node.kubernetes.io/unreachable", value: "", effect: "NoExecute" }] },
	);
	plane.runFor(3);
	expect(nodesOf(plane)).toEqual(["a", "c", "d"]);
});

test("a pod that fails is left for 1 s, 2 s, 4 s on its node before the next takes its place", () => {
	const metadata = {
		labels: SELECTOR.matchLabels,
		annotations: { "cellsim.io/run-time": "0.1s", "cellsim.io/exit": "failed" },
	};
	const plane = planeWith({ template: { ...template(0, { nodeSelector: { only: "a" } }), metadata } });
	change(plane, "a", { only: "a" }, {});
	const made: number[] = [];
	plane.plane.server.watch(({ kind, before }) => {
		if (kind === "Pod" && before === null) made.push(plane.engine.nowUs / SECOND);
	});
	plane.runFor(12);
	// Each takes 0.6 s, and is then left for so long.
	const left = made.slice(1).map((second, i) => Math.round(second - made[i]! - 0.6));
	expect(left).toEqual([0, 1, 2, 4]);
});

test("whatever happens to a DaemonSet, once it stops each node has its pod", () => {
	const steps = fc.array(
		fc.record({
			afterSeconds: fc.double({ min: 0, max: 3, noNaN: true }),
			what: fc.oneof(
				fc.record({ kind: fc.constant("update" as const), to: fc.nat(2) }),
				fc.record({ kind: fc.constant("delete" as const), to: fc.nat() }),
				fc.record({ kind: fc.constant("taint" as const), to: fc.nat(3) }),
				fc.record({ kind: fc.constant("free" as const), to: fc.nat(3) }),
			),
		}),
		{ maxLength: 10 },
	);
	const strategies = fc.constantFrom(
		{ maxUnavailable: 1 },
		{ maxUnavailable: "50%" },
		{ maxSurge: 1, maxUnavailable: 0 },
		{ maxSurge: "100%", maxUnavailable: 0 },
	);
	fc.assert(
		fc.property(steps, strategies, (happens, rollingUpdate) => {
			const plane = planeWith({ updateStrategy: { rollingUpdate } });
			for (const { afterSeconds, what } of happens) {
				plane.runFor(afterSeconds);
				const { pods } = plane;
				if (what.kind === "update") plane.patch("DaemonSet", "ds", { spec: { template: template(what.to) } });
				else if (what.kind === "taint")
					change(plane, NAMES[what.to]!, {}, { taints: [{ key: "no", value: "", effect: "NoExecute" }] });
				else if (what.kind === "free") change(plane, NAMES[what.to]!, {}, { taints: [] });
				else if (pods.length > 0) plane.plane.delete("Pod", `default/${pods[what.to % pods.length]!.metadata.name}`);
			}
			plane.runFor(100);
			const free = NAMES.filter((name) => {
				const { spec } = plane.plane.server.get("Node", `/${name}`) as NodeObject;
				return spec.taints.length === 0;
			});
			expect(nodesOf(plane)).toEqual(free);
			const { spec, status } = setOf(plane);
			for (const pod of plane.pods)
				expect(pod.spec.template.spec["containers"]).toEqual(spec.template.spec["containers"]);
			const count = free.length;
			expect(status).toMatchObject({
				desiredNumberScheduled: count,
				currentNumberScheduled: count,
				updatedNumberScheduled: count,
				numberAvailable: count,
				numberUnavailable: 0,
				numberMisscheduled: 0,
			});
		}),
		{ seed: 7, numRuns: 60 },
	);
});
