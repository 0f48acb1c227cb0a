/** Typical pods in experiment files: spelled out, of a trace, or of the experiment's own workloads. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { prepareExperiment } from "../../src/experiment/prepare.js";
import { InputError } from "../../src/objects/input-error.js";
import { valueAt } from "../../src/objects/plain-data.js";
import { traceFormats } from "../../src/workload/formats/index.js";
import { experimentText, refusal, temporaryFolder } from "../support/experiment-files.js";

const folder = temporaryFolder("typical-pods");
writeFileSync(
	join(folder, "pods.csv"),
	"name,cpu_milli,memory_mib,num_gpu,gpu_milli\na,1500,1,1,460\nb,1500,2,1,460\nc,2000,1,0,0\nd,8000,1,8,1000\n",
);
const TRACE = "{format: openb, pods: pods.csv, replay: arrivals-only}";
const OF_TRACE = [
	{ pods: 2, cpu: "1500m", gpu: { count: 1, milli: 460, models: [] } },
	{ pods: 1, cpu: "2" },
	{ pods: 1, cpu: "8", gpu: { count: 8, milli: 1000, models: [] } },
];

const specOf = (scheduler: string, rest = "") => `
cluster: {nodeGroups: [{name: n, count: 2, template: {status: {allocatable: {cpu: "16"}}}, gpu: {count: 8, model: T4}}]}
workloads:
  - name: w
    arrival: {at: 0s}
    count: 3
    template: {spec: {containers: [{name: c, resources: {requests: {cpu: "1"}}}]}}
    sim: {duration: 1h, requests: {gpu: {count: 1, milli: 500}}}
scheduling: {architecture: monolithic, schedulers: [{scheduler: ${scheduler}}]}
${rest}`;

/** The typical pods of the scheduler and of the outputs, in the document of the only run. */
async function filledIn(spec: string) {
	const file = join(folder, "e.yaml");
	writeFileSync(file, experimentText(spec));
	const { plans } = await prepareExperiment(file);
	const { document } = plans[0]!;
	return [
		valueAt(document, ["spec", "scheduling", "schedulers", 0, "scheduler", "typicalPods"]),
		valueAt(document, ["spec", "outputs", "gpuFragmentation", "typicalPods"]),
	];
}

const OWN = [{ pods: 3, cpu: "1", gpu: { count: 1, milli: 500, models: [] } }];

test("a trace takes the place of its name", async () => {
	expect(await filledIn(specOf(`{name: fgd, typicalPods: ${TRACE}}`))).toEqual([OF_TRACE, undefined]);
});

test("without a word they are those of the experiment's own workloads", async () => {
	expect(await filledIn(specOf("fgd", "outputs: {gpuFragmentation: {}}"))).toEqual([OWN, OWN]);
});

test("fgd takes those that fragmentation is measured for, where it has none of its own", async () => {
	const outputs = `outputs: {gpuFragmentation: {typicalPods: ${TRACE}}}`;
	expect(await filledIn(specOf("fgd", outputs))).toEqual([OF_TRACE, OF_TRACE]);
	const own = '[{pods: 1, cpu: "3"}]';
	expect(await filledIn(specOf(`{name: fgd, typicalPods: ${own}}`, outputs))).toEqual([
		[{ pods: 1, cpu: "3" }],
		OF_TRACE,
	]);
});

test("other schedulers get none", async () => {
	expect(await filledIn(specOf("best-fit"))).toEqual([undefined, undefined]);
});

test.each<[string, string]>([
	["1", "e.yaml:12:92 error spec.scheduling.schedulers[0].scheduler.typicalPods: expected a list or a map, got 1"],
	[
		"[{pods: 0, cpu: 1}]",
		"e.yaml:12:100 error spec.scheduling.schedulers[0].scheduler.typicalPods[0].pods: must be at least 1, got 0",
	],
	[
		"[{pods: 1, cpu: -1}]",
		"e.yaml:12:108 error spec.scheduling.schedulers[0].scheduler.typicalPods[0].cpu: '-1' is negative: write 0 or more",
	],
	[
		"[{pods: 1, cpu: 1, gpu: {count: 1, milli: 1001}}]",
		"e.yaml:12:134 error spec.scheduling.schedulers[0].scheduler.typicalPods[0].gpu.milli: must be at most 1000, got 1001",
	],
])("a mistake in shapes: %s", async (typicalPods, message) => {
	expect(await refusal(folder, specOf(`{name: fgd, typicalPods: ${typicalPods}}`))).toBe(message);
});

test.each<[string, string]>([
	[
		"{format: openb, pods: pods.csv, replay: backwards}",
		"typicalPods.replay: expected timed or arrivals-only, got 'backwards'",
	],
	[
		"{format: openb, pods: absent.csv}",
		`cannot read '${join(folder, "absent.csv")}': no such file; relative paths start at the folder of the experiment file, or else at the working directory`,
	],
	[
		"{format: openbb, pods: pods.csv}",
		`typicalPods: unknown trace format 'openbb': expected ${[...traceFormats.all.keys()].join(", ")}`,
	],
])("a mistake in what names a trace: %s", async (typicalPods, message) => {
	const error = await filledIn(specOf(`{name: fgd, typicalPods: ${typicalPods}}`)).catch((caught: unknown) => caught);
	expect(error).toBeInstanceOf(InputError);
	expect((error as InputError).message).toBe(message);
	expect((error as InputError).position).toEqual({ file: join(folder, "e.yaml"), line: 12, column: 79 });
});
