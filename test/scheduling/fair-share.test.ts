/**
 * Dominant-resource fairness: the paper's example, examples by hand, and the properties that the paper claims. Amounts in
 * examples are [cpu, memory].
 */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
	dominantShare,
	drfAllocation,
	leastServed,
	progressiveFilling,
	type TaskUser,
} from "../../src/scheduling/fair-share.js";

const ROUNDING = 1e-9;
const RUNS = { seed: 83, numRuns: 2000 };

/** The paper's: memory is A's dominant resource, 4/18 a task; cpu is B's, 3/9 a task. */
const PAPER_CAPACITY = [9, 18];
const PAPER_USERS = [user([1, 4]), user([3, 1])];

describe("dominant share", () => {
	test.each<[what: string, used: number[], capacity: number[], weight: number, expected: number]>([
		["is the largest part of a resource", [3, 12], [9, 18], 1, 12 / 18],
		["is divided by the weight", [3, 12], [9, 18], 2, 1 / 3],
		["of nothing is 0, also where there is nothing", [0, 0], [9, 0], 1, 0],
		["of a resource of which there is nothing has no bound", [0, 1], [9, 0], 1, Number.POSITIVE_INFINITY],
		["of a resource that the cell does not know neither", [0, 1], [9], 1, Number.POSITIVE_INFINITY],
	])("%s", (_what, used, capacity, weight, expected) => {
		expect(dominantShare(used, capacity, weight)).toBe(expected);
		expect(dominantShare(Float64Array.from(used), Float64Array.from(capacity), weight)).toBe(expected);
	});

	test("of k times as much at k times the weight is the same number, not just about the same", () => {
		const amount = fc.integer({ min: 1, max: 1e6 });
		const factor = fc.integer({ min: 1, max: 100 });
		fc.assert(
			fc.property(amount, amount, factor, factor, (used, capacity, weight, k) => {
				expect(dominantShare([used * k], [capacity], weight * k)).toBe(dominantShare([used], [capacity], weight));
			}),
			RUNS,
		);
	});
});

describe("the least served", () => {
	const everyone = () => true;
	const holder = (used: number[], weight = 1) => ({ used: Float64Array.from(used), weight });

	test.each([
		// 4/10 against 3/10: the sum of the parts does not count.
		["has the smallest dominant share", [holder([4, 0]), holder([3, 3])], everyone, 1],
		// 4/10/2 against 3/10/1.
		["is counted by weight", [holder([4, 0], 2), holder([3, 3])], everyone, 0],
		["is the first of equals", [holder([5, 0]), holder([0, 4]), holder([4, 1])], everyone, 1],
		["is eligible", [holder([1, 0]), holder([2, 0]), holder([3, 0])], (i: number) => i > 0, 1],
		["may hold more than there is", [holder([11, 0])], everyone, 0],
		["is nobody if nobody is eligible", [holder([0, 0])], () => false, -1],
		["is nobody if there is nobody", [], everyone, -1],
	])("%s", (_what, holders, eligible, expected) => {
		expect(leastServed(holders, [10, 10], eligible)).toBe(expected);
	});

	test("may be somebody who holds what the cell has lost", () => {
		expect(leastServed([holder([1, 1])], [10, 0], everyone)).toBe(0);
	});
});

