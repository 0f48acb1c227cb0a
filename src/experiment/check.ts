/** Checking an experiment file: everything that can be found wrong with it before time starts. */
import { access } from "node:fs/promises";
import { ImportReport } from "../workload/arrivals.js";
import { unreadable } from "../workload/inputs.js";
import { assemble, openTraces } from "./assemble.js";
import { type PreparedExperiment, type PrepareOptions, prepareExperiment } from "./prepare.js";
import { specOf } from "./registries.js";

/**
 * Prepares the experiment, looks for the traces that it names, and makes the cell and the schedulers of every variant; reads no
 * pods. Throws DiagnosticError with the mistakes in the file, InputError for other files.
 */
export async function checkExperiment(path: string, options: PrepareOptions = {}): Promise<PreparedExperiment> {
	const prepared = await prepareExperiment(path, options);
	const seen = new Set<string>();
	for (const plan of prepared.plans) {
		for (const file of openTraces(specOf(plan.document), plan.baseDirs).flatMap(({ files }) => files)) {
			await access(file).catch((error: unknown) => {
				throw unreadable(file, error);
			});
		}
		// Runs of one variant differ in the seed only.
		if (seen.has(plan.label)) continue;
		seen.add(plan.label);
		await assemble(plan, new ImportReport());
	}
	return prepared;
}
