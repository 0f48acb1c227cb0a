/** The timeline: pictures of runs below each other, with one time axis, one zoom and one cursor. */
import { formatInstant } from "../../experiment/results/instant.js";
import type { Scheme } from "../timeline/colors.js";
import { type TimeGrid, timeTicks } from "../timeline/grid.js";
import { type Layer, type LayerId, meanLevels } from "../timeline/layers.js";
import { pyramidOf } from "../timeline/pyramid.js";
import { largestFirst, type SharedRows, sharedRows } from "../timeline/rows.js";
import { moved, showing, type View, wholeView, zoomed } from "../timeline/view.js";
import { found, make } from "./dom.js";
import { gridOf, type TimelineRun } from "./load.js";
import { Picture, type Place } from "./picture.js";

/** What is shown of one run. */
export interface ShownRun {
	readonly run: TimelineRun;
	readonly picture: Picture;
	/** Null where the run has nothing of what is chosen. */
	layer: Layer | null;
}

export type Order = "cell" | "busiest";

export class Timeline {
	readonly grid: TimeGrid;
	readonly shown: readonly ShownRun[];
	/** Called when a place was chosen on the picture of a run, and with null when none is any more. */
	onPlace: (place: Place | null, run: number) => void = () => {};
	readonly #axis: HTMLElement;
	readonly #cell: SharedRows;
	readonly #dark = window.matchMedia("(prefers-color-scheme: dark)");
	#rows: SharedRows;
	#view: View;
	#place: Place | null = null;
	#run = 0;
	#due = false;

