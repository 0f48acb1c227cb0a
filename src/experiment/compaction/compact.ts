/** The fewest machines of a cell, taken away in random order, on which jobs can be packed. */
import type { Random } from "../../engine/random.js";
import { shuffled } from "../../engine/shuffled.js";
import type { JobArrival } from "../../objects/arrival.js";
import { Demand } from "./bounds.js";
import { cloneCell } from "./clone.js";
import { type Packed, packedOf } from "./packed.js";
import { binarySearch, linearSearch, remembered } from "./search.js";
import type { TrialContext } from "./trial.js";

/** The first size tried lies this share above what the tasks ask for in all. */
const FIRST_STEP = 0.02;

export interface Compacted {
	readonly machines: number;
	/** Copies of the cell that the machines are from. */
	readonly clones: number;
	readonly packed: Packed;
}

/**
 * Packs `jobs` on fewer and fewer machines, each time from scratch; `allowed` of their tasks may stay pending. A cell that is too small
 * is cloned. Null if they do not fit on the most clones allowed. The machines kept stand in the order of the cell.
 */
export async function compactTogether(
	{ nodes: original, options, packer, rule }: Omit<TrialContext, "jobs" | "random">,
	jobs: readonly JobArrival[],
	allowed: number,
	random: Random,
): Promise<Compacted | null> {
	const demand = new Demand(jobs, allowed);
	for (let clones = 1; clones <= options.clones; clones++) {
		const nodes = cloneCell(original, clones);
		// The first are taken away last.
		const kept = shuffled([...nodes.keys()], random);
		const low = demand.fewest(kept.map((i) => nodes[i]!));
		if (low === null) continue;
		const packings = new Map<number, Packed>();
		const enough = remembered(async (size) => {
			const present = new Set(kept.slice(0, size));
			const left = nodes.filter((_, i) => present.has(i));
			const packing = await packer.pack(left, jobs, rule.verdict(allowed));
			const fits = rule.accepts(packing, allowed);
			if (fits) packings.set(size, packedOf(packing));
			return fits;
		});
		const range = { low, high: nodes.length, step: Math.max(1, Math.ceil(FIRST_STEP * low)) };
		const machines = await (options.search === "linear" ? linearSearch : binarySearch)(enough, range);
		if (machines !== null) return { machines, clones, packed: packings.get(machines)! };
	}
	return null;
}
