/**
 * Which tasks may stay pending in a packing that counts as one (Borg paper, section 5.1): up to 0.2 %, if they are very picky and only
 * a handful of machines can run them. The paper gives no number for the handful; it is a parameter, counted in machines of the
 * original cell that could run the task if they were empty.
 */
import { Cell } from "../../cell/cell.js";
import type { NodeId, PodId } from "../../cell/ids.js";
import type { JobArrival } from "../../objects/arrival.js";
import type { NodeSpec, PodSpec } from "../../objects/spec.js";
import { FilterSet } from "../../scheduling/plugin.js";
import { defaultFilters } from "../../scheduling/plugins/index.js";
import type { Packing, Verdict } from "./packing.js";

export interface PendingOptions {
	/** Share of the tasks that may stay pending. */
	readonly pending: number;
	/** Machines that can run a picky task, at most. */
	readonly picky: number;
}

export class PendingRule {
	readonly #cell = new Cell({ nowUs: 0 });
	readonly #filters = new FilterSet(defaultFilters);
	readonly #options: PendingOptions;
	/** By pod class of the empty cell: machines that can run it, up to one more than a picky task has. */
	readonly #able = new Map<object, number>();

	/** `nodes` are those of the original cell. */
	constructor(nodes: readonly NodeSpec[], options: PendingOptions) {
		this.#options = options;
		for (const node of nodes) this.#cell.addNode(node);
	}

	/** Whether some machine of the cell could run the task if it were empty. */
	fitsAnywhere(spec: PodSpec): boolean {
		return this.#machinesFor(spec) > 0;
	}

	isPicky(spec: PodSpec): boolean {
		return this.#machinesFor(spec) <= this.#options.picky;
	}

	/** How many tasks of these jobs may stay pending. */
	allowed(jobs: readonly JobArrival[]): number {
		return Math.floor(this.#options.pending * jobs.reduce((sum, { pods }) => sum + pods.length, 0));
	}

	/** For one packing of which `allowed` tasks may stay pending: fails it at the first too many, or at the first that is not picky. */
	verdict(allowed: number): Verdict {
		const seen = new Set<PodId>();
		return {
			unplaced: ({ id, podClass }) => seen.add(id).size <= allowed && this.isPicky(podClass.spec),
		};
	}

	/** Whether a packing of which `allowed` tasks may stay pending counts as one. */
	accepts({ pending, brokenOff, cell }: Packing, allowed: number): boolean {
		if (brokenOff) return false;
		let pods = 0;
		for (const count of pending.values()) pods += count;
		if (pods > allowed) return false;
		for (const job of pending.keys())
			for (const pod of job.pending) if (!this.isPicky(cell.pod(pod).podClass.spec)) return false;
		return true;
	}

	#machinesFor(spec: PodSpec): number {
		const { classes, nodes } = this.#cell;
		const podClass = classes.intern(spec);
		let able = this.#able.get(podClass);
		if (able !== undefined) {
			classes.release(podClass);
			return able;
		}
		able = 0;
		const enough = this.#options.picky + 1;
		for (let n = 0 as NodeId; n < nodes.count && able < enough; n++)
			if (nodes.fits(podClass, n) && this.#filters.accept(podClass, nodes, n)) able++;
		// Held for good: the class stays the same object.
		this.#able.set(podClass, able);
		return able;
	}
}