describe("whole tasks", () => {
	test("of the paper's example: 3 for A and 2 for B, two thirds of what each needs most", () => {
		const tasks = progressiveFilling(PAPER_CAPACITY, PAPER_USERS);
		expect(tasks).toEqual([3, 2]);
		expect(sharesOf(PAPER_CAPACITY, PAPER_USERS, tasks)).toEqual([2 / 3, 2 / 3]);
	});

	test.each<[what: string, capacity: number[], users: TaskUser[], expected: number[]]>([
		// Memory is A's dominant resource, cpu B's; 1/10 a task for A at weight 2, 2/10 for B. A .1, B .2, A .2, A .3, B .4, A .4;
		// memory 4 x 2 + 2 x 1 = 10 is full.
		["by weight", [10, 10], [user([1, 2], { weight: 2 }), user([2, 1])], [4, 2]],
		// A 2/9 of 9, B 3/9, A 4/9, then B's second task would need cpu 2 + 6 > 7; A goes on: A 6/9 and 8/9, cpu 4 + 3 = 7.
		["go to others when one cannot go on", [7, 18], [user([1, 4]), user([3, 1])], [4, 1]],
		["end at the limit", [9, 18], [user([1, 4], { limit: 1 }), user([3, 1])], [1, 2]],
		["of which half a one is allowed: none", [9, 18], [user([1, 4], { limit: 0.5 })], [0]],
		["that need what there is not: none", [9, 0], [user([1, 1]), user([1, 0])], [0, 9]],
		["that need what the cell does not know: none", [9], [user([1, 1]), user([1, 0])], [0, 9]],
		["for nobody", [9], [], []],
	])("%s", (_what, capacity, users, expected) => {
		expect(progressiveFilling(capacity, users)).toEqual(expected);
	});

	test("are those of the algorithm in whole numbers", () => {
		check(({ capacity, users }) => {
			expect(progressiveFilling(capacity, users)).toEqual(fillingInWholeNumbers(capacity, users));
		});
	});

	test("are Pareto efficient: nobody has room for one more task", () => {
		check(({ capacity, users }) => {
			const tasks = progressiveFilling(capacity, users);
			const free = freeOf(capacity, users, tasks);
			expect(Math.min(...free)).toBeGreaterThanOrEqual(0);
			for (const [i, { demand, limit }] of users.entries()) {
				const hasRoom = demand.every((amount, r) => amount <= free[r]!);
				expect(hasRoom && tasks[i]! + 1 <= limit).toBe(false);
			}
		});
	});

	test("give everyone the own part of what is left when one task of each is set aside", () => {
		check(({ capacity, users }) => {
			const tasks = progressiveFilling(capacity, users);
			const setAside = capacity.map((_, r) => sum(users.map(({ demand }) => demand[r]!)));
			const rest = 1 - dominantShare(setAside, capacity, 1);
			const total = sum(users.map(({ weight }) => weight));
			for (const [i, share] of sharesOf(capacity, users, tasks).entries()) {
				if (tasks[i]! + 1 <= users[i]!.limit) expect(share).toBeGreaterThan(rest / total - ROUNDING);
			}
		});
	});

	test("may be fewer than a part of one's own would hold, when others run big ones", () => {
		// Alone on 5 of 10, A would run 5 tasks. A 1/10, B 9/10: full.
		expect(progressiveFilling([10], [user([1]), user([9])])).toEqual([1, 1]);
	});

	test("leave no envy but for one task of the envied: what is left of theirs is worth less than one task more", () => {
		// At equal weights: whoever took it over would run no more whole tasks than now.
		check(({ capacity, users }) => {
			const tasks = progressiveFilling(capacity, users);
			for (const [i, envious] of users.entries()) {
				if (tasks[i]! + 1 > envious.limit) continue;
				for (const [j, envied] of users.entries()) {
					const worth = (tasks[j]! - 1) * worthOfTask(envied.demand, envious.demand);
					expect(worth).toBeLessThan((envied.weight / envious.weight) * tasks[i]! + 1 + ROUNDING);
				}
			}
		});
	});

	test("can reward a lie: bigger tasks come in bigger steps", () => {
		expect(progressiveFilling([2, 3], [user([1, 1]), user([1, 1])])).toEqual([1, 1]);
		// One task of twice the size leaves no cpu to the other, and holds two true ones.
		expect(progressiveFilling([2, 3], [user([2, 2]), user([1, 1])])).toEqual([1, 0]);
	});
});

