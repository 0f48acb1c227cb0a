/**
 * Who is killed when a memory group is out of memory.
 *
 * Source: Linux mm/oom_kill.c (oom_badness), Documentation/admin-guide/cgroup-v2.rst (memory.oom.group).
 */
import { addUsage, ancestry, type MemoryGroup, type MemoryProcess, residentBytes, subtree } from "./memory-state.js";

/** The oom_score_adj of a process that is never killed. */
export const NEVER_KILLED = -1000;

/**
 * What counts against a process when `limit` bytes are not enough: its resident set, its page tables, and a thousandth of the
 * limit for each point of its oom_score_adj.
 */
export function oomScore(residentBytes: number, tableBytes: number, oomScoreAdj: number, limit: number): number {
	return residentBytes + tableBytes + (oomScoreAdj * limit) / 1000;
}

/**
 * Kills the process with the highest score in the subtree of `root`, of equals the first (a parent before what it forked),
 * and with it all of the outermost group around it that kills together. Returns whom, in order; empty if there is nobody.
 */
export function killIn(root: MemoryGroup): readonly MemoryProcess[] {
	const victim = highestScore(root);
	if (victim === null) return [];
	let together: MemoryGroup | null = null;
	for (const group of ancestry(victim.group)) {
		if (group.killsTogether) together = group;
		if (group === root) break;
	}
	const doomed = together === null ? [victim] : [victim, ...killable(together).filter((each) => each !== victim)];
	for (const process of doomed) {
		process.group.kills++;
		end(process);
	}
	return doomed;
}

/** Takes a process away with its memory; what a fork of it still maps is the fork's from now on. Page cache stays. */
export function end(process: MemoryProcess): void {
	process.alive = false;
	let freed = process.ownBytes + process.tableBytes;
	const forks = process.group.processes.filter(({ alive, payer }) => alive && payer === process);
	const [heir] = forks;
	if (heir) {
		freed -= heir.borrowedBytes;
		heir.ownBytes += heir.borrowedBytes;
		heir.borrowedBytes = 0;
	}
	for (const fork of forks) fork.payer = fork === heir ? null : (heir ?? null);
	process.ownBytes = 0;
	process.borrowedBytes = 0;
	process.tableBytes = 0;
	addUsage(process.group, -freed);
}

function highestScore(root: MemoryGroup): MemoryProcess | null {
	let highest: MemoryProcess | null = null;
	let score = Number.NEGATIVE_INFINITY;
	for (const process of killable(root)) {
		const own = oomScore(residentBytes(process), process.tableBytes, process.oomScoreAdj, root.limit);
		if (highest !== null && (own < score || (own === score && process.id > highest.id))) continue;
		highest = process;
		score = own;
	}
	return highest;
}

function killable(root: MemoryGroup): readonly MemoryProcess[] {
	return [...subtree(root)].flatMap(({ processes }) =>
		processes.filter(({ alive, oomScoreAdj }) => alive && oomScoreAdj !== NEVER_KILLED),
	);
}
