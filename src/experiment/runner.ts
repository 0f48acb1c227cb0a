/**
 * Runs an experiment: every plan whose result is not there yet, on as many worker threads as asked for. A run is done when
 * its folder has appeared; whatever happens, there are only whole runs.
 */
import { existsSync } from "node:fs";
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { MessageChannel } from "node:worker_threads";
import { executeRun } from "./execute.js";
import { failureOf, type RunFailure } from "./failure.js";
import type { FigureSpec } from "./file/figures-schema.js";
import { makeFolder, markFolder, refuseForeign } from "./folder.js";
import { Identifier, type RunIdentity, type RunPlan } from "./plan.js";
import { writeFigures } from "./results/figures-file.js";
import { MANIFEST, RUN_ID, type RunManifest, readManifest } from "./results/manifest.js";
import { writeRuns } from "./results/runs-table.js";
import type { WorkerAnswer, WorkerTask } from "./worker.js";
import { onWorkers } from "./worker-pool.js";

export interface RunExperimentOptions {
	/** The experiment file. */
	readonly file: string;
	/** Folder of the experiment's results. */
	readonly folder: string;
	readonly workers: number;
	/** Run again what is complete. */
	readonly force: boolean;
	readonly paranoid: boolean;
	/** Other runs of the experiment, not to be made now: those that are complete keep their row in `runs.arrow`. */
	readonly others?: () => Promise<readonly RunPlan[]>;
	/** What is to be drawn of the results, kept beside them. */
	readonly figures?: readonly FigureSpec[];
	readonly signal: AbortSignal;
	/** Hears of every step; see `RunEvent`. */
	readonly onEvent: (event: RunEvent) => void;
}

export type RunEvent =
	| { readonly type: "started"; readonly plan: RunPlan }
	| { readonly type: "progress"; readonly plan: RunPlan; readonly nowUs: number; readonly fired: number }
	| { readonly type: "finished"; readonly plan: RunPlan; readonly manifest: RunManifest; readonly cached: boolean }
	| { readonly type: "failed"; readonly plan: RunPlan; readonly failure: RunFailure };

export interface ExperimentResult {
	/** Finished runs in the order of their plans, those found complete included. */
	readonly manifests: readonly RunManifest[];
	readonly failures: readonly { readonly plan: RunPlan; readonly failure: RunFailure }[];
	readonly interrupted: boolean;
}

interface Task {
	readonly plan: RunPlan;
	readonly identity: RunIdentity;
}

/** Runs the plans and writes `runs.arrow` and `figures.json` over all that are finished. InputError if the folder is that of another experiment file. */
export async function runExperiment(
	plans: readonly RunPlan[],
	options: RunExperimentOptions,
): Promise<ExperimentResult> {
	const { folder, onEvent } = options;
	const identifier = new Identifier();
	const tasks: Task[] = [];
	for (const plan of plans) tasks.push({ plan, identity: await identifier.identify(plan) });
	await prepareFolder(folder, options.file);
	const manifests = new Map<RunPlan, RunManifest>();
	const failures: { plan: RunPlan; failure: RunFailure }[] = [];
	const open: Task[] = [];
	for (const task of tasks) {
		const done = join(folder, task.identity.id);
		if (options.force) await rm(done, { recursive: true, force: true });
		if (!existsSync(join(done, MANIFEST))) {
			open.push(task);
			continue;
		}
		const manifest = await readManifest(done);
		manifests.set(task.plan, manifest);
		onEvent({ type: "finished", plan: task.plan, manifest, cached: true });
	}
	const settle = (plan: RunPlan, answer: WorkerAnswer) => {
		if ("manifest" in answer) {
			manifests.set(plan, answer.manifest);
			onEvent({ type: "finished", plan, manifest: answer.manifest, cached: false });
		} else if (!options.signal.aborted) {
			failures.push({ plan, failure: answer.failure });
			onEvent({ type: "failed", plan, failure: answer.failure });
		}
	};
	if (open.length > 0)
		await (Math.min(options.workers, open.length) > 1 ? runOnWorkers : runHere)(open, options, settle);
	const finished = plans.flatMap((plan) => manifests.get(plan) ?? []);
	if (finished.length > 0) {
		await markFolder(folder, options.file);
		const found = await completeRuns(options.others, new Set(finished.map(({ id }) => id)), identifier, folder);
		await writeRuns(
			folder,
			[...finished, ...found].sort((a, b) => a.plan.index - b.plan.index),
		);
		await writeFigures(folder, options.figures ?? []);
	}
	return { manifests: finished, failures, interrupted: options.signal.aborted };
}

