/** What becomes of a job by the end of a run. Source: Chronos, JobScheduler.scala (handleFinishedTask, handleFailedTask), JobGraph.scala. */
import type { ChronosJobSpec, ChronosJobStatus } from "../../kinds/chronos/job.js";
import type { ChronosRules } from "./rules.js";

/** A run that failed is tried again if it has attempts left and its job no error since its last success. */
export function mayRetry(
	{ retries }: ChronosJobSpec,
	{ errorsSinceLastSuccess }: ChronosJobStatus,
	attempt: number,
): boolean {
	return attempt < retries && errorsSinceLastSuccess === 0;
}

export function afterSuccess(status: ChronosJobStatus, spec: ChronosJobSpec, rules: ChronosRules): ChronosJobStatus {
	return {
		...status,
		successCount: status.successCount + 1,
		errorsSinceLastSuccess: 0,
		disabled: status.disabled || isSpent(status, spec, rules),
	};
}

/** It failed for good. */
export function afterFailure(status: ChronosJobStatus, spec: ChronosJobSpec, rules: ChronosRules): ChronosJobStatus {
	const errorsSinceLastSuccess = status.errorsSinceLastSuccess + 1;
	const { disableAfterFailures } = rules;
	const tooMany = disableAfterFailures > 0 && errorsSinceLastSuccess >= disableAfterFailures;
	const disabled = status.disabled || tooMany || isSpent(status, spec, rules);
	return { ...status, errorCount: status.errorCount + 1, errorsSinceLastSuccess, disabled };
}

function isSpent({ next }: ChronosJobStatus, { schedule }: ChronosJobSpec, rules: ChronosRules): boolean {
	return rules.disablesSpent && schedule !== null && next?.count === 0;
}

/** A parent is done once more: the counts of its child, and whether that is to run. */
export function parentDone(
	{ parents }: ChronosJobSpec,
	{ invocations }: ChronosJobStatus,
	parent: string,
): { readonly invocations: ChronosJobStatus["invocations"]; readonly fires: boolean } {
	const counted = { ...invocations, [parent]: (invocations[parent] ?? 0) + 1 };
	const least = Math.min(...parents.map((name) => counted[name] ?? 0));
	return { invocations: counted, fires: counted[parent] === least };
}
