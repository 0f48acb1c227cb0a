/** What part of a timeline is to be seen: steps of time from left to right, rows of nodes from top to bottom. */

export interface View {
	readonly fromStep: number;
	readonly toStep: number;
	readonly fromRow: number;
	readonly toRow: number;
}

export interface Extent {
	readonly steps: number;
	readonly rows: number;
}

/** The least that a view may show. */
const FEWEST = { steps: 6, rows: 4 } as const;

export function wholeView({ steps, rows }: Extent): View {
	return { fromStep: 0, toStep: steps, fromRow: 0, toRow: rows };
}

/**
 * Larger by a factor (smaller below 1) in time and in nodes, so that what is at (x, y) stays there; x and y are shares of width and
 * height.
 */
export function zoomed(
	view: View,
	all: Extent,
	{ time, nodes }: { time: number; nodes: number },
	x: number,
	y: number,
): View {
	const [fromStep, toStep] = zoomedSide(
		view.fromStep,
		view.toStep,
		time,
		x,
		Math.min(FEWEST.steps, all.steps),
		all.steps,
	);
	const [fromRow, toRow] = zoomedSide(view.fromRow, view.toRow, nodes, y, Math.min(FEWEST.rows, all.rows), all.rows);
	return { fromStep, toStep, fromRow, toRow };
}

/** Moved by shares of what is to be seen, as far as there is something. */
export function moved(view: View, all: Extent, x: number, y: number): View {
	const [fromStep, toStep] = movedSide(view.fromStep, view.toStep, x, all.steps);
	const [fromRow, toRow] = movedSide(view.fromRow, view.toRow, y, all.rows);
	return { fromStep, toStep, fromRow, toRow };
}

/** Moved as little as need be for a cell to be seen. */
export function showing(view: View, all: Extent, step: number, row: number): View {
	const [width, height] = [view.toStep - view.fromStep, view.toRow - view.fromRow];
	return moved(
		view,
		all,
		outside(step, view.fromStep, view.toStep) / width,
		outside(row, view.fromRow, view.toRow) / height,
	);
}

function outside(cell: number, from: number, to: number): number {
	if (cell < from) return cell - from;
	return cell + 1 > to ? cell + 1 - to : 0;
}

function zoomedSide(from: number, to: number, factor: number, at: number, fewest: number, all: number) {
	const length = Math.min(all, Math.max(fewest, (to - from) / factor));
	const begin = from + at * (to - from) - at * length;
	return held(begin, length, all);
}

function movedSide(from: number, to: number, by: number, all: number) {
	return held(from + by * (to - from), to - from, all);
}

function held(from: number, length: number, all: number): readonly [number, number] {
	const begin = Math.max(0, Math.min(all - length, from));
	return [begin, begin + length];
}
