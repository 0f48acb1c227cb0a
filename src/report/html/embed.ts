/** What a page holds of each run: as much as its share of the room allows, and a word on what is left out. */
import { gzipSync } from "node:zlib";
import type { EmbeddedRun } from "../timeline/embedded.js";
import { MOST_STEPS } from "../timeline/embedded.js";
import { timeGrid } from "../timeline/grid.js";
import type { CellHistory } from "../timeline/history.js";
import { layerOf, layersThere } from "../timeline/layers.js";
import { packHistory } from "../timeline/packed-history.js";
import { packPicture } from "../timeline/packed-picture.js";

/** Bytes of text that all runs of a page may take together: with the rest, a report stays below 5 MB. */
export const ROOM = 4_200_000;

export interface EmbeddableRun {
	readonly variant: string;
	readonly seed: string;
	readonly run: string;
	readonly folder: string;
}

export interface Embedding {
	readonly run: EmbeddedRun;
	/** What goes into the element that the run's data names: base64. */
	readonly text: string;
}

/** A run with as much of its history as fits into `room` bytes; null if not even a coarse picture does. */
export function embed(run: EmbeddableRun, history: CellHistory, element: string, room: number): Embedding | null {
	for (const { kind, notes, bytes } of candidates(run, history)) {
		const packed = bytes();
		// Gzip makes a tenth of it at best, and takes its time.
		if (packed.length > 40 * room) continue;
		const text = gzipSync(packed, { level: 9 }).toString("base64");
		if (text.length > room) continue;
		return { run: { ...run, data: { kind, element }, notes }, text };
	}
	return null;
}

interface Candidate {
	readonly kind: "history" | "picture";
	readonly notes: readonly string[];
	readonly bytes: () => Uint8Array;
}

/** From everything to little. */
function candidates({ folder }: EmbeddableRun, history: CellHistory): readonly Candidate[] {
	const { pods } = history;
	const fine = pods.length > MANY_PODS ? [] : [{ quantumUs: 1_000, notes: [] }];
	const seconds = { quantumUs: 1_000_000, notes: ["times of pods are to the second, to keep the report small"] };
	const bare = { ...history, pods: { ...pods, reasons: [], reason: new Int32Array(pods.length).fill(-1) } };
	const silent = `why pods waited is left out, to keep the report small: see cellsim explore ${folder}`;
	const told = [...fine, seconds].map(
		({ quantumUs, notes }): Candidate => ({ kind: "history", notes, bytes: () => packHistory(history, quantumUs) }),
	);
	const untold: Candidate = {
		kind: "history",
		notes: [...seconds.notes, silent],
		bytes: () => packHistory(bare, seconds.quantumUs),
	};
	const pictures = [MOST_STEPS, MOST_STEPS / 2, MOST_STEPS / 4, MOST_STEPS / 8].map((steps): Candidate => {
		const notes = [...history.notes, `the pods are left out, to keep the report small: see cellsim explore ${folder}`];
		return { kind: "picture", notes, bytes: () => pictureOf(history, steps) };
	});
	return [...told, untold, ...(history.stays.length > 0 ? pictures : [])];
}

/** With more, a report has no room for thousandths of seconds. */
const MANY_PODS = 50_000;

/** The first of the layers: with all of them, none would be fine. */
function pictureOf(history: CellHistory, steps: number): Uint8Array {
	const grid = timeGrid(history.endUs, steps);
	const layers = layersThere(history)
		.slice(0, 1)
		.map((id) => layerOf(history, grid, id));
	return packPicture({ endUs: history.endUs, nodes: history.nodes, grid, layers });
}
