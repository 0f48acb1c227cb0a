import type { RunManifest } from "../../src/experiment/results/manifest.js";
import type { RunRow } from "../../src/experiment/results/runs-table.js";
import type { Rows } from "../../src/metrics/sinks/read.js";
import type { Run } from "./claims.mjs";

export interface Command {
	readonly verb: "run" | "compact";
	/** As one would type it. */
	readonly command: string;
	readonly args: readonly string[];
	readonly set: readonly string[];
	readonly only: readonly string[];
}

export interface Readers {
	readonly readRuns: (folder: string) => Promise<readonly RunRow[]>;
	readonly readManifest: (folder: string) => Promise<RunManifest>;
	readonly readTable: (file: string) => Promise<Rows>;
}

export function commandsOf(file: string): { readonly full: Command; readonly small: Command };
export function loadRuns(folder: string, tables: readonly string[], readers: Readers): Promise<readonly Run[]>;
export function loadTrials(folder: string, readers: Pick<Readers, "readRuns">): Promise<readonly Run[]>;
export function resultsOf(folder: string, verb: Command["verb"]): string;
