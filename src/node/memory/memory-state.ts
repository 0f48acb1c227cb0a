/** What a tree of memory groups consists of, and how to walk it. Bytes. */
import { PAGE_BYTES } from "../kubelet/qos.js";

export type GroupId = number;
export type ProcessId = number;

export interface MemoryGroup {
	readonly id: GroupId;
	readonly parent: MemoryGroup | null;
	readonly children: MemoryGroup[];
	readonly processes: MemoryProcess[];
	limit: number;
	readonly high: number;
	readonly low: number;
	readonly min: number;
	readonly killsTogether: boolean;
	/** Page cache of the group itself. */
	cleanBytes: number;
	dirtyBytes: number;
	/** Everything that is charged to the group and the groups below it, now and at most so far. */
	usage: number;
	maxUsage: number;
	/** Processes of the group itself that were killed for want of memory. */
	kills: number;
	/** Charges that had to wait at memory.high, and for how long together. */
	stalls: number;
	stallUs: number;
}

export interface MemoryProcess {
	readonly id: ProcessId;
	readonly group: MemoryGroup;
	readonly oomScoreAdj: number;
	/** Anonymous and shared memory that it pays for. */
	ownBytes: number;
	/** What it maps beside that since its fork, and `payer` pays for. */
	borrowedBytes: number;
	payer: MemoryProcess | null;
	/** Page tables, which it pays for, too. */
	tableBytes: number;
	alive: boolean;
}

/** Resident set: everything that the process maps. */
export function residentBytes({ ownBytes, borrowedBytes }: MemoryProcess): number {
	return ownBytes + borrowedBytes;
}

/** Page tables that map so much memory: a page of entries for each 2 MiB begun (x86-64 without huge pages). */
export function pageTableBytes(mappedBytes: number): number {
	return Math.ceil(mappedBytes / (512 * PAGE_BYTES)) * PAGE_BYTES;
}

/** The group and all below it, parents before children, in order of creation among siblings. */
export function* subtree(group: MemoryGroup): Generator<MemoryGroup> {
	yield group;
	for (const child of group.children) yield* subtree(child);
}

/** The group and all above it, from the bottom up. */
export function* ancestry(group: MemoryGroup): Generator<MemoryGroup> {
	for (let at: MemoryGroup | null = group; at !== null; at = at.parent) yield at;
}

/** Adds to the usage of a group and all above it; `bytes` may be negative. */
export function addUsage(group: MemoryGroup, bytes: number): void {
	for (const above of ancestry(group)) {
		above.usage += bytes;
		above.maxUsage = Math.max(above.maxUsage, above.usage);
	}
}
