import { describe, expect, test } from "vitest";
import { type Operation, planOf } from "../../../../src/control/controllers/stateful-set/plan.js";
import {
	type StatefulSet,
	type StatefulSetStatus,
	statefulSetKind,
} from "../../../../src/control/kinds/stateful-set.js";
import type { Pod } from "../../../../src/control/pod.js";
import { SECOND } from "../../../../src/engine/time.js";
import { apiObject, apiPod, SELECTOR, TEMPLATE } from "../../../support/api-objects.js";

/**
 * Pods as `0:new 1:old,unready 3:new,leaving`: ordinal, revision, and what is not as usual (running and ready since 0). The result:
 * operations, batches apart by `|`: `+2:new` creates, `-3` deletes.
 */
function planFor(spec: object, pods: string, nowSeconds = 100, status: Partial<StatefulSetStatus> = {}): string {
	const full = { selector: SELECTOR, template: TEMPLATE, ...spec };
	const made = apiObject<StatefulSet>(statefulSetKind, "s", full);
	const set = { ...made, status: { ...made.status, ...status } };
	const { batches } = planOf(set, parse(pods), { current: "old", update: "new" }, nowSeconds * SECOND);
	return batches.map((batch) => batch.map(print).join(" ")).join(" | ");
}

function parse(pods: string): readonly Pod[] {
	return pods.split(" ").flatMap((text) => {
		if (text === "") return [];
		const [, ordinal, revision, notes] = /^(\d+):(\w+)(.*)$/.exec(text)!;
		const states = new Set(notes!.split(","));
		const since = /@(\d+)/.exec(notes!)?.[1] ?? "0";
		return [
			apiPod({
				uid: Number(ordinal) + 1,
				name: `s-${ordinal}`,
				labels: { "controller-revision-hash": revision! },
				phase: states.has("failed") ? "Failed" : states.has("pending") ? "Pending" : "Running",
				ready: !["unready", "failed", "pending"].some((state) => states.has(state)),
				readyUs: Number(since) * SECOND,
				...(states.has("leaving") && { deletedUs: 1 }),
			}),
		];
	});
}

function print(operation: Operation): string {
	if (operation.verb === "delete") return operation.pod.metadata.name.replace("s-", "-");
	return `+${operation.ordinal}:${operation.revision}`;
}

describe("in order, one after the other", () => {
	test.each([
		[3, "", "+0:new"],
		[3, "0:new", "+1:new"],
		// Not before those below are ready.
		[3, "0:new,unready", ""],
		[3, "0:new 1:new,pending", ""],
		[3, "0:new,leaving 1:new", ""],
		// A gap is filled first.
		[3, "1:new 2:new", "+0:new"],
		[3, "0:new 1:new,failed 2:new", "-1"],
		// Too many: the highest goes, and those below must be ready.
		[1, "0:new 1:new 2:new", "-2"],
		[1, "0:new 1:new 2:new,leaving", ""],
		[1, "0:new 1:new,unready 2:new", "-2"],
		[1, "0:new 1:new,unready 2:new,unready", ""],
		[1, "0:new 1:new 2:new,unready", "-2"],
		[1, "0:new,unready 1:new 2:new", ""],
		// An update goes from the highest, one at a time.
		[3, "0:old 1:old 2:old", "-2"],
		[3, "0:old 1:old 2:new", "-1"],
		[3, "0:old 1:old 2:new,unready", ""],
		[3, "0:old 1:new,unready 2:new", ""],
		// Stuck: the pod that is not ready is not replaced, whatever its revision.
		[3, "0:old 1:old 2:old,unready", ""],
		[2, "0:old 1:old 2:old", "-2"],
		[3, "0:new 1:new 2:new", ""],
	])("%i replicas, '%s': '%s'", (replicas, pods, plan) => {
		expect(planFor({ replicas }, pods)).toBe(plan);
	});
});

describe("in parallel", () => {
	test.each([
		// Batches of 1, 2, 4.
		[5, "", "+0:new | +1:new +2:new | +3:new +4:new"],
		[5, "0:new 2:new,unready 3:new,failed", "+1:new | -3 +4:new"],
		// The first batch is the one that leaves already.
		[1, "0:new 1:new 2:new 3:new,leaving", "-2 -1"],
		[1, "0:new 1:new 2:new 3:new", "-3 | -2 -1"],
		// Updates go one at a time all the same, also if a pod of the wrong revision is stuck.
		[3, "0:old 1:old 2:old,unready", "-2"],
		[3, "0:old 1:old 2:new,unready", ""],
		[3, "0:old 1:old 2:old,leaving", ""],
	])("%i replicas, '%s': '%s'", (replicas, pods, plan) => {
		expect(planFor({ replicas, podManagementPolicy: "Parallel" }, pods)).toBe(plan);
	});
});

test("below the partition pods stay, and are made again, as they were", () => {
	const spec = { replicas: 4, updateStrategy: { rollingUpdate: { partition: 2 } } };
	expect(planFor(spec, "0:old 1:old 2:old 3:new")).toBe("-2");
	expect(planFor(spec, "0:old 1:old 2:new 3:new")).toBe("");
	expect(planFor(spec, "0:old 2:new 3:new")).toBe("+1:old");
	expect(planFor(spec, "0:old 1:old 3:new")).toBe("+2:new");
});

test("where a manifest names the strategy alone, lost pods that an update has not reached are made again as they were", () => {
	const named = { type: "RollingUpdate" };
	const planned = (updateStrategy: object, pods: string, currentReplicas: number) =>
		planFor({ replicas: 4, updateStrategy }, pods, 100, { currentReplicas });
	expect(planned(named, "0:old 2:old 3:new", 3)).toBe("+1:old");
	expect(planned(named, "0:old 1:old 2:old", 3)).toBe("+3:new");
	expect(planned(named, "0:old 1:old 2:old 3:new", 3)).toBe("-2");
	// By default there is a partition, of 0.
	expect(planned({}, "0:old 2:old 3:new", 3)).toBe("+1:new");
	expect(planned({ ...named, rollingUpdate: { partition: 0 } }, "0:old 2:old 3:new", 3)).toBe("+1:new");
});

test("of maxUnavailable nothing is made, as by an API server of 1.34", () => {
	const updateStrategy = { type: "RollingUpdate", rollingUpdate: { maxUnavailable: "50%" } };
	expect(planFor({ replicas: 4, updateStrategy }, "0:old 1:old 2:old 3:old")).toBe("-3");
});

test("OnDelete leaves old pods alone", () => {
	expect(planFor({ replicas: 2, updateStrategy: { type: "OnDelete" } }, "0:old 1:old")).toBe("");
});

test("a pod counts when it has been ready for minReadySeconds", () => {
	const spec = { replicas: 2, minReadySeconds: 10 };
	expect(planFor(spec, "0:new,@91", 100)).toBe("");
	expect(planFor(spec, "0:new,@90", 100)).toBe("+1:new");
});

test("ordinals may start later", () => {
	expect(planFor({ replicas: 2, ordinals: { start: 5 } }, "5:new")).toBe("+6:new");
	expect(planFor({ replicas: 2, ordinals: { start: 5 } }, "0:new 5:new 6:new")).toBe("-0");
});
