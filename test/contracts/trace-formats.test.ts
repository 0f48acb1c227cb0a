/** What every trace format owes its readers. A new format joins with one entry in `FIXTURES`. */
import { mkdtemp, readdir, readlink, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { isAbsolute, join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ImportReport, type JobArrival, type OpenedTrace } from "../../src/workload/arrivals.js";
import { openbFormat } from "../../src/workload/formats/openb.js";
import { checksum, traceFormats, writeCellsim } from "../../src/workload/index.js";

const FOLDER = fileURLToPath(new URL("../fixtures/", import.meta.url));
const OPENB = { nodes: "openb/nodes.csv", pods: "openb/pods.csv" };

let temp = "";

/** By format: parameters of a small input that holds nodes and pods, relative to `test/fixtures`. */
const FIXTURES: Readonly<Record<string, () => Promise<object>>> = {
	openb: async () => OPENB,
	"borg-cell": async () => ({ machines: 50 }),
	pai: async () => ({ jobs: "pai/jobs.csv", gpus: 4 }),
	cellsim: async () => {
		const source = openbFormat.create(openbFormat.params!.parse(OPENB), { baseDirs: [FOLDER] });
		const report = new ImportReport();
		await writeCellsim(temp, await source.nodes(report), source.jobs(report));
		return { folder: temp };
	},
	kubernetes: async () => {
		const path = join(temp, "snapshot.yaml");
		await writeFile(path, SNAPSHOT);
		return { path };
	},
};

/** Formats that read no files: what they give is drawn from a seed. */
const DRAWN = ["borg-cell"];

/** Two nodes; a pod that finished, one that runs, one that waits; and an object that is neither. */
const SNAPSHOT = `
apiVersion: v1
kind: List
items:
  - {apiVersion: v1, kind: Node, metadata: {name: n1}, status: {allocatable: {cpu: "4", memory: 8Gi, pods: "110"}}}
  - {apiVersion: v1, kind: Node, metadata: {name: n2}, status: {allocatable: {cpu: "8", memory: 16Gi}}}
  - apiVersion: v1
    kind: Pod
    metadata: {name: runs, creationTimestamp: "2024-05-01T10:00:10Z"}
    spec: {nodeName: n1, containers: [{name: c, resources: {requests: {cpu: 500m, memory: 1Gi}}}]}
    status: {phase: Running, startTime: "2024-05-01T10:00:12Z"}
  - apiVersion: v1
    kind: Pod
    metadata: {name: done, creationTimestamp: "2024-05-01T10:00:00Z"}
    spec: {nodeName: n1, containers: [{name: c, resources: {requests: {cpu: "1"}}}]}
    status:
      phase: Succeeded
      startTime: "2024-05-01T10:00:01Z"
      containerStatuses:
        - name: c
          state: {terminated: {exitCode: 0, startedAt: "2024-05-01T10:00:02Z", finishedAt: "2024-05-01T10:05:02Z"}}
  - apiVersion: v1
    kind: Pod
    metadata: {name: waits, namespace: other, creationTimestamp: "2024-05-01T10:00:10Z"}
    spec: {containers: [{name: c}]}
    status: {phase: Pending}
  - {apiVersion: v1, kind: Service, metadata: {name: web}}
`;

beforeAll(async () => {
	temp = await mkdtemp(join(tmpdir(), "cellsim-contract-"));
});
afterAll(() => rm(temp, { recursive: true }));

test("every format has a fixture", () => {
	expect(Object.keys(FIXTURES).sort()).toEqual([...traceFormats.all.keys()].sort());
});

describe.each([...traceFormats.all.values()])("$name", (format) => {
	async function open(): Promise<OpenedTrace> {
		const params = format.params!.parse(await FIXTURES[format.name]!());
		return format.create(params, { baseDirs: [FOLDER] });
	}

	async function readAll(trace: OpenedTrace) {
		const report = new ImportReport();
		const batches: (readonly JobArrival[])[] = [];
		for await (const batch of trace.jobs(report)) batches.push(batch);
		return { batches, jobs: batches.flat(), report: report.rows };
	}

	test("has a summary of one sentence", () => {
		expect(format.summary).toMatch(/^\S.{10,200}$/);
	});

	test("names the files it reads, absolute and readable", async () => {
		const { files } = await open();
		expect(files.length > 0).toBe(!DRAWN.includes(format.name));
		for (const file of files) {
			expect(isAbsolute(file), file).toBe(true);
			expect(await checksum(file)).toMatch(/^[0-9a-f]{64}$/);
		}
	});

	test("jobs come in time order, in batches of 1 to 1,024", async () => {
		const { batches, jobs } = await readAll(await open());
		expect(jobs.length).toBeGreaterThan(0);
		for (const batch of batches) expect(batch.length >= 1 && batch.length <= 1024).toBe(true);
		expect(jobs.map((job) => job.timeUs)).toEqual(jobs.map((job) => job.timeUs).sort((a, b) => a - b));
	});

	test("times and amounts are integers of 0 or more", async () => {
		const { jobs } = await readAll(await open());
		const whole = (value: number) => Number.isSafeInteger(value) && value >= 0;
		for (const job of jobs) {
			expect(whole(job.timeUs), job.name).toBe(true);
			expect(job.pods.length, job.name).toBeGreaterThan(0);
			for (const pod of job.pods) {
				expect(whole(pod.durationUs) || pod.durationUs === Infinity, `${job.name} duration`).toBe(true);
				expect(
					Number.isNaN(pod.observedStartUs) || Number.isSafeInteger(pod.observedStartUs),
					`${job.name} start`,
				).toBe(true);
				expect(pod.cpuUsageFraction >= 0 && pod.memoryUsageFraction >= 0, `${job.name} usage`).toBe(true);
				for (const [name, amount] of Object.entries(pod.spec.requests))
					expect(
						whole(amount) && amount > 0 && name !== "pods" && name !== "gpu",
						`${job.name} ${name}: zeros are left out`,
					).toBe(true);
				const { gpu } = pod.spec;
				if (gpu === null) continue;
				expect(
					gpu.count >= 1 && gpu.milli >= 1 && gpu.milli <= 1000 && (gpu.count === 1 || gpu.milli === 1000),
					`${job.name} gpu`,
				).toBe(true);
			}
		}
	});

	test("pod names are unique", async () => {
		const { jobs } = await readAll(await open());
		const names = jobs.flatMap((job) =>
			job.pods.map((pod, i) => `${pod.spec.facts.namespace}/${pod.name ?? `${job.name}-${i}`}`),
		);
		expect(new Set(names).size).toBe(names.length);
	});

	test("nodes are unique by name and offer integers of 0 or more", async () => {
		const nodes = await (await open()).nodes(new ImportReport());
		expect(nodes.length).toBeGreaterThan(0);
		expect(new Set(nodes.map((node) => node.name)).size).toBe(nodes.length);
		for (const node of nodes) {
			for (const [name, amount] of Object.entries(node.allocatable))
				expect(Number.isSafeInteger(amount) && amount >= 0 && name !== "gpu", `${node.name} ${name}`).toBe(true);
			expect(node.gpu === null || node.gpu.count >= 1, `${node.name} gpu`).toBe(true);
		}
	});

	test("can be read again, and then gives the same", async () => {
		const trace = await open();
		const first = { ...(await readAll(trace)), nodes: await trace.nodes(new ImportReport()) };
		const second = { ...(await readAll(trace)), nodes: await trace.nodes(new ImportReport()) };
		expect(second).toEqual(first);
	});

	test("counts each rule once, with an example", async () => {
		const { report } = await readAll(await open());
		expect(new Set(report.map(({ source, rule }) => `${source} ${rule}`)).size).toBe(report.length);
		for (const row of report) {
			expect(row.rows).toBeGreaterThan(0);
			expect(["dropped", "repaired", "noted"]).toContain(row.action);
			expect(row.example).not.toBe("");
		}
	});

	test.skipIf(process.platform !== "linux")("closes its files when the reader leaves early (needs /proc)", async () => {
		const trace = await open();
		for await (const _ of trace.jobs(new ImportReport())) break;
		const stillOpen = await openFiles();
		expect(trace.files.filter((file) => stillOpen.has(file))).toEqual([]);
	});
});

/** Files this process has open. A stream closes its file a moment after it was destroyed. */
async function openFiles(): Promise<ReadonlySet<string>> {
	for (let i = 0; i < 5; i++) await setImmediate();
	const links = (await readdir("/proc/self/fd")).map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => ""));
	return new Set(await Promise.all(links));
}
