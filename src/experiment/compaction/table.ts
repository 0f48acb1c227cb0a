/** The table `compaction`: one row a trial, with the matrix values of its variant. */
import { ArrowSink } from "../../metrics/sinks/arrow.js";
import { type TableSpec, TableWriter } from "../../metrics/table.js";
import { valueLabel } from "../file/matrix.js";
import { axisColumn, metricColumn } from "../results/runs-table.js";
import type { MadeTrial } from "./runner.js";
import type { TrialResult } from "./trial.js";

/** What is measured, by the name of its column. */
const METRICS: Readonly<Record<string, (result: TrialResult) => number>> = {
	machines: ({ machines }) => machines,
	original_machines: ({ originalMachines }) => originalMachines,
	machines_share: ({ machines, originalMachines }) => machines / originalMachines,
	cells: ({ cells }) => cells,
	clones: ({ clones }) => clones,
	jobs: ({ jobs }) => jobs,
	tasks: ({ tasks }) => tasks,
	pending_tasks: ({ pendingTasks }) => pendingTasks,
	unplaceable_tasks: ({ unplaceableTasks }) => unplaceableTasks,
	machine_bound_tasks: ({ machineBoundTasks }) => machineBoundTasks,
	alloc_tasks: ({ allocTasks }) => allocTasks,
	growth: ({ growth }) => growth,
	added_tasks: ({ addedTasks }) => addedTasks,
	packings: ({ packings }) => packings,
	empty_machines: ({ emptyMachines }) => emptyMachines,
	cpu_stranded: ({ cpuStranded, cpuOffered }) => cpuStranded / cpuOffered,
	memory_stranded: ({ memoryStranded, memoryOffered }) => memoryStranded / memoryOffered,
};

/** Writes `<folder>/compaction.arrow` for the given trials, in their order. */
export async function writeTrials(folder: string, trials: readonly MadeTrial[]): Promise<void> {
	const axes = [...new Set(trials.flatMap(({ plan }) => Object.keys(plan.variant)))];
	const spec: TableSpec = {
		name: "compaction",
		description: "One row per trial: the matrix values of its variant, and what it came to",
		columns: [
			{ name: "run", type: "utf8", description: "Id of the trial, the name of its file" },
			{ name: "index", type: "int32", description: "Position of the variant and seed among all of the experiment" },
			{ name: "variant", type: "utf8", description: "All matrix values in one text" },
			{ name: "seed", type: "utf8", description: "Seed of the experiment" },
			{ name: "trial", type: "int32", description: "Number of the trial, from 0" },
			...axes.map(axisColumn),
			{ name: "digest", type: "utf8", description: "Hash over every event and placement of the final packings" },
			...Object.keys(METRICS).map(metricColumn),
		],
	};
	const sink = await ArrowSink.create(folder);
	const table = new TableWriter(spec, sink);
	for (const { id, plan, trial, result } of trials) {
		const values = axes.map((axis) => (axis in plan.variant ? valueLabel(plan.variant[axis]) : null));
		const measured = Object.values(METRICS).map((of) => of(result));
		table.row(id, plan.index, plan.label, plan.seed, trial, ...values, result.digest, ...measured);
	}
	table.flush();
	await sink.close();
}
