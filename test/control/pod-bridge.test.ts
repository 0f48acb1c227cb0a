import { describe, expect, test } from "vitest";
import type { PodId } from "../../src/cell/ids.js";
import { replicaSetController } from "../../src/control/controllers/replica-set.js";
import type { Pod } from "../../src/control/pod.js";
import { SELECTOR, TEMPLATE } from "../support/api-objects.js";
import { node } from "../support/cells.js";
import { TestPlane } from "../support/control-planes.js";

/** A plane whose only pod runs, and that pod in the cell. */
function makePlane() {
	const plane = new TestPlane({ controllers: [replicaSetController], nodes: [node("a", { cpu: 8000 })] });
	let pod: PodId | null = null;
	plane.cell.watch({
		podStarted: (id) => {
			pod = id;
		},
	});
	plane.create({
		kind: "ReplicaSet",
		metadata: { name: "r" },
		spec: { replicas: 1, selector: SELECTOR, template: TEMPLATE },
	});
	plane.runFor(2);
	const seen: string[] = [];
	plane.plane.server.watch(({ kind, before, after }) => {
		if (kind !== "Pod") return;
		const { metadata, status } = (after ?? before) as Pod;
		const leaves = metadata.deletedUs === null ? "" : " marked";
		seen.push(
			after === null ? `${metadata.uid} gone` : `${metadata.uid} ${status.phase} ${status.disruption}${leaves}`,
		);
	});
	return { plane, pod: pod!, seen };
}

describe("a pod that a scheduler stops to make room is deleted, and its controller makes another one", () => {
	test("where leaving takes time, at once: the old one is there until it has left", () => {
		const { plane, pod, seen } = makePlane();
		const [{ metadata }] = plane.pods as [Pod];
		plane.cell.stopPod(pod, "preempted");
		plane.runFor(0.2);
		expect(plane.pods.map(({ status }) => status.disruption)).toEqual(["PreemptionByScheduler", ""]);
		plane.runFor(2);
		expect(seen.filter((line) => line.startsWith(`${metadata.uid} `))).toEqual([
			`${metadata.uid} Running PreemptionByScheduler`,
			`${metadata.uid} Running PreemptionByScheduler marked`,
			`${metadata.uid} Succeeded PreemptionByScheduler marked`,
			`${metadata.uid} gone`,
		]);
		expect(plane.pods.map(({ status }) => status.phase)).toEqual(["Running"]);
		expect(plane.cell.pendingPods).toBe(0);
	});

	test("where it takes none, too: it does not come back by itself", () => {
		const { plane, pod, seen } = makePlane();
		const [{ metadata }] = plane.pods as [Pod];
		plane.cell.leavingTakesTime = false;
		plane.cell.stopPod(pod, "preempted");
		plane.runFor(2);
		expect(seen.filter((line) => line.startsWith(`${metadata.uid} `))).toEqual([
			`${metadata.uid} Succeeded PreemptionByScheduler`,
			`${metadata.uid} gone`,
		]);
		expect(plane.pods.map(({ status }) => status.phase)).toEqual(["Running"]);
	});
});

test("the mark of its usage says that a pod has left its machine before its object does", () => {
	const { plane, pod } = makePlane();
	const [object] = plane.pods as [Pod];
	const { pods } = plane.plane;
	const mark = pods.usageMarkOf(object);
	const { revision } = mark;
	plane.runFor(60);
	expect(mark.revision).toBe(revision);
	plane.cell.endPod(pod, "failed");
	expect(pods.usageOf(object, "cpu")).toBeNull();
	expect(mark.revision).toBeGreaterThan(revision);
});
