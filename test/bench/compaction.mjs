/**
 * Cell compaction of 5,000 machines and about 50,000 tasks by Borg's scheduler, 11 trials on two workers: the whole command, by the clock.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { jsonOf } from "./measure.mjs";

const EXPERIMENT = `apiVersion: cellsim/v1alpha1
kind: Experiment
metadata: {name: bench}
spec:
  cluster: {source: &cell {format: borg-cell, machines: 5000, tasksPerMachine: 5, seed: 1}}
  workloads: [{name: cell, source: *cell}]
  scheduling: {architecture: monolithic, schedulers: [{scheduler: borg}]}
  compaction: {reclamation: true, trials: 11}
`;

export function* compaction() {
	const folder = mkdtempSync(join(tmpdir(), "cellsim-bench-"));
	try {
		const file = join(folder, "bench.yaml");
		writeFileSync(file, EXPERIMENT);
		const before = performance.now();
		const { trials } = jsonOf("node", ["dist/cli/main.js", "compact", file, "-o", folder, "-w", "2", "--json"]);
		const seconds = (performance.now() - before) / 1000;
		const packings = trials.reduce((sum, trial) => sum + trial.packings, 0);
		const [{ tasks }] = trials;
		yield { name: "compaction.5000.wall_s", value: seconds, unit: "s" };
		yield { name: "compaction.5000.tasks", value: tasks, unit: "tasks" };
		yield { name: "compaction.5000.packings", value: packings, unit: "packings" };
		yield { name: "compaction.5000.packed_tasks_per_s", value: (packings * tasks) / seconds, unit: "tasks/s" };
	} finally {
		rmSync(folder, { recursive: true });
	}
}
