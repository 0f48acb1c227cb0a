/** What a worker thread does: one run. Errors travel as data, because their class does not survive the way between threads. */
import type { MessagePort } from "node:worker_threads";
import { executeRun } from "./execute.js";
import { failureOf, type RunFailure } from "./failure.js";
import type { RunIdentity, RunPlan } from "./plan.js";
import type { RunManifest } from "./results/manifest.js";

export interface WorkerTask {
	readonly plan: RunPlan;
	readonly identity: RunIdentity;
	readonly folder: string;
	readonly paranoid: boolean;
	/** Hears simulated time while the run goes on. */
	readonly port: MessagePort;
}

export type WorkerAnswer = { readonly manifest: RunManifest } | { readonly failure: RunFailure };

export default async function work({ plan, identity, folder, paranoid, port }: WorkerTask): Promise<WorkerAnswer> {
	try {
		const progress = (nowUs: number, fired: number) => port.postMessage({ nowUs, fired });
		return { manifest: await executeRun(plan, identity, { folder, paranoid, hooks: { progress } }) };
	} catch (error) {
		return { failure: failureOf(error) };
	} finally {
		port.close();
	}
}