/** Manifests of those plans whose results are there, beside those with the given ids. */
async function completeRuns(
	plans: RunExperimentOptions["others"],
	ids: ReadonlySet<string>,
	identifier: Identifier,
	folder: string,
): Promise<RunManifest[]> {
	const found: RunManifest[] = [];
	const there = (await readdir(folder)).filter((name) => RUN_ID.test(name));
	if (plans === undefined || there.every((id) => ids.has(id))) return found;
	for (const plan of await plans()) {
		const { id } = await identifier.identify(plan);
		if (existsSync(join(folder, id, MANIFEST))) found.push(await readManifest(join(folder, id)));
	}
	return found;
}

type Settle = (plan: RunPlan, answer: WorkerAnswer) => void;

/** One run after the other, in this thread. */
async function runHere(tasks: readonly Task[], options: RunExperimentOptions, settle: Settle): Promise<void> {
	const { folder, paranoid, signal, onEvent } = options;
	for (const { plan, identity } of tasks) {
		if (signal.aborted) return;
		onEvent({ type: "started", plan });
		const progress = (nowUs: number, fired: number) => onEvent({ type: "progress", plan, nowUs, fired });
		try {
			settle(plan, { manifest: await executeRun(plan, identity, { folder, paranoid, hooks: { progress, signal } }) });
		} catch (error) {
			settle(plan, { failure: failureOf(error) });
		}
	}
}

/** Runs spread over worker threads; a worker that dies fails its own run only. */
async function runOnWorkers(tasks: readonly Task[], options: RunExperimentOptions, settle: Settle): Promise<void> {
	const { folder, paranoid, signal, onEvent, workers } = options;
	const pool = { script: new URL("./worker.js", import.meta.url), workers, signal };
	try {
		await onWorkers(tasks, pool, async ({ plan, identity }, send) => {
			const { port1, port2 } = new MessageChannel();
			port2.on("message", (facts: { nowUs: number; fired: number }) => onEvent({ type: "progress", plan, ...facts }));
			const task: WorkerTask = { plan, identity, folder, paranoid, port: port1 };
			try {
				settle(plan, (await send(task, [port1])) as WorkerAnswer);
			} catch (error) {
				settle(plan, { failure: failureOf(error) });
			} finally {
				port2.close();
			}
		});
	} finally {
		await removePartial(folder, process.pid);
	}
}

/** Makes the folder, and removes what a process that is gone left unfinished in it. */
async function prepareFolder(folder: string, file: string): Promise<void> {
	await makeFolder(folder);
	await refuseForeign(folder, file);
	for (const name of await readdir(folder)) {
		const pid = /^\.partial-[0-9a-f]+-(\d+)$/.exec(name)?.[1];
		if (pid !== undefined && !isAlive(Number(pid))) await rm(join(folder, name), { recursive: true, force: true });
	}
}

async function removePartial(folder: string, pid: number): Promise<void> {
	for (const name of await readdir(folder)) {
		if (name.startsWith(".partial-") && name.endsWith(`-${pid}`))
			await rm(join(folder, name), { recursive: true, force: true });
	}
}

function isAlive(pid: number): boolean {
	try {
		process.kill(pid, 0);
		return true;
	} catch (error) {
		return (error as NodeJS.ErrnoException).code === "EPERM";
	}
}
