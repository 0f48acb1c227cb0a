/**
 * Measures what is used on the nodes, as a metrics agent and the load watcher behind it do, and reports it to the cell: mean and
 * standard deviation over a sliding window. What is used is somebody else's business (`UsageSource`).
 *
 * It sleeps once nothing has changed for so long that its next report would be the last one again, so that a run can end; whatever
 * happens to a pod or a node wakes it.
 *
 * Divergence from Prometheus, github.com/paypal/load-watcher and the collector of the Trimaran plugins: one period stands for the
 * scrape interval, the minute between the watcher's queries and the half minute between the collector's. A measurement is that of
 * an instant, where a scraped rate is a mean over minutes, and it does not fail or come late. Fractions are of what pods may
 * request, since a node's whole capacity is not known here.
 */
import type { Cell } from "../cell/cell.js";
import type { NodeId } from "../cell/ids.js";
import type { Engine, EventKind } from "../engine/engine.js";
import type { SimTime } from "../engine/time.js";
import { CPU, MEMORY, type ResourceIndex } from "../objects/resources.js";

/** What is used on a node at one instant. */
export interface NodeUsage {
	readonly cpuMilli: number;
	readonly memoryBytes: number;
}

/**
 * What is used on a node now; asked once a period for every healthy node. Where answers change although nothing happens to pods or
 * nodes, whoever makes them change calls `LoadWatcher.wake`.
 */
export type UsageSource = (node: NodeId) => NodeUsage;

export interface LoadWatcherOptions {
	readonly usage: UsageSource;
	/** Time between two measurements; default 30 s. */
	readonly periodUs?: SimTime;
	/** How far back a report looks; default 15 min. */
	readonly windowUs?: SimTime;
}

const SECOND = 1_000_000;
/** After a change it stays awake for the window and this: until no reader takes a pod for newly bound any more. */
const SETTLING_US = 120 * SECOND;

export class LoadWatcher {
	readonly #engine: Engine;
	readonly #cell: Cell;
	readonly #usage: UsageSource;
	readonly #periodUs: SimTime;
	/** Measurements in a window. */
	readonly #slots: number;
	readonly #event: EventKind;
	/** [node][slot]: fractions of what the node has; NaN where it was not measured. */
	readonly #cpu: Float64Array[] = [];
	readonly #memory: Float64Array[] = [];
	/** Measurements so far, and how many of the last of them found what the one before had found. */
	#measurements = 0;
	#quiet = 0;
	#awake = false;

	/** Begins at once. `phase` is that of its events. */
	constructor(engine: Engine, cell: Cell, phase: number, options: LoadWatcherOptions) {
		const { usage, periodUs = 30 * SECOND, windowUs = 900 * SECOND } = options;
		this.#engine = engine;
		this.#cell = cell;
		this.#usage = usage;
		this.#periodUs = periodUs;
		this.#slots = Math.max(1, Math.floor(windowUs / periodUs));
		this.#event = engine.kind("load-measured", phase, () => this.#measure());
		const wake = () => this.wake();
		cell.watch({ nodeChanged: wake, podBound: wake, podStarted: wake, podEnded: wake, podRequeued: wake });
		this.#schedule(engine.nowUs);
	}

	/** Something may have changed: measures from the next full period on, until nothing does any more. */
	wake(): void {
		this.#quiet = 0;
		if (!this.#awake) this.#schedule((Math.floor(this.#engine.nowUs / this.#periodUs) + 1) * this.#periodUs);
	}

	#schedule(atUs: SimTime): void {
		this.#awake = true;
		this.#engine.schedule(atUs, this.#event, 0);
	}

	#measure(): void {
		const { nodes } = this.#cell;
		const slot = this.#measurements++ % this.#slots;
		let changed = false;
		for (let n = 0; n < nodes.count; n++) {
			const node = n as NodeId;
			this.#cpu[n] ??= new Float64Array(this.#slots).fill(Number.NaN);
			this.#memory[n] ??= new Float64Array(this.#slots).fill(Number.NaN);
			const usage = nodes.ready[n] === 1 ? this.#usage(node) : null;
			const cpu = this.#fraction(usage?.cpuMilli, node, CPU);
			const memory = this.#fraction(usage?.memoryBytes, node, MEMORY);
			changed = this.#note(this.#cpu[n]!, slot, cpu) || changed;
			changed = this.#note(this.#memory[n]!, slot, memory) || changed;
			if (usage !== null) this.#report(node);
		}
		this.#quiet = changed ? 0 : this.#quiet + 1;
		const enough = this.#slots + Math.ceil(SETTLING_US / this.#periodUs);
		if (this.#quiet < enough) this.#schedule(this.#engine.nowUs + this.#periodUs);
		else this.#awake = false;
	}

	/** Of what the node has; no machine uses more than that. */
	#fraction(used: number | undefined, node: NodeId, resource: ResourceIndex): number {
		if (used === undefined) return Number.NaN;
		const allocatable = this.#cell.nodes.allocatable[resource]![node]!;
		return allocatable === 0 ? 0 : Math.min(1, used / allocatable);
	}

	/** True if it is not what was measured the time before. */
	#note(samples: Float64Array, slot: number, sample: number): boolean {
		const before = samples[(slot + this.#slots - 1) % this.#slots]!;
		samples[slot] = sample;
		return !Object.is(before, sample);
	}

	#report(node: NodeId): void {
		const [cpu, memory] = [statisticsOf(this.#cpu[node]!), statisticsOf(this.#memory[node]!)];
		this.#cell.nodes.load.report(node, {
			cpuMean: cpu.mean,
			cpuDeviation: cpu.deviation,
			memoryMean: memory.mean,
			memoryDeviation: memory.deviation,
			untilUs: this.#engine.nowUs,
		});
	}
}

/**
 * Of the samples that were taken: at least one. The deviation is that of the population, as `stddev_over_time` has it. By Welford's
 * recurrence, which gives exactly 0 for equal samples.
 */
function statisticsOf(samples: Float64Array): { readonly mean: number; readonly deviation: number } {
	let taken = 0;
	let mean = 0;
	let squares = 0;
	for (const sample of samples) {
		if (Number.isNaN(sample)) continue;
		const off = sample - mean;
		mean += off / ++taken;
		squares += off * (sample - mean);
	}
	return { mean, deviation: Math.sqrt(squares / taken) };
}
