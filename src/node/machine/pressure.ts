/**
 * Pressure stall information of the kernel (Documentation/accounting/psi), for CPU: the shares of time in which some thread, or
 * every thread that is not idle, waits for a CPU.
 *
 * Divergence from Linux: threads of a group that gets less than it wants are all runnable all the time, and run independently
 * of each other; averages over 10, 60 and 300 s are left to whoever reads the totals. The kernel reports no "full" for a
 * machine as a whole, and neither does this.
 */

/** A group of `threads` threads that want `wantedMilli` and get `usedMilli`: the share of time in which one of them waits. */
export function pressureSome(wantedMilli: number, usedMilli: number, threads: number): number {
	return isShort(wantedMilli, usedMilli) ? 1 - runningShare(usedMilli, threads) ** threads : 0;
}

/** The share of time in which all of them wait. */
export function pressureFull(wantedMilli: number, usedMilli: number, threads: number): number {
	return isShort(wantedMilli, usedMilli) ? (1 - runningShare(usedMilli, threads)) ** threads : 0;
}

/** Less than a millionth of a CPU is rounding. */
const NEGLIGIBLE_MILLI = 0.001;

function isShort(wantedMilli: number, usedMilli: number): boolean {
	return wantedMilli - usedMilli > NEGLIGIBLE_MILLI;
}

/** Share of time in which one thread runs. */
function runningShare(usedMilli: number, threads: number): number {
	return Math.min(1, usedMilli / (1000 * threads));
}
