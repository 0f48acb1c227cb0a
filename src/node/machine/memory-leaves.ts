/** The running containers of a machine as the columns that `settleMemory` works on: filled anew each time, shared by all machines. */
import type { BorgTask } from "../memory/borg-kill.js";
import type { MemoryLeaves } from "../memory/settle-memory.js";
import type { MachineColumns } from "./machine-columns.js";
import type { MachineContainer, MachinePod } from "./machine-pod.js";

const NONE = Number.POSITIVE_INFINITY;

/** What MemoryQoS sets for a container, bytes. */
export interface MemoryProtection {
	readonly highBytes: number;
	readonly minBytes: number;
}

/** Null where there is no MemoryQoS. */
export type Protect = ((container: MachineContainer) => MemoryProtection) | null;

const UNPROTECTED: MemoryProtection = { highBytes: NONE, minBytes: 0 };

export class LeafColumns implements MemoryLeaves {
	count = 0;
	pod = new Int32Array(0);
	anonymousBytes = new Float64Array(0);
	cacheBytes = new Float64Array(0);
	limitBytes = new Float64Array(0);
	highBytes = new Float64Array(0);
	minBytes = new Float64Array(0);
	oomScoreAdj = new Int16Array(0);
	/** By pod: none has a limit of its own, for those of its containers are at least as tight. */
	podLimitBytes = new Float64Array(0);
	/** By leaf: its group, and whose it is; a virtual machine's own leaf is its pod's. */
	readonly #groups: number[] = [];
	readonly #owners: (MachineContainer | MachinePod)[] = [];

	/** Takes what the containers want. */
	fill(pods: readonly MachinePod[], columns: MachineColumns, protect: Protect): void {
		this.count = 0;
		if (pods.length > this.podLimitBytes.length) this.podLimitBytes = new Float64Array(pods.length * 2).fill(NONE);
		for (let p = 0; p < pods.length; p++) {
			const pod = pods[p]!;
			for (const container of pod.containers)
				if (container.runs) this.#add(p, container, columns, protect === null ? UNPROTECTED : protect(container));
			if (pod.guest !== null && columns.wantedBytes[pod.group]! > 0) this.#add(p, pod, columns, UNPROTECTED);
		}
	}

	/** Who is killed with a leaf: a container, or all that run in a virtual machine. */
	containersOf(leaf: number): readonly MachineContainer[] {
		const owner = this.#owners[leaf]!;
		return "containers" in owner ? owner.containers.filter(({ runs }) => runs) : [owner];
	}

	/** A leaf as Borg's rules see it; what a virtual machine takes for itself was promised to it. */
	taskOf(leaf: number): BorgTask {
		const owner = this.#owners[leaf]!;
		if ("containers" in owner) return { priority: owner.spec.facts.priority, limitBytes: NONE };
		const { pod, memoryLimitBytes, memoryRequestBytes } = owner;
		const limitBytes = memoryLimitBytes === NONE ? memoryRequestBytes : memoryLimitBytes;
		return { priority: pod.spec.facts.priority, limitBytes };
	}

	/** Gives the containers what was settled. */
	apply(columns: MachineColumns): void {
		for (let leaf = 0; leaf < this.count; leaf++)
			columns.haveMemory(this.#groups[leaf]!, this.anonymousBytes[leaf]!, this.cacheBytes[leaf]!);
	}

	#add(
		p: number,
		owner: MachineContainer | MachinePod,
		columns: MachineColumns,
		{ highBytes, minBytes }: MemoryProtection,
	): void {
		const leaf = this.count++;
		if (leaf >= this.pod.length) this.#grow();
		const { group } = owner;
		this.#groups[leaf] = group;
		this.#owners[leaf] = owner;
		this.pod[leaf] = p;
		this.anonymousBytes[leaf] = columns.wantedBytes[group]!;
		this.cacheBytes[leaf] = columns.wantedCacheBytes[group]!;
		this.limitBytes[leaf] = columns.limitBytes[group]!;
		this.highBytes[leaf] = highBytes;
		this.minBytes[leaf] = minBytes;
		this.oomScoreAdj[leaf] = "containers" in owner ? owner.containers[0]!.oomScoreAdj : owner.oomScoreAdj;
	}

	#grow(): void {
		const size = Math.max(16, this.pod.length * 2);
		const pod = new Int32Array(size);
		pod.set(this.pod);
		this.pod = pod;
		this.anonymousBytes = grown(this.anonymousBytes, size);
		this.cacheBytes = grown(this.cacheBytes, size);
		this.limitBytes = grown(this.limitBytes, size);
		this.highBytes = grown(this.highBytes, size);
		this.minBytes = grown(this.minBytes, size);
		const oomScoreAdj = new Int16Array(size);
		oomScoreAdj.set(this.oomScoreAdj);
		this.oomScoreAdj = oomScoreAdj;
	}
}

function grown(old: Float64Array, size: number): Float64Array<ArrayBuffer> {
	const larger = new Float64Array(size);
	larger.set(old);
	return larger;
}
