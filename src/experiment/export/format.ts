/** A form in which other tools take results. One file defines one; `index.ts` lists it; `cellsim list exports` shows it. */

import type { Definition } from "../../objects/definition.js";
import type { RunManifest } from "../results/manifest.js";

/** The folder of a finished run. */
export interface FinishedRun {
	readonly folder: string;
	readonly manifest: RunManifest;
}

export interface TableExporter {
	readonly of: "table";
	/** With a dot: `.csv`. The file is called after its table. */
	readonly extension: string;
	/** Writes one Arrow file as another file. */
	write(arrowFile: string, file: string): Promise<void>;
}

export interface RunExporter {
	readonly of: "run";
	/** Name of the file that a run becomes. */
	readonly file: string;
	write(run: FinishedRun, file: string): Promise<void>;
}

/** What a file of the new form is made of. */
export type Exporter = TableExporter | RunExporter;

export function defineExport<Parameters>(
	definition: Definition<Parameters, Exporter>,
): Definition<Parameters, Exporter> {
	return definition;
}
