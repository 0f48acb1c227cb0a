import fc from "fast-check";
import { expect, test } from "vitest";
import { jobController } from "../../../../src/control/controllers/job/job.js";
import { ttlAfterFinishedController } from "../../../../src/control/controllers/job/ttl.js";
import { finishOf, type Job } from "../../../../src/control/kinds/job.js";
import { SECOND } from "../../../../src/engine/time.js";
import { JOB_TEMPLATE } from "../../../support/api-objects.js";
import { node } from "../../../support/cells.js";
import { TestPlane } from "../../../support/control-planes.js";

/** A plane with the Job `j`, whose pods run for so long. */
function planeWith(spec: object, runTime: string, annotations: object = {}): TestPlane {
	const plane = new TestPlane({
		controllers: [jobController, ttlAfterFinishedController],
		nodes: [0, 1, 2].map((n) => node(`node-${n}`, { cpu: 4000 })),
	});
	const template = { ...JOB_TEMPLATE, metadata: { annotations: { "cellsim.io/run-time": runTime, ...annotations } } };
	plane.create({ kind: "Job", metadata: { name: "j" }, spec: { template, ...spec } });
	return plane;
}

const jobOf = ({ plane }: TestPlane) => plane.server.get("Job", "default/j") as Job;
const phasesOf = ({ pods }: TestPlane) => pods.map(({ status }) => status.phase);

test("a work queue ends with the first success; what runs may go on", () => {
	const plane = planeWith({ parallelism: 3 }, "2s");
	plane.runFor(1);
	expect(jobOf(plane).status).toMatchObject({ active: 3, succeeded: 0 });
	plane.runFor(6);
	expect(phasesOf(plane)).toEqual(["Succeeded", "Succeeded", "Succeeded"]);
	expect(finishOf(jobOf(plane))).toMatchObject({ type: "Complete", reason: "CompletionsReached" });
});

test("parallelism that shrinks takes pods away, which do not count; one that grows is acted on at once", () => {
	const plane = planeWith({ parallelism: 4, completions: 8 }, "1h");
	plane.runFor(2);
	plane.patch("Job", "j", { spec: { parallelism: 1 } });
	plane.runFor(5);
	expect(jobOf(plane).status).toMatchObject({ active: 1, ready: 1, failed: 0, terminating: 0 });
	expect(phasesOf(plane)).toEqual(["Running"]);
	plane.patch("Job", "j", { spec: { parallelism: 3 } });
	plane.runFor(0.1);
	expect(plane.pods.length).toBe(3);
});

test("a pod that somebody deletes is replaced after a back-off, or, with podReplacementPolicy Failed, once it has ended", () => {
	const times = (policy: string) => {
		const plane = planeWith({ podReplacementPolicy: policy }, "1h", { "cellsim.io/stop-after": "30s" });
		plane.runFor(3);
		plane.plane.delete("Pod", `default/${plane.pods[0]!.metadata.name}`);
		plane.runFor(80);
		return {
			created: plane.pods.map(({ metadata }) => Math.round(metadata.createdUs / SECOND)),
			...jobOf(plane).status,
		};
	};
	// It failed at 3, for the Job, and goes on at 13; the pod ends at 33.
	expect(times("TerminatingOrFailed")).toMatchObject({ created: [13], failed: 1, active: 1 });
	// It fails at 33.
	expect(times("Failed")).toMatchObject({ created: [43], failed: 1, active: 1 });
});

test("a pod that fails as its policy says ends the whole Job at once", () => {
	const rules = [
		{ action: "Ignore", onExitCodes: { operator: "In", values: [3] } },
		{ action: "FailJob", onExitCodes: { containerName: "main", operator: "In", values: [42] } },
	];
	const runs = (exit: string) => {
		const spec = { parallelism: 2, completions: 2, backoffLimit: 0, podFailurePolicy: { rules } };
		const plane = planeWith(spec, "1s", { "cellsim.io/exit": exit });
		plane.runFor(30);
		const { reason, message } = finishOf(jobOf(plane)) ?? { reason: "none", message: "" };
		return { reason, message: message.replace(/j-[a-z0-9]{5}/, "j-*"), failed: jobOf(plane).status.failed };
	};
	const message = "Container main for pod default/j-* failed with exit code 42 matching FailJob rule at index 1";
	expect(runs("42")).toEqual({ reason: "PodFailurePolicy", message, failed: 2 });
	expect(runs("7")).toMatchObject({ reason: "BackoffLimitExceeded", failed: 2 });
	expect(runs("3")).toEqual({ reason: "none", message: "", failed: 0 });
});

test("pods that are refused are asked for again after 1 s, 2 s, 4 s", () => {
	const plane = planeWith({ suspend: true }, "1s");
	const asked: number[] = [];
	plane.plane.server.admit((draft) => {
		if (draft.kind !== "Pod") return draft;
		asked.push(Math.round(plane.engine.nowUs / SECOND));
		return { code: 403, message: "exceeded quota" };
	});
	const told = new Set<string>();
	plane.plane.server.watchEvents(({ type, reason, message }) => told.add(`${type} ${reason}: ${message}`));
	plane.runFor(10);
	plane.patch("Job", "j", { spec: { suspend: false } });
	plane.runFor(9);
	expect(asked).toEqual([10, 11, 13, 17]);
	expect([...told]).toContain("Warning FailedCreate: Error creating: exceeded quota");
});

