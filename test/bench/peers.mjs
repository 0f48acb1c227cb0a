/** The common workload on peers, in the same call: simjs (npm) and, where a Python with it is found, SimPy. All must agree. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { jsonOf, median, ROOT } from "./measure.mjs";

const ROUNDS = 3;

export function* peers() {
	const folder = mkdtempSync(join(tmpdir(), "cellsim-bench-"));
	try {
		const csv = join(folder, "tasks.csv");
		spawnSync("node", ["test/bench/common-workload.mjs", "--csv", csv], { cwd: ROOT });
		const python = join(ROOT, ".venv/bin/python");
		const contenders = [
			["cellsim", "node", ["test/bench/common-workload.mjs"]],
			["simjs", "node", ["test/bench/peers/simjs.mjs", csv, "1000"]],
			...(hasSimpy(python) ? [["simpy", python, ["test/bench/peers/simpy_common.py", csv, "1000"]]] : []),
		];
		const costs = new Map(contenders.map(([name]) => [name, []]));
		const makespans = new Set();
		for (let round = 0; round < ROUNDS; round++) {
			for (const [name, command, args] of contenders) {
				const { cpuSeconds, makespanSeconds } = jsonOf(command, args);
				costs.get(name).push(cpuSeconds);
				makespans.add(makespanSeconds.toFixed(6));
			}
		}
		if (makespans.size !== 1) throw new Error(`the simulators disagree on the makespan: ${[...makespans].join(", ")}`);
		for (const [name] of contenders)
			yield { name: `peers.100000.${name}.cpu_s`, value: median(costs.get(name)), unit: "CPU s" };
		for (const [name] of contenders.slice(1)) {
			const ratios = costs.get(name).map((cost, i) => cost / costs.get("cellsim")[i]);
			yield { name: `peers.100000.${name}_over_cellsim`, value: median(ratios), unit: "x" };
		}
	} finally {
		rmSync(folder, { recursive: true });
	}
}

function hasSimpy(python) {
	return spawnSync(python, ["-c", "import simpy"]).status === 0;
}
