/**
 * How long memory.high makes a process wait that allocates above it.
 *
 * Source: Linux mm/memcontrol.c (calculate_high_delay).
 */
import { MILLISECOND, SECOND, type SimTime } from "../../engine/time.js";
import { PAGE_BYTES } from "../kubelet/qos.js";

/** Pages that are charged at once. */
const BATCH_PAGES = 64;
/** A batch waits no longer, and not at all for less than this. */
const LONGEST_US = 2 * SECOND;
const SHORTEST_US = 10 * MILLISECOND;

/**
 * The wait for a charge of `chargedBytes` that left `usage` above `high`, microseconds: for a batch of pages 64 s times the
 * square of how far usage is above (1 %: 6.4 ms, which is too short to wait for; 5 %: 160 ms; 20 %: the longest, 2 s).
 */
export function highStallUs(usage: number, high: number, chargedBytes: number): SimTime {
	if (usage <= high) return 0;
	const above = (usage - high) / Math.max(high, PAGE_BYTES);
	const batchUs = Math.min(LONGEST_US, BATCH_PAGES * above * above * SECOND);
	return batchUs <= SHORTEST_US ? 0 : Math.round((batchUs * chargedBytes) / (BATCH_PAGES * PAGE_BYTES));
}
