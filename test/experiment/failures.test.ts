/** Failures, crashes and allocs as an experiment file has them, in one run that has it all. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { Cell } from "../../src/cell/cell.js";
import { checkInvariants } from "../../src/cell/invariants.js";
import { assemble } from "../../src/experiment/assemble.js";
import { prepareExperiment } from "../../src/experiment/prepare.js";
import { Simulation, type SimulationOptions } from "../../src/experiment/simulation.js";
import { type RunSummary, SummaryProbe } from "../../src/metrics/summary.js";
import { ImportReport } from "../../src/workload/arrivals.js";
import { experimentText, temporaryFolder } from "../support/experiment-files.js";
import { SortedArrayQueue } from "../support/sorted-array-queue.js";

const folder = temporaryFolder("failures");
const FILE = join(folder, "e.yaml");
const RACK = "topology.kubernetes.io/rack";

writeFileSync(
	FILE,
	experimentText(`
clock: {end: 20d}
cluster:
  nodeGroups:
    - name: n-\${{ item.index }}
      count: 12
      template:
        metadata: {labels: {${RACK}: "r\${{ floor(item.index / 4) }}"}}
        status: {allocatable: {cpu: "8", memory: 32Gi}}
workloads:
  - name: envelope
    arrival: {at: 0s}
    count: 6
    template: {spec: {priority: 200, containers: [{name: c, image: a, resources: {requests: {cpu: "4", memory: 8Gi}}}]}}
    sim: {duration: forever, allocSet: web}
  - name: server
    arrival: {poisson: {ratePerSecond: 0.0005}}
    template: {spec: {priority: 200, containers: [{name: c, image: a, resources: {requests: {cpu: "1", memory: 1Gi}}}]}}
    sim: {duration: {dist: exponential, mean: 8h}, inAllocSet: web}
  - name: batch
    arrival: {poisson: {ratePerSecond: 0.001}}
    pods: 2
    template: {spec: {priority: 110, containers: [{name: c, image: a, resources: {requests: {cpu: "2", memory: 2Gi}}}]}}
    sim: {duration: {dist: exponential, mean: 4h}}
node: {startDelay: 20s, termination: {takes: 10s}}
failures:
  machines: {timeBetween: {dist: exponential, mean: 5d}, repair: {dist: exponential, mean: 2h}}
  domains: [{label: ${RACK}, timeBetween: {dist: exponential, mean: 10d}, repair: 1h}]
  maintenance: {period: 5d, duration: 1h}
  limits: {nodes: 2, nodesByLabel: {${RACK}: 1}, podsOfJob: 1, disruptionsOfJobPerDay: 4}
  unreachable: {declareAfter: 1m, podsPerSecond: 0.1}
  crashes: {timeBetween: {dist: exponential, mean: 2d}}
scheduling: {architecture: monolithic, schedulers: [{scheduler: borg}]}
`),
);

async function run(options: Partial<SimulationOptions> = {}) {
	const [plan] = (await prepareExperiment(FILE)).plans;
	const { spec: _, ...assembled } = await assemble(plan!, new ImportReport());
	const simulation = new Simulation({ ...assembled, observers: [], ...options });
	const endUs = await simulation.run();
	return { simulation, endUs, digest: `${simulation.engine.fired} ${simulation.engine.digest.hex()}` };
}

test("the same digest again, with metrics and without, under another event queue", async () => {
	const { digest } = await run();
	const watched = (await run({ observers: [(_engine, cell) => void new SummaryProbe(cell, 0)] })).digest;
	expect(watched).toBe(digest);
	expect((await run({ eventQueue: new SortedArrayQueue() })).digest).toBe(digest);
});

test("everything happens, is counted, and breaks nothing", async () => {
	let probe: SummaryProbe | null = null;
	const watch = (_engine: unknown, cell: Cell) => {
		probe = new SummaryProbe(cell, 0);
		cell.watch({ attempted: () => checkInvariants(cell) });
	};
	const { simulation, endUs } = await run({ observers: [watch] });
	checkInvariants(simulation.cell);
	const summary: RunSummary = { ...probe!.result(endUs), ...simulation.nodeMetrics() };
	const counted = [
		"machine_failures",
		"domain_failures",
		"machines_maintained",
		"task_crashes",
		"evictions_per_pod_week.production.cause_machine_failure",
		"evictions_per_pod_week.production.cause_machine_shutdown",
		"evictions_per_pod_week.non_production.cause_machine_failure",
	];
	expect(counted.filter((name) => !(summary[name]! > 0))).toEqual([]);
	// Six allocs, of 4 of 8 CPUs each, on twelve machines at most: a quarter at least, when all machines are up.
	expect(summary["cpu_allocation"]!).toBeGreaterThan(0.25);
	expect(summary["cpu_allocation"]!).toBeLessThan(1);
	const rows = simulation.cell.nodes.specs.filter(({ alloc }) => alloc === "web").length;
	expect(rows).toBe(6);
});
