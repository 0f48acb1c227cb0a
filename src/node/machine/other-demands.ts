/** What few containers demand: disk, process ids, memory of GPUs. Kept apart, so that all others need not look for it. */
import type { Random } from "../../engine/random.js";
import type { SimTime } from "../../engine/time.js";
import type { ContainerUsage } from "../../objects/usage.js";
import { DemandCursor } from "../demand/demand-cursor.js";

const NEVER = Number.POSITIVE_INFINITY;

/** Gives the draws of a demand by its name. */
type Draws = (what: string) => () => Random;

export class OtherDemands {
	readonly storage: DemandCursor | null;
	readonly pids: DemandCursor | null;
	readonly gpuMemory: DemandCursor | null;
	/** When one of them changes next. */
	nextUs: SimTime = NEVER;
	/** GPU memory that the container has, thousandths of a device. */
	gpuMemoryMilli = 0;
	readonly #all: readonly DemandCursor[];

	constructor({ storageBytes, pids, gpuMemoryMilli }: ContainerUsage, draws: Draws) {
		this.storage = storageBytes === undefined ? null : new DemandCursor(storageBytes, draws("storage"));
		this.pids = pids === undefined ? null : new DemandCursor(pids, draws("pids"));
		this.gpuMemory = gpuMemoryMilli === undefined ? null : new DemandCursor(gpuMemoryMilli, draws("gpu-memory"));
		this.#all = [this.storage, this.pids, this.gpuMemory].filter((cursor) => cursor !== null);
	}

	/** The container starts, or starts again. */
	begin(nowUs: SimTime): void {
		this.gpuMemoryMilli = 0;
		for (const cursor of this.#all) cursor.begin(nowUs);
		this.#findNext();
	}

	/** Demands that are due take their new values. */
	advance(nowUs: SimTime): void {
		for (const cursor of this.#all) if (cursor.nextUs <= nowUs) cursor.advance(nowUs);
		this.#findNext();
	}

	#findNext(): void {
		this.nextUs = Math.min(...this.#all.map(({ nextUs }) => nextUs));
	}
}

/** Null for a container that demands nothing of the kind. */
export function otherDemands(usage: ContainerUsage, draws: Draws): OtherDemands | null {
	const { storageBytes, pids, gpuMemoryMilli } = usage;
	if (storageBytes === undefined && pids === undefined && gpuMemoryMilli === undefined) return null;
	return new OtherDemands(usage, draws);
}
