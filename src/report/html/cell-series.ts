/** How a cell fared over time, step by step, from the history of its run. */
import type { TimeGrid } from "../timeline/grid.js";
import { ABSENCE_KINDS, type CellHistory, RESOURCES, type Resource } from "../timeline/history.js";
import { StepMeans } from "../timeline/layers.js";
import { FULL, isLevel } from "../timeline/level.js";

export const SERIES = ["cpu", "memory", "gpu", "cpu_used", "memory_used", "waiting"] as const;
export type SeriesName = (typeof SERIES)[number];

/** Shares of what all nodes have, and the number of pods that wait for a node; NaN behind the end of the run. */
export type CellSeries = Partial<Record<SeriesName, Float64Array>>;

/** Series that the run's tables tell; others are left out. */
export function cellSeries(history: CellHistory, grid: TimeGrid): CellSeries {
	const { pods, stays, capacity, samples } = history;
	const series: CellSeries = {};
	for (const resource of RESOURCES) {
		if (capacity === null || pods.length === 0) continue;
		const all = capacityOver(history, grid, capacity[resource]);
		if (all.some((amount) => amount > 0)) series[resource] = shares(requestedOver(history, grid, resource), all);
	}
	if (capacity !== null && samples !== null)
		for (const resource of ["cpu", "memory"] as const) {
			const all = capacityOver(history, grid, capacity[resource]);
			series[`${resource}_used`] = shares(usedOver(history, grid, samples[resource], capacity[resource]), all);
		}
	if (pods.length > 0 && stays.length > 0) series.waiting = waitingOver(history, grid);
	return series;
}

function requestedOver({ pods, stays, endUs }: CellHistory, grid: TimeGrid, resource: Resource): Float64Array {
	const sums = new StepMeans(grid, endUs);
	for (let row = 0; row < stays.length; row++) {
		const shape = pods.shapes[pods.shape[stays.pod[row]!]!];
		if (shape !== undefined) sums.add(stays.fromUs[row]!, stays.toUs[row]!, shape[resource]);
	}
	return taken(sums, grid, endUs);
}

/** Nodes that are not there do not count; those that are there and not ready do. */
function capacityOver({ absences, endUs }: CellHistory, grid: TimeGrid, capacity: Float64Array): Float64Array {
	const sums = new StepMeans(grid, endUs);
	for (const amount of capacity) sums.add(0, endUs, amount);
	for (let row = 0; row < absences.length; row++)
		if (ABSENCE_KINDS[absences.kind[row]!] === "not there")
			sums.add(absences.fromUs[row]!, absences.toUs[row]!, -capacity[absences.node[row]!]!);
	return taken(sums, grid, endUs);
}

/** A sample holds until the next. */
function usedOver({ nodes, samples, endUs }: CellHistory, grid: TimeGrid, levels: Uint8Array, capacity: Float64Array) {
	const sums = new StepMeans(grid, endUs);
	const times = samples!.timesUs;
	for (let sample = 0; sample < times.length; sample++) {
		let used = 0;
		for (let node = 0; node < nodes.length; node++) {
			const level = levels[node * times.length + sample]!;
			if (isLevel(level)) used += (level / FULL) * capacity[node]!;
		}
		sums.add(times[sample]!, times[sample + 1] ?? endUs, used);
	}
	return taken(sums, grid, endUs);
}

/** Pods that there are, less those that are on a node. */
function waitingOver({ pods, stays, endUs }: CellHistory, grid: TimeGrid): Float64Array {
	const sums = new StepMeans(grid, endUs);
	for (let pod = 0; pod < pods.length; pod++) {
		const over = pods.endUs[pod]!;
		sums.add(pods.submitUs[pod]!, Number.isNaN(over) ? endUs : over, 1);
	}
	for (let row = 0; row < stays.length; row++) sums.add(stays.fromUs[row]!, stays.toUs[row]!, -1);
	// Sums of shares of steps are not exact.
	return taken(sums, grid, endUs).map((count) => (count < 1e-6 ? 0 : count));
}

function taken(sums: StepMeans, { steps, stepUs }: TimeGrid, endUs: number): Float64Array {
	const means = new Float64Array(steps);
	sums.take(means);
	means.fill(Number.NaN, Math.min(steps, Math.ceil(endUs / stepUs)));
	return means;
}

function shares(amounts: Float64Array, all: Float64Array): Float64Array {
	return amounts.map((amount, step) => (all[step]! > 0 ? amount / all[step]! : Number.NaN));
}

/** The mean of several runs, step by step, over those that have a value there; null if no run has the series. */
export function meanSeries(runs: readonly (Float64Array | undefined)[]): Float64Array | null {
	const known = runs.filter((series) => series !== undefined);
	if (known.length === 0) return null;
	return known[0]!.map((_, step) => {
		const values = known.map((series) => series[step]!).filter((value) => !Number.isNaN(value));
		return values.reduce((sum, value) => sum + value, 0) / values.length;
	});
}
