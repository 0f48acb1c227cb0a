import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { explainPod } from "../../../src/experiment/results/explain.js";
import { writeCellsim } from "../../../src/workload/formats/cellsim.js";
import { runFolder } from "../../scenarios/run-folder.js";
import { jobs, planOf, THREE_NODES } from "../../scenarios/scenario.js";
import { job, podArrival } from "../../support/cells.js";

const root = mkdtempSync(join(tmpdir(), "cellsim-explain-"));
afterAll(() => rmSync(root, { recursive: true }));
const run = (spec: string) => runFolder(planOf(spec), root);

const SECOND = 1_000_000;
const at = (seconds: number) => seconds * SECOND;
const NO_CPU = "0/3 nodes are available: 3 Insufficient cpu.";

/** The queueing scenario of `test/scenarios/scheduling.test.ts`, ended while the fifth pod runs. */
const QUEUE = (tables = "[pods, jobs, attempts]") => `
clock: {end: 60s}
${THREE_NODES}
workloads: [${jobs("batch", { cpu: "3", duration: "30s", arrival: "deterministic: {every: 5s}", count: 5 })}]
scheduling: {architecture: monolithic, schedulers: [{scheduler: first-fit, decisionTime: {perJob: 1s}}]}
outputs: {tables: ${tables}}
`;

const attempt = (beginS: number, timeS: number, outcome: string, reasons: string | null, more: object = {}) => ({
	what: "attempt",
	beginUs: at(beginS),
	timeUs: at(timeS),
	scheduler: "main",
	outcome,
	pods: 1,
	placed: outcome === "placed" ? 1 : 0,
	conflicts: 0,
	conflictReasons: "",
	reasons,
	own: reasons !== null,
	...more,
});

test("a pod that waited: attempts with reasons, the binding, and how it stood at the end", async () => {
	const { pod, history, notes } = await explainPod(await run(QUEUE()), "batch-4-0");
	expect(pod).toEqual({
		pod: 4,
		name: "batch-4-0",
		job: "batch-4",
		jobPods: 1,
		gang: false,
		className: "",
		priority: 0,
		cpuMilli: 3000,
		memoryBytes: 2 ** 30,
		gpuMilli: 0,
		otherRequests: "",
		outcome: "running",
		node: "n-1",
		pendingTimeUs: at(37 - 20),
		attempts: 3,
		requeues: 0,
	});
	expect(history).toEqual([
		{ what: "submitted", timeUs: at(20) },
		attempt(20, 21, "unschedulable", NO_CPU),
		attempt(32, 33, "unschedulable", NO_CPU),
		attempt(36, 37, "placed", null),
		{ what: "bound", timeUs: at(37), detail: "to n-1" },
		{ what: "started", timeUs: at(37), detail: "on n-1" },
	]);
	expect(notes).toEqual([]);
});

test("by number, and a pod that ended", async () => {
	const { history } = await explainPod(await run(QUEUE()), "0");
	expect(history).toEqual([
		{ what: "submitted", timeUs: 0 },
		attempt(0, 1, "placed", null),
		{ what: "bound", timeUs: at(1), detail: "to n-0" },
		{ what: "started", timeUs: at(1), detail: "on n-0" },
		{ what: "ended", timeUs: at(31), detail: "succeeded" },
	]);
});

test("a pod that nothing fits is pending, with the last reasons", async () => {
	const folder = await run(`
clock: {end: 60s}
${THREE_NODES}
workloads: [${jobs("huge", { cpu: "5", duration: "30s", arrival: "at: 1s", count: 1 })}]
scheduling: {architecture: monolithic, schedulers: [{scheduler: first-fit}]}
`);
	const { pod, history } = await explainPod(folder, "huge-0-0");
	expect(pod).toMatchObject({ outcome: "pending", node: null, pendingTimeUs: null, attempts: 1 });
	expect(history).toEqual([{ what: "submitted", timeUs: at(1) }, attempt(1, 1, "unschedulable", NO_CPU)]);
});

test("a decision that was under way at the end is said", async () => {
	const { history, notes } = await explainPod(await run(QUEUE().replace("60s", "500ms")), "batch-0-0");
	expect(history).toEqual([{ what: "submitted", timeUs: 0 }]);
	expect(notes).toEqual(["a decision on the pod was under way when the run ended"]);
});

describe("a job of several pods", () => {
	test("a pod that was placed is not told of attempts after it", async () => {
		// 4 pods of 3 cpu on three nodes: the last waits until 30 s, and the job has one attempt more.
		const folder = await run(`
clock: {end: 60s}
${THREE_NODES}
workloads: [${jobs("batch", { cpu: "3", duration: "30s", arrival: "at: 0s", count: 1, more: ", pods: 4" })}]
scheduling: {architecture: monolithic, schedulers: [{scheduler: first-fit, replicas: 1}]}
`);
		const first = attempt(0, 0, "partly-placed", NO_CPU, { pods: 4, placed: 3 });
		// The reasons are those of the fourth, not of the first, which got a node.
		expect((await explainPod(folder, "batch-0-0")).history.filter(({ what }) => what === "attempt")).toEqual([
			{ ...first, own: false },
		]);
		expect((await explainPod(folder, "batch-0-3")).history.filter(({ what }) => what === "attempt")).toEqual([
			first,
			attempt(30, 30, "placed", null),
		]);
	});
});

