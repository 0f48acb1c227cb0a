/** Looking on changes nothing: the digest of a run depends on its file, seed and code only. */
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { checkInvariants } from "../../src/cell/invariants.js";
import { assemble } from "../../src/experiment/assemble.js";
import type { RunPlan } from "../../src/experiment/plan.js";
import { prepareExperiment } from "../../src/experiment/prepare.js";
import { Simulation, type SimulationOptions } from "../../src/experiment/simulation.js";
import { NO_SCHEDULING } from "../../src/metrics/observed-scheduling.js";
import { PROBE_NAMES, PROBES } from "../../src/metrics/probes/index.js";
import { MemorySink } from "../../src/metrics/sinks/memory.js";
import { SummaryProbe } from "../../src/metrics/summary.js";
import { ImportReport } from "../../src/workload/arrivals.js";
import { SortedArrayQueue } from "../support/sorted-array-queue.js";

const FILE = fileURLToPath(new URL("../fixtures/experiments/small.yaml", import.meta.url));

async function digest(plan: RunPlan, options: Partial<SimulationOptions> = {}): Promise<string> {
	const { spec: _, ...assembled } = await assemble(plan, new ImportReport());
	const simulation = new Simulation({ ...assembled, observers: [], ...options });
	await simulation.run();
	return `${simulation.engine.fired} ${simulation.engine.digest.hex()}`;
}

test("metrics on or off, sampled often or seldom, invariants checked: the same digest", async () => {
	const [plan] = (await prepareExperiment(FILE)).plans;
	const bare = await digest(plan!);
	const everything: SimulationOptions["observers"] = [
		(engine, cell) => {
			const summary = new SummaryProbe(cell, 0);
			engine.every(1_000_000, (timeUs) => summary.sample(timeUs));
			for (const name of PROBE_NAMES) {
				const probe = PROBES[name](cell, new MemorySink(), () => NO_SCHEDULING);
				engine.every(7_000_000, (timeUs) => probe.sample?.(timeUs));
			}
			cell.watch({ attempted: () => checkInvariants(cell) });
		},
	];
	expect(await digest(plan!, { observers: everything })).toBe(bare);
});

test("twice in one process, and under another event queue: the same digest", async () => {
	const [plan] = (await prepareExperiment(FILE)).plans;
	const first = await digest(plan!);
	expect(await digest(plan!)).toBe(first);
	expect(await digest(plan!, { eventQueue: new SortedArrayQueue() })).toBe(first);
});

test("another seed, another policy: another digest", async () => {
	const { plans } = await prepareExperiment(FILE);
	const digests = new Set<string>();
	for (const plan of plans) digests.add(await digest(plan));
	expect(digests.size).toBe(plans.length);
});
