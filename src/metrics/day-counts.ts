/**
 * What one scheduler process did with one class of jobs on one day, as plain counts that can be added up.
 *
 * What becomes of a decision's time (`busyUs` is their sum, and what is still under way at the end of the run):
 * - wasted: some placement conflicted, even if all others stand. So does the Omega paper's simulator count, as released;
 * - vain: no conflict, and no pod was placed, for want of room (or of pods: they were deleted meanwhile). The released simulator
 *   leaves this time out of its busy time altogether; the paper's busyness is all time spent deciding, so it is in here;
 * - useful: the rest, even if only a part of the job was placed.
 */
export interface DayCounts {
	busyUs: number;
	usefulUs: number;
	wastedUs: number;
	vainUs: number;
	jobsSubmitted: number;
	/** Jobs whose first attempt was settled. */
	jobsFirstAttempted: number;
	/** Jobs of which every pod had been placed, for the first time. */
	jobsPlaced: number;
	attempts: number;
	/** Attempts without a placement and without a conflict: nothing fitted. */
	attemptsUnschedulable: number;
	/** Attempts that asked the cell for one placement at least. */
	transactions: number;
	/** Transactions with a conflict; the others are successful. */
	transactionsConflicted: number;
	podsPlaced: number;
	podsConflicted: number;
	/** Jobs with their first conflict: days add up to distinct jobs. */
	jobsConflicted: number;
	jobsAbandoned: number;
	/** Jobs with pods that wait for a node when the day ends; a level, so it adds up over processes and classes only. */
	jobsWaiting: number;
}

/** A day on which nothing happened. */
export function emptyDay(): DayCounts {
	return {
		busyUs: 0,
		usefulUs: 0,
		wastedUs: 0,
		vainUs: 0,
		jobsSubmitted: 0,
		jobsFirstAttempted: 0,
		jobsPlaced: 0,
		attempts: 0,
		attemptsUnschedulable: 0,
		transactions: 0,
		transactionsConflicted: 0,
		podsPlaced: 0,
		podsConflicted: 0,
		jobsConflicted: 0,
		jobsAbandoned: 0,
		jobsWaiting: 0,
	};
}

const COUNTS = Object.keys(emptyDay()) as readonly (keyof DayCounts)[];

/** The sum, count by count. */
export function totalOf(days: Iterable<DayCounts>): DayCounts {
	const total = emptyDay();
	for (const day of days) for (const count of COUNTS) total[count] += day[count];
	return total;
}

/**
 * The Omega paper's conflict fraction (section 4): conflicted transactions for each successful one. 0: none; 1: every transaction
 * is tried twice, on average; it may exceed 1. NaN without a successful transaction.
 */
export function conflictFraction({ transactions, transactionsConflicted }: DayCounts): number {
	const successful = transactions - transactionsConflicted;
	return successful === 0 ? Number.NaN : transactionsConflicted / successful;
}

/** Share of the transactions that conflicted, 0..1; NaN without any. */
export function conflictsPerTransaction({ transactions, transactionsConflicted }: DayCounts): number {
	return transactionsConflicted / transactions;
}
