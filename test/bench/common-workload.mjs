/**
 * The workload that simulators were compared on: hosts of 16 cpu and 64 GiB; tasks with Poisson arrivals, exponential
 * durations of mean 1,000 s, cpu in {1, 2, 4}, memory in {1, 2, 4, 8} GiB, one FIFO queue, first fit by host index.
 *
 *     node test/bench/common-workload.mjs [--tasks 100000] [--hosts 1000] [--load 0.8] [--scheduler first-fit] [--tables DIR]
 *
 * Prints one line of JSON; cpuSeconds is user + system of the whole process, start-up included.
 */
import { parseArgs } from "node:util";
import {
	ArrowSink,
	firstFitScheduler,
	jobArrival,
	monolithic,
	PLAIN_FACTS,
	PROBES,
	rowOf,
	SeededRandomSource,
	Simulation,
	SummaryProbe,
} from "cellsim/core";
import { podOf } from "./pods.mjs";

const { values } = parseArgs({
	options: {
		tasks: { type: "string", default: "100000" },
		hosts: { type: "string", default: "1000" },
		load: { type: "string", default: "0.8" },
		scheduler: { type: "string", default: "first-fit" },
		tables: { type: "string" },
		csv: { type: "string" },
	},
});
/** The registry of schedulers takes its time to load; first fit comes without. */
async function definitionOf(name) {
	return name === "first-fit" ? firstFitScheduler : (await import("cellsim")).schedulers.all.get(name);
}

const tasks = Number(values.tasks);
const hosts = Number(values.hosts);
const GIB = 2 ** 30;
const random = new SeededRandomSource("1");

const specs = [];
for (const cpu of [1, 2, 4])
	for (const memory of [1, 2, 4, 8])
		specs.push({ facts: PLAIN_FACTS, requests: { cpu: cpu * 1000, memory: memory * GIB }, gpu: null });
const draws = random.stream("bench/tasks");
const meanCpu = 7 / 3;
const ratePerUs = (Number(values.load) * hosts * 16) / (meanCpu * 1000 * 1e6);
/** When the last job came. */
let timeUs = 0;

function nextJob() {
	timeUs += -Math.log(1 - draws.next()) / ratePerUs;
	const spec = specs[draws.integer(12)];
	const durationUs = Math.round(-Math.log(1 - draws.next()) * 1000 * 1e6);
	return jobArrival(Math.round(timeUs), "task", [podOf(spec, durationUs)], false);
}

/** Without a loop over jobs: it would be compiled while it runs, and again, which is no business of the library's. */
function* jobs() {
	for (let left = tasks; left > 0; left -= 1024) yield new Array(Math.min(left, 1024)).fill(null).map(nextJob);
}

if (values.csv) {
	// The same tasks for the peers: arrival_us, duration_us, cpu, memory_gib.
	const { createWriteStream } = await import("node:fs");
	const out = createWriteStream(values.csv);
	for (const batch of jobs()) {
		out.write(
			batch
				.map(
					({ timeUs, pods: [{ durationUs, spec }] }) =>
						`${timeUs},${durationUs},${spec.requests.cpu / 1000},${spec.requests.memory / GIB}\n`,
				)
				.join(""),
		);
	}
	await new Promise((resolve) => out.end(resolve));
	process.exit(0);
}

const nodes = Array.from({ length: hosts }, (_, i) => ({
	name: `host-${i}`,
	labels: {},
	taints: [],
	unschedulable: false,
	allocatable: { cpu: 16_000, memory: 64 * GIB, pods: 1000 },
	gpu: null,
}));
/** What the peers count too: when the last task ended, how long tasks waited. */
const count = { finished: 0, waitedUs: 0, makespanUs: 0 };
const probes = [];
const sink = values.tables ? await ArrowSink.create(values.tables) : null;

function observe(engine, cell) {
	cell.watch({
		podBound(pod) {
			count.waitedUs += engine.nowUs - cell.pods.submitUs[rowOf(pod)];
		},
		podEnded() {
			count.finished++;
			count.makespanUs = engine.nowUs;
		},
	});
	if (sink === null) return;
	const summary = new SummaryProbe(cell, 0);
	for (const name of ["pods", "jobs", "nodes", "attempts", "changes"]) probes.push(PROBES[name](cell, sink));
	engine.every(3_600_000_000, (timeUs) => {
		summary.sample(timeUs);
		for (const probe of probes) probe.sample?.(timeUs);
	});
}

const simulation = new Simulation({
	random,
	nodes,
	arrivals: jobs(),
	architecture: (context) => monolithic.create(undefined, context),
	schedulers: [
		{
			name: "main",
			scheduler: (await definitionOf(values.scheduler)).create({ top: 1 }),
			decisionTime: { perJobUs: 0, perPodUs: 0 },
		},
	],
	queue: { discipline: "strict", backoff: { initialUs: 0, maxUs: 0 } },
	startDelayUs: null,
	onLoss: "resubmit",
	faults: [],
	endUs: Number.POSITIVE_INFINITY,
	observers: [observe],
});
await simulation.run({ drain: async () => sink?.drain() });
for (const probe of probes) probe.finish();
await sink?.close();
const { user, system } = process.cpuUsage();
console.log(
	JSON.stringify({
		makespanSeconds: count.makespanUs / 1e6,
		meanWaitSeconds: count.waitedUs / count.finished / 1e6,
		finished: count.finished,
		events: simulation.engine.fired,
		digest: simulation.engine.digest.hex(),
		cpuSeconds: (user + system) / 1e6,
		maxRssMb: process.resourceUsage().maxRSS / 1024,
	}),
);
