/**
 * Interning of pods: identical pods share one class, which holds the request as a vector by resource.
 *
 * Classes are counted: a class lives while somebody who interned it has not released it, and a limited number outlives that, so
 * memory follows the pods that live, also when ten million pods all ask for different amounts.
 *
 * How a class is found, fastest first: the very object that made the class (one look-up); any pod with known facts (a hash over
 * its amounts); facts never seen before (canonical JSON, once per facts object).
 */
import { canonicalJson } from "./canonical-json.js";
import { GPU, PODS, type ResourceIndex, type ResourceTable } from "./resources.js";
import type { GpuRequest, PodFacts, PodSpec } from "./spec.js";

/** What identical pods have in common. */
export interface PodClass {
	/** Dense; used again after the class has gone. */
	readonly id: number;
	/** The first pod of the class. */
	readonly spec: PodSpec;
	/** Request by ResourceIndex: PODS is 1, GPU count x milli. As long as there were resources when the class was made. */
	readonly request: Float64Array;
	/** Dimensions with a request above 0, ascending. */
	readonly needs: Int32Array;
	/** Whether it needs cpu, memory and a place, and nothing else, as most pods do. */
	readonly plain: boolean;
	/** Devices asked for, and milli of each; 0 and 0 without. */
	readonly gpuCount: number;
	readonly gpuMilli: number;
}

/** The classes of one cell. */
export class PodClassTable {
	readonly #resources: ResourceTable;
	/** By id; a hole where a class has gone. */
	readonly #classes: (Entry | null)[] = [];
	readonly #freeIds: number[] = [];
	/** By the object that made the class. Strong and emptied by `release`: a WeakMap costs four times as much. */
	readonly #byFirstSpec = new Map<PodSpec, Entry>();
	/** By hash of facts and amounts; classes with one hash are chained. */
	readonly #byHash = new Map<number, Entry>();
	/** Facts with classes, by content. */
	readonly #factsByContent = new Map<string, KnownFacts>();
	/** Every facts object ever seen and still alive. */
	readonly #factsByObject = new WeakMap<PodFacts, KnownFacts>();
	#nextFactsId = 0;
	/** Pods that need the same dimensions in a row share one array. */
	#lastNeeds: Int32Array = new Int32Array(0);
	/** Dimensions of the pod at hand. */
	readonly #dimensions: ResourceIndex[] = [];

	/** Classes that nobody holds at present, the one let go longest ago first. */
	readonly #idle = new Set<Entry>();
	readonly #maxIdle: number;

	/**
	 * `maxIdle` classes that nobody holds are kept: a shape that comes back is then the same class, and what schedulers remember
	 * about it stays good.
	 */
	constructor(resources: ResourceTable, maxIdle = 0) {
		this.#resources = resources;
		this.#maxIdle = maxIdle;
	}

	/** Number of classes alive. */
	get size(): number {
		return this.#classes.length - this.#freeIds.length - this.#idle.size;
	}

	/** The class of a pod, or of so many, made if there is none; its count goes up by `pods`. `spec` must not change any more. */
	intern(spec: PodSpec, pods = 1): PodClass {
		const entry = this.#byFirstSpec.get(spec) ?? this.#find(spec);
		if (entry.references === 0) this.#idle.delete(entry);
		entry.references += pods;
		return entry;
	}

	/** Takes back one pod of an `intern`. The last one ends the class: its id may then come back for another. */
	release(podClass: PodClass): void {
		const entry = this.#classes[podClass.id];
		if (entry === undefined || entry === null || entry !== podClass) {
			throw new Error(`pod class ${podClass.id} was released more often than interned`);
		}
		if (--entry.references === 0) this.#rest(entry);
	}

	#rest(entry: Entry): void {
		this.#idle.add(entry);
		if (this.#idle.size <= this.#maxIdle) return;
		const [oldest] = this.#idle;
		this.#idle.delete(oldest!);
		this.#remove(oldest!);
	}

	#find(spec: PodSpec): Entry {
		const facts = this.#knownFacts(spec.facts);
		const { hash, count } = this.#measure(spec, facts);
		const first = this.#byHash.get(hash);
		for (let entry = first; entry !== undefined; entry = entry.next) {
			if (entry.facts === facts && entry.declared === count && this.#sameAmounts(entry, spec)) return entry;
		}
		return this.#add(spec, facts, hash, count, first);
	}

