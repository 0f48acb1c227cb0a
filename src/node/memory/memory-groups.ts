/**
 * A tree of memory groups (cgroups) with processes in them: charge, reclaim, kill. It is the readable definition of what a node
 * does with memory; `settle-memory.ts` is its fast form for a node full of pods.
 *
 * A group's usage is the anonymous and shared memory, the page tables and the page cache of itself and the groups below it.
 * A charge that would take a group above its limit first reclaims page cache of that group's subtree (`reclaim.ts`); if that is
 * not enough, a process of the subtree is killed (`oom-kill.ts`), and so on until the charge fits or who charged is dead.
 *
 * Sources: Linux Documentation/admin-guide/cgroup-v2.rst (memory), mm/memcontrol.c, mm/oom_kill.c, mm/vmscan.c.
 *
 * Divergence from Linux: no swap, no huge pages, no kernel memory but page tables. Page cache belongs to the group whose process
 * read or wrote it; two groups that read one file both pay. Reclaim takes of all groups in proportion to what is unprotected,
 * where Linux goes by lists of what was used last, in batches; dirty cache is written back in no time. A process waits at
 * memory.high for every group that is above, where Linux lets it wait for the worst of them. Only version 2 of cgroups is
 * here: version 1 refused a limit below what cannot be reclaimed (EBUSY), and could stop processes at the limit
 * (oom_kill_disable) instead of killing.
 */
import { highStallUs } from "./memory-high.js";
import {
	addUsage,
	ancestry,
	type GroupId,
	type MemoryGroup,
	type MemoryProcess,
	type ProcessId,
	pageTableBytes,
	residentBytes,
} from "./memory-state.js";
import { killIn } from "./oom-kill.js";
import { PROTECTIONS, reclaim } from "./reclaim.js";

export type { GroupId, ProcessId } from "./memory-state.js";

/** Settings of a group, bytes. Absent: no limit, no protection. */
export interface MemorySettings {
	/** memory.max. */
	readonly limit?: number;
	/** memory.high: above, cache is reclaimed, and who still charges is made to wait. */
	readonly high?: number;
	/** memory.low: reclaimed only when nothing unprotected is left. */
	readonly low?: number;
	/** memory.min: not reclaimed while there is a process to kill. */
	readonly min?: number;
	/** memory.oom.group: a kill takes all processes of the group, as in containers on cgroup v2. */
	readonly killsTogether?: boolean;
}

export interface MemoryOptions {
	/** False if amounts contain their page tables, as the measured usage of containers does. Default true. */
	readonly pageTables?: boolean;
}

/** Whether a charge was made, and who was killed for it, in order. It is not made if its own process is among them. */
export interface Charge {
	readonly made: boolean;
	readonly killed: readonly ProcessId[];
}

/** A group as it is now; see MemoryGroup. */
export type GroupState = Readonly<
	Pick<MemoryGroup, "usage" | "maxUsage" | "cleanBytes" | "dirtyBytes" | "kills" | "stalls" | "stallUs">
>;

export class MemoryGroups {
	readonly #groups: MemoryGroup[] = [];
	readonly #processes: MemoryProcess[] = [];
	readonly #pageTables: boolean;

	constructor({ pageTables = true }: MemoryOptions = {}) {
		this.#pageTables = pageTables;
	}

	/** A new group below `parent`; null makes a root. */
	addGroup(parent: GroupId | null, settings: MemorySettings = {}): GroupId {
		const { limit = Number.POSITIVE_INFINITY, high = Number.POSITIVE_INFINITY } = settings;
		const { low = 0, min = 0, killsTogether = false } = settings;
		const above = parent === null ? null : this.#groups[parent]!;
		const contents = { children: [], processes: [], cleanBytes: 0, dirtyBytes: 0, usage: 0, maxUsage: 0 };
		const counts = { kills: 0, stalls: 0, stallUs: 0 };
		const id = this.#groups.length;
		const group: MemoryGroup = { id, parent: above, limit, high, low, min, killsTogether, ...contents, ...counts };
		above?.children.push(group);
		this.#groups.push(group);
		return id;
	}

	/** A new process without memory. `oomScoreAdj` from -1000 (never killed) to 1000. */
	addProcess(group: GroupId, oomScoreAdj = 0): ProcessId {
		return this.#newProcess(this.#groups[group]!, oomScoreAdj).id;
	}

