/**
 * A cell of machines for one simulated day: 5,000 nodes with 20 pods each, whose usage changes every 5 minutes, at the same time
 * for all pods of a node. That is 28.8 million changes of usage and 1.44 million divisions of a node. Prints what it cost as JSON.
 * `--nodes N` and `--hours H` make it smaller; `--build` is the folder of the compiled code.
 */
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { ROOT } from "./measure.mjs";

const { values } = parseArgs({
	options: {
		nodes: { type: "string", default: "5000" },
		hours: { type: "string", default: "24" },
		build: { type: "string", default: `${ROOT}/dist` },
	},
});
const { Cell, Engine, SeededRandomSource, PLAIN_FACTS } = await import(pathToFileURL(`${values.build}/core.js`));
const { MachineAgent } = await import(pathToFileURL(`${values.build}/node/machine/machine-agent.js`));
const { DEFAULT_MACHINE } = await import(pathToFileURL(`${values.build}/node/machine/machine-options.js`));

const NODES = Number(values.nodes);
const END_US = Number(values.hours) * 3_600_000_000;
const PODS = 20;
const STEP_US = 300_000_000;
const GIB = 2 ** 30;

const engine = new Engine();
const cell = new Cell(engine);
const random = new SeededRandomSource("1");
const agent = { startDelayUs: null, onLoss: "resubmit", machine: DEFAULT_MACHINE, random };
new MachineAgent(engine, cell, 1, agent);

// A hundred shapes of a day, in 5-minute steps, shared by all pods: CPU up to 1.6 of a request of 1.5, memory up to 3 of 3 GiB.
const draw = random.stream("bench").next;
const shapes = Array.from({ length: 100 }, () => {
	const cpu = Float64Array.from({ length: 288 }, () => Math.round(1600 * draw()));
	const memory = Float64Array.from({ length: 288 }, () => Math.round(3 * GIB * draw()));
	const series = (values) => ({ kind: "series", stepUs: STEP_US, values, clock: "cell", after: "repeat" });
	return { cpuMilli: series(cpu), memoryBytes: series(memory) };
});
const container = {
	name: "main",
	kind: "main",
	image: "",
	imagePullPolicy: "IfNotPresent",
	requests: { cpu: 1500, memory: 2 * GIB },
	limits: { cpu: 3000, memory: 3 * GIB },
	startupProbe: null,
	readinessProbe: null,
	livenessProbe: null,
	preStopUs: 0,
};
const run = { containers: [container], restartPolicy: "Always", terminationGraceUs: 30_000_000 };
const spec = { facts: PLAIN_FACTS, requests: container.requests, gpu: null, run };
for (let n = 0; n < NODES; n++) {
	const allocatable = { cpu: 32_000, memory: 128 * GIB };
	const name = `node-${n}`;
	const node = cell.addNode({ name, labels: {}, taints: [], unschedulable: false, allocatable, gpu: null });
	const pods = Array.from({ length: PODS }, (_, p) => ({
		name: null,
		spec,
		durationUs: Number.POSITIVE_INFINITY,
		exit: "succeeded",
		cpuUsageFraction: 1,
		memoryUsageFraction: 1,
		observedStartUs: Number.NaN,
		censored: false,
		usage: {
			containers: [
				{
					...shapes[(n * 7 + p * 13) % shapes.length],
					cacheBytes: null,
					threads: 4,
					workCpuUs: Number.POSITIVE_INFINITY,
					startupCpuUs: 0,
					latencySensitive: false,
				},
			],
		},
	}));
	cell.place({ timeUs: 0, name: `job-${n}`, pods, gang: false }, Array(PODS).fill(node));
}
const before = process.cpuUsage();
engine.runUntil(END_US);
const { user, system } = process.cpuUsage(before);
console.log(
	JSON.stringify({
		cpuSeconds: (user + system) / 1e6,
		maxRssMb: process.resourceUsage().maxRSS / 1024,
		events: engine.fired,
		cpuHours: cell.usage.nodes.cpuTimeUs(0, END_US) / 3.6e9,
	}),
);
