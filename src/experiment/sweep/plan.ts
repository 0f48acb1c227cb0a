/**
 * A sweep: the runs of an experiment, planned once and made in pieces, by as many processes on as many machines as there are. The plan
 * is a file that never changes; a piece may be run any number of times, and does what is not done yet.
 */
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { canonicalJson } from "../../objects/canonical-json.js";
import { InputError } from "../../objects/input-error.js";
import type { FigureSpec } from "../file/figures-schema.js";
import { makeFolder, markFolder, refuseForeign } from "../folder.js";
import { Identifier, type RunPlan } from "../plan.js";
import type { PreparedExperiment } from "../prepare.js";

export const SWEEP_FILE = "sweep.json";

/** One run. */
export interface SweepPoint {
	/** Name of its folder, a hash over everything that decides its bytes. */
	readonly id: string;
	readonly plan: RunPlan;
}

export interface Sweep {
	readonly apiVersion: "cellsim/v1alpha1";
	readonly kind: "Sweep";
	readonly experiment: string;
	/** The experiment file, for people and for the results folder. */
	readonly file: string;
	readonly figures: readonly FigureSpec[];
	/** Pieces that it is cut into: point i belongs to piece i modulo this. */
	readonly pieces: number;
	/** In the order of the experiment. */
	readonly points: readonly SweepPoint[];
	/** Over all of the above: a plan that somebody changed is refused. */
	readonly sha256: string;
}

/**
 * Writes the plan of an experiment into a folder, which becomes its results folder. The same plan may be written again; InputError if
 * another one is there.
 */
export async function writeSweep(
	folder: string,
	file: string,
	{ name, plans, figures }: Pick<PreparedExperiment, "name" | "plans" | "figures">,
	pieces: number,
): Promise<Sweep> {
	const identifier = new Identifier();
	const points: SweepPoint[] = [];
	for (const plan of plans) points.push({ id: (await identifier.identify(plan)).id, plan });
	const content = {
		apiVersion: "cellsim/v1alpha1",
		kind: "Sweep",
		experiment: name,
		file,
		figures,
		pieces: Math.min(pieces, points.length),
		points,
	} as const;
	const sweep: Sweep = { ...content, sha256: hashOf(content) };
	await makeFolder(folder);
	await refuseForeign(folder, file);
	if (existsSync(join(folder, SWEEP_FILE))) {
		if ((await readSweep(folder)).sha256 === sweep.sha256) return sweep;
		throw new InputError(
			`'${join(folder, SWEEP_FILE)}' is another plan: collect it and remove the folder, or choose another one with --output`,
		);
	}
	await markFolder(folder, file);
	// Whoever reads it finds all of it, or nothing.
	const partial = join(folder, `.partial-${SWEEP_FILE}-${process.pid}`);
	await writeFile(partial, `${JSON.stringify(sweep)}\n`);
	await rename(partial, join(folder, SWEEP_FILE));
	return sweep;
}

/** The plan in a folder. InputError: there is none, it was changed, or it is none. */
export async function readSweep(folder: string): Promise<Sweep> {
	const file = join(folder, SWEEP_FILE);
	const text = await readFile(file, "utf8").catch(() => {
		throw new InputError(`'${folder}' holds no plan of a sweep (${SWEEP_FILE}): make one with cellsim sweep plan`);
	});
	try {
		const { sha256, ...content } = JSON.parse(text) as Sweep;
		if (content.kind === "Sweep" && sha256 === hashOf(content)) return { ...content, sha256 };
	} catch {
		// Said below, as for a plan that was changed.
	}
	throw new InputError(`'${file}' is not the plan that was written: a plan must not be changed; plan the sweep again`);
}

/** The points of a piece, in order. InputError for a piece that there is not. */
export function pieceOf({ points, pieces }: Sweep, index: number): readonly SweepPoint[] {
	if (index >= pieces)
		throw new InputError(`there is no piece ${index}: this sweep has ${pieces}, from 0 to ${pieces - 1}`);
	return points.filter((_, i) => i % pieces === index);
}

function hashOf(content: object): string {
	return createHash("sha256").update(canonicalJson(content)).digest("hex");
}
