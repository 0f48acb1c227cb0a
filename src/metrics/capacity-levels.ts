/**
 * How full the cell is, followed change by change: per resource what is allocatable on healthy nodes, requested, used and
 * stranded, each weighted by time; and fragmentation, sampled.
 *
 * - allocation: requested / allocatable. Utilisation: used / allocatable, where a running pod uses its mean usage. Of both also the
 *   standard deviation over time, in shares of what is allocatable on average.
 * - stranded: of a node's free amount, the part beyond the free share of its scarcest resource: it cannot be used in the
 *   node's own proportions. (The Borg paper, section 5.2, names the effect; this measure needs no reference workload.)
 * - locked: free, but out in an offer (Omega paper, section 3.3), / allocatable; read now and then, and held until the next reading.
 * - fragmentation: see `fragmentation.ts`.
 */
import type { Cell } from "../cell/cell.js";
import type { CellListener } from "../cell/changes.js";
import { type NodeId, type PodId, rowOf } from "../cell/ids.js";
import type { Job } from "../cell/job.js";
import type { SimTime } from "../engine/time.js";
import { CPU, GPU, MEMORY, PODS, type ResourceIndex } from "../objects/resources.js";
import { Fragmentation } from "./fragmentation.js";
import type { ObservedScheduling } from "./observed-scheduling.js";
import { slug } from "./slug.js";
import { TimeWeighted } from "./time-weighted.js";

/** Resources that make each other scarce: a node that has run out of one cannot use the others. */
const BASIC: readonly ResourceIndex[] = [CPU, MEMORY, GPU];

interface Levels {
	readonly allocatable: TimeWeighted;
	readonly requested: TimeWeighted;
	readonly used: TimeWeighted;
	readonly stranded: TimeWeighted;
	readonly locked: TimeWeighted;
	/** By node: what it contributes to the three levels now. */
	nodeAllocatable: Float64Array<ArrayBuffer>;
	nodeRequested: Float64Array<ArrayBuffer>;
	nodeStranded: Float64Array<ArrayBuffer>;
	/** Apart from the rest, whose shape then stays while samples come in. */
	readonly fragmentation: { sum: number; samples: number };
}

export class CapacityLevels implements CellListener {
	readonly #cell: Cell;
	readonly #warmupUs: SimTime;
	/** The basic resources, then every other that some node has, in order of appearance. */
	readonly #followed: ResourceIndex[] = [];
	readonly #levels: Levels[] = [];
	/** By pod row: 1 while the pod's usage is counted, and what it is: what was submitted is out of the caches when the pod ends. */
	#counted = new Uint8Array(64);
	#usedCpu = new Float64Array(64);
	#usedMemory = new Float64Array(64);
	readonly #fragmentation: Fragmentation;
	#locks = false;

	constructor(cell: Cell, warmupUs: SimTime) {
		this.#cell = cell;
		this.#fragmentation = new Fragmentation(cell);
		this.#warmupUs = warmupUs;
		for (const resource of BASIC) this.#follow(resource);
	}

