/** Whole simulations, each a process of its own. */
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { jsonOf, median, medianOf, ROOT } from "./measure.mjs";

const COMMON = "test/bench/common-workload.mjs";
const OPENB = join(ROOT, "../shared/reference/openb/data");

export function* simulation() {
	const cpu = ({ cpuSeconds }) => cpuSeconds;
	yield { name: "simulation.100000.plain.cpu_s", value: medianOf(5, "node", [COMMON], cpu), unit: "CPU s" };
	yield {
		name: "simulation.100000.load98.cpu_s",
		value: medianOf(3, "node", [COMMON, "--load", "0.98"], cpu),
		unit: "CPU s",
	};
	const folder = mkdtempSync(join(tmpdir(), "cellsim-bench-"));
	try {
		yield {
			name: "simulation.100000.tables.cpu_s",
			value: medianOf(5, "node", [COMMON, "--tables", folder], cpu),
			unit: "CPU s",
		};
	} finally {
		rmSync(folder, { recursive: true });
	}
	const large = [COMMON, "--tasks", "1000000", "--hosts", "10000"];
	yield { name: "simulation.1000000.plain.cpu_s", value: medianOf(3, "node", large, cpu), unit: "CPU s" };
}

/** The real trace, best fit, from start to finished Arrow files. Left out where the trace is not there. */
export function* openb() {
	if (!existsSync(OPENB)) return;
	const args = [
		"test/bench/run-cost.mjs",
		"run",
		"experiments/openb.yaml",
		"--only",
		"policy=best-fit",
		"--set",
		`spec.params.data=${OPENB}`,
	];
	const costs = Array.from({ length: 5 }, () => jsonOf("node", args));
	yield { name: "openb.best-fit.cpu_s", value: median(costs.map(({ cpuSeconds }) => cpuSeconds)), unit: "CPU s" };
	yield { name: "openb.best-fit.wall_s", value: median(costs.map(({ wallSeconds }) => wallSeconds)), unit: "s" };
}

/** Ten million pods, 20,000 alive at a time. */
export function* memory() {
	const { maxRssMb, cpuSeconds } = jsonOf("node", ["test/bench/long-trace.mjs"]);
	yield { name: "memory.10000000.max_rss_mb", value: maxRssMb, unit: "MB" };
	yield { name: "memory.10000000.cpu_s", value: cpuSeconds, unit: "CPU s" };
}

export function* help() {
	const costs = Array.from({ length: 9 }, () => jsonOf("node", ["test/bench/run-cost.mjs", "--help"]));
	yield { name: "help.wall_ms", value: 1000 * median(costs.map(({ wallSeconds }) => wallSeconds)), unit: "ms" };
}
