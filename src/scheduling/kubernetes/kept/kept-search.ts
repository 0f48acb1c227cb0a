/**
 * The fast form of the search for nodes: what plugins said is kept by pod class, so that an attempt looks again only at nodes that
 * changed. Classes are kept from their second pod on: keeping costs about as much as two attempts of the readable form, or less than one
 * where another class has most of it.
 */
import type { NodeColumns } from "../../../cell/node-columns.js";
import type { ClusterObjects } from "../../../objects/cluster-objects.js";
import type { PodClass } from "../../../objects/pod-class.js";
import type { Search } from "../cycle.js";
import { ClassMemory } from "./class-memory.js";
import { KeptAttempt } from "./kept-attempt.js";
import { LocalAnswers, sameForAll } from "./local-answers.js";
import { PodMoves } from "./pod-moves.js";

/** Bytes that all that is kept may take; beyond it the class asked for longest ago goes. */
const MAX_BYTES = 2 ** 28;

/** Classes that are remembered at all. */
const MOST_CLASSES = 2 ** 14;

/** Answers about single nodes that are found again by what classes have in common; classes share older ones as long as they live. */
const MOST_SHARED = 2 ** 6;

/** How much of the work was spared. */
export interface SearchCounters {
	/** Attempts to find a node. */
	readonly attempts: number;
	/** Of these, answered from what is kept. */
	readonly kept: number;
	/** Nodes that kept attempts chose among or turned down, all attempts together. */
	readonly nodes: number;
	/** Of these, looked at anew, by all plugins that look at one node. */
	readonly looks: number;
	/** Searches for victims on a node. */
	readonly victimSearches: number;
}

export class KeptSearch {
	readonly #fromFirst: boolean;
	/** By class, the one asked for longest ago first. */
	readonly #memories = new Map<PodClass, ClassMemory | "seen" | "unkeepable">();
	/** By what is the same for all classes that share them. */
	readonly #shared = new Map<string, LocalAnswers>();
	#moves: PodMoves | null = null;
	#nodes: NodeColumns | null = null;
	#objects: ClusterObjects | null = null;
	#bytes = 0;
	readonly #counters = { attempts: 0, kept: 0, nodes: 0, looks: 0, victimSearches: 0 };
	#last: ClassMemory | null = null;

	/** `fromFirst`: keeps a class from its first pod on. */
	constructor(fromFirst: boolean) {
		this.#fromFirst = fromFirst;
	}

	get counters(): SearchCounters {
		this.#collect();
		return { ...this.#counters };
	}

	/** Null if the readable form must answer. */
	find(search: Search): KeptAttempt | null {
		this.#collect();
		this.#counters.attempts++;
		const memory = this.#memoryFor(search);
		if (memory === null || memory.isBlind(search.view)) return null;
		this.#moves!.follow();
		memory.follow(search.view);
		this.#last = memory;
		this.#counters.kept++;
		this.#counters.nodes += search.view.order.length;
		return new KeptAttempt(memory, search);
	}

	/** The classes of the pods on these nodes; null if nothing was kept of them yet. */
	placedClasses(nodes: NodeColumns): Iterable<PodClass> | null {
		if (this.#moves === null || this.#nodes !== nodes) return null;
		this.#moves.follow();
		return this.#moves.classes;
	}

	/** Counts what the last attempt cost. */
	#collect(): void {
		if (this.#last === null) return;
		this.#counters.looks += this.#last.looks;
		this.#counters.victimSearches += this.#last.searches;
		this.#last.looks = 0;
		this.#last.searches = 0;
		this.#last = null;
	}

	#memoryFor(search: Search): ClassMemory | null {
		const { view } = search;
		const { pod, nodes, objects } = view;
		if (this.#nodes !== nodes || this.#objects === null || !sameButForOwners(this.#objects, objects))
			this.#startOver(nodes, objects);
		this.#objects = objects;
		let memory = this.#memories.get(pod);
		this.#memories.delete(pod);
		if (memory instanceof ClassMemory && !(memory.isDeclaredBy(objects) && memory.fits(view))) {
			this.#bytes -= memory.bytes;
			memory = "seen";
		}
		if (memory === undefined || memory === "seen")
			memory = this.#begun(search, memory === undefined && !this.#fromFirst);
		this.#memories.set(pod, memory);
		return memory instanceof ClassMemory ? memory : null;
	}

	/** `waits`: only begun if another class has all that is said about single nodes. */
	#begun({ profile, view }: Search, waits: boolean): ClassMemory | "seen" | "unkeepable" {
		const same = sameForAll(view.pod);
		const known = this.#shared.get(same);
		const fits = known?.fits(view) === true;
		if (waits && !fits) return "seen";
		const local = fits ? known! : LocalAnswers.of(profile, view);
		if (local === null) return "unkeepable";
		if (!fits) this.#share(same, local);
		const memory = new ClassMemory(profile, local, view, (this.#moves ??= new PodMoves(view.nodes)));
		this.#makeRoom(memory.bytes);
		return memory;
	}

	#share(same: string, answers: LocalAnswers): void {
		if (this.#shared.size >= MOST_SHARED) this.#shared.clear();
		this.#shared.set(same, answers);
	}

	#startOver(nodes: NodeColumns, objects: ClusterObjects): void {
		this.#nodes = nodes;
		this.#objects = objects;
		this.#moves = null;
		this.#memories.clear();
		this.#shared.clear();
		this.#bytes = 0;
	}

	#makeRoom(bytes: number): void {
		this.#bytes += bytes;
		for (const [pod, memory] of this.#memories) {
			if (this.#bytes <= MAX_BYTES && this.#memories.size < MOST_CLASSES) return;
			if (memory instanceof ClassMemory) this.#bytes -= memory.bytes;
			this.#memories.delete(pod);
		}
	}
}

/** What ReplicaSets, Services and budgets change is looked at class by class: they come and go all the time. */
function sameButForOwners(a: ClusterObjects, b: ClusterObjects): boolean {
	return (
		a.namespaces === b.namespaces &&
		a.storage === b.storage &&
		a.podGroups === b.podGroups &&
		a.workloads === b.workloads &&
		a.quotas === b.quotas
	);
}
