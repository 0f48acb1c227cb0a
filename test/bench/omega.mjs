/**
 * The job lists of the Omega paper's simulator, beside what that simulator takes for them: construct + prefill + run, in CPU seconds
 * of a machine of this kind. Warm, in a JVM (17, serial collector) that has run the same before, it was measured in two ways, and so are
 * we: `over_warm_jvm` is the thread that simulates over the thread that simulates, without compiler and garbage collector where these have
 * threads of their own; `process_over_warm_jvm` is the whole process over the whole process, with them, to the 10 ms that were
 * noted down. `over_cold_jvm` is a whole cold process with everything. Left out where the lists are not there.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { jsonOf, median, ROOT } from "./measure.mjs";

const SIMULATOR = {
	mid1000: {
		monolithic: { main: 0.035, process: 0.03 },
		"omega-fine-incr": { main: 0.077, process: 0.08 },
		"omega-coarse-gang": { main: 0.048, process: 0.06 },
		"two-level": { main: 0.451, process: 0.47 },
	},
	big10k: {
		monolithic: { main: 0.202, process: 0.23 },
		"omega-fine-incr": { main: 0.342, process: 0.4 },
		"omega-coarse-gang": { main: 0.383, process: 0.45 },
		"two-level": { main: 3.398, process: 3.97 },
	},
};
/** Whole processes, from cold. */
const COLD = { monolithic: 1.24, "omega-fine-incr": 1.48, "two-level": 5.95 };

export function* omega() {
	if (!existsSync(join(ROOT, "../shared/reference/omega/jobs"))) return;
	for (const [cell, schemes] of Object.entries(SIMULATOR)) {
		for (const [arch, theirs] of Object.entries(schemes)) {
			const { cpuSeconds, mainThreadSeconds } = jsonOf("node", ["test/bench/omega-run.mjs", cell, arch]);
			const name = `omega.${cell}.${arch}`;
			yield { name: `${name}.warm_cpu_s`, value: cpuSeconds, unit: "CPU s" };
			yield { name: `${name}.process_over_warm_jvm`, value: cpuSeconds / theirs.process, unit: "x" };
			if (mainThreadSeconds === null) continue;
			yield { name: `${name}.warm_main_thread_s`, value: mainThreadSeconds, unit: "CPU s" };
			yield { name: `${name}.over_warm_jvm`, value: mainThreadSeconds / theirs.main, unit: "x" };
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
