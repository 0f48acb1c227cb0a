/** Runs of the timeline, read from what the page holds or from the tables that the command serves. */
import { tableFromIPC } from "@uwdata/flechette";
import { type EmbeddedRun, MOST_STEPS } from "../timeline/embedded.js";
import { type TimeGrid, timeGrid } from "../timeline/grid.js";
import type { CellHistory } from "../timeline/history.js";
import { HISTORY_TABLES, HistoryBuilder } from "../timeline/history-builder.js";
import { type Layer, type LayerId, layerOf, layersThere } from "../timeline/layers.js";
import { unpackHistory } from "../timeline/packed-history.js";
import { onGrid, type Picture, unpackPicture } from "../timeline/packed-picture.js";

/** A run as the timeline shows it. */
export interface TimelineRun {
	readonly embedded: EmbeddedRun;
	readonly endUs: number;
	readonly nodes: readonly string[];
	/** Null where the page has the picture only. */
	readonly history: CellHistory | null;
	readonly layers: readonly LayerId[];
	readonly notes: readonly string[];
	readonly layer: (id: LayerId, grid: TimeGrid) => Layer;
}

export async function loadRun(embedded: EmbeddedRun): Promise<TimelineRun> {
	const { data } = embedded;
	switch (data.kind) {
		case "history":
			return ofHistory(embedded, unpackHistory(await held(data.element)));
		case "picture":
			return ofPicture(embedded, unpackPicture(await held(data.element)));
		case "tables":
			return ofHistory(embedded, await served(data));
	}
}

/** The grid that all runs are shown on. */
export function gridOf(runs: readonly TimelineRun[]): TimeGrid {
	return timeGrid(Math.max(...runs.map(({ endUs }) => endUs)), MOST_STEPS);
}

function ofHistory(embedded: EmbeddedRun, history: CellHistory): TimelineRun {
	return {
		embedded,
		endUs: history.endUs,
		nodes: history.nodes,
		history,
		layers: layersThere(history),
		notes: [...embedded.notes, ...history.notes],
		layer: (id, grid) => layerOf(history, grid, id),
	};
}

function ofPicture(embedded: EmbeddedRun, { endUs, nodes, grid: own, layers }: Picture): TimelineRun {
	return {
		embedded,
		endUs,
		nodes,
		history: null,
		layers: layers.map(({ id }) => id),
		notes: embedded.notes,
		layer: (id, grid) => onGrid(layers.find((layer) => layer.id === id)!, own, grid),
	};
}

/** The bytes that an element holds: base64 of gzip. */
async function held(element: string): Promise<Uint8Array> {
	const text = document.getElementById(element)!.textContent!;
	const binary = atob(text.trim());
	const bytes = new Uint8Array(binary.length);
	for (let i = 0; i < bytes.length; i++) bytes[i] = binary.charCodeAt(i);
	const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
	return new Uint8Array(await new Response(stream).arrayBuffer());
}

async function served({
	files,
	endUs,
	schedulers,
}: Extract<EmbeddedRun["data"], { kind: "tables" }>): Promise<CellHistory> {
	const builder = new HistoryBuilder({ endUs, schedulers, tables: Object.keys(files) });
	for (const table of HISTORY_TABLES) {
		const file = files[table];
		if (file === undefined) continue;
		const response = await fetch(file);
		if (!response.ok) throw new Error(`${file}: ${response.status} ${response.statusText}`);
		const rows = tableFromIPC(await response.arrayBuffer());
		builder.add(table, {
			length: rows.numRows,
			column: (name) => (rows.names.includes(name) ? rows.getChild(name).toArray() : null),
		});
	}
	return builder.build();
}
