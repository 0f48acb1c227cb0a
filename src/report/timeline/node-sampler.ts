/** Samples of nodes, row by row: how large each node is, what of it is in use, and when it was ready. */

import type { Resource, UsageSamples } from "./history.js";
import type { TableRows } from "./history-builder.js";
import { ABSENT, levelOf } from "./level.js";
import { type Interned, Numbers } from "./numbers.js";

export interface SampledNodes {
	/** By node, the most that was sampled. */
	readonly capacity: Readonly<Record<Resource, Float64Array>>;
	readonly timesUs: Float64Array;
	/** By node and sample, 1 for ready, 0 for not, 2 for not there. */
	readonly ready: Uint8Array;
	readonly usage: UsageSamples | null;
}

export const SAMPLED = { notReady: 0, ready: 1, notThere: 2 } as const;

export class NodeSampler {
	readonly #names: Interned;
	readonly #times = new Numbers();
	readonly #columns = Object.fromEntries(
		[
			"cpu_allocatable_milli",
			"memory_allocatable_bytes",
			"gpu_allocatable_milli",
			"cpu_used_milli",
			"memory_used_bytes",
		].map((name) => [name, new Numbers()]),
	);
	/** By row. */
	readonly #sample = new Numbers();
	readonly #node = new Numbers();
	readonly #ready = new Numbers();

	/** Nodes get their numbers in the order in which they come. */
	constructor(names: Interned) {
		this.#names = names;
	}

	add(rows: TableRows): void {
		const [times, nodes, ready] = ["time_us", "node", "ready"].map((name) => rows.column(name)!);
		for (let row = 0; row < rows.length; row++) {
			const timeUs = times![row] as number;
			if (this.#times.length === 0 || this.#times.values[this.#times.length - 1] !== timeUs) this.#times.push(timeUs);
			this.#sample.push(this.#times.length - 1);
			this.#node.push(this.#names.number(nodes![row] as string));
			this.#ready.push(ready![row] === true ? SAMPLED.ready : SAMPLED.notReady);
		}
		for (const [name, numbers] of Object.entries(this.#columns)) {
			const cells = rows.column(name);
			for (let row = 0; row < rows.length; row++) numbers.push((cells?.[row] as number | null) ?? Number.NaN);
		}
	}

	/** Null without a row. */
	build(): SampledNodes | null {
		if (this.#node.length === 0) return null;
		const [nodes, samples] = [this.#names.texts.length, this.#times.length];
		const ready = new Uint8Array(nodes * samples).fill(SAMPLED.notThere);
		this.#each((row, place) => {
			ready[place] = this.#ready.values[row]!;
		});
		return {
			capacity: {
				cpu: this.#most("cpu_allocatable_milli"),
				memory: this.#most("memory_allocatable_bytes"),
				gpu: this.#most("gpu_allocatable_milli"),
			},
			timesUs: this.#times.values,
			ready,
			usage: this.#usage(),
		};
	}

	#usage(): UsageSamples | null {
		if (this.#columns["cpu_used_milli"]!.values.every(Number.isNaN)) return null;
		const levels = (used: string, allocatable: string) => {
			const [amounts, all] = [this.#columns[used]!.values, this.#columns[allocatable]!.values];
			const bytes = new Uint8Array(this.#names.texts.length * this.#times.length).fill(ABSENT);
			this.#each((row, place) => {
				bytes[place] = levelOf(amounts[row]! / all[row]!);
			});
			return bytes;
		};
		return {
			timesUs: this.#times.values,
			cpu: levels("cpu_used_milli", "cpu_allocatable_milli"),
			memory: levels("memory_used_bytes", "memory_allocatable_bytes"),
		};
	}

	#most(name: string): Float64Array {
		const most = new Float64Array(this.#names.texts.length);
		const amounts = this.#columns[name]!.values;
		for (let row = 0; row < amounts.length; row++) {
			const node = this.#node.values[row]!;
			most[node] = Math.max(most[node]!, amounts[row]!);
		}
		return most;
	}

	#each(visit: (row: number, place: number) => void): void {
		const [nodes, samples] = [this.#node.values, this.#sample.values];
		for (let row = 0; row < nodes.length; row++) visit(row, nodes[row]! * this.#times.length + samples[row]!);
	}
}
