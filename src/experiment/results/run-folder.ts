/** The run that somebody means: by its folder, or by experiment, variant and seed. */
import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { InputError } from "../../objects/input-error.js";
import type { RunPlan } from "../plan.js";
import { isFile, MANIFEST, RUN_ID, type RunManifest, readManifest } from "./manifest.js";
import { readRuns } from "./runs-table.js";

/** What a run is called beside the others of its experiment: `policy=best-fit,seed=1`. */
export function runName({ label, seed }: Pick<RunPlan, "label" | "seed">): string {
	return [label, `seed=${seed}`].filter((part) => part !== "").join(",");
}

/**
 * The folder of the one run that is meant: the path itself, or an experiment's folder, followed by as much of the run's name as tells it from
 * the others: `results/mine/policy=best-fit,seed=1`, `results/mine/seed=1`, and of a single run `results/mine`. InputError that lists the
 * runs where there are several, or none of that name.
 */
export async function runFolder(path: string): Promise<string> {
	if (existsSync(join(path, MANIFEST))) return path;
	if (isFile(path)) throw new InputError(`'${path}' is a file: name the folder of a run`);
	const [folder, name] = split(path);
	const runs = await runsIn(folder);
	if (runs.length === 0) throw new InputError(`'${path}' is not the folder of a finished run: it has no ${MANIFEST}`);
	const meant = runs.filter(({ plan }) => isCalled(plan, name));
	if (meant.length === 1) return join(folder, meant[0]!.id);
	const shown = meant.length === 0 ? runs : meant;
	const lines = shown.map(({ id, plan }) => `  ${join(folder, runName(plan))}  (${id})`);
	const what =
		meant.length === 0
			? `no run in '${folder}' is called '${name}'; there are`
			: `'${path}' holds ${meant.length} runs; name one of them:`;
	throw new InputError(`${what}\n${lines.join("\n")}`);
}

/** The folder that there is, and the rest: values of a matrix may have slashes. */
function split(path: string): readonly [folder: string, name: string] {
	let folder = path;
	while (!existsSync(folder) && folder !== dirname(folder)) folder = dirname(folder);
	return [folder, relative(folder, path)];
}

/** Those of its table `runs`, which has none that are of older code or files; in the order of their plans. */
async function runsIn(folder: string): Promise<readonly RunManifest[]> {
	const table = await readRuns(folder).catch(() => []);
	const names = table.length > 0 ? table.map(({ run }) => run) : await foldersIn(folder);
	const there = names.filter((name) => existsSync(join(folder, name, MANIFEST)));
	const manifests = await Promise.all(there.map((name) => readManifest(join(folder, name))));
	return manifests.sort((a, b) => a.plan.index - b.plan.index || (a.id < b.id ? -1 : 1));
}

async function foldersIn(folder: string): Promise<readonly string[]> {
	return existsSync(folder) ? (await readdir(folder)).filter((name) => RUN_ID.test(name)) : [];
}

/** Whether every part of the name is one of the run's. */
function isCalled(plan: Pick<RunPlan, "label" | "seed">, name: string): boolean {
	const full = runName(plan);
	if (name === full || name === "") return true;
	const parts = full.split(",");
	return name.split(",").every((part) => parts.includes(part));
}
