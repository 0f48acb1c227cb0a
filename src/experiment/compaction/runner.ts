/**
 * Makes the trials of a compaction that are not there yet, on as many worker threads as asked for, and writes `compaction.arrow` over
 * all that are. Only whole trials are ever kept.
 */
import type { RunFailure } from "../failure.js";
import { failureOf } from "../failure.js";
import type { FigureSpec } from "../file/figures-schema.js";
import { makeFolder, markFolder, refuseForeign } from "../folder.js";
import { Identifier, type RunPlan } from "../plan.js";
import { specOf } from "../registries.js";
import { writeFigures } from "../results/figures-file.js";
import { onWorkers } from "../worker-pool.js";
import { writeTrials } from "./table.js";
import type { TrialResult } from "./trial.js";
import { readTrial, removeUnfinished, type TrialPlan, trialsOf, writeTrial } from "./trial-file.js";
import work, { type TrialAnswer } from "./worker.js";

export interface CompactionOptions {
	/** The experiment file. */
	readonly file: string;
	/** Where trials are kept. */
	readonly folder: string;
	readonly workers: number;
	/** Make again what is there. */
	readonly force: boolean;
	/** Other plans of the experiment: their trials that are there keep their rows. */
	readonly others: () => Promise<readonly RunPlan[]>;
	/** What is to be drawn of the results, kept beside them. */
	readonly figures: readonly FigureSpec[];
	readonly signal: AbortSignal;
	/** Hears of every step. */
	readonly onEvent: (event: CompactionEvent) => void;
}

export type CompactionEvent =
	| { readonly type: "planned"; readonly trials: number }
	| { readonly type: "finished"; readonly made: MadeTrial; readonly cached: boolean }
	| { readonly type: "failed"; readonly failure: RunFailure };

export interface MadeTrial extends TrialPlan {
	readonly result: TrialResult;
}

export interface CompactionResult {
	/** In order of plans and trials, those found included. */
	readonly trials: readonly MadeTrial[];
	readonly failures: readonly { readonly plan: RunPlan; readonly trial: number; readonly failure: RunFailure }[];
}

/** Makes the trials of the plans. InputError if the folder is that of another experiment file. */
export async function runCompaction(plans: readonly RunPlan[], options: CompactionOptions): Promise<CompactionResult> {
	const { folder, file, signal, onEvent } = options;
	const identifier = new Identifier();
	const wanted = await planned(plans, identifier);
	await makeFolder(folder);
	await refuseForeign(folder, file);
	await removeUnfinished(folder);
	onEvent({ type: "planned", trials: wanted.length });
	const made = new Map<string, MadeTrial>();
	const failures: { plan: RunPlan; trial: number; failure: RunFailure }[] = [];
	const open: TrialPlan[] = [];
	for (const trial of wanted) {
		const result = options.force ? null : await readTrial(folder, trial);
		if (result === null) open.push(trial);
		else finish({ ...trial, result }, true);
	}
	function finish(trial: MadeTrial, cached: boolean): void {
		made.set(trial.id, trial);
		onEvent({ type: "finished", made: trial, cached });
	}
	const settle = async (trial: TrialPlan, answer: TrialAnswer) => {
		if ("result" in answer) {
			await writeTrial(folder, trial, answer.result, answer.cpuSeconds);
			finish({ ...trial, result: answer.result }, false);
		} else if (!signal.aborted) {
			failures.push({ plan: trial.plan, trial: trial.trial, failure: answer.failure });
			onEvent({ type: "failed", failure: answer.failure });
		}
	};
	await (Math.min(options.workers, open.length) > 1 ? makeOnWorkers : makeHere)(open, options, settle);
	const trials = wanted.flatMap(({ id }) => made.get(id) ?? []);
	if (trials.length > 0) {
		await markFolder(folder, file);
		const found = await others(options, identifier);
		await writeTrials(
			folder,
			[...trials, ...found].sort((a, b) => a.plan.index - b.plan.index || a.trial - b.trial),
		);
		await writeFigures(folder, options.figures);
	}
	return { trials, failures };
}

async function planned(plans: readonly RunPlan[], identifier: Identifier): Promise<readonly TrialPlan[]> {
	const trials: TrialPlan[] = [];
	for (const plan of plans) trials.push(...(await trialsOf(plan, specOf(plan.document).compaction.trials, identifier)));
	return trials;
}

/** Trials of other plans that have been made. */
async function others({ folder, others: plans }: CompactionOptions, identifier: Identifier): Promise<MadeTrial[]> {
	const found: MadeTrial[] = [];
	for (const trial of await planned(await plans(), identifier)) {
		const result = await readTrial(folder, trial);
		if (result !== null) found.push({ ...trial, result });
	}
	return found;
}

type Settle = (trial: TrialPlan, answer: TrialAnswer) => Promise<void>;

async function makeHere(trials: readonly TrialPlan[], { signal }: CompactionOptions, settle: Settle): Promise<void> {
	for (const trial of trials) {
		if (signal.aborted) return;
		await settle(trial, await work({ plan: trial.plan, trial: trial.trial }, signal));
	}
}

async function makeOnWorkers(
	trials: readonly TrialPlan[],
	{ workers, signal }: CompactionOptions,
	settle: Settle,
): Promise<void> {
	const script = new URL("./worker.js", import.meta.url);
	await onWorkers(trials, { script, workers, signal }, async (trial, send) => {
		let answer: TrialAnswer;
		try {
			answer = (await send({ plan: trial.plan, trial: trial.trial })) as TrialAnswer;
		} catch (error) {
			answer = { failure: failureOf(error) };
		}
		await settle(trial, answer);
	});
}
