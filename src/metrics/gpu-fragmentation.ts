/**
 * GPU fragmentation as Weng et al. measure it ("Beware of Fragmentation", USENIX ATC 2023), for any policy: how much of what is idle
 * the typical pods of the workload cannot use (`cell/gpu-fragmentation.ts`), followed change by change.
 *
 * Two ways to look at it: weighted by time, and over the arrived load, as that study draws it. The arrived load is the GPU that all pods
 * submitted so far ask for, over the GPU of the cell; after each attempt the cell is looked at, and what is seen while the load
 * rounds to the same percent (a half to the even one, as there) is averaged.
 */
import type { Cell } from "../cell/cell.js";
import type { CellListener } from "../cell/changes.js";
import { FragmentationMeasure, type TypicalPod } from "../cell/gpu-fragmentation.js";
import { type NodeId, type PodId, rowOf } from "../cell/ids.js";
import type { Job } from "../cell/job.js";
import type { SimTime } from "../engine/time.js";
import { GPU } from "../objects/resources.js";
import type { RunSummary } from "./summary.js";
import { TimeWeighted } from "./time-weighted.js";

/** Means over the attempts at one arrived load, in shares. */
export interface AtLoad {
	/** Allocated GPU over all. */
	readonly allocated: number;
	/** Fragmented GPU over all. */
	readonly fragmented: number;
	/** Fragmented GPU over what is idle. */
	readonly fragmentedOfIdle: number;
	/** How many attempts. */
	readonly attempts: number;
}

type Sums = { -readonly [Field in keyof AtLoad]: number };

export class GpuFragmentation implements CellListener {
	readonly forgetsJobs = true;
	readonly #cell: Cell;
	readonly #warmupUs: SimTime;
	readonly #measure: FragmentationMeasure;
	/** By node: what it adds to the sums now, milli. */
	#nodeCapacity = new Float64Array(0);
	#nodeIdle = new Float64Array(0);
	#nodeFragmented = new Float64Array(0);
	readonly #capacity: TimeWeighted;
	readonly #idle: TimeWeighted;
	readonly #fragmented: TimeWeighted;
	#arrivedMilli = 0;
	/** By arrived load in percent. */
	readonly #loads = new Map<number, Sums>();

	constructor(cell: Cell, warmupUs: SimTime, typical: readonly TypicalPod[]) {
		this.#cell = cell;
		this.#warmupUs = warmupUs;
		this.#measure = new FragmentationMeasure(typical);
		this.#capacity = new TimeWeighted(warmupUs);
		this.#idle = new TimeWeighted(warmupUs);
		this.#fragmented = new TimeWeighted(warmupUs);
		cell.watch(this);
	}

	/** GPU of the cell, milli, now: fragmented, allocated, and asked for by all pods submitted so far. */
	get now(): { readonly fragmentedMilli: number; readonly allocatedMilli: number; readonly arrivedMilli: number } {
		return {
			fragmentedMilli: this.#fragmented.level,
			allocatedMilli: this.#capacity.level - this.#idle.level,
			arrivedMilli: this.#arrivedMilli,
		};
	}