	constructor(runs: readonly TimelineRun[]) {
		this.grid = gridOf(runs);
		this.#cell = sharedRows(runs);
		this.#rows = this.#cell;
		this.#view = wholeView(this.#extent);
		this.#axis = make("div", { class: "axis", "aria-hidden": "true" });
		this.shown = runs.map((run): ShownRun => ({ run, picture: new Picture(canvasOf(run)), layer: null }));
		const figures = this.shown.map(({ run, picture }) =>
			make("figure", { class: "run" }, [make("figcaption", {}, [titleOf(run)]), picture.canvas]),
		);
		found("timeline-runs-shown", HTMLElement).replaceChildren(...figures, this.#axis);
		this.#dark.addEventListener("change", () => this.redraw());
		new ResizeObserver(() => this.redraw()).observe(this.#axis);
	}

	/** Name of the node in a row. */
	nodeName(row: number): string {
		return this.#rows.names[row]!;
	}

	/** The node of a run in a row, -1 without one. */
	nodeOf(run: number, row: number): number {
		return this.#rows.nodes[run]![row]!;
	}

	/** The row of the node of that name, or the first whose name begins so; -1 without one. */
	rowOf(name: string): number {
		const exact = this.#rows.names.indexOf(name);
		return exact >= 0 ? exact : this.#rows.names.findIndex((one) => one.startsWith(name));
	}

	get place(): Place | null {
		return this.#place;
	}

	/** Shows another layer, or the nodes in another order; the place stays at its node. */
	show(id: LayerId, order: Order): void {
		for (const shown of this.shown) {
			const { run } = shown;
			if (shown.layer?.id !== id) shown.layer = run.layers.includes(id) ? run.layer(id, this.grid) : null;
		}
		const name = this.#place === null ? null : this.nodeName(this.#place.row);
		this.#rows = order === "cell" ? this.#cell : largestFirst(this.#cell, this.#meanOfRows());
		for (const [run, { layer, picture }] of this.shown.entries()) {
			const empty = { id, full: 1, nodes: 0, steps: this.grid.steps, bytes: new Uint8Array(0) };
			const nodes = layer === null ? new Int32Array(this.#rows.names.length).fill(-1) : this.#rows.nodes[run]!;
			picture.pyramid = pyramidOf(layer ?? empty, nodes);
		}
		if (name !== null) this.choose({ step: this.#place!.step, row: this.rowOf(name) });
		this.redraw();
	}

	/** Puts the cursor on a place, or takes it away; `run` is the one that was meant, the last one if none is named. */
	choose(place: Place | null, run = this.#run): void {
		this.#run = run;
		const { rows, steps } = this.#extent;
		this.#place =
			place === null
				? null
				: {
						step: Math.max(0, Math.min(steps - 1, place.step)),
						row: Math.max(0, Math.min(rows - 1, place.row)),
					};
		if (this.#place !== null) this.#view = showing(this.#view, this.#extent, this.#place.step, this.#place.row);
		this.onPlace(this.#place, run);
		this.redraw();
	}

	/** Larger by a factor, so that what is at (x, y), in shares of the picture, stays there. */
	zoom(factor: { readonly time: number; readonly nodes: number }, x = 0.5, y = 0.5): void {
		this.#view = zoomed(this.#view, this.#extent, factor, x, y);
		this.redraw();
	}

	/** Larger around the cursor, if there is one. */
	zoomAtPlace(factor: number): void {
		const { fromStep, toStep, fromRow, toRow } = this.#view;
		const place = this.#place ?? { step: (fromStep + toStep) / 2, row: (fromRow + toRow) / 2 };
		const [x, y] = [(place.step - fromStep) / (toStep - fromStep), (place.row - fromRow) / (toRow - fromRow)];
		this.zoom({ time: factor, nodes: factor }, x, y);
	}

	pan(x: number, y: number): void {
		this.#view = moved(this.#view, this.#extent, x, y);
		this.redraw();
	}

	whole(): void {
		this.#view = wholeView(this.#extent);
		this.redraw();
	}

	/** The place at (x, y), in shares of the picture. */
	placeAt(x: number, y: number): Place {
		const { fromStep, toStep, fromRow, toRow } = this.#view;
		return {
			step: Math.max(0, Math.min(this.grid.steps - 1, Math.floor(fromStep + x * (toStep - fromStep)))),
			row: Math.max(0, Math.min(this.#extent.rows - 1, Math.floor(fromRow + y * (toRow - fromRow)))),
		};
	}

	/** Draws with the next frame of the screen. */
	redraw(): void {
		if (this.#due) return;
		this.#due = true;
		requestAnimationFrame(() => {
			this.#due = false;
			this.#draw();
		});
	}

	get #extent() {
		return { steps: this.grid.steps, rows: this.#cell.names.length };
	}

	#draw(): void {
		const scheme: Scheme = this.#dark.matches ? "dark" : "light";
		for (const { picture } of this.shown) picture.draw(this.#view, scheme, this.#place);
		const { fromStep, toStep, fromRow, toRow } = this.#view;
		const [from, to] = [fromStep * this.grid.stepUs, toStep * this.grid.stepUs];
		const most = Math.max(2, Math.min(12, Math.floor(this.#axis.clientWidth / 110)));
		this.#axis.replaceChildren(
			...timeTicks(from, to, most).map(({ us, text }) =>
				make("span", { style: `left:${((us - from) / (to - from)) * 100}%` }, [text]),
			),
		);
		const [first, last] = [Math.floor(fromRow), Math.min(this.#extent.rows, Math.ceil(toRow)) - 1];
		found("timeline-range", HTMLElement).textContent =
			`${formatInstant(from)} to ${formatInstant(Math.round(to))}; ${last - first + 1} of ${this.#extent.rows} nodes, ${this.nodeName(first)} to ${this.nodeName(last)}`;
	}

	/** By row of the cell, the mean level over the runs that have the node. */
	#meanOfRows(): Float64Array {
		const means = this.shown.map(({ layer }) => (layer === null ? null : meanLevels(layer)));
		return Float64Array.from(this.#cell.names, (_, row) => {
			const known = means.flatMap((of, run) => {
				const node = this.#cell.nodes[run]![row]!;
				return of === null || node < 0 || Number.isNaN(of[node]!) ? [] : [of[node]!];
			});
			return known.reduce((sum, value) => sum + value, 0) / known.length;
		});
	}
}

/** What a run is called on the page. */
export function titleOf({ embedded: { variant, seed } }: TimelineRun): string {
	return variant === "" ? `seed ${seed}` : `${variant}, seed ${seed}`;
}

function canvasOf(run: TimelineRun): HTMLCanvasElement {
	return make("canvas", {
		tabindex: "0",
		role: "application",
		"aria-roledescription": "timeline",
		"aria-label": `Nodes over time: ${titleOf(run)}`,
		"aria-describedby": "timeline-keys",
	});
}
