/**
 * Dominant-resource fairness, DRF (Ghodsi et al., "Dominant Resource Fairness: Fair Allocation of Multiple Resource Types",
 * NSDI 2011). A holder's dominant share is the largest part it holds of any one resource; the one with the smallest is
 * served next. Offers go by `leastServed`; what a whole cell comes to by the paper, `progressiveFilling` and `drfAllocation`
 * compute without a simulation, for programs that hold a run against it (`cellsim/core`).
 *
 * Amounts are arrays by resource, the same order and unit in used, demand and capacity. Leave out the resources that shall
 * not count. A resource beyond the end of `capacity` is one of which there is nothing.
 *
 * Divergence from the paper:
 * - One weight per user, where its section 4.3 has one per user and resource: shares of a cell are given out whole.
 * - Its Algorithm 1 stops as soon as the next task of the user with the smallest share does not fit; `progressiveFilling`
 *   goes on with the others. In the paper's example the two agree; in general stopping would leave idle what somebody can
 *   use, which is not Pareto efficient.
 * - Nodes are left out: a cell counts as one big machine. Whether a pod finds a node is its scheduler's business.
 */
import type { ResourceIndex } from "../objects/resources.js";

/** Amounts by resource. */
export type Amounts = ArrayLike<number>;

/** Who holds resources, such as a framework of a two-level architecture. */
export interface Holder {
	readonly used: Amounts;
	/** Positive. Twice the weight entitles to twice the share. Whole numbers keep ties exact. */
	readonly weight: number;
}

/** Who wants to run tasks that are all alike. */
export interface TaskUser {
	/** What one task needs; something of at least one resource. */
	readonly demand: Amounts;
	/** As of a `Holder`. */
	readonly weight: number;
	/** How many tasks the user has; as many as fit when absent. */
	readonly limit?: number;
}

/**
 * The largest part of a resource's capacity that `used` takes, divided by `weight`: 0 for nothing, `Infinity` for some of a
 * resource of which there is none. Equal fractions give equal numbers as long as capacity x weight stays below 2^53.
 */
export function dominantShare(used: Amounts, capacity: Amounts, weight: number): number {
	let share = 0;
	for (let r: ResourceIndex = 0; r < used.length; r++) {
		if (used[r] === 0) continue;
		// One division, not two: 3 of 10 at weight 3 and 1 of 10 at weight 1 must tie.
		share = Math.max(share, used[r]! / ((capacity[r] ?? 0) * weight));
	}
	return share;
}

/**
 * Index of the eligible holder with the smallest weighted dominant share, the first of equals; -1 if none is eligible.
 * Allocates nothing; linear in holders x resources.
 */
export function leastServed(
	holders: readonly Holder[],
	capacity: Amounts,
	eligible: (holder: number) => boolean,
): number {
	let least = -1;
	let smallest = Number.POSITIVE_INFINITY;
	for (let i = 0; i < holders.length; i++) {
		if (!eligible(i)) continue;
		const { used, weight } = holders[i]!;
		const share = dominantShare(used, capacity, weight);
		if (least === -1 || share < smallest) {
			least = i;
			smallest = share;
		}
	}
	return least;
}

/**
 * Whole tasks per user, by the paper's Algorithm 1: one task after the other to the user with the smallest weighted dominant
 * share, until nobody's next task fits. A user whose next task does not fit is passed over, for good: nothing is given back.
 * Amounts must be integers for sums to be exact.
 *
 * @throws RangeError for amounts, weights or limits other than the fields say.
 */
export function progressiveFilling(capacity: Amounts, users: readonly TaskUser[]): number[] {
	check(capacity, users);
	const free = Array.from(capacity);
	const tasks = users.map(() => 0);
	const holders = users.map(({ demand, weight }) => ({ used: new Float64Array(demand.length), weight }));
	const nextTaskFits = (user: number): boolean => {
		const { demand, limit = Number.POSITIVE_INFINITY } = users[user]!;
		return tasks[user]! + 1 <= limit && fits(demand, free);
	};
	for (;;) {
		const user = leastServed(holders, capacity, nextTaskFits);
		if (user === -1) return tasks;
		const { demand } = users[user]!;
		const { used } = holders[user]!;
		for (let r = 0; r < demand.length; r++) {
			used[r]! += demand[r]!;
			// Past the end of the capacity only zeros fit.
			if (r < free.length) free[r]! -= demand[r]!;
		}
		tasks[user]!++;
	}
}

