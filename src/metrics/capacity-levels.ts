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
import type { CellListener, NodeChange } from "../cell/changes.js";
import { type NodeId, type PodId, rowOf } from "../cell/ids.js";
import type { Job } from "../cell/job.js";
import type { SimTime } from "../engine/time.js";
import { CPU, GPU, MEMORY, PODS, type ResourceIndex } from "../objects/resources.js";
import { Fragmentation } from "./fragmentation.js";
import type { ObservedScheduling } from "./observed-scheduling.js";
import { slug } from "./slug.js";
import { TimeWeighted } from "./time-weighted.js";

/** Changes that are noted before they are worked off. */
const NOTED = 64;
/** What is noted of a node: what it offers, or what of that is free; and of no node: by how much the usage of pods has changed. */
const OFFERED = 0;
const FREE = 1;
const USED = 2;
/** Numbers that a note begins with: when, of what kind, and of which node. */
const HEAD = 3;
/** What a node offers that is not healthy. */
const NOTHING: readonly Float64Array[] = [];

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
	/**
	 * Notes not worked off yet, each as long as the others: its head, and then a number for each resource. Every pod comes by here
	 * three times: what is to be done then is short, and the rest is done for many together, in code that is compiled once.
	 */
	#notes = new Float64Array(0);
	#end = 0;
	/** By pod row: what the pod uses while that is counted, else NaN: what was submitted is out of the caches when the pod ends. */
	#usedCpu = new Float64Array(0);
	#usedMemory = new Float64Array(0);
	readonly #fragmentation: Fragmentation;
	#locks = false;

	constructor(cell: Cell, warmupUs: SimTime) {
		this.#cell = cell;
		this.#fragmentation = new Fragmentation(cell);
		this.#warmupUs = warmupUs;
		for (const resource of BASIC) this.#follow(resource);
	}

	nodeChanged(node: NodeId, change: NodeChange): void {
		const { nodes } = this.#cell;
		if (this.#followed.length < nodes.free.length - 1) this.#followAll();
		if (this.#isAlloc(node)) return;
		this.#note(OFFERED, node, nodes.ready[node] === 1 ? nodes.allocatable : NOTHING);
		// Of a new node all is free.
		if (change !== "node-added") this.#note(FREE, node, nodes.free);
	}

	jobSubmitted(job: Job): void {
		for (let i = 0; i < job.pending.length; i++)
			this.#fragmentation.submitted(this.#cell.pods.classes[rowOf(job.pending[i]!)]!);
	}

	podBound(_pod: PodId, node: NodeId): void {
		this.#noteFree(node);
	}

	/** Counts the pod's usage from now on. */
	podStarted(pod: PodId): void {
		const { pods } = this.#cell;
		const row = rowOf(pod);
		if (row >= this.#usedCpu.length) this.#reservePods(pods.phase.length);
		const { request } = pods.classes[row]!;
		const { cpuUsageFraction, memoryUsageFraction } = pods.arrivals[row]!;
		const cpu = cpuUsageFraction * request[CPU]!;
		const memory = memoryUsageFraction * request[MEMORY]!;
		this.#usedCpu[row] = cpu;
		this.#usedMemory[row] = memory;
		this.#noteUsed(cpu, memory);
	}

	podEnded(pod: PodId, node: NodeId): void {
		this.#release(rowOf(pod));
		if (node >= 0) this.#noteFree(node);
	}

	podRequeued(pod: PodId, node: NodeId): void {
		this.#release(rowOf(pod));
		this.#noteFree(node);
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
		this.#workOff();
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

	/** What an alloc offers is reserved on its machine, and counted there. Allocs have taints. */
	#isAlloc(node: NodeId): boolean {
		const { nodes } = this.#cell;
		return nodes.restricted > 0 && nodes.specs[node]!.alloc !== undefined;
	}

	#noteFree(node: NodeId): void {
		if (!this.#isAlloc(node)) this.#note(FREE, node, this.#cell.nodes.free);
	}

	/** Notes what the columns, by resource, say of a node. */
	#note(kind: number, node: NodeId, columns: readonly Float64Array[]): void {
		const notes = this.#notes;
		let at = this.#begin(kind, node);
		for (let i = 0; i < this.#followed.length; i++) notes[at++] = columns[this.#followed[i]!]?.[node] ?? 0;
		this.#done(at);
	}

	#noteUsed(cpu: number, memory: number): void {
		const notes = this.#notes;
		const at = this.#begin(USED, 0);
		notes[at] = cpu;
		notes[at + 1] = memory;
		this.#done(at + this.#followed.length);
	}

	#begin(kind: number, node: number): number {
		const notes = this.#notes;
		const at = this.#end;
		notes[at] = this.#cell.nowUs;
		notes[at + 1] = kind;
		notes[at + 2] = node;
		return at + HEAD;
	}

	#done(end: number): void {
		this.#end = end;
		if (end === this.#notes.length) this.#workOff();
	}

	/** Counts a pod's usage no longer. */
	#release(row: number): void {
		const cpu = this.#usedCpu[row] ?? Number.NaN;
		if (Number.isNaN(cpu)) return;
		this.#noteUsed(-cpu, -this.#usedMemory[row]!);
		this.#usedCpu[row] = Number.NaN;
	}

	#workOff(): void {
		const notes = this.#notes;
		const end = this.#end;
		this.#end = 0;
		const { count } = this.#cell.nodes;
		if (count > this.#levels.at(-1)!.nodeAllocatable.length) this.#reserve(count);
		for (let at = 0; at < end; at += HEAD + this.#followed.length) this.#apply(notes, at);
	}

	#apply(notes: Float64Array, at: number): void {
		const nowUs = notes[at]!;
		const kind = notes[at + 1]!;
		const node = notes[at + 2]!;
		if (kind === FREE) this.#free(nowUs, node, notes, at + HEAD);
		else if (kind === OFFERED) this.#offer(nowUs, node, notes, at + HEAD);
		else {
			this.#levels[0]!.used.add(notes[at + HEAD]!, nowUs);
			this.#levels[1]!.used.add(notes[at + HEAD + 1]!, nowUs);
		}
	}

	#offer(nowUs: SimTime, node: number, notes: Float64Array, at: number): void {
		for (let i = 0; i < this.#levels.length; i++) {
			const { allocatable, nodeAllocatable } = this.#levels[i]!;
			change(allocatable, notes[at + i]! - nodeAllocatable[node]!, nowUs);
			nodeAllocatable[node] = notes[at + i]!;
		}
	}

	#free(nowUs: SimTime, node: number, notes: Float64Array, at: number): void {
		let scarcest = 1;
		for (let i = 0; i < BASIC.length; i++) {
			const allocatable = this.#levels[i]!.nodeAllocatable[node]!;
			if (allocatable > 0) scarcest = Math.min(scarcest, notes[at + i]! / allocatable);
		}
		for (let i = 0; i < this.#levels.length; i++) {
			const { nodeAllocatable, nodeRequested, nodeStranded, requested, stranded } = this.#levels[i]!;
			const allocatable = nodeAllocatable[node]!;
			const free = allocatable === 0 ? 0 : notes[at + i]!;
			change(requested, allocatable - free - nodeRequested[node]!, nowUs);
			nodeRequested[node] = allocatable - free;
			const beyond = free - scarcest * allocatable;
			change(stranded, beyond - nodeStranded[node]!, nowUs);
			nodeStranded[node] = beyond;
		}
	}

	/** Follows the resources that nodes have by now. */
	#followAll(): void {
		this.#workOff();
		const { free } = this.#cell.nodes;
		for (let r = 0; r < free.length; r++) if (r !== PODS && !this.#followed.includes(r)) this.#follow(r);
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
		this.#notes = new Float64Array(NOTED * (HEAD + this.#followed.length));
	}

	#reserve(nodes: number): void {
		const size = 2 ** Math.ceil(Math.log2(nodes));
		for (const levels of this.#levels) {
			levels.nodeAllocatable = grown(levels.nodeAllocatable, new Float64Array(size));
			levels.nodeRequested = grown(levels.nodeRequested, new Float64Array(size));
			levels.nodeStranded = grown(levels.nodeStranded, new Float64Array(size));
		}
	}

	#reservePods(rows: number): void {
		this.#usedCpu = grown(this.#usedCpu, new Float64Array(rows).fill(Number.NaN));
		this.#usedMemory = grown(this.#usedMemory, new Float64Array(rows));
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
