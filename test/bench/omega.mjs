/**
 * The job lists of the Omega paper's simulator, beside what that simulator takes for them. Its CPU seconds were measured in a warm
 * JVM (17, serial collector) on a machine of this kind, construct + prefill + run, main thread only; a cold process with everything.
 * Left out where the lists are not there.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { jsonOf, median, ROOT } from "./measure.mjs";

const SIMULATOR = {
	mid1000: { monolithic: 0.035, "omega-fine-incr": 0.077, "omega-coarse-gang": 0.048, "two-level": 0.451 },
	big10k: { monolithic: 0.202, "omega-fine-incr": 0.342, "omega-coarse-gang": 0.383, "two-level": 3.398 },
};
/** Whole processes, from cold. */
const COLD = { monolithic: 1.24, "omega-fine-incr": 1.48, "two-level": 5.95 };

export function* omega() {
	if (!existsSync(join(ROOT, "../shared/reference/omega/jobs"))) return;
	for (const [cell, schemes] of Object.entries(SIMULATOR)) {
		for (const [arch, theirs] of Object.entries(schemes)) {
			const { cpuSeconds } = jsonOf("node", ["test/bench/omega-run.mjs", cell, arch]);
			yield { name: `omega.${cell}.${arch}.warm_cpu_s`, value: cpuSeconds, unit: "CPU s" };
			yield { name: `omega.${cell}.${arch}.over_warm_jvm`, value: cpuSeconds / theirs, unit: "x" };
		}
	}
	for (const [arch, theirs] of Object.entries(COLD)) {
		const args = ["test/bench/omega-run.mjs", "big10k", arch, "--warm", "0", "--runs", "1"];
		const cold = median(Array.from({ length: 3 }, () => jsonOf("node", args).coldSeconds));
		yield { name: `omega.big10k.${arch}.cold_cpu_s`, value: cold, unit: "CPU s" };
		yield { name: `omega.big10k.${arch}.over_cold_jvm`, value: cold / theirs, unit: "x" };
	}
	// A day of cell B with 32 batch schedulers at six times its batch rate.
	const day = [
		"test/bench/run-cost.mjs",
		"run",
		"experiments/omega/e06-many-batch-schedulers.yaml",
		...["--only", "schedulers=32", "--only", "rate=6", "--set", "spec.clock.end=24h", "--set", "spec.seeds=[1]"],
	];
	yield { name: "omega.day-of-B.wall_s", value: jsonOf("node", day).wallSeconds, unit: "s" };
}
