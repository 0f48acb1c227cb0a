/**
 * What was measured on the nodes: how much of their CPU and memory is in use, as mean and standard deviation over a window of
 * time. Nobody measures unless a scheduler looks at it (`Scheduler.readsLoad`).
 */
import type { SimTime } from "../engine/time.js";
import type { NodeId } from "./ids.js";

/** Fractions of what the node has, 0..1; NaN where nothing was measured. An entry never changes. */
export interface MeasuredLoad {
	readonly cpuMean: number;
	/** Standard deviation, as are all deviations here. */
	readonly cpuDeviation: number;
	readonly memoryMean: number;
	readonly memoryDeviation: number;
	/** End of the window. */
	readonly untilUs: SimTime;
}

export const NEVER_MEASURED: MeasuredLoad = {
	cpuMean: Number.NaN,
	cpuDeviation: Number.NaN,
	memoryMean: Number.NaN,
	memoryDeviation: Number.NaN,
	untilUs: Number.NEGATIVE_INFINITY,
};

/** The load of each node of some columns, as reported last. */
export class NodeLoad {
	/** By node; a hole where nobody has reported. */
	readonly #rows: (MeasuredLoad | undefined)[] = [];
	readonly #renewed: (node: NodeId) => void;

	/** `renewed` hears of every report. */
	constructor(renewed: (node: NodeId) => void) {
		this.#renewed = renewed;
	}

	of(node: NodeId): MeasuredLoad {
		return this.#rows[node] ?? NEVER_MEASURED;
	}

	/**
	 * Puts a measurement in the place of the one before. Readers of the touch log hear of the node, so that scores are made anew, but
	 * its version stays: nothing about the node has changed that a placement could conflict with.
	 */
	report(node: NodeId, load: MeasuredLoad): void {
		this.#rows[node] = load;
		this.#renewed(node);
	}

	/** Makes one row equal to the other's row. */
	copy(from: NodeLoad, node: NodeId): void {
		if (!this.agrees(from, node)) this.#rows[node] = from.#rows[node];
	}

	/** Whether both hold the same measurement of the node. */
	agrees(other: NodeLoad, node: NodeId): boolean {
		// Nobody measures, mostly.
		if (this.#rows.length === 0 && other.#rows.length === 0) return true;
		return this.#rows[node] === other.#rows[node];
	}
}
