/** Trials that are made, kept in a folder each: a compaction that is broken off goes on from there. */
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { InputError } from "../../objects/input-error.js";
import { isMap, type PlainMap } from "../../objects/plain-data.js";
import type { Identifier, RunPlan } from "../plan.js";
import { PERFORMANCE } from "../results/manifest.js";
import type { TrialResult } from "./trial.js";

/** A trial to be made, or made. */
export interface TrialPlan {
	readonly plan: RunPlan;
	/** From 0. */
	readonly trial: number;
	/** 12 hexadecimal digits over everything that decides the result; how many trials there are is not part of it. */
	readonly id: string;
}

/** Names the trials of a plan. InputError if an input file cannot be read. */
export async function trialsOf(plan: RunPlan, trials: number, identifier: Identifier): Promise<readonly TrialPlan[]> {
	const { id } = await identifier.identify({ ...plan, document: withoutTrials(plan.document) });
	return Array.from({ length: trials }, (_, trial) => ({
		plan,
		trial,
		id: createHash("sha256").update(`${id}/compaction/${trial}`).digest("hex").slice(0, 12),
	}));
}

function withoutTrials(document: PlainMap): PlainMap {
	const { compaction, ...spec } = document["spec"] as PlainMap;
	if (!isMap(compaction)) return document;
	const { trials: _, percentile: __, ...rest } = compaction;
	return { ...document, spec: { ...spec, compaction: rest } };
}

const TRIAL = "trial.json";
const KIND = "CompactionTrial";

/** Writes `<id>/trial.json` and, apart from it, how long the trial took. The folder appears whole or not at all. */
export async function writeTrial(
	folder: string,
	{ plan, trial, id }: TrialPlan,
	result: TrialResult,
	cpuSeconds: number,
): Promise<void> {
	const { experiment, variant, label, seed } = plan;
	const facts = { apiVersion: "cellsim/v1alpha1", kind: KIND, id, experiment, variant, label, seed, trial, result };
	const partial = join(folder, `.partial-${id}-${process.pid}`);
	await mkdir(partial, { recursive: true });
	await writeFile(join(partial, PERFORMANCE), `${JSON.stringify({ cpuSeconds }, null, "\t")}\n`);
	await writeFile(join(partial, TRIAL), `${JSON.stringify(facts, null, "\t")}\n`);
	await rm(join(folder, id), { recursive: true, force: true });
	await rename(partial, join(folder, id));
}

/** Removes what was left of trials that were being written when this or another process ended. */
export async function removeUnfinished(folder: string): Promise<void> {
	for (const name of await readdir(folder))
		if (/^\.partial-[0-9a-f]+-\d+$/.test(name)) await rm(join(folder, name), { recursive: true, force: true });
}

/** The result of a trial, null if it has not been made. InputError for a file that cellsim did not write. */
export async function readTrial(folder: string, { id }: TrialPlan): Promise<TrialResult | null> {
	const file = join(folder, id, TRIAL);
	if (!existsSync(file)) return null;
	try {
		const { kind, result } = JSON.parse(await readFile(file, "utf8")) as { kind?: unknown; result: TrialResult };
		if (kind === KIND) return result;
	} catch {
		// Reported below, like a file of another kind.
	}
	throw new InputError(`'${file}' is not what cellsim wrote there: remove its folder, and the trial is made again`);
}
