/**
 * Reclaim of page cache in a subtree of memory groups, and what memory.min and memory.low protect from it.
 *
 * Source: Linux Documentation/admin-guide/cgroup-v2.rst (memory.min, memory.low), mm/page_counter.c (effective protection).
 */
import { addUsage, type MemoryGroup } from "./memory-state.js";

/** Protections that reclaim respects, in the order in which it gives them up. */
export const PROTECTIONS = ["low and min", "min", "none"] as const;
export type Protection = (typeof PROTECTIONS)[number];

/**
 * Reclaims up to `wanted` bytes of page cache of the subtree of `root`, whose own protection does not count: of each group in
 * proportion to what it has unprotected, clean cache before dirty. Returns how much it was.
 */
export function reclaim(root: MemoryGroup, wanted: number, protection: Protection): number {
	const found: Reclaimable[] = [];
	findUnprotected(root, null, protection, found);
	let available = found.reduce((sum, { bytes }) => sum + bytes, 0);
	const total = Math.min(wanted, available);
	let left = total;
	for (const { group, bytes } of found) {
		// What is left is shared in proportion again at each group: the shares are whole bytes and add up.
		const taken = Math.min(bytes, left, Math.round((left * bytes) / available));
		take(group, taken);
		left -= taken;
		available -= bytes;
	}
	return total;
}

interface Reclaimable {
	readonly group: MemoryGroup;
	/** At least 1. */
	readonly bytes: number;
}

/** `protectedBytes`: of the usage of the group, what it may keep; null at the root, where nothing is kept and children keep what they claim. */
function findUnprotected(
	group: MemoryGroup,
	protectedBytes: number | null,
	protection: Protection,
	found: Reclaimable[],
): void {
	const bytes = Math.min(group.cleanBytes + group.dirtyBytes, Math.max(0, group.usage - (protectedBytes ?? 0)));
	if (bytes > 0) found.push({ group, bytes });
	const claims = group.children.map((child) => Math.min(child.usage, settingOf(child, protection)));
	const claimed = claims.reduce((sum, claim) => sum + claim, 0);
	// Children cannot protect more than their parent may keep.
	const scale = protectedBytes === null || claimed <= protectedBytes ? 1 : protectedBytes / claimed;
	group.children.forEach((child, i) => {
		findUnprotected(child, Math.floor(claims[i]! * scale), protection, found);
	});
}

function settingOf({ low, min }: MemoryGroup, protection: Protection): number {
	if (protection === "none") return 0;
	return protection === "min" ? min : Math.max(low, min);
}

function take(group: MemoryGroup, bytes: number): void {
	const clean = Math.min(bytes, group.cleanBytes);
	group.cleanBytes -= clean;
	group.dirtyBytes -= bytes - clean;
	addUsage(group, -bytes);
}
