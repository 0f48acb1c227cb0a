/** The orders of the waiting room: which job is next, and whole runs against a pass over the sorted queue. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Job } from "../../src/cell/job.js";
import type { JobArrival } from "../../src/objects/arrival.js";
import { queueOrders } from "../../src/scheduling/queue-orders.js";
import { WaitingRoom } from "../../src/scheduling/waiting-room.js";
import { cellOf, type JobOptions, job, node } from "../support/cells.js";
import { simulate } from "../support/simulations.js";

const NO_BACKOFF = { initialUs: 0, maxUs: 0 };

const queueBy = (order: string) => ({
	discipline: "skip" as const,
	order: () => queueOrders.all.get(order)!.create(),
	backoff: NO_BACKOFF,
});

interface Asked extends JobOptions {
	readonly user?: string;
	readonly priority?: number;
	readonly estimates?: JobArrival["estimates"];
}

function arrival(name: string, { user = "default", priority = 0, estimates, ...options }: Asked): JobArrival {
	const plain = job(name, { ...options, facts: { namespace: user, priority } });
	return estimates === undefined ? plain : { ...plain, estimates };
}

/** A room in which the jobs arrived in the order of their names. */
function roomOf(order: string, asked: Readonly<Record<string, Asked>>) {
	const cell = cellOf([node("n")]);
	const room = new WaitingRoom(queueBy(order));
	for (const [name, options] of Object.entries(asked)) room.add(cell.submit(arrival(name, options)));
	const drain = () => {
		const jobs: Job[] = [];
		for (let next = room.next(0); next !== null; next = room.next(0)) jobs.push(next);
		return jobs.map(({ name }) => name).join(" ");
	};
	return { cell, room, drain };
}

const times = (user: number, group: number, gpu: number) => ({ user, group, "group-gpu": gpu });

const JOBS: Readonly<Record<string, Asked>> = {
	a: { user: "ann", durationUs: 40, estimates: times(10, 30, 20) },
	b: { user: "ann", durationUs: 10, estimates: times(10, 20, 20) },
	c: { user: "bob", durationUs: Number.POSITIVE_INFINITY, estimates: times(40, 10, 10) },
	d: { user: "cat", durationUs: 20, estimates: times(20, 40, 30), priority: 5 },
	e: { user: "bob", durationUs: 40, estimates: times(30, 10, 40) },
};

test.each([
	["priority", "d a b c e"],
	["fifo", "a b c d e"],
	["shortest-job", "d b a e c"],
	["shortest-by-user", "d a b e c"],
	["shortest-by-group", "d c e b a"],
	["shortest-by-group-gpu", "d c a b e"],
	// Nobody is served here, so it stays ann's turn; a turn is a job that was placed.
	["users-in-turn", "d a b c e"],
])("%s: %s", (order, expected) => {
	expect(roomOf(order, JOBS).drain()).toBe(expected);
});

test("a job without the estimate that the order goes by is refused, with what it has", () => {
	expect(() => roomOf("shortest-by-group", { a: { estimates: { user: 1 } } })).toThrow(
		"job 'a' comes without the estimate 'group' of its run time, which the order shortest-by-group goes by (it has user)",
	);
	expect(() => roomOf("shortest-by-user", { a: {} })).toThrow(
		"job 'a' comes without the estimate 'user' of its run time, which the order shortest-by-user goes by (it has none at all)",
	);
});

test("strict: nobody overtakes a shorter job that waits", () => {
	const cell = cellOf([node("n")]);
	const room = new WaitingRoom({ ...queueBy("shortest-job"), discipline: "strict" });
	const short = cell.submit(arrival("short", { durationUs: 10 }));
	room.add(short);
	room.next(0);
	room.park(short, new Set([cell.pod(short.pending[0]!).podClass]), 0);
	room.add(cell.submit(arrival("longer", { durationUs: 20 })));
	expect(room.next(0)).toBe(null);
	room.add(cell.submit(arrival("shorter", { durationUs: 5 })));
	expect(room.next(0)?.name).toBe("shorter");
});

