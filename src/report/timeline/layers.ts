/**
 * The whole cell as a picture: a row a node, a column a step of time, a byte for how full the node was on average over that step. A layer
 * shows one thing: what is requested of a resource, what is in use, or how many pods there are.
 */

import type { TimeGrid } from "./grid.js";
import { ABSENCE_KINDS, type ByNode, byNode, type CellHistory } from "./history.js";
import { ABSENT, isLevel, levelOf, NOT_READY } from "./level.js";

export const LAYER_IDS = ["cpu", "memory", "gpu", "cpu_used", "memory_used", "pods"] as const;
export type LayerId = (typeof LAYER_IDS)[number];

export const LAYER_TITLES: Readonly<Record<LayerId, string>> = {
	cpu: "CPU requested",
	memory: "memory requested",
	gpu: "GPU requested",
	cpu_used: "CPU in use",
	memory_used: "memory in use",
	pods: "pods on the node",
};

export interface Layer {
	readonly id: LayerId;
	/** What the level `FULL` stands for: 1 for shares of what a node has, a number of pods. */
	readonly full: number;
	readonly nodes: number;
	readonly steps: number;
	/** Level of node n in step s at `n * steps + s`. */
	readonly bytes: Uint8Array;
}

/** The layers that there is something to show of, in their order. */
export function layersThere(history: CellHistory): readonly LayerId[] {
	return LAYER_IDS.filter((id) => {
		if (id === "pods") return history.stays.length > 0;
		if (id === "cpu_used" || id === "memory_used") return history.samples !== null;
		const { pods, stays, capacity } = history;
		if (stays.length === 0 || pods.length === 0 || capacity === null) return false;
		return capacity[id].some((amount) => amount > 0);
	});
}

/** One layer of a run; it must be there. */
export function layerOf(history: CellHistory, grid: TimeGrid, id: LayerId): Layer {
	const { nodes, pods, stays, capacity, samples } = history;
	const bytes = new Uint8Array(nodes.length * grid.steps);
	let full = 1;
	if (id === "cpu_used" || id === "memory_used") {
		drawSamples(bytes, grid, samples!.timesUs, id === "cpu_used" ? samples!.cpu : samples!.memory);
	} else if (id === "pods") {
		const most = (full = mostPods(history, grid));
		drawStays(bytes, history, grid, { ofRow: one, ofNode: () => most });
	} else {
		const amounts = Float64Array.from(pods.shapes, (shape) => shape[id]);
		const ofRow = (row: number) => amounts[pods.shape[stays.pod[row]!]!]!;
		drawStays(bytes, history, grid, { ofRow, ofNode: (node) => capacity![id][node]! });
	}
	drawAbsences(bytes, history, grid);
	return { id, full, nodes: nodes.length, steps: grid.steps, bytes };
}

/**
 * The mean, over each step, of the sum of amounts that hold from one time to another. Spans may begin before the grid and end behind it;
 * what comes after the end of the run does not count, neither does it in the step that it falls into.
 */
export class StepMeans {
	readonly #stepUs: number;
	readonly #steps: number;
	/** Amounts that begin (and end) to hold for whole steps, and what steps that are only partly covered have on top. */
	readonly #changes: Float64Array;
	readonly #parts: Float64Array;
	readonly #end: number;

	constructor({ stepUs, steps }: TimeGrid, endUs: number) {
		this.#end = Math.min(steps, endUs / stepUs);
		this.#stepUs = stepUs;
		this.#steps = steps;
		this.#changes = new Float64Array(steps + 1);
		this.#parts = new Float64Array(steps);
	}