describe("divisible tasks", () => {
	test.each<[what: string, capacity: number[], users: TaskUser[], expected: number[]]>([
		// Tasks at share 1: A 18/4 = 4.5, B 9/3 = 3. Cpu 4.5 x 1 + 3 x 3 = 13.5 is full at 9/13.5 = 2/3, before memory, 18/21.
		["the paper's example", PAPER_CAPACITY, PAPER_USERS, [3, 2]],
		// Tasks at level 1: A 2 x 10/2 = 10, B 10/2 = 5. Memory 10 x 2 + 5 x 1 = 25 is full at 10/25 = 0.4, before cpu, 10/20.
		["by weight", [10, 10], [user([1, 2], { weight: 2 }), user([2, 1])], [4, 2]],
		// Tasks at share 1: 4, 4, 8. Cpu 4 + 4 is full at 1/2, memory 4 + 8 not yet. C goes on: 8 - 2 = 6 of memory.
		["whom a full resource does not concern goes on", [4, 8], [user([1, 0]), user([1, 1]), user([0, 1])], [2, 2, 6]],
		// B stops at 1 task, share 1/4; then A has cpu 4 - 1, C memory 8 - 1.
		[
			"who is at its limit leaves the rest to others",
			[4, 8],
			[user([1, 0]), user([1, 1], { limit: 1 }), user([0, 1])],
			[3, 1, 7],
		],
		["parts of tasks", [1], [user([2]), user([2])], [0.25, 0.25]],
		["what there is not", [9, 0], [user([1, 1]), user([1, 0])], [0, 9]],
		["what the cell does not know", [9], [user([1, 1]), user([1, 0])], [0, 9]],
		["everyone at the limit", [9, 18], [user([1, 4], { limit: 1.5 }), user([3, 1], { limit: 0 })], [1.5, 0]],
		["for nobody", [9], [], []],
	])("%s", (_what, capacity, users, expected) => {
		expect(drfAllocation(capacity, users)).toEqual(expected);
	});

	test("are never less than none, when rounding leaves less than nothing", () => {
		// Both resources are full at 1/3; what A and B take of memory rounds to more than 65.
		const users = [user([5, 25], { weight: 2 }), user([5, 25]), user([0, 1], { weight: 1e-16 })];
		expect(drfAllocation([13, 65], users)[2]).toBeGreaterThan(0);
	});

	test("are max-min fair: who could use more needs a full resource, and nobody else who needs it has a larger share", () => {
		// The one allocation with this property is DRF's, so it is all of the definition.
		check(({ capacity, users }) => {
			const tasks = drfAllocation(capacity, users);
			const free = freeOf(capacity, users, tasks);
			const shares = sharesOf(capacity, users, tasks);
			expect(Math.min(...free)).toBeGreaterThan(-ROUNDING);
			for (const [i, { demand, limit }] of users.entries()) {
				expect(tasks[i]).toBeLessThanOrEqual(limit);
				if (tasks[i] === limit) continue;
				const holdsBack = demand.some((amount, r) => {
					const rivals = users.map((rival, j) => (rival.demand[r]! > 0 ? shares[j]! : 0));
					return amount > 0 && free[r]! < ROUNDING && Math.max(...rivals) < shares[i]! + ROUNDING;
				});
				expect(holdsBack).toBe(true);
			}
		});
	});

	test("are Pareto efficient: nobody has room for more", () => {
		check(({ capacity, users }) => {
			const tasks = drfAllocation(capacity, users);
			const free = freeOf(capacity, users, tasks);
			for (const [i, { demand, limit }] of users.entries()) {
				expect(Math.min(limit - tasks[i]!, worthOfTask(free, demand))).toBeLessThan(ROUNDING);
			}
		});
	});

	test("are an incentive to share: nobody would run more on a part of the cell of its own", () => {
		check(({ capacity, users }) => {
			const total = sum(users.map(({ weight }) => weight));
			for (const [i, tasks] of drfAllocation(capacity, users).entries()) {
				const { demand, weight, limit } = users[i]!;
				const alone = (weight / total) * worthOfTask(capacity, demand);
				expect(tasks).toBeGreaterThan(Math.min(limit, alone) - ROUNDING);
			}
		});
	});

	test("leave no envy: nobody would run more with what another holds, by weight", () => {
		check(({ capacity, users }) => {
			const tasks = drfAllocation(capacity, users);
			for (const [i, envious] of users.entries()) {
				for (const [j, envied] of users.entries()) {
					const worth = tasks[j]! * worthOfTask(envied.demand, envious.demand);
					const swapped = Math.min(envious.limit, (envious.weight / envied.weight) * worth);
					expect(swapped).toBeLessThan(tasks[i]! + ROUNDING);
				}
			}
		});
	});

	test("are proof against strategy: no lie about demand or number of tasks runs more of the true ones", () => {
		fc.assert(
			fc.property(situations(1, 3), fc.nat(), (situation, lie) => {
				const { capacity, users, lies } = situation;
				const liar = lie % users.length;
				const truth = users[liar]!;
				const told = { ...lies[lie % lies.length]!, weight: truth.weight };
				const honest = drfAllocation(capacity, users)[liar]!;
				const got = drfAllocation(capacity, users.with(liar, told))[liar]!;
				const useful = Math.min(truth.limit, got * worthOfTask(told.demand, truth.demand));
				expect(useful).toBeLessThan(honest + ROUNDING);
			}),
			RUNS,
		);
	});

	test("of one resource are its weighted max-min fair parts", () => {
		fc.assert(
			fc.property(situations(1, 1), ({ capacity, users }) => {
				const expected = maxMinFair(capacity[0]!, users);
				for (const [i, tasks] of drfAllocation(capacity, users).entries()) {
					expect(tasks * users[i]!.demand[0]!).toBeCloseTo(expected[i]!, 9);
				}
			}),
			RUNS,
		);
	});

	test("with one bottleneck are its max-min fair parts, whatever else they need", () => {
		fc.assert(
			fc.property(situations(2, 3), ({ capacity, users }) => {
				// Capacity of the others such that everyone needs most of the first.
				const ample = capacity.map((amount, r) => (r === 0 ? amount : amount + MOST_NEEDED * capacity[0]!));
				const needy = users.map((each) => ({ ...each, demand: each.demand.with(0, each.demand[0]! + 1) }));
				const expected = maxMinFair(capacity[0]!, needy);
				for (const [i, tasks] of drfAllocation(ample, needy).entries()) {
					expect(tasks * needy[i]!.demand[0]!).toBeCloseTo(expected[i]!, 9);
				}
			}),
			RUNS,
		);
	});

	test("are not resource monotone: with more cpu for everyone, B runs less", () => {
		const users = [user([1, 1]), user([0, 1])];
		// Tasks at share 1: 3 and 6; memory 3 + 6 is full at 2/3.
		expect(drfAllocation([3, 6], users)).toEqual([2, 4]);
		// Twice the cpu makes A's tasks half as dear: 6 and 6; memory 6 + 6 is full at 1/2.
		expect(drfAllocation([6, 6], users)).toEqual([3, 3]);
		expect(progressiveFilling([3, 6], users)).toEqual([2, 4]);
		expect(progressiveFilling([6, 6], users)).toEqual([3, 3]);
	});
});

