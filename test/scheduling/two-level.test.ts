/** Who gets the next offer, and how much of the cell: dominant shares, weights and the parameters of the architecture. */
import { describe, expect, test } from "vitest";
import { architectures } from "../../src/scheduling/architectures/index.js";
import { job, node } from "../support/cells.js";
import { tell } from "../support/offers.js";

const FOR_EVER = { durationUs: Number.POSITIVE_INFINITY };

describe("the next offer goes to the smallest dominant share", () => {
	const order = async (params: object, memory = 100) => {
		const { bindings, offers } = await tell({
			nodes: [node("n", { cpu: 8000, memory: 1000 })],
			jobs: [
				job("p0-a", { cpu: 2000, ...FOR_EVER }),
				job("p1-b", { cpu: 1000, memory, ...FOR_EVER }),
				job("p0-c", { timeUs: 500, ...FOR_EVER }),
				job("p1-d", { timeUs: 500, ...FOR_EVER }),
			],
			perJobUs: 5,
			params,
		});
		return [...bindings.slice(2), `${offers.dominantShare(0)} ${offers.dominantShare(1)}`];
	};
	const C_FIRST = ["516 bound p0-c-0 n", "532 bound p1-d-0 n"];
	const D_FIRST = ["516 bound p1-d-0 n", "532 bound p0-c-0 n"];

	test.each([
		["2 of 8 cpus against 1 of 8", {}, 100, D_FIRST, "0.375 0.25"],
		["2 of 8 cpus against 300 of 1000 bytes", {}, 300, C_FIRST, "0.375 0.4"],
		["equal, so the first: 2 of 8 cpus against 250 of 1000 bytes", {}, 250, C_FIRST, "0.375 0.35"],
		["weighed: 2/8/4 against 1/8", { weights: { "scheduler-0": 4 } }, 100, C_FIRST, "0.375 0.25"],
	])("%s", async (_name, params, memory, expected, shares) => {
		expect(await order(params, memory)).toEqual([...expected, shares]);
	});

	test("a weight must belong to a scheduler", () => {
		const { refuses, params } = architectures.all.get("two-level")!;
		const processes = ["a-0", "a-1"].map((name) => ({ name, entry: "a" }));
		expect(refuses!(params!.parse({ weights: { a: 2 } }) as never, processes)).toBeNull();
		expect(refuses!(params!.parse({ weights: { b: 2 } }) as never, processes)).toBe(
			"the weight 'b' belongs to no scheduler",
		);
	});
});

