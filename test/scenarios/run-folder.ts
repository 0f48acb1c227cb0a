/** Finished runs on disk, made without the command line. */
import { executeRun } from "../../src/experiment/execute.js";
import { Identifier, type RunPlan } from "../../src/experiment/plan.js";

/** Runs the plan; the run's folder, in `folder`. */
export async function runFolder(plan: RunPlan, folder: string): Promise<string> {
	const identity = await new Identifier().identify(plan);
	await executeRun(plan, identity, { folder, paranoid: true, hooks: {} });
	return `${folder}/${identity.id}`;
}
