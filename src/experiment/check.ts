/** Checking an experiment file: everything that can be found wrong with it before time starts. */
import { access } from "node:fs/promises";
import { Cell } from "../cell/cell.js";
import type { NodeId } from "../cell/ids.js";
import type { JobArrival } from "../objects/arrival.js";
import { InputError } from "../objects/input-error.js";
import { formatQuantity } from "../objects/quantity.js";
import type { PodSpec } from "../objects/spec.js";
import { noSchedulerNamed } from "../scheduling/scheduler.js";
import { ImportReport } from "../workload/arrivals.js";
import { unreadable } from "../workload/inputs.js";
import { type Assembled, assemble, openTraces } from "./assemble.js";
import { bringsNodes } from "./file/brings-nodes.js";
import { type PreparedExperiment, type PrepareOptions, prepareExperiment } from "./prepare.js";
import { specOf } from "./registries.js";

/** What was found: the experiment, and what is not wrong but probably not meant. */
export interface CheckedExperiment extends PreparedExperiment {
	/** Pods that would never run, in words. */
	readonly doubts: readonly string[];
}

/**
 * Prepares the experiment, looks for the traces that it names, makes the cell and the schedulers of every variant, and reads its
 * first jobs. Throws DiagnosticError with the mistakes in the file, InputError for other files and for what shows only then.
 */
export async function checkExperiment(path: string, options: PrepareOptions = {}): Promise<CheckedExperiment> {
	const prepared = await prepareExperiment(path, options);
	const seen = new Set<string>();
	const doubts = new Set<string>();
	for (const plan of prepared.plans) {
		for (const file of openTraces(specOf(plan.document), plan).flatMap(({ files }) => files)) {
			await access(file).catch((error: unknown) => {
				throw unreadable(file, error);
			});
		}
		// Runs of one variant differ in the seed only.
		if (seen.has(plan.label)) continue;
		seen.add(plan.label);
		try {
			for (const doubt of await doubtsAbout(await assemble(plan, new ImportReport()))) doubts.add(doubt);
		} catch (error) {
			if (error instanceof InputError && error.position === null)
				throw new InputError(error.message, { file: path, line: 0, column: 0 });
			throw error;
		}
	}
	return { ...prepared, doubts: [...doubts] };
}

/** What is doubtful about the first jobs. */
async function doubtsAbout(assembled: Assembled): Promise<readonly string[]> {
	for await (const jobs of assembled.arrivals) return [...misfits(assembled, jobs), ...leftAlone(assembled, jobs)];
	return [];
}

/** Pods that no node could take even when empty. */
function misfits({ nodes, faults, spec: { orchestrator } }: Assembled, jobs: readonly JobArrival[]): readonly string[] {
	if (bringsNodes(orchestrator) || faults.some(({ action }) => action === "add")) return [];
	const cell = new Cell({ nowUs: 0 });
	for (const node of nodes) cell.addNode(node);
	const found = new Set<string>();
	for (const { pods } of jobs) for (const { spec } of pods) if (!fitsSomewhere(cell, spec)) found.add(misfit(spec));
	return [...found];
}

/** Pods that ask for a scheduler that there is not. */
function leftAlone({ schedulers }: Assembled, jobs: readonly JobArrival[]): readonly string[] {
	const isKnown = (name: string) => schedulers.some(({ scheduler }) => scheduler.schedulerNames?.has(name) !== false);
	const unknown = new Map<string, number>();
	for (const { pods } of jobs)
		for (const { spec } of pods) {
			const { schedulerName } = spec.facts;
			if (!isKnown(schedulerName)) unknown.set(schedulerName, (unknown.get(schedulerName) ?? 0) + 1);
		}
	return [...unknown].map(([name, pods]) => {
		const [many, ask, stay] = pods === 1 ? ["pod", "asks", "it stays"] : ["pods", "ask", "they stay"];
		return `${noSchedulerNamed(name)}: ${pods} ${many} among the first jobs ${ask} for it, and ${stay} pending for ever`;
	});
}

function fitsSomewhere(cell: Cell, spec: PodSpec): boolean {
	const podClass = cell.classes.intern(spec);
	try {
		for (let n = 0; n < cell.nodes.count; n++) if (cell.nodes.fits(podClass, n as NodeId)) return true;
		return false;
	} finally {
		cell.classes.release(podClass);
	}
}

function misfit({ requests, gpu }: PodSpec): string {
	const wanted = Object.entries(requests).map(([name, amount]) => `${name} ${formatQuantity(amount, name)}`);
	if (gpu !== null) wanted.push(`${gpu.count} GPU of ${gpu.milli} milli`);
	return `no node can take a pod that requests ${wanted.join(", ")}, even when it is empty`;
}