test("pods of a job that differ are each told their own reasons", async () => {
	const trace = join(root, "trace");
	const pods = [{ cpu: 1000 }, { cpu: 5000 }, { facts: { nodeSelector: { disk: "ssd" } } }].map((options) =>
		podArrival(options),
	);
	await writeCellsim(
		trace,
		[],
		(async function* () {
			yield [job("mixed", { pods })];
		})(),
	);
	const folder = await run(`
clock: {end: 60s}
${THREE_NODES}
workloads: [{name: w, source: {format: cellsim, folder: ${trace}}}]
scheduling: {architecture: monolithic, schedulers: [{scheduler: first-fit}]}
`);
	const toldOf = async (pod: string) => {
		const [first] = (await explainPod(folder, pod)).history.filter((entry) => entry.what === "attempt");
		return [first!.own, first!.reasons];
	};
	expect(await toldOf("mixed-1")).toEqual([true, NO_CPU]);
	expect(await toldOf("mixed-2")).toEqual([
		true,
		"0/3 nodes are available: 3 node(s) didn't match Pod's node affinity/selector.",
	]);
	expect(await toldOf("mixed-0")).toEqual([false, NO_CPU]);
});

describe("a pod that lost its node", () => {
	const spec = (tables: string) => `
clock: {end: 60s}
${THREE_NODES}
workloads: [${jobs("batch", { cpu: "2", duration: "30s", arrival: "at: 0s", count: 1, more: ", pods: 3" })}]
scheduling: {architecture: monolithic, schedulers: [{scheduler: first-fit, decisionTime: {perPod: 500ms}}]}
faults: [{at: 10s, action: fail, nodes: [n-0]}]
outputs: {tables: ${tables}}
`;

	test("with the table changes, each life", async () => {
		const folder = await run(spec("[pods, jobs, attempts, changes]"));
		const { history, notes } = await explainPod(folder, "batch-0-0");
		expect(history).toEqual([
			{ what: "submitted", timeUs: 0 },
			attempt(0, 1.5, "placed", null, { pods: 3, placed: 3 }),
			{ what: "bound", timeUs: at(1.5), detail: "to n-0" },
			{ what: "started", timeUs: at(1.5), detail: "on n-0" },
			{ what: "requeued", timeUs: at(10), detail: "node-lost on n-0" },
			attempt(10, 11, "placed", null, { pods: 2, placed: 2 }),
			{ what: "bound", timeUs: at(11), detail: "to n-2" },
			{ what: "started", timeUs: at(11), detail: "on n-2" },
			{ what: "ended", timeUs: at(41), detail: "succeeded on n-2" },
		]);
		expect(notes).toEqual([]);
		const lucky = await explainPod(folder, "batch-0-2");
		expect(lucky.history.filter(({ what }) => what === "attempt")).toHaveLength(1);
	});

	test("without it, what is known, and which table would tell more", async () => {
		const { history, notes } = await explainPod(await run(spec("[pods, jobs, attempts]")), "batch-0-0");
		expect(history).toEqual([
			{ what: "submitted", timeUs: 0 },
			attempt(0, 1.5, "placed", null, { pods: 3, placed: 3 }),
			{ what: "bound", timeUs: at(1.5), detail: "for the first time" },
			attempt(10, 11, "placed", null, { pods: 2, placed: 2 }),
			{ what: "started", timeUs: at(11), detail: "on n-2, for the last time" },
			{ what: "ended", timeUs: at(41), detail: "succeeded" },
		]);
		expect(notes).toEqual(["the pod lost its node once: add the table 'changes' to spec.outputs.tables to see when"]);
	});
});

describe("refuses", () => {
	test.each([
		["batch-4-9", "did you mean 'batch-4-0'?"],
		["elephant", "pods have names such as 'batch-0-0'"],
		["5", "pods have names such as 'batch-0-0'"],
	])("the unknown pod %s", async (pod, hint) => {
		await expect(explainPod(await run(QUEUE()), pod)).rejects.toThrow(
			`there is no pod '${pod}' in this run; ${hint} (they are numbered from 0 to 4)`,
		);
	});

	test("a run without a table that it needs", async () => {
		const one = await run(QUEUE("[pods, jobs]"));
		await expect(explainPod(one, "batch-0-0")).rejects.toThrow(
			`'${one}' was run without the table 'attempts', which explain needs: add attempts to spec.outputs.tables and run it again`,
		);
		const two = await run(QUEUE("[pods]"));
		await expect(explainPod(two, "batch-0-0")).rejects.toThrow(
			`'${two}' was run without the tables jobs, attempts, which explain needs: add jobs, attempts to spec.outputs.tables and run it again`,
		);
	});

	test("a folder that is not a run's", async () => {
		await expect(explainPod(root, "batch-0-0")).rejects.toThrow(
			`'${root}' is not the folder of a finished run: it has no manifest.json`,
		);
	});
});
