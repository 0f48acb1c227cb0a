/** What a page holds, or where it finds it, of each run on its timeline. Written by the command, read by the page. */

export interface EmbeddedRun {
	/** The matrix values that tell it from other runs of the page, "" without any. */
	readonly variant: string;
	readonly seed: string;
	/** Name of the run's folder. */
	readonly run: string;
	/** The folder as the reader's commands name it. */
	readonly folder: string;
	readonly data: EmbeddedData;
	/** What is missing, and how to have it. */
	readonly notes: readonly string[];
}

/**
 * `history`: where every pod was. `picture`: only layers of the picture. Both are gzip over packed columns, in base64, in the element
 * with that id. `tables`: the run's own Arrow files, by table.
 */
export type EmbeddedData =
	| { readonly kind: "history" | "picture"; readonly element: string }
	| {
			readonly kind: "tables";
			readonly files: Readonly<Record<string, string>>;
			readonly endUs: number;
			readonly schedulers: readonly string[];
	  };

/** The id of the element that holds the list of runs, as JSON. */
export const RUNS_ELEMENT = "timeline-runs";

/** Most steps of time of a picture. */
export const MOST_STEPS = 1440;
