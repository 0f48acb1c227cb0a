/** Figures 15 and 16 of the Omega paper at CI size: what must hold whatever the guessed workload is. */
import { expect, test } from "vitest";
import { assemble } from "../../src/experiment/assemble.js";
import { prepareExperiment } from "../../src/experiment/prepare.js";
import { Simulation } from "../../src/experiment/simulation.js";
import { type RunSummary, SummaryProbe } from "../../src/metrics/summary.js";
import { ImportReport } from "../../src/workload/arrivals.js";

const FILE = "experiments/omega/e11-mapreduce.yaml";
const CI_SIZE = ["spec.params.parts=10", "spec.clock.end=8h", "spec.seeds=[1]"];
const WARMUP_US = 2 * 3600e6;

async function summaries(): Promise<ReadonlyMap<string, RunSummary>> {
	const { plans } = await prepareExperiment(FILE, { set: CI_SIZE });
	const found = new Map<string, RunSummary>();
	for (const plan of plans) {
		let probe: SummaryProbe | null = null;
		const simulation = new Simulation({
			...(await assemble(plan, new ImportReport())),
			observers: [
				(_engine, cell) => {
					probe = new SummaryProbe(cell, WARMUP_US);
				},
			],
		});
		found.set(plan.label, probe!.result(await simulation.run()));
	}
	return found;
}

test("E11: elastic MapReduce jobs", { timeout: 120_000 }, async () => {
	const runs = await summaries();
	const metric = (cell: string, policy: string, name: string) => runs.get(`cell=${cell},elastic=${policy}`)![name]!;
	for (const cell of ["C", "D"]) {
		// The cells are met as they are in the long run: about 0.68 and 0.34 of their cpu.
		expect(Math.abs(metric(cell, "none", "cpu_allocation") - (cell === "C" ? 0.68 : 0.34))).toBeLessThan(0.06);
		expect(metric(cell, "none", "elastic_jobs_sped_up")).toBe(0);
		expect(metric(cell, "relative-size", "speed_up_p90")).toBeLessThanOrEqual(4);
		expect(metric(cell, "max-parallelism", "speed_up_p80")).toBeGreaterThan(
			metric(cell, "relative-size", "speed_up_p80"),
		);
		// Figure 16: the utilisation varies more.
		const deviation = (policy: string) => metric(cell, policy, "cpu_utilization_stddev");
		expect(deviation("max-parallelism")).toBeGreaterThan(1.2 * deviation("none"));
		expect(deviation("max-parallelism")).toBeGreaterThan(deviation("relative-size"));
	}
	// A cap of 60 % helps where the cell is emptier than that, and there alone.
	expect(metric("C", "global-cap", "elastic_jobs_sped_up")).toBeLessThan(0.1);
	expect(metric("D", "global-cap", "speed_up_p80")).toBeGreaterThan(
		0.8 * metric("D", "max-parallelism", "speed_up_p80"),
	);
});
