/** What a worker thread does: one trial. Errors travel as data, because their class does not survive the way between threads. */
import { failureOf, type RunFailure } from "../failure.js";
import type { RunPlan } from "../plan.js";
import { makeTrial, type TrialResult } from "./trial.js";

export interface TrialTask {
	readonly plan: RunPlan;
	readonly trial: number;
}

export type TrialAnswer =
	| { readonly result: TrialResult; readonly cpuSeconds: number }
	| { readonly failure: RunFailure };

/** `signal` is for callers in the same thread. */
export default async function work({ plan, trial }: TrialTask, signal?: AbortSignal): Promise<TrialAnswer> {
	const before = process.cpuUsage();
	try {
		const result = await makeTrial(plan, trial, signal);
		const { user, system } = process.cpuUsage(before);
		return { result, cpuSeconds: (user + system) / 1e6 };
	} catch (error) {
		return { failure: failureOf(error) };
	}
}
