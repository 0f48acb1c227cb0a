/**
 * What a machine knows of its containers and pods as columns, by their group in the CPU tree: so that finding what is due, and adding
 * up, looks at a few lines of memory and not at every container.
 */
import type { MachineContainer, MachinePod } from "./machine-pod.js";

const NEVER = Number.POSITIVE_INFINITY;

export class MachineColumns {
	/** Groups are below this. */
	size = 0;
	/** Who the group is: a container that runs, or a pod; both null if nobody. */
	readonly containers: (MachineContainer | null)[] = [];
	readonly pods: (MachinePod | null)[] = [];
	/** When something happens to it next; Infinity for never. */
	dueUs = new Float64Array(0);
	/** 1 for a container of which something has changed since its machine was settled. */
	changed = new Uint8Array(0);
	/** Of containers, milli-CPU: granted, wanted, and wanted beyond the limit. */
	grantedMilli = new Float64Array(0);
	wantedMilli = new Float64Array(0);
	throttledMilli = new Float64Array(0);
	/** Of containers: what the limit leaves, milli-CPU (Infinity: none), and how it throttles, as of a usage line. */
	capMilli = new Float64Array(0);
	quotaPeriodsPerS = new Float64Array(0);
	throttledPeriodsPerS = new Float64Array(0);
	stoppedMilli = new Float64Array(0);
	/** Of containers, bytes: memory and page cache that they want, may have together, and have. */
	wantedBytes = new Float64Array(0);
	wantedCacheBytes = new Float64Array(0);
	limitBytes = new Float64Array(0);
	memoryBytes = new Float64Array(0);
	cacheBytes = new Float64Array(0);
	/** Of containers: disk in use, bytes. */
	storageBytes = new Float64Array(0);
	/** Of pods: share of time in which a thread waits for CPU. */
	pressureSome = new Float64Array(0);

	addPod(group: number, pod: MachinePod): void {
		this.#reserve(group);
		this.pods[group] = pod;
	}

	addContainer(group: number, container: MachineContainer): void {
		this.#reserve(group);
		this.containers[group] = container;
		this.changed[group] = 1;
	}

	/** Takes a group out: nothing of it counts any more. */
	remove(group: number): void {
		this.containers[group] = null;
		this.pods[group] = null;
		this.dueUs[group] = NEVER;
		this.changed[group] = 0;
		this.grantedMilli[group] = 0;
		this.wantedMilli[group] = 0;
		this.throttledMilli[group] = 0;
		this.capMilli[group] = NEVER;
		this.quotaPeriodsPerS[group] = 0;
		this.throttledPeriodsPerS[group] = 0;
		this.stoppedMilli[group] = 0;
		this.wantedBytes[group] = 0;
		this.wantedCacheBytes[group] = 0;
		this.limitBytes[group] = 0;
		this.memoryBytes[group] = 0;
		this.cacheBytes[group] = 0;
		this.storageBytes[group] = 0;
		this.pressureSome[group] = 0;
	}

	/** What a pod's virtual machine, if it has one, takes beyond what its containers want is counted for the pod's own group. */
	wantGuest({ guest, group: own, containers }: MachinePod): void {
		if (guest === null) return;
		let wanted = 0;
		let runs = false;
		for (const container of containers) {
			if (!container.runs) continue;
			runs = true;
			wanted += this.wantedBytes[container.group]!;
		}
		this.limitBytes[own] = NEVER;
		this.wantedBytes[own] = runs ? Math.max(0, guest.hostBytes(wanted) - wanted) : 0;
		if (this.wantedBytes[own] === 0) this.haveMemory(own, 0, 0);
	}

	/** A container has so much memory from now on. */
	haveMemory(group: number, memoryBytes: number, cacheBytes: number): void {
		if (this.memoryBytes[group] === memoryBytes && this.cacheBytes[group] === cacheBytes) return;
		this.memoryBytes[group] = memoryBytes;
		this.cacheBytes[group] = cacheBytes;
		this.changed[group] = 1;
	}

	#reserve(group: number): void {
		while (this.size <= group) {
			this.containers.push(null);
			this.pods.push(null);
			this.size++;
		}
		const before = this.dueUs.length;
		if (group < before) return;
		const size = Math.max(32, 2 ** Math.ceil(Math.log2(group + 1)));
		this.dueUs = grown(this.dueUs, size).fill(NEVER, before);
		const changed = new Uint8Array(size);
		changed.set(this.changed);
		this.changed = changed;
		this.grantedMilli = grown(this.grantedMilli, size);
		this.wantedMilli = grown(this.wantedMilli, size);
		this.throttledMilli = grown(this.throttledMilli, size);
		this.capMilli = grown(this.capMilli, size).fill(NEVER, before);
		this.quotaPeriodsPerS = grown(this.quotaPeriodsPerS, size);
		this.throttledPeriodsPerS = grown(this.throttledPeriodsPerS, size);
		this.stoppedMilli = grown(this.stoppedMilli, size);
		this.wantedBytes = grown(this.wantedBytes, size);
		this.wantedCacheBytes = grown(this.wantedCacheBytes, size);
		this.limitBytes = grown(this.limitBytes, size);
		this.memoryBytes = grown(this.memoryBytes, size);
		this.cacheBytes = grown(this.cacheBytes, size);
		this.storageBytes = grown(this.storageBytes, size);
		this.pressureSome = grown(this.pressureSome, size);
	}
}

function grown(old: Float64Array, size: number): Float64Array<ArrayBuffer> {
	const larger = new Float64Array(size);
	larger.set(old);
	return larger;
}