	/** Anonymous or shared memory that a process maps. */
	grow(process: ProcessId, bytes: number): Charge {
		const grown = this.#processes[process]!;
		const tables = this.#tablesFor(residentBytes(grown) + bytes) - grown.tableBytes;
		return this.#charge(grown, bytes + tables, () => {
			grown.ownBytes += bytes;
			grown.tableBytes += tables;
		});
	}

	/** Gives memory back, down to nothing. */
	shrink(process: ProcessId, bytes: number): void {
		const shrunk = this.#processes[process]!;
		const freed = Math.min(bytes, shrunk.ownBytes);
		shrunk.ownBytes -= freed;
		const tables = this.#tablesFor(residentBytes(shrunk));
		addUsage(shrunk.group, tables - shrunk.tableBytes - freed);
		shrunk.tableBytes = tables;
	}

	/** A child that maps what the process pays for: it pays for page tables at once, and for what it copies. Null if it was killed. */
	fork(process: ProcessId): { readonly child: ProcessId | null; readonly killed: readonly ProcessId[] } {
		const payer = this.#processes[process]!;
		const child = this.#newProcess(payer.group, payer.oomScoreAdj);
		const tables = this.#tablesFor(payer.ownBytes);
		const { made, killed } = this.#charge(child, tables, () => {
			// Killed for these very page tables, the parent leaves nothing to borrow.
			Object.assign(child, { payer, borrowedBytes: payer.ownBytes, tableBytes: tables });
		});
		return { child: made ? child.id : null, killed };
	}

	/** A forked process writes to memory of its parent: copies, as long as the parent is alive to need the original. */
	copy(process: ProcessId, bytes: number): Charge {
		const copier = this.#processes[process]!;
		const wanted = Math.min(bytes, copier.borrowedBytes);
		return this.#charge(copier, wanted, () => {
			// The charge may have killed the parent: then the originals are the copier's, and there are no copies.
			const copied = Math.min(wanted, copier.borrowedBytes);
			copier.ownBytes += copied;
			copier.borrowedBytes -= copied;
			addUsage(copier.group, copied - wanted);
		});
	}

	/** Page cache of a file that the process reads (clean) or writes (dirty). It outlives the process. */
	cache(process: ProcessId, bytes: number, kind: "clean" | "dirty"): Charge {
		const { group } = this.#processes[process]!;
		return this.#charge(this.#processes[process]!, bytes, () => {
			group[kind === "clean" ? "cleanBytes" : "dirtyBytes"] += bytes;
		});
	}

	/** Sets a limit and brings the group below it: reclaims, then kills. Returns whom, in order. */
	setLimit(group: GroupId, limit: number): readonly ProcessId[] {
		const killed: ProcessId[] = [];
		this.#groups[group]!.limit = limit;
		this.#makeRoom(this.#groups[group]!, 0, null, killed);
		return killed;
	}

	state(group: GroupId): GroupState {
		return this.#groups[group]!;
	}

	#newProcess(group: MemoryGroup, oomScoreAdj: number): MemoryProcess {
		const id = this.#processes.length;
		const memory = { ownBytes: 0, borrowedBytes: 0, payer: null, tableBytes: 0 };
		const process: MemoryProcess = { id, group, oomScoreAdj, ...memory, alive: true };
		group.processes.push(process);
		this.#processes.push(process);
		return process;
	}

	#tablesFor(mappedBytes: number): number {
		return this.#pageTables ? pageTableBytes(mappedBytes) : 0;
	}

	/** Charges the process's group and all above it, from the bottom up: all of it, which is then noted, or nothing. */
	#charge(process: MemoryProcess, bytes: number, note: () => void): Charge {
		const killed: ProcessId[] = [];
		for (const group of ancestry(process.group)) {
			if (!this.#makeRoom(group, bytes, process, killed)) return { made: false, killed };
		}
		addUsage(process.group, bytes);
		note();
		for (const group of ancestry(process.group)) stall(group, bytes);
		return { made: true, killed };
	}

	/** Reclaims and kills until the group has room for `bytes`. False if it cannot be, or if `charger` was killed. */
	#makeRoom(group: MemoryGroup, bytes: number, charger: MemoryProcess | null, killed: ProcessId[]): boolean {
		for (;;) {
			const missing = () => group.usage + bytes - group.limit;
			const [low, min, none] = PROTECTIONS;
			for (const protection of [low, min]) if (missing() > 0) reclaim(group, missing(), protection);
			if (missing() <= 0) return true;
			const victims = killIn(group);
			killed.push(...victims.map(({ id }) => id));
			if (charger?.alive === false) return false;
			if (victims.length > 0) continue;
			reclaim(group, missing(), none);
			return missing() <= 0;
		}
	}
}

/** What memory.high of the group does once a charge is made. */
function stall(group: MemoryGroup, chargedBytes: number): void {
	if (group.usage <= group.high) return;
	reclaim(group, group.usage - group.high, "low and min");
	const stallUs = highStallUs(group.usage, group.high, chargedBytes);
	if (stallUs === 0) return;
	group.stalls++;
	group.stallUs += stallUs;
}