	add(fromUs: number, toUs: number, amount: number): void {
		const [stepUs, steps] = [this.#stepUs, this.#steps];
		const from = Math.max(0, fromUs / stepUs);
		const to = Math.min(this.#end, toUs / stepUs);
		if (!(to > from)) return;
		const [first, last] = [Math.floor(from), Math.floor(to)];
		if (first === last) {
			this.#parts[first]! += amount * (to - from);
			return;
		}
		this.#parts[first]! += amount * (first + 1 - from);
		if (last < steps) this.#parts[last]! += amount * (to - last);
		this.#changes[first + 1]! += amount;
		this.#changes[last]! -= amount;
	}

	/** Puts the means into an array with an element a step, and begins anew with nothing. */
	take(into: Float64Array): void {
		let held = 0;
		const whole = Math.floor(this.#end);
		for (let step = 0; step < whole; step++) {
			held += this.#changes[step]!;
			into[step] = held + this.#parts[step]!;
		}
		into.fill(0, whole, this.#steps);
		// The step that the run ends in is as long as what the run has of it.
		if (whole < this.#end) into[whole] = (held + this.#changes[whole]! + this.#parts[whole]!) / (this.#end - whole);
		this.#changes.fill(0);
		this.#parts.fill(0);
	}
}

interface Amounts {
	/** Of a stay, and of all that a node has. */
	readonly ofRow: (row: number) => number;
	readonly ofNode: (node: number) => number;
}

const one = () => 1;

function drawStays(
	bytes: Uint8Array,
	{ nodes, stays, endUs }: CellHistory,
	grid: TimeGrid,
	{ ofRow, ofNode }: Amounts,
): void {
	const groups = byNode(nodes.length, stays.node);
	const sums = new StepMeans(grid, endUs);
	const means = new Float64Array(grid.steps);
	for (let node = 0; node < nodes.length; node++) {
		addStays(sums, groups, node, stays, ofRow);
		sums.take(means);
		const all = ofNode(node);
		if (!(all > 0)) bytes.fill(ABSENT, node * grid.steps, (node + 1) * grid.steps);
		// What nothing was ever on is empty, as the bytes are already.
		else if (groups.start[node]! < groups.start[node + 1]!)
			for (let step = 0; step < grid.steps; step++) bytes[node * grid.steps + step] = levelOf(means[step]! / all);
	}
}

function addStays(
	sums: StepMeans,
	groups: ByNode,
	node: number,
	stays: CellHistory["stays"],
	amountOf: (row: number) => number,
) {
	for (let at = groups.start[node]!; at < groups.start[node + 1]!; at++) {
		const row = groups.order[at]!;
		sums.add(stays.fromUs[row]!, stays.toUs[row]!, amountOf(row));
	}
}

/** The largest mean number of pods of any node in any step; at least 1. */
function mostPods({ nodes, stays, endUs }: CellHistory, grid: TimeGrid): number {
	const groups = byNode(nodes.length, stays.node);
	const sums = new StepMeans(grid, endUs);
	const means = new Float64Array(grid.steps);
	let most = 1;
	for (let node = 0; node < nodes.length; node++) {
		addStays(sums, groups, node, stays, one);
		sums.take(means);
		for (const mean of means) most = Math.max(most, mean);
	}
	return Math.ceil(most - 1e-9);
}

/** A sample holds until the next one; before the first there is nothing. */
function drawSamples(bytes: Uint8Array, { stepUs, steps }: TimeGrid, timesUs: Float64Array, levels: Uint8Array): void {
	const samples = timesUs.length;
	const nodes = bytes.length / steps;
	let sample = -1;
	for (let step = 0; step < steps; step++) {
		// The one that holds at the end of the step.
		while (sample + 1 < samples && timesUs[sample + 1]! < (step + 1) * stepUs) sample++;
		for (let node = 0; node < nodes; node++)
			bytes[node * steps + step] = sample < 0 ? ABSENT : levels[node * samples + sample]!;
	}
}

/** A step in which a node was away for more than half of the time, or that begins behind the end of the run, has no level. */
function drawAbsences(bytes: Uint8Array, { nodes, absences, endUs }: CellHistory, grid: TimeGrid): void {
	const { stepUs, steps } = grid;
	const groups = byNode(nodes.length, absences.node);
	const away = ABSENCE_KINDS.map(() => ({ sums: new StepMeans(grid, endUs), shares: new Float64Array(steps) }));
	for (let node = 0; node < nodes.length; node++) {
		const [from, to] = [groups.start[node]!, groups.start[node + 1]!];
		if (from === to) continue;
		for (let at = from; at < to; at++) {
			const row = groups.order[at]!;
			away[absences.kind[row]!]!.sums.add(absences.fromUs[row]!, absences.toUs[row]!, 1);
		}
		for (const { sums, shares } of away) sums.take(shares);
		for (let step = 0; step < steps; step++) {
			const [notReady, notThere] = [away[0]!.shares[step]!, away[1]!.shares[step]!];
			if (notThere > 0.5) bytes[node * steps + step] = ABSENT;
			else if (notReady + notThere > 0.5) bytes[node * steps + step] = NOT_READY;
		}
	}
	const over = Math.ceil(endUs / stepUs);
	if (over < steps)
		for (let node = 0; node < nodes.length; node++) bytes.fill(ABSENT, node * steps + over, (node + 1) * steps);
}

/** The mean level of each node over the whole time; NaN for one that is never there. */
export function meanLevels({ nodes, steps, bytes }: Layer): Float64Array {
	return Float64Array.from({ length: nodes }, (_, node) => {
		let [sum, count] = [0, 0];
		for (let step = 0; step < steps; step++) {
			const byte = bytes[node * steps + step]!;
			if (!isLevel(byte)) continue;
			sum += byte;
			count++;
		}
		return count === 0 ? Number.NaN : sum / count;
	});
}