describe("users in turn", () => {
	/** As a process does that places every job that it is given. */
	function serveAll(asked: Readonly<Record<string, Asked>>): string {
		const { room } = roomOf("users-in-turn", asked);
		const names: string[] = [];
		for (let next = room.next(0); next !== null; next = room.next(0)) {
			names.push(next.name);
			room.served(next);
		}
		return names.join(" ");
	}

	test("a user with many jobs and two with few: one of each until they have none", () => {
		const asked = { a1: "ann", a2: "ann", a3: "ann", a4: "ann", b1: "bob", c1: "cat", b2: "bob" };
		expect(serveAll(Object.fromEntries(Object.entries(asked).map(([name, user]) => [name, { user }])))).toBe(
			"a1 b1 c1 a2 b2 a3 a4",
		);
	});

	test("within a priority only: higher ones go first, and cost no turn in lower ones", () => {
		expect(
			serveAll({
				a1: { user: "ann", priority: 1 },
				a2: { user: "ann", priority: 1 },
				a3: { user: "ann" },
				b1: { user: "bob" },
				a4: { user: "ann" },
			}),
		).toBe("a1 a2 a3 b1 a4");
	});

	test("whoever comes later is served at once, but once only before the others", () => {
		const { cell, room } = roomOf("users-in-turn", { a1: { user: "ann" }, a2: { user: "ann" } });
		const serve = () => {
			const next = room.next(0)!;
			room.served(next);
			return next.name;
		};
		const served = [serve()];
		for (const name of ["b1", "b2"]) room.add(cell.submit(arrival(name, { user: "bob" })));
		expect([...served, serve(), serve(), serve()]).toEqual(["a1", "b1", "a2", "b2"]);
	});

	test("nobody starves: between two servings of a user who has jobs, nobody else is served more than once", () => {
		const users = fc.constantFrom("ann", "bob", "cat", "dan");
		fc.assert(
			fc.property(fc.array(users, { minLength: 1, maxLength: 40 }), (asked) => {
				const { room } = roomOf("users-in-turn", Object.fromEntries(asked.map((user, i) => [`j${i}`, { user }])));
				const left = new Map<string, number>();
				for (const user of asked) left.set(user, (left.get(user) ?? 0) + 1);
				/** By user: who was served since. */
				const since = new Map([...left.keys()].map((user) => [user, new Set<string>()]));
				for (let next = room.next(0); next !== null; next = room.next(0)) {
					room.served(next);
					left.set(next.user, left.get(next.user)! - 1);
					for (const [user, others] of since) {
						if (user === next.user) others.clear();
						else if (left.get(user)! > 0) {
							expect(others.has(next.user), `${user} waits`).toBe(false);
							others.add(next.user);
						}
					}
				}
				expect([...left.values()].every((jobs) => jobs === 0)).toBe(true);
			}),
			{ seed: 71, numRuns: 200 },
		);
	});

	test("in a full cell, ann's crowd of long standing and bob's two jobs of every kind share what becomes free", async () => {
		// One place, each job 10 us: ann's 20 different jobs come at 0, bob's two at 5.
		const crowd = Array.from({ length: 20 }, (_, i) =>
			arrival(`ann-${i}`, { user: "ann", cpu: 3000 + i, durationUs: 10 }),
		);
		const few = [0, 1].map((i) => arrival(`bob-${i}`, { user: "bob", cpu: 3000, durationUs: 10, timeUs: 5 }));
		const started = async (order: string) => {
			const { log } = await simulate({ nodes: [node("n")], jobs: [...crowd, ...few], queue: queueBy(order) });
			return log.filter((line) => line.includes("started bob")).map((line) => Number(line.split(" ")[0]));
		};
		expect(await started("users-in-turn")).toEqual([10, 30]);
		expect(await started("priority")).toEqual([200, 210]);
	});
});

/** What a job is to the naive queue below. */
interface Drawn {
	readonly at: number;
	readonly user: string;
	readonly priority: number;
	readonly pods: number;
	readonly cpu: number;
	readonly memory: number;
	readonly durationUs: number;
	readonly times: readonly [number, number, number];
}

const KEYS: Readonly<Record<string, (job: Drawn) => readonly number[]>> = {
	priority: ({ priority }) => [-priority],
	fifo: () => [],
	"shortest-job": ({ priority, durationUs }) => [-priority, durationUs],
	"shortest-by-user": ({ priority, times }) => [-priority, times[0]],
	"shortest-by-group": ({ priority, times }) => [-priority, times[1]],
	"shortest-by-group-gpu": ({ priority, times }) => [-priority, times[2]],
};