	/** Hash of facts and amounts, independent of the order of resources; notes the dimension of each declared amount. */
	#measure(spec: PodSpec, facts: KnownFacts): { hash: number; count: number } {
		const { requests, gpu } = spec;
		let count = 0;
		let hash = facts.id;
		for (const name in requests) {
			const amount = requests[name]!;
			if (amount === 0) continue;
			const dimension = this.#resources.index(name);
			this.#dimensions[count++] = dimension;
			hash = (hash + mix(dimension, amount)) | 0;
		}
		if (gpu !== null) hash = (hash + mix(gpu.count, gpu.milli + 1024 * gpu.models.length)) | 0;
		return { hash, count };
	}

	#sameAmounts(entry: Entry, spec: PodSpec): boolean {
		const { requests, gpu } = spec;
		let i = 0;
		for (const name in requests) {
			const amount = requests[name]!;
			if (amount !== 0 && entry.request[this.#dimensions[i++]!] !== amount) return false;
		}
		if (gpu === null) return entry.gpuCount === 0;
		return entry.gpuCount === gpu.count && entry.gpuMilli === gpu.milli && entry.models === modelsOf(gpu);
	}

	#add(spec: PodSpec, facts: KnownFacts, hash: number, count: number, next: Entry | undefined): Entry {
		const request = new Float64Array(this.#resources.size);
		let i = 0;
		for (const name in spec.requests) {
			const amount = spec.requests[name]!;
			if (amount !== 0) request[this.#dimensions[i++]!] = amount;
		}
		request[PODS] = 1;
		const { gpu } = spec;
		if (gpu !== null) request[GPU] = gpu.count * gpu.milli;
		const needs = positives(request, this.#lastNeeds);
		this.#lastNeeds = needs;
		const entry: Entry = {
			id: this.#freeIds.pop() ?? this.#classes.length,
			spec,
			request,
			needs,
			// Ascending, with cpu and memory in front.
			plain: needs.length === 3 && needs[2] === PODS,
			gpuCount: gpu?.count ?? 0,
			gpuMilli: gpu?.milli ?? 0,
			models: gpu === null ? "" : modelsOf(gpu),
			facts,
			declared: count,
			hash,
			next,
			references: 0,
		};
		this.#classes[entry.id] = entry;
		this.#byFirstSpec.set(spec, entry);
		this.#byHash.set(hash, entry);
		facts.classes++;
		return entry;
	}

	#remove(entry: Entry): void {
		this.#classes[entry.id] = null;
		this.#freeIds.push(entry.id);
		this.#byFirstSpec.delete(entry.spec);
		this.#unchain(entry);
		if (--entry.facts.classes === 0) this.#factsByContent.delete(entry.facts.content);
	}

	#unchain(entry: Entry): void {
		const first = this.#byHash.get(entry.hash);
		if (first === entry) {
			if (entry.next === undefined) this.#byHash.delete(entry.hash);
			else this.#byHash.set(entry.hash, entry.next);
			return;
		}
		let before = first;
		while (before !== undefined && before.next !== entry) before = before.next;
		if (before !== undefined) before.next = entry.next;
	}

	#knownFacts(facts: PodFacts): KnownFacts {
		const known = this.#factsByObject.get(facts);
		if (known !== undefined && known.classes > 0) return known;
		return this.#registerFacts(facts, known?.content ?? canonicalJson(facts));
	}

	/** Facts whose last class has gone are looked up by content again: another object may have taken their place. */
	#registerFacts(facts: PodFacts, content: string): KnownFacts {
		let known = this.#factsByContent.get(content);
		if (known === undefined) {
			known = { id: Math.imul(this.#nextFactsId++, 0x9e3779b1), content, classes: 0 };
			this.#factsByContent.set(content, known);
		}
		this.#factsByObject.set(facts, known);
		return known;
	}
}

/** Facts by content. The id is spread over 32 bits, to start a hash with. */
interface KnownFacts {
	readonly id: number;
	readonly content: string;
	/** Classes alive with these facts. */
	classes: number;
}

interface Entry extends PodClass {
	/** Accepted card models, sorted. */
	readonly models: string;
	readonly facts: KnownFacts;
	/** Number of amounts above zero that the pod declares, without PODS and GPU. */
	readonly declared: number;
	readonly hash: number;
	next: Entry | undefined;
	references: number;
}

const bits = new DataView(new ArrayBuffer(8));

/** A 32-bit hash of a dimension and an amount. */
function mix(dimension: number, amount: number): number {
	bits.setFloat64(0, amount);
	let hash = Math.imul(bits.getInt32(0) ^ Math.imul(dimension + 1, 0x85ebca6b), 0xc2b2ae35);
	hash = Math.imul((hash ^ (hash >>> 15)) + bits.getInt32(4), 0x27d4eb2f);
	return hash ^ (hash >>> 13);
}

function modelsOf(gpu: GpuRequest): string {
	return gpu.models.length === 0 ? "" : canonicalJson([...new Set(gpu.models)].sort());
}

/** Indexes of positive amounts; `last` itself when it holds just these, as it does for most pods of a workload. */
function positives(request: Float64Array, last: Int32Array): Int32Array {
	let count = 0;
	let same = true;
	for (let index = 0; index < request.length; index++) {
		if (request[index]! > 0 && last[count++] !== index) same = false;
	}
	if (same && count === last.length) return last;
	const indexes = new Int32Array(count);
	for (let index = request.length - 1; index >= 0; index--) if (request[index]! > 0) indexes[--count] = index;
	return indexes;
}