	/**
	 * Means at an arrived load, percent. Where no attempt was at this load, those at one percent less and more stand in, and without such
	 * it is null.
	 */
	atLoad(percent: number): AtLoad | null {
		const own = this.#loads.get(percent);
		const sums = own ? [own] : [percent - 1, percent + 1].flatMap((near) => this.#loads.get(near) ?? []);
		const attempts = sums.reduce((sum, at) => sum + at.attempts, 0);
		if (attempts === 0) return null;
		const mean = (of: keyof AtLoad) => sums.reduce((sum, at) => sum + at[of], 0) / attempts;
		return {
			allocated: mean("allocated"),
			fragmented: mean("fragmented"),
			fragmentedOfIdle: mean("fragmentedOfIdle"),
			attempts: own?.attempts ?? 0,
		};
	}

	/** Summary metrics, shares of 0..1; none in a cell without GPU. `loads` are percent. */
	result(endUs: SimTime, loads: readonly number[]): RunSummary {
		const summary: Record<string, number> = {};
		const put = (name: string, value: number) => {
			if (!Number.isNaN(value)) summary[name] = value;
		};
		const capacity = this.#capacity.area(endUs);
		if (capacity === 0) return summary;
		put("gpu_fragmented", this.#fragmented.area(endUs) / capacity);
		put("gpu_fragmented_of_idle", this.#fragmented.area(endUs) / this.#idle.area(endUs));
		for (const percent of loads) {
			const at = this.atLoad(percent);
			if (at === null) continue;
			put(`gpu_allocated.load_${percent}`, at.allocated);
			put(`gpu_fragmented.load_${percent}`, at.fragmented);
			put(`gpu_fragmented_of_idle.load_${percent}`, at.fragmentedOfIdle);
		}
		return summary;
	}

	nodeChanged(node: NodeId): void {
		this.#update(node);
	}

	jobSubmitted(job: Job): void {
		for (const pod of job.pending) this.#arrivedMilli += this.#gpuOf(pod);
	}

	jobGrown(job: Job, added: number): void {
		this.#arrivedMilli += added * this.#gpuOf(job.pending[0]!);
	}

	podBound(_pod: PodId, node: NodeId): void {
		this.#update(node);
	}

	podEnded(_pod: PodId, node: NodeId): void {
		if (node >= 0) this.#update(node);
	}

	podRequeued(_pod: PodId, node: NodeId): void {
		this.#update(node);
	}

	attempted(): void {
		const capacity = this.#capacity.level;
		if (capacity === 0 || this.#cell.nowUs < this.#warmupUs) return;
		const idle = this.#idle.level;
		const percent = roundedToEven((100 * this.#arrivedMilli) / capacity);
		let sums = this.#loads.get(percent);
		if (!sums) this.#loads.set(percent, (sums = { allocated: 0, fragmented: 0, fragmentedOfIdle: 0, attempts: 0 }));
		sums.attempts++;
		sums.allocated += (capacity - idle) / capacity;
		sums.fragmented += this.#fragmented.level / capacity;
		if (idle > 0) sums.fragmentedOfIdle += this.#fragmented.level / idle;
	}

	#gpuOf(pod: PodId): number {
		const { gpuCount, gpuMilli } = this.#cell.pods.classes[rowOf(pod)]!;
		return gpuCount * gpuMilli;
	}

	#update(node: NodeId): void {
		const { nodes, nowUs } = this.#cell;
		if (nodes.deviceCount[node] === 0) return;
		if (node >= this.#nodeIdle.length) this.#reserve(nodes.ready.length);
		const ready = nodes.ready[node] === 1;
		const set = (levels: Float64Array, total: TimeWeighted, value: number) => {
			if (value !== levels[node]) total.add(value - levels[node]!, nowUs);
			levels[node] = value;
		};
		set(this.#nodeCapacity, this.#capacity, ready ? nodes.allocatable[GPU]![node]! : 0);
		set(this.#nodeIdle, this.#idle, ready ? nodes.free[GPU]![node]! : 0);
		set(this.#nodeFragmented, this.#fragmented, ready ? this.#measure.ofNode(nodes, node) : 0);
	}

	#reserve(size: number): void {
		const grown = (old: Float64Array<ArrayBuffer>) => {
			const larger = new Float64Array(size);
			larger.set(old);
			return larger;
		};
		this.#nodeCapacity = grown(this.#nodeCapacity);
		this.#nodeIdle = grown(this.#nodeIdle);
		this.#nodeFragmented = grown(this.#nodeFragmented);
	}
}

function roundedToEven(value: number): number {
	const below = Math.floor(value);
	if (value - below !== 0.5) return Math.round(value);
	return below % 2 === 0 ? below : below + 1;
}