test.each<[message: string, capacity: number[], users: TaskUser[]]>([
	["capacity is [9, -1]: it must be amounts of 0 or more", [9, -1], []],
	["capacity is [Infinity]: it must be amounts of 0 or more", [Number.POSITIVE_INFINITY], []],
	["demand of user 1 is [0]: it must be amounts of 0 or more, one of them positive", [9], [user([1]), user([0])]],
	["demand of user 0 is [1, NaN]: it must be amounts of 0 or more, one of them positive", [9], [user([1, Number.NaN])]],
	["weight of user 0 is 0: it must be a positive number", [9], [user([1], { weight: 0 })]],
	["limit of user 0 is -1: it must be 0 or more", [9], [user([1], { limit: -1 })]],
])("refused: %s", (message, capacity, users) => {
	expect(() => progressiveFilling(capacity, users)).toThrow(new RangeError(message));
	expect(() => drfAllocation(capacity, users)).toThrow(new RangeError(message));
});

interface DrawnUser {
	readonly demand: number[];
	readonly weight: number;
	readonly limit: number;
}

function user(demand: number[], options: { weight?: number; limit?: number } = {}) {
	return { demand, weight: 1, ...options };
}

const MOST_NEEDED = 6;

/** Capacities, users, and other users who are lies of these. Small numbers, so that ties and full resources are many. */
function situations(fewestResources: number, mostResources: number) {
	return fc.integer({ min: fewestResources, max: mostResources }).chain((resources) => {
		const amounts = (most: number) => fc.array(fc.nat({ max: most }), { minLength: resources, maxLength: resources });
		const drawnUser: fc.Arbitrary<DrawnUser> = fc.record({
			demand: amounts(MOST_NEEDED).filter((demand) => demand.some((amount) => amount > 0)),
			weight: fc.integer({ min: 1, max: 3 }),
			limit: fc.oneof(fc.constant(Number.POSITIVE_INFINITY), fc.integer({ min: 0, max: 12 })),
		});
		return fc.record({
			capacity: amounts(60),
			users: fc.array(drawnUser, { minLength: 1, maxLength: 5 }),
			lies: fc.array(drawnUser, { minLength: 1, maxLength: 3 }),
		});
	});
}

