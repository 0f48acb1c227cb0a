/** A run's manifest: what was run, on what, by what code, and what came out. Nothing in it depends on when or how fast. */
import { createHash } from "node:crypto";
import { existsSync, statSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { RunSummary } from "../../metrics/summary.js";
import { InputError } from "../../objects/input-error.js";
import type { InputFile, RunIdentity, RunPlan } from "../plan.js";

export const MANIFEST = "manifest.json";
/** How long the run took; apart from the manifest, which is the same on every machine. */
export const PERFORMANCE = "performance.json";

export interface RunManifest {
	readonly apiVersion: "cellsim/v1alpha1";
	readonly kind: "RunManifest";
	/** Name of the run's folder. */
	readonly id: string;
	/** Enough to make the run again. */
	readonly plan: RunPlan;
	readonly inputs: readonly InputFile[];
	readonly versions: RunIdentity["versions"];
	/** Hash over every event fired and every placement. */
	readonly digest: string;
	readonly events: number;
	readonly endTimeUs: number;
	readonly jobs: number;
	readonly pods: number;
	readonly summary: RunSummary;
	/** Pods that nobody tried, by the scheduler that they asked for and that there is not; absent if there are none. */
	readonly leftAlone?: Readonly<Record<string, number>>;
}

/** Whether there is something of that name that is no folder. */
export function isFile(path: string): boolean {
	return existsSync(path) && !statSync(path).isDirectory();
}

/** Name of a run's folder: 12 hexadecimal digits. */
export const RUN_ID = /^[0-9a-f]{12}$/;

/** The manifest of a finished run's folder. InputError if there is none. */
export async function readManifest(folder: string): Promise<RunManifest> {
	const file = join(folder, MANIFEST);
	let text: string;
	try {
		text = await readFile(file, "utf8");
	} catch {
		throw new InputError(`'${folder}' is not the folder of a finished run: it has no ${MANIFEST}`);
	}
	try {
		const manifest = JSON.parse(text) as RunManifest;
		if (manifest.kind === "RunManifest") return manifest;
	} catch {
		// Reported below, like a file of another kind.
	}
	throw new InputError(`'${file}' is not a run manifest; remove the folder and run the experiment again`);
}

/** One digest over the digests of runs, in the order of their plans: the first 16 hex digits of SHA-256 over them, one a line. */
export function experimentDigest(digests: readonly string[]): string {
	return createHash("sha256").update(digests.join("\n")).digest("hex").slice(0, 16);
}