describe("parameters", () => {
	test("minimumOffer: nothing is offered of less", async () => {
		const { story, offers } = await tell({
			nodes: [node("n", { cpu: 8000 })],
			jobs: [job("p0-a", { cpu: 4000, durationUs: 100 }), job("p0-b", { timeUs: 50, ...FOR_EVER })],
			params: { minimumOffer: { cpu: "5", memory: 800 } },
		});
		// 4 of 8 cpus are free from 11 to 111.
		expect(story).toEqual([
			"10 offer-round 0",
			"11 offer-made 0",
			"11 bound p0-a-0 n",
			"21 offer-round 0",
			"60 offer-round 0",
			"121 offer-round 0",
			"122 offer-made 1",
			"122 bound p0-b-0 n",
			"132 offer-round 0",
		]);
		expect(offers.roundsRefused).toBe(1);
	});

	test("jobsPerOffer: the others get their turn between", async () => {
		const { bindings } = await tell({
			nodes: [node("n")],
			jobs: ["p0-a", "p0-b", "p1-c"].map((name) => job(name, FOR_EVER)),
			params: { jobsPerOffer: 1 },
		});
		expect(bindings).toEqual(["11 bound p0-a-0 n", "22 bound p1-c-0 n", "33 bound p0-b-0 n"]);
	});

	test("refuse: who leaves something gets nothing for a while", async () => {
		const { story } = await tell({
			nodes: [node("n")],
			jobs: [
				job("p0-a", FOR_EVER),
				job("p0-b", { timeUs: 20, ...FOR_EVER }),
				job("p1-c", { timeUs: 21, cpu: 2000, memory: 800, ...FOR_EVER }),
				job("p1-d", { timeUs: 40, ...FOR_EVER }),
			],
			params: { refuse: { timeout: "100us" } },
		});
		expect(story).toEqual([
			"10 offer-round 0",
			"11 offer-made 0",
			"11 bound p0-a-0 n",
			"21 offer-round 0",
			"22 offer-made 1",
			"22 bound p1-c-0 n",
			// Asked for by c, whose round that of 21 was already.
			"31 offer-round 0",
			"50 offer-round 0",
			"111 refusal-over 0",
			"121 offer-round 0",
			// c left cpu as well.
			"122 refusal-over 1",
			"122 offer-made 2",
			"122 bound p0-b-0 n",
			"132 offer-round 0",
		]);
	});

	test("rescind: an offer that is too old is somebody else's, and its decision conflicts", async () => {
		const { story, attempts, offers } = await tell({
			nodes: [node("n")],
			jobs: [job("p0-slow", FOR_EVER), job("p1-quick", { timeUs: 12, ...FOR_EVER })],
			takesUs: [100, 30],
			params: { rescind: "60us" },
			endUs: 150,
		});
		expect(story).toEqual([
			"10 offer-round 0",
			"11 offer-made 0",
			"22 offer-round 0",
			"70 offer-rescind 0",
			"80 offer-round 0",
			"81 offer-made 1",
			"111 offer-decision 0",
			"111 offer-decision 1",
			"111 bound p1-quick-0 n",
			"121 offer-round 0",
			"122 offer-made 2",
		]);
		expect(
			attempts.map(({ job: { name }, outcome, conflictReasons }) => [name, outcome, [...conflictReasons]]),
		).toEqual([
			["p0-slow", "conflict", [["offer-rescinded", 1]]],
			["p1-quick", "placed", []],
		]);
		expect([offers.offersMade, offers.offersRescinded]).toEqual([3, 1]);
	});

	test("rescind: an offer may be too old before it arrives", async () => {
		const { story, attempts } = await tell({
			nodes: [node("n")],
			jobs: [job("p0-a", FOR_EVER)],
			params: { allocatorTime: "20us", rescind: "15us" },
			endUs: 50,
		});
		expect(story).toEqual([
			"10 offer-round 0",
			"25 offer-rescind 0",
			"30 offer-made 0",
			"35 offer-round 0",
			"50 offer-rescind 1",
		]);
		expect(attempts).toEqual([]);
	});

	test("fair-share: an offer holds a scheduler's part, so that two decide at the same time", async () => {
		const { story, locked } = await tell({
			nodes: ["a", "b", "c", "d"].map((name) => node(name)),
			jobs: [job("p0-slow", FOR_EVER), job("p1-quick", { timeUs: 12, ...FOR_EVER })],
			takesUs: [100, 30],
			lockedEveryUs: 15,
			params: { offers: "fair-share" },
		});
		// Half of 16 cpus and 4000 bytes each: a and b, c and d.
		expect(story).toEqual([
			"10 offer-round 0",
			"11 offer-made 0",
			"22 offer-round 0",
			"23 offer-made 1",
			"53 offer-decision 1",
			"53 bound p1-quick-0 c",
			"63 offer-round 0",
			"111 offer-decision 0",
			"111 bound p0-slow-0 a",
			"121 offer-round 0",
		]);
		expect(locked.slice(0, 5)).toEqual(["0 0", "15 8000", "30 16000", "45 16000", "60 8000"]);
	});

	test("fair-share: goes by weight, makes several offers a round, and at least one node goes into each", async () => {
		const { locked, story } = await tell({
			nodes: ["a", "b", "c", "d"].map((name) => node(name)),
			jobs: [job("p0-x", FOR_EVER), job("p1-y", FOR_EVER)],
			perJobUs: 30,
			lockedEveryUs: 12,
			params: { offers: "fair-share", weights: { "scheduler-0": 3, "scheduler-1": 0.1 } },
		});
		// 3 / 3.1 of four nodes is three; one node is more than 0.1 / 3.1 of anything.
		expect(story.slice(0, 5)).toEqual([
			"10 offer-round 0",
			"11 offer-made 0",
			"12 offer-made 1",
			"41 offer-decision 0",
			"41 bound p0-x-0 a",
		]);
		expect(story).toContain("42 bound p1-y-0 d");
		expect(locked.slice(0, 3)).toEqual(["0 0", "12 16000", "24 16000"]);
	});

	test("fair-share: a gang that needs more than a part gets everything when nothing is locked", async () => {
		const { bindings, attempts } = await tell({
			nodes: ["a", "b", "c", "d"].map((name) => node(name)),
			jobs: [job("p0-gang", { cpu: 4000, pods: 4, gang: true, ...FOR_EVER })],
			perJobUs: 5,
			params: { offers: "fair-share" },
		});
		// 11 - 16 on a and b; then everything, 27 - 32.
		expect(bindings.map((line) => line.replace(/ bound .* /, " "))).toEqual(["32 a", "32 b", "32 c", "32 d"]);
		expect(attempts.map(({ outcome }) => outcome)).toEqual(["unschedulable", "placed"]);
	});

	test("fair-share: such a gang gets everything when its retry time has come, too", async () => {
		const { attempts } = await tell({
			nodes: Array.from({ length: 4 }, (_, i) => node(`n${i}`, { cpu: 1000 })),
			jobs: [job("p0-gang", { pods: 4, gang: true, ...FOR_EVER })],
			params: { offers: "fair-share" },
			queue: {
				discipline: "skip",
				backoff: { initialUs: 0, maxUs: 0 },
				retry: { place: "own", afterConflictUs: 0, afterNoRoomUs: 50 },
			},
			endUs: 10_000,
		});
		expect(attempts.map(({ outcome }) => outcome)).toEqual(["unschedulable", "placed"]);
	});
});