	nodeChanged(node: NodeId): void {
		const { nodes } = this.#cell;
		for (let r = 0; r < nodes.free.length; r++) if (r !== PODS && !this.#followed.includes(r)) this.#follow(r);
		this.#reserve(nodes.count);
		this.#update(node);
	}

	jobSubmitted(job: Job): void {
		for (const pod of job.pending) this.#fragmentation.submitted(this.#cell.pods.classes[rowOf(pod)]!);
	}

	podBound(_pod: PodId, node: NodeId): void {
		this.#update(node);
	}

	podStarted(pod: PodId): void {
		this.#use(rowOf(pod));
	}

	podEnded(pod: PodId, node: NodeId): void {
		this.#release(rowOf(pod));
		if (node >= 0) this.#update(node);
	}

	podRequeued(pod: PodId, node: NodeId): void {
		this.#release(rowOf(pod));
		this.#update(node);
	}

	/** Measures fragmentation now. */
	sampleFragmentation(): void {
		const shares = this.#fragmentation.sample(this.#followed);
		this.#levels.forEach((levels, i) => {
			if (Number.isNaN(shares[i]!)) return;
			levels.fragmentation.sum += shares[i]!;
			levels.fragmentation.samples++;
		});
	}

	/** Reads how much is locked now; nothing if the architecture never locks. */
	sampleLocked(timeUs: SimTime, scheduling: ObservedScheduling): void {
		if (scheduling.locked === undefined) return;
		this.#locks = true;
		for (let i = 0; i < this.#followed.length; i++) {
			const { locked } = this.#levels[i]!;
			locked.add(scheduling.locked(this.#followed[i]!) - locked.level, timeUs);
		}
	}

	/** Reports shares of 0..1 per resource that the cell has. */
	report(endUs: SimTime, put: (name: string, value: number) => void): void {
		this.#followed.forEach((resource, i) => {
			const levels = this.#levels[i]!;
			const capacity = levels.allocatable.area(endUs);
			if (capacity === 0) return;
			const name = slug(this.#cell.resources.names[resource]!);
			const putLevel = (level: string, followed: TimeWeighted) => {
				put(`${name}_${level}`, followed.area(endUs) / capacity);
				put(`${name}_${level}_stddev`, followed.deviation(endUs) / (capacity / (endUs - this.#warmupUs)));
			};
			putLevel("allocation", levels.requested);
			if (resource === CPU || resource === MEMORY) putLevel("utilization", levels.used);
			put(`${name}_stranded`, levels.stranded.area(endUs) / capacity);
			if (this.#locks) put(`${name}_locked`, levels.locked.area(endUs) / capacity);
			put(`${name}_fragmentation`, levels.fragmentation.sum / levels.fragmentation.samples);
		});
	}

	#update(node: NodeId): void {
		const { nodes, nowUs } = this.#cell;
		// What an alloc offers is reserved on its machine, and counted there. Allocs have taints.
		if (nodes.restricted > 0 && nodes.specs[node]!.alloc !== undefined) return;
		const ready = nodes.ready[node] === 1;
		const followed = this.#followed;
		let scarcest = 1;
		for (let i = 0; i < BASIC.length; i++) {
			const resource = BASIC[i]!;
			const allocatable = nodes.allocatable[resource]?.[node] ?? 0;
			if (allocatable === 0) continue;
			const share = nodes.free[resource]![node]! / allocatable;
			if (share < scarcest) scarcest = share;
		}
		for (let i = 0; i < followed.length; i++) {
			const resource = followed[i]!;
			const levels = this.#levels[i]!;
			const { nodeAllocatable, nodeRequested, nodeStranded } = levels;
			const allocatable = ready ? (nodes.allocatable[resource]?.[node] ?? 0) : 0;
			const before = nodeAllocatable[node]!;
			if (allocatable === 0 && before === 0) continue;
			const free = allocatable === 0 ? 0 : nodes.free[resource]![node]!;
			const requested = allocatable - free;
			const stranded = free - scarcest * allocatable;
			change(levels.allocatable, allocatable - before, nowUs);
			change(levels.requested, requested - nodeRequested[node]!, nowUs);
			change(levels.stranded, stranded - nodeStranded[node]!, nowUs);
			nodeAllocatable[node] = allocatable;
			nodeRequested[node] = requested;
			nodeStranded[node] = stranded;
		}
	}

	#follow(resource: ResourceIndex): void {
		const level = () => new TimeWeighted(this.#warmupUs);
		this.#followed.push(resource);
		this.#levels.push({
			allocatable: level(),
			requested: level(),
			used: level(),
			stranded: level(),
			locked: level(),
			nodeAllocatable: new Float64Array(0),
			nodeRequested: new Float64Array(0),
			nodeStranded: new Float64Array(0),
			fragmentation: { sum: 0, samples: 0 },
		});
	}

	#reserve(nodes: number): void {
		const size = 2 ** Math.ceil(Math.log2(nodes));
		for (const levels of this.#levels) {
			if (nodes <= levels.nodeAllocatable.length) continue;
			levels.nodeAllocatable = grown(levels.nodeAllocatable, new Float64Array(size));
			levels.nodeRequested = grown(levels.nodeRequested, new Float64Array(size));
			levels.nodeStranded = grown(levels.nodeStranded, new Float64Array(size));
		}
	}

	/** Counts a pod's usage, from its start on. */
	#use(row: number): void {
		const { pods, nowUs } = this.#cell;
		if (row >= this.#counted.length) {
			const size = pods.phase.length;
			const counted = new Uint8Array(size);
			counted.set(this.#counted);
			this.#counted = counted;
			this.#usedCpu = grown(this.#usedCpu, new Float64Array(size));
			this.#usedMemory = grown(this.#usedMemory, new Float64Array(size));
		}
		if (this.#counted[row] === 1) return;
		this.#counted[row] = 1;
		const { request } = pods.classes[row]!;
		const { cpuUsageFraction, memoryUsageFraction } = pods.arrivals[row]!;
		this.#usedCpu[row] = cpuUsageFraction * request[CPU]!;
		this.#usedMemory[row] = memoryUsageFraction * request[MEMORY]!;
		this.#levels[0]!.used.add(this.#usedCpu[row]!, nowUs);
		this.#levels[1]!.used.add(this.#usedMemory[row]!, nowUs);
	}

	/** Counts it no longer. */
	#release(row: number): void {
		if (this.#counted[row] !== 1) return;
		this.#counted[row] = 0;
		const { nowUs } = this.#cell;
		this.#levels[0]!.used.add(-this.#usedCpu[row]!, nowUs);
		this.#levels[1]!.used.add(-this.#usedMemory[row]!, nowUs);
	}
}

/** A function of its own: at first only what is allocatable changes, and code compiled for that alone would be thrown away. */
function change(level: TimeWeighted, delta: number, nowUs: SimTime): void {
	if (delta !== 0) level.add(delta, nowUs);
}

function grown(old: Float64Array<ArrayBuffer>, larger: Float64Array<ArrayBuffer>): Float64Array<ArrayBuffer> {
	larger.set(old);
	return larger;
}
