/** Runs of Chronos' jobs, as logs of what happened. */
import { expect, test } from "vitest";
import type { ChronosJob } from "../../../../src/control/kinds/chronos/job.js";
import { node } from "../../../support/cells.js";
import { MesosPlane } from "../../../support/mesos-planes.js";

const JOB = { cpus: 0.1, mem: 32, command: "x" };

function plane(version: string, params: object = {}): MesosPlane {
	return new MesosPlane({ nodes: [node("n0", { cpu: 4000, memory: 8e9 })], params: { version, ...params } });
}

/** The whole second of the run in which each task was started. */
function started(test: MesosPlane): readonly string[] {
	return test.log
		.filter((line) => line.includes(" on "))
		.map((line) => line.replace(/\.\d+ /, " ").replace(/ on .*/, ""));
}

function statusOf(test: MesosPlane, name: string): ChronosJob["status"] {
	return (test.plane.server.get("Job", `default/${name}`) as ChronosJob).status;
}

test("three runs, a minute apart, and then the job is spent and disabled (3.0)", () => {
	const test = plane("1.11");
	test.create("Job", "report", { ...JOB, schedule: "R3/1970-01-01T00:01:00Z/PT1M" }, { "cellsim.io/run-time": "10s" });
	test.runFor(600);
	expect(started(test)).toEqual(["60 ct-report-1-0", "120 ct-report-2-0", "180 ct-report-3-0"]);
	expect(statusOf(test, "report")).toMatchObject({ successCount: 3, runs: 3, disabled: true });
});

test("the same in 2.4, where a job without runs left is not disabled", () => {
	const test = plane("1.0");
	test.create("Job", "report", { ...JOB, schedule: "R3/1970-01-01T00:01:00Z/PT1M" }, { "cellsim.io/run-time": "10s" });
	test.runFor(600);
	expect(started(test)).toEqual(["60 ct-report-1-0", "120 ct-report-2-0", "180 ct-report-3-0"]);
	expect(statusOf(test, "report")).toMatchObject({ successCount: 3, runs: 3, disabled: false });
});

test("a run that fails is tried twice more, a minute after each, and then counts as an error; the next one is not tried again", () => {
	const test = plane("1.11");
	const fails = { "cellsim.io/run-time": "1s", "cellsim.io/exit": "failed" };
	test.create("Job", "flaky", { ...JOB, schedule: "R2/1970-01-01T00:00:10Z/PT10M" }, fails);
	test.runFor(1_500);
	// 1 s of run time after half a second of start; a minute each; with an error since the last success no retry.
	expect(started(test)).toEqual(["10 ct-flaky-1-0", "71 ct-flaky-1-1", "133 ct-flaky-1-2", "610 ct-flaky-2-0"]);
	expect(statusOf(test, "flaky")).toMatchObject({ successCount: 0, errorCount: 2, errorsSinceLastSuccess: 2 });
});

test("so many errors in a row disable a job", () => {
	const test = plane("1.11", { disableAfterFailures: 2 });
	const fails = { "cellsim.io/run-time": "1s", "cellsim.io/exit": "failed" };
	test.create("Job", "bad", { ...JOB, retries: 0, schedule: "R/1970-01-01T00:00:10Z/PT1M" }, fails);
	test.runFor(600);
	expect(statusOf(test, "bad")).toMatchObject({ errorCount: 2, runs: 2, disabled: true });
});

test("a child runs when all its parents have, once for each round of theirs", () => {
	const test = plane("1.11");
	const short = { "cellsim.io/run-time": "5s" };
	test.create("Job", "often", { ...JOB, schedule: "R/1970-01-01T00:00:00Z/PT1M" }, short);
	test.create("Job", "seldom", { ...JOB, schedule: "R/1970-01-01T00:00:30Z/PT2M" }, short);
	test.create("Job", "child", { ...JOB, parents: ["often", "seldom"] }, short);
	test.create("Job", "grandchild", { ...JOB, parents: ["child"] }, short);
	test.runFor(350);
	// often ends at 5, 65, 125, ..., seldom at 35, 155, 275: each of the latter completes a round.
	const children = started(test).filter((line) => line.includes("child"));
	expect(children.map((line) => line.split(" ")[1])).toEqual([
		"ct-child-1-0",
		"ct-grandchild-1-0",
		"ct-child-2-0",
		"ct-grandchild-2-0",
		"ct-child-3-0",
		"ct-grandchild-3-0",
	]);
});

