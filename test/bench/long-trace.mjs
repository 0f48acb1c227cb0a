/** Ten million synthetic pods, 20,000 alive at a time, through the library with its summary: memory must not grow with the trace. */

import { firstFitScheduler, monolithic, PLAIN_FACTS, SeededRandomSource, Simulation, SummaryProbe } from "cellsim/core";
import { syntheticJobs, syntheticWorkloadSchema } from "cellsim/workload";

const PODS = Number(process.argv[2] ?? 10_000_000);
const random = new SeededRandomSource("1");
const spec = syntheticWorkloadSchema.parse({
	name: "long",
	count: PODS,
	arrival: { poisson: { ratePerSecond: 200 } },
	template: { spec: { containers: [{ name: "main", resources: { requests: { cpu: "500m", memory: "1Gi" } } }] } },
	sim: {
		duration: { dist: "exponential", mean: "100s" },
		requests: { cpu: { dist: "uniform", min: "100m", max: "1" } },
	},
});
const nodes = Array.from({ length: 1_500 }, (_, i) => ({
	name: `node-${i}`,
	labels: PLAIN_FACTS.labels,
	taints: [],
	unschedulable: false,
	allocatable: { cpu: 16_000, memory: 64 * 2 ** 30 },
	gpu: null,
}));
let summary;
const simulation = new Simulation({
	random,
	nodes,
	arrivals: syntheticJobs(spec, { random, endUs: Number.POSITIVE_INFINITY }),
	architecture: (context) => monolithic.create(undefined, context),
	schedulers: [{ name: "main", scheduler: firstFitScheduler.create(), decisionTime: { perJobUs: 0, perPodUs: 0 } }],
	queue: { discipline: "skip", backoff: { initialUs: 0, maxUs: 0 } },
	startDelayUs: null,
	onLoss: "resubmit",
	faults: [],
	endUs: Number.POSITIVE_INFINITY,
	observers: [
		(engine, cell) => {
			summary = new SummaryProbe(cell, 0);
			engine.every(3_600_000_000, (timeUs) => summary.sample(timeUs));
		},
	],
});
const endUs = await simulation.run();
const { user, system } = process.cpuUsage();
const { pods_succeeded, cpu_allocation } = summary.result(endUs);
console.log(
	JSON.stringify({
		pods: pods_succeeded,
		cpuAllocation: cpu_allocation,
		rowsInTable: simulation.cell.pods.rows,
		digest: simulation.engine.digest.hex(),
		cpuSeconds: (user + system) / 1e6,
		maxRssMb: process.resourceUsage().maxRSS / 1024,
	}),
);
