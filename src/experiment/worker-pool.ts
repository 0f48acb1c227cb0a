/** Tasks spread over worker threads. */
import { setMaxListeners } from "node:events";
import type { MessagePort } from "node:worker_threads";

export interface PoolOptions {
	/** The script of the workers; its default export does one task. */
	readonly script: URL;
	readonly workers: number;
	/** Ends the tasks under way, and begins no more. */
	readonly signal: AbortSignal;
}

/** Does one task on a worker: a copy of the message is sent, and what is in `transfer` given away. */
export type Send = (message: object, transfer?: readonly MessagePort[]) => Promise<unknown>;

/** Does all tasks, at most `workers` at a time. `work` sends its task and deals with the answer; it must not throw. */
export async function onWorkers<Task>(
	tasks: readonly Task[],
	{ script, workers, signal }: PoolOptions,
	work: (task: Task, send: Send) => Promise<void>,
): Promise<void> {
	const { Piscina } = await import("piscina");
	// Every waiting task listens for the interruption.
	setMaxListeners(0, signal);
	const pool = new Piscina({
		filename: script.href,
		minThreads: 1,
		maxThreads: workers,
		concurrentTasksPerWorker: 1,
		resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB },
	});
	const send: Send = (message, transfer = []) => pool.run(message, { signal, transferList: [...transfer] });
	try {
		await Promise.all(tasks.map((task) => work(task, send)));
	} finally {
		await pool.destroy();
	}
}

/**
 * Room for new objects of a worker, four times what Node.js gives: most of what a simulation makes is gone soon, and what is looked at
 * less often is more often gone by then.
 */
const YOUNG_MB = 192;