test.each([
	["2.4 never overlaps", "1.0", 3],
	["3.0 overlaps where the job is concurrent", "1.11", 6],
])("%s: runs of 100 s each minute", (_title, version, runs) => {
	const test = plane(version);
	const long = { "cellsim.io/run-time": "100s" };
	test.create("Job", "long", { ...JOB, concurrent: true, schedule: "R6/1970-01-01T00:01:00Z/PT1M" }, long);
	test.runFor(900);
	expect(statusOf(test, "long").runs).toBe(runs);
});

test("what is missed: 2.4 skips each run that is late by more than epsilon, 3.0 makes one of all", () => {
	const schedule = "R10/1970-01-01T00:00:00Z/PT1M";
	for (const [version, runs, left] of [
		["1.0", 3, 0],
		["1.11", 5, 5],
	] as const) {
		const test = plane(version);
		test.runFor(390);
		// 6.5 minutes late. 2.4: its loop of 420 s drops 0 to 360, and begins those of 420 to 540: 3 runs. 3.0: one for 0 to 360, and those of 420 to 600.
		test.create("Job", "late", { ...JOB, schedule }, { "cellsim.io/run-time": "1s" });
		test.runFor(215);
		expect([version, statusOf(test, "late").runs, statusOf(test, "late").next!.count]).toEqual([version, runs, left]);
	}
});

test("an agent that is lost fails its run, which is tried again elsewhere", () => {
	const test = new MesosPlane({
		nodes: ["n0", "n1"].map((name) => node(name, { cpu: 4000, memory: 8e9 })),
		params: { version: "1.11" },
	});
	test.create("Job", "job", { ...JOB, schedule: "R1/1970-01-01T00:00:01Z/PT1H" }, { "cellsim.io/run-time": "10m" });
	test.runFor(10);
	const [pod] = test.pods;
	const lost = test.cell.nodeNamed(pod!.spec.nodeName)!;
	test.cell.setNodeSilent(lost, true);
	test.runFor(200);
	expect(test.pods.map(({ metadata, spec }) => [metadata.name, spec.nodeName === pod!.spec.nodeName])).toEqual([
		["ct-job-1-1", false],
	]);
});

test("bad jobs are refused", () => {
	const test = plane("1.11");
	const answers = [
		test.tryCreate("Job", "a", { ...JOB, schedule: "every day" }),
		test.tryCreate("Job", "a", { ...JOB, schedule: "R1/tomorrow/PT1H" }),
		test.tryCreate("Job", "a", { ...JOB, schedule: "R1//1h" }),
		test.tryCreate("Job", "a", JOB),
		test.tryCreate("Job", "a", { ...JOB, parents: ["b"] }),
	];
	test.create("Job", "a", { ...JOB, schedule: "R//PT1H" });
	test.create("Job", "b", { ...JOB, parents: ["a"] });
	answers.push(test.tryPatch("Job", "a", { schedule: null, parents: ["b"] }));
	expect(
		answers.map((answer) =>
			"mistakes" in answer ? answer.mistakes[0]!.message : answer.ok ? "" : answer.error.message,
		),
	).toEqual([
		"the schedule 'every day' is not an ISO 8601 repeating interval: write R[n]/start/period, such as R10/2026-01-01T00:00:00Z/PT1H",
		"'tomorrow' is not a date and time: write 2026-01-01T00:00:00Z",
		"'1h' is not a period: write PT1H, P1D or P1M",
		"a job needs a schedule or parents",
		"Job a: the parent 'b' is not there",
		"Job a: its parents [b] would be a circle of dependencies",
	]);
});
