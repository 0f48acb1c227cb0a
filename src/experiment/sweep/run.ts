/** Making a piece of a sweep, and putting the pieces together. */
import { existsSync } from "node:fs";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { InputError } from "../../objects/input-error.js";
import { executeRun } from "../execute.js";
import { failureOf, type RunFailure } from "../failure.js";
import { Identifier } from "../plan.js";
import { writeFigures } from "../results/figures-file.js";
import { MANIFEST, type RunManifest, readManifest } from "../results/manifest.js";
import { writeRuns } from "../results/runs-table.js";
import { pieceOf, readSweep, type Sweep, type SweepPoint } from "./plan.js";

/** Why a point failed, beside the results; gone once it succeeds. */
const FAILURES = ".failed";

export interface PieceOptions {
	readonly folder: string;
	readonly index: number;
	readonly signal: AbortSignal;
	/** Hears of each point that is done with. */
	readonly onPoint: (point: SweepPoint, outcome: "made" | "there" | "failed") => void;
}

export interface PieceResult {
	readonly made: number;
	/** Found complete. */
	readonly there: number;
	readonly failures: readonly { readonly plan: SweepPoint["plan"]; readonly failure: RunFailure }[];
}

/**
 * Makes those points of a piece that are not made yet, one after the other. A point that fails is noted and does not stop the others.
 * InputError: no such piece, or inputs, code or Node.js are not those that were planned.
 */
export async function runPiece({ folder, index, signal, onPoint }: PieceOptions): Promise<PieceResult> {
	const points = pieceOf(await readSweep(folder), index);
	const identifier = new Identifier();
	const failures: PieceResult["failures"][number][] = [];
	let made = 0;
	let there = 0;
	for (const point of points) {
		if (signal.aborted) break;
		const { id, plan } = point;
		if (existsSync(join(folder, id, MANIFEST))) {
			there++;
			onPoint(point, "there");
			continue;
		}
		const identity = await identifier.identify(plan);
		if (identity.id !== id)
			throw new InputError(
				`point ${plan.index} would not be the one that was planned (${identity.id}, not ${id}): its inputs, cellsim or Node.js have changed since; plan the sweep again`,
			);
		const note = join(folder, FAILURES, `${id}.json`);
		try {
			await executeRun(plan, identity, { folder, paranoid: false, hooks: { signal } });
			await rm(note, { force: true });
			made++;
			onPoint(point, "made");
		} catch (error) {
			if (signal.aborted) break;
			const failure = failureOf(error);
			await mkdir(join(folder, FAILURES), { recursive: true });
			await writeFile(note, `${JSON.stringify(failure)}\n`);
			failures.push({ plan, failure });
			onPoint(point, "failed");
		}
	}
	return { made, there, failures };
}

export interface Collected {
	readonly sweep: Sweep;
	/** In the order of the experiment, whoever finished first. */
	readonly manifests: readonly RunManifest[];
	readonly failures: PieceResult["failures"];
	/** Points of which there is nothing, with their pieces. */
	readonly missing: readonly (SweepPoint & { readonly piece: number })[];
}

/** Writes `runs.arrow` and `figures.json` over all points that are made, and says which are not. */
export async function collectSweep(folder: string): Promise<Collected> {
	const sweep = await readSweep(folder);
	const manifests: RunManifest[] = [];
	const failures: PieceResult["failures"][number][] = [];
	const missing: Collected["missing"][number][] = [];
	for (const [i, point] of sweep.points.entries()) {
		const { id, plan } = point;
		const note = join(folder, FAILURES, `${id}.json`);
		if (existsSync(join(folder, id, MANIFEST))) manifests.push(await readManifest(join(folder, id)));
		else if (existsSync(note)) failures.push({ plan, failure: JSON.parse(await readFile(note, "utf8")) as RunFailure });
		else missing.push({ ...point, piece: i % sweep.pieces });
	}
	if (manifests.length > 0) {
		await writeRuns(folder, manifests);
		await writeFigures(folder, sweep.figures);
	}
	return { sweep, manifests, failures, missing };
}