test("pods whose Job is gone are let go without being counted", () => {
	const plane = planeWith({ parallelism: 2, completions: 2 }, "1h");
	plane.runFor(2);
	plane.plane.delete("Job", "default/j");
	plane.runFor(1);
	expect(plane.pods.map(({ metadata }) => metadata.finalizers)).toEqual([[], []]);
});

test("a Job that is over goes after its time", () => {
	const plane = planeWith({ ttlSecondsAfterFinished: 20 }, "1s");
	plane.runFor(20);
	expect(jobOf(plane).metadata.deletedUs).toBeNull();
	plane.runFor(5);
	expect(jobOf(plane).metadata).toMatchObject({ finalizers: ["foregroundDeletion"] });
});

test("whatever happens to a Job, each pod is counted once and it comes to its end", () => {
	const steps = fc.array(
		fc.record({
			afterSeconds: fc.double({ min: 0, max: 4, noNaN: true }),
			what: fc.oneof(
				fc.record({ kind: fc.constant("parallelism" as const), to: fc.integer({ min: 1, max: 5 }) }),
				fc.record({ kind: fc.constant("suspend" as const), to: fc.boolean() }),
				fc.record({ kind: fc.constant("delete" as const), to: fc.nat() }),
			),
		}),
		{ maxLength: 10 },
	);
	const modes = fc.constantFrom("NonIndexed", "Indexed");
	fc.assert(
		fc.property(steps, modes, fc.integer({ min: 1, max: 8 }), (happens, completionMode, completions) => {
			const spec = { completions, completionMode, parallelism: 3, backoffLimit: 1000 };
			const plane = planeWith(spec, "2s");
			for (const { afterSeconds, what } of happens) {
				plane.runFor(afterSeconds);
				const { pods } = plane;
				if (what.kind !== "delete") plane.patch("Job", "j", { spec: { [what.kind]: what.to } });
				else if (pods.length > 0) plane.plane.delete("Pod", `default/${pods[what.to % pods.length]!.metadata.name}`);
			}
			plane.patch("Job", "j", { spec: { suspend: false } });
			plane.runFor(3600);
			const { status } = jobOf(plane);
			expect(finishOf(jobOf(plane))?.type).toBe("Complete");
			expect(status).toMatchObject({
				active: 0,
				terminating: 0,
				succeeded: completions,
				uncountedSucceeded: [],
				uncountedFailed: [],
			});
			for (const { metadata } of plane.pods) expect(metadata.finalizers).toEqual([]);
			if (completionMode === "Indexed")
				expect(status.completedIndexes).toBe(["", "0", "0,1"][completions] ?? `0-${completions - 1}`);
		}),
		{ seed: 3, numRuns: 60 },
	);
});

test("a Job whose success policy is met ends the pods that still run: they have not failed, and it is over when they are gone", () => {
	const successPolicy = { rules: [{ succeededIndexes: "0", succeededCount: 1 }] };
	const plane = planeWith({ completionMode: "Indexed", completions: 3, parallelism: 3, successPolicy }, "1h", {
		"cellsim.io/stop-after": "5s",
	});
	plane.runFor(2);
	const [first] = plane.pods;
	plane.plane.server.patch("Pod", `default/${first!.metadata.name}`, (pod) => ({
		...pod,
		status: { ...(pod.status as object), phase: "Succeeded", ready: false },
	}));
	plane.runFor(2);
	expect(jobOf(plane).status).toMatchObject({
		active: 0,
		terminating: 2,
		completedIndexes: "0",
		conditions: [{ type: "SuccessCriteriaMet", reason: "SuccessPolicy", message: "Matched rules at index 0" }],
	});
	plane.runFor(10);
	expect(jobOf(plane).status).toMatchObject({ succeeded: 1, failed: 0, terminating: 0 });
	expect(finishOf(jobOf(plane))).toMatchObject({ type: "Complete", reason: "SuccessPolicy" });
});

test("an Indexed Job that becomes smaller forgets the indexes that it has no more", () => {
	const plane = planeWith({ completionMode: "Indexed", completions: 4, parallelism: 4 }, "1h");
	plane.runFor(2);
	plane.plane.server.patch("Pod", `default/${plane.pods.at(-1)!.metadata.name}`, (pod) => ({
		...pod,
		status: { ...(pod.status as object), phase: "Succeeded", ready: false },
	}));
	plane.runFor(2);
	expect(jobOf(plane).status).toMatchObject({ completedIndexes: "3", succeeded: 1, active: 3 });
	plane.patch("Job", "j", { spec: { completions: 2, parallelism: 2 } });
	plane.runFor(5);
	expect(jobOf(plane).status).toMatchObject({ completedIndexes: "", succeeded: 0, active: 2 });
});

test("a Job that says that somebody else sees to it is left to them", () => {
	const plane = planeWith({ managedBy: "example.com/queue" }, "1s");
	plane.runFor(5);
	expect(plane.pods).toEqual([]);
	expect(jobOf(plane).status.startUs).toBeNull();
	const own = planeWith({ managedBy: "kubernetes.io/job-controller" }, "1s");
	own.runFor(5);
	expect(finishOf(jobOf(own))?.type).toBe("Complete");
});