/**
 * Start times by a pass over the whole queue, anew whenever something ended or arrived: jobs in order, each all or nothing, those that
 * do not fit passed over. `turns`: after each start the queue is sorted again, by who was served last.
 */
function naiveStarts(jobs: readonly Drawn[], order: string, room: { cpu: number; memory: number }): readonly number[] {
	const starts = jobs.map(() => Number.NaN);
	const free = { ...room };
	const running = new Map<number, number>();
	const waiting = new Set<number>();
	const served = new Map<string, number>();
	let servings = 0;
	const comers = new Map<string, number>();
	const who = ({ priority, user }: Drawn) => `${priority} ${user}`;
	const fits = ({ pods, cpu, memory }: Drawn) => pods * cpu <= free.cpu && pods * memory <= free.memory;
	const take = ({ pods, cpu, memory }: Drawn, sign: number) => {
		free.cpu -= sign * pods * cpu;
		free.memory -= sign * pods * memory;
	};
	const keyOf = (i: number) => {
		const drawn = jobs[i]!;
		const key = KEYS[order];
		const own = key ? key(drawn) : [-drawn.priority, served.get(who(drawn)) ?? 0, comers.get(who(drawn))!];
		return [...own, i];
	};
	const before = (a: number, b: number) => {
		const [first, second] = [keyOf(a), keyOf(b)];
		return first.map((part, i) => part - second[i]!).find((difference) => difference !== 0) ?? 0;
	};
	for (let now = 0; waiting.size > 0 || running.size > 0 || jobs.some(({ at }) => at >= now); now++) {
		for (const [i, endsAt] of running)
			if (endsAt === now) {
				running.delete(i);
				take(jobs[i]!, -1);
			}
		for (const [i, drawn] of jobs.entries())
			if (drawn.at === now) {
				waiting.add(i);
				if (!comers.has(who(drawn))) comers.set(who(drawn), comers.size);
			}
		for (;;) {
			const next = [...waiting].sort(before).find((i) => fits(jobs[i]!));
			if (next === undefined) break;
			waiting.delete(next);
			take(jobs[next]!, 1);
			running.set(next, now + jobs[next]!.durationUs);
			starts[next] = now;
			served.set(who(jobs[next]!), ++servings);
		}
	}
	return starts;
}

describe("a run starts every job when a pass over the sorted queue would:", () => {
	const ROOM = { cpu: 12, memory: 10 };
	const drawnJob: fc.Arbitrary<Drawn> = fc.record({
		at: fc.integer({ min: 0, max: 12 }),
		user: fc.constantFrom("ann", "bob", "cat"),
		priority: fc.constantFrom(0, 0, 0, 1),
		pods: fc.constantFrom(1, 1, 1, 2, 3),
		cpu: fc.integer({ min: 1, max: 4 }),
		memory: fc.integer({ min: 1, max: 3 }),
		durationUs: fc.integer({ min: 1, max: 9 }),
		times: fc.tuple(...([0, 1, 2] as const).map(() => fc.integer({ min: 1, max: 4 }))) as fc.Arbitrary<
			[number, number, number]
		>,
	});

	test.each([...queueOrders.all.keys()])("%s", async (order) => {
		await fc.assert(
			fc.asyncProperty(fc.array(drawnJob, { minLength: 1, maxLength: 25 }), async (unsorted) => {
				const jobs = [...unsorted].sort((a, b) => a.at - b.at);
				const starts = jobs.map(() => Number.NaN);
				await simulate({
					nodes: [node("n", { ...ROOM, pods: 1000 })],
					jobs: jobs.map(({ at, user, priority, pods, cpu, memory, durationUs, times: [u, g, p] }, i) =>
						arrival(`${i}`, {
							...{ user, priority, pods, cpu, memory, durationUs },
							...{ timeUs: at, gang: pods > 1, estimates: times(u, g, p) },
						}),
					),
					queue: queueBy(order),
					observers: [
						(engine, cell) => cell.watch({ jobFullyStarted: ({ name }) => (starts[Number(name)] = engine.nowUs) }),
					],
				});
				expect(starts).toEqual(naiveStarts(jobs, order, ROOM));
			}),
			{ seed: 72, numRuns: 60 },
		);
	});
});
