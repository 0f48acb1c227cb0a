/** Schedulers that somebody wrote in a file of their own. */
import type { AnySchedulerDefinition } from "../scheduling/scheduler.js";
import { type BundledFile, importDefinition } from "./user-file.js";

/** The definition that a bundled file exports. InputError if it exports none. */
export async function importScheduler(bundled: BundledFile): Promise<AnySchedulerDefinition> {
	return importDefinition("scheduler", bundled, "export default defineScheduler({ name, summary, create })");
}