/**
 * Tasks per user, with parts of tasks, where DRF ends up if everything is divisible: all weighted dominant shares rise
 * together until a resource is full; the users who need it stay where they are, as do those at their limit, and the others
 * rise on. Exact but for the rounding of doubles: what is handed out of a resource exceeds its capacity by rounding at most.
 *
 * @throws RangeError for amounts, weights or limits other than the fields say.
 */
export function drfAllocation(capacity: Amounts, users: readonly TaskUser[]): number[] {
	check(capacity, users);
	const tasks = users.map(() => 0);
	/** Tasks of each user when all weighted dominant shares are 1. */
	const pace = users.map(({ demand, weight }) => 1 / dominantShare(demand, capacity, weight));
	const limits = users.map(({ limit = Number.POSITIVE_INFINITY }) => limit);
	/** Level at which each user has all its tasks. */
	const limitAt = limits.map((limit, user) => limit / pace[user]!);
	/** What users who stay do not hold. */
	const left = Array.from(capacity);
	let rising = users.map((_, user) => user).filter((user) => pace[user]! > 0);
	let level = 0;
	while (rising.length > 0) {
		const fullAt = left.map((amount, r) => {
			const taken = takenPerLevel(r, rising, users, pace);
			return taken > 0 ? amount / taken : Number.POSITIVE_INFINITY;
		});
		// The level of what fills up next can round to just below the level reached.
		level = Math.max(level, Math.min(...fullAt, ...rising.map((user) => limitAt[user]!)));
		const stays = (user: number) =>
			limitAt[user]! <= level || fullAt.some((at, r) => at <= level && (users[user]!.demand[r] ?? 0) > 0);
		for (const user of rising.filter(stays)) {
			const { demand } = users[user]!;
			tasks[user] = limitAt[user]! <= level ? limits[user]! : level * pace[user]!;
			for (let r = 0; r < left.length; r++) left[r]! -= tasks[user] * (demand[r] ?? 0);
		}
		rising = rising.filter((user) => !stays(user));
	}
	return tasks;
}

/** What the rising users hold of a resource together when all weighted dominant shares are 1. */
function takenPerLevel(
	r: ResourceIndex,
	rising: readonly number[],
	users: readonly TaskUser[],
	pace: readonly number[],
): number {
	let sum = 0;
	for (const user of rising) sum += pace[user]! * (users[user]!.demand[r] ?? 0);
	return sum;
}

function fits(demand: Amounts, free: Amounts): boolean {
	for (let r = 0; r < demand.length; r++) if (demand[r]! > (free[r] ?? 0)) return false;
	return true;
}

function check(capacity: Amounts, users: readonly TaskUser[]): void {
	if (!Array.from(capacity).every(isAmount))
		throw new RangeError(`capacity is [${Array.from(capacity).join(", ")}]: it must be amounts of 0 or more`);
	for (const [i, { demand, weight, limit = 0 }] of users.entries()) {
		const amounts = Array.from(demand);
		if (!amounts.every(isAmount) || !amounts.some((amount) => amount > 0))
			throw new RangeError(
				`demand of user ${i} is [${amounts.join(", ")}]: it must be amounts of 0 or more, one of them positive`,
			);
		if (!isAmount(weight) || weight === 0)
			throw new RangeError(`weight of user ${i} is ${weight}: it must be a positive number`);
		if (!(limit >= 0)) throw new RangeError(`limit of user ${i} is ${limit}: it must be 0 or more`);
	}
}

function isAmount(value: number): boolean {
	return Number.isFinite(value) && value >= 0;
}