function check(property: (situation: { capacity: number[]; users: DrawnUser[] }) => void): void {
	fc.assert(fc.property(situations(1, 3), property), RUNS);
}

/** How many tasks of `demand` the amounts hold, parts included. */
function worthOfTask(amounts: readonly number[], demand: readonly number[]): number {
	return Math.min(...demand.map((amount, r) => (amount > 0 ? amounts[r]! / amount : Number.POSITIVE_INFINITY)));
}

function sharesOf(capacity: readonly number[], users: readonly TaskUser[], tasks: readonly number[]): number[] {
	return users.map(({ demand, weight }, i) => {
		const used = Array.from(demand, (amount) => amount * tasks[i]!);
		return dominantShare(used, capacity, weight);
	});
}

function freeOf(capacity: readonly number[], users: readonly TaskUser[], tasks: readonly number[]): number[] {
	return capacity.map((amount, r) => amount - sum(users.map(({ demand }, i) => tasks[i]! * demand[r]!)));
}

function sum(values: readonly number[]): number {
	return values.reduce((total, value) => total + value, 0);
}

/** Progressive filling that counts everything anew for each task and compares fractions crosswise, without a division. */
function fillingInWholeNumbers(capacity: readonly number[], users: readonly DrawnUser[]): number[] {
	const tasks = users.map(() => 0);
	/** Dominant share, times the product of all capacities: a whole number. */
	const share = (i: number) => {
		const parts = capacity.map((amount, r) => {
			const others = capacity.reduce((product, other, o) => (o === r || other === 0 ? product : product * other), 1);
			return amount === 0 ? 0 : tasks[i]! * users[i]!.demand[r]! * others;
		});
		return Math.max(...parts);
	};
	for (;;) {
		const free = freeOf(capacity, users, tasks);
		const next = users
			.map((_, i) => i)
			.filter((i) => tasks[i]! < users[i]!.limit && users[i]!.demand.every((amount, r) => amount <= free[r]!))
			.sort((a, b) => share(a) * users[b]!.weight - share(b) * users[a]!.weight || a - b)[0];
		if (next === undefined) return tasks;
		tasks[next]!++;
	}
}

/** Amounts of one resource, weighted max-min: whoever wants least by weight is served first, from an equal part of the rest. */
function maxMinFair(capacity: number, users: readonly DrawnUser[]): number[] {
	const wanted = users.map(({ demand, limit }) => limit * demand[0]!);
	const amounts = users.map(() => 0);
	let left = capacity;
	let weights = sum(users.map(({ weight }) => weight));
	const byWant = users.map((_, i) => i).sort((a, b) => wanted[a]! / users[a]!.weight - wanted[b]! / users[b]!.weight);
	for (const i of byWant) {
		amounts[i] = Math.min(wanted[i]!, (left * users[i]!.weight) / weights);
		left -= amounts[i];
		weights -= users[i]!.weight;
	}
	return amounts;
}
