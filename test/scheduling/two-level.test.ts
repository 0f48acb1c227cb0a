import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Cell } from "../../src/cell/cell.js";
import type { NodeId } from "../../src/cell/ids.js";
import type { SimulationOptions } from "../../src/experiment/simulation.js";
import { CPU } from "../../src/objects/resources.js";
import { PLAIN_FACTS } from "../../src/objects/spec.js";
import type { ArchitectureContext } from "../../src/scheduling/architecture.js";
import { architectures } from "../../src/scheduling/architectures/index.js";
import { OfferLoop, type OfferOptions } from "../../src/scheduling/offers/offer-loop.js";
import { OFFER_RULES, type OfferRules } from "../../src/scheduling/offers/offer-rules.js";
import { crowds, faultLists, nodeSpecs, workloads } from "../support/arbitraries.js";
import { job, node } from "../support/cells.js";
import { architectureNamed, type Simulated, type SimulateOptions, simulate } from "../support/simulations.js";

const FOR_EVER = { durationUs: Number.POSITIVE_INFINITY };

interface TellOptions extends SimulateOptions {
	/** Beside an allocator that takes 1 us for an offer, 10 us after somebody asked. */
	readonly params?: object;
	/** How long each scheduler takes for a job; default `perJobUs`. */
	readonly takesUs?: readonly number[];
	/** Notes the cpu in offers this often. */
	readonly lockedEveryUs?: number;
}

interface Told extends Simulated {
	/** Every event about offers, and every binding, in order. */
	readonly story: readonly string[];
	/** "time milli-cpu" in offers. */
	readonly locked: readonly string[];
	readonly offers: OfferLoop;
}

/** Two schedulers; the name of a job says whose it is: `p1-web` belongs to scheduler 1. */
function contextOf(context: ArchitectureContext, takesUs: readonly number[] = []): ArchitectureContext {
	const processes = context.processes.map((process, i) => ({
		...process,
		decisionTime: { ...process.decisionTime, perJobUs: takesUs[i] ?? process.decisionTime.perJobUs },
	}));
	return { ...context, processes, router: ({ name }) => Number(name[1]) };
}

async function tell({ params = {}, takesUs = [], lockedEveryUs, ...options }: TellOptions): Promise<Told> {
	const story: string[] = [];
	const locked: string[] = [];
	const given = { allocatorTime: "1us", batching: "10us", ...params };
	const offersOf = (told: Simulated["simulation"]) => told.architecture as OfferLoop;
	const told = await simulate({
		architecture: (context) => architectureNamed("two-level", given)(contextOf(context, takesUs)),
		replicas: 2,
		...options,
		prepare(simulation) {
			const { engine, cell } = simulation;
			engine.watch((timeUs, { name }, subject) => {
				if (/offer|refusal/.test(name)) story.push(`${timeUs} ${name} ${subject}`);
			});
			cell.watch({
				podBound: (pod, on) => story.push(`${cell.nowUs} bound ${cell.pod(pod).name} ${cell.node(on).name}`),
			});
			if (lockedEveryUs === undefined) return;
			engine.every(lockedEveryUs, (timeUs) => locked.push(`${timeUs} ${offersOf(simulation).locked(CPU)}`));
		},
	});
	return { ...told, story, locked, offers: offersOf(told.simulation) };
}

describe("an offer", () => {
	test("is made a while after the first request, decided on job by job, and answered as a whole", async () => {
		const { story, attempts, offers } = await tell({
			nodes: [node("n")],
			jobs: [
				job("p0-a", { timeUs: 5, ...FOR_EVER }),
				job("p0-b", { timeUs: 9, ...FOR_EVER }),
				job("p0-c", { timeUs: 40, ...FOR_EVER }),
			],
			perJobUs: 20,
		});
		// Asked at 5: round at 15, there at 16. a until 36, b until 56; c, which came meanwhile, waits for the next one, from 67 on.
		expect(story).toEqual([
			"15 offer-round 0",
			"16 offer-made 0",
			"36 offer-decision 0",
			// Asked for by c at 40; the only framework that wants one is deciding.
			"50 offer-round 0",
			"56 offer-decision 0",
			"56 bound p0-a-0 n",
			"56 bound p0-b-0 n",
			"66 offer-round 0",
			"67 offer-made 1",
			"87 offer-decision 1",
			"87 bound p0-c-0 n",
			"97 offer-round 0",
		]);
		expect(attempts.map(({ beginUs, commitUs, decisionUs }) => [beginUs, commitUs, decisionUs])).toEqual([
			[16, 56, 20],
			[36, 56, 20],
			[67, 87, 20],
		]);
		expect([offers.offersMade, offers.offersOutstanding, offers.allocatorBusyUs]).toEqual([2, 0, 2]);
		expect(offers.processes[0]!.busyUs).toBe(60);
	});

	test("takes no time if nothing does", async () => {
		const { story } = await tell({
			nodes: [node("n")],
			jobs: [job("p0-a", { timeUs: 5, ...FOR_EVER }), job("p1-b", { timeUs: 5, ...FOR_EVER })],
			params: { allocatorTime: "0s", batching: "0s" },
		});
		expect(story).toEqual([
			"5 offer-round 0",
			"5 offer-made 0",
			"5 bound p0-a-0 n",
			"5 offer-round 0",
			"5 offer-made 1",
			"5 bound p1-b-0 n",
			"5 offer-round 0",
		]);
	});

	test("locks everything for everybody else: who comes later waits, whatever is free", async () => {
		const { story, locked, offers } = await tell({
			nodes: [node("n"), node("m")],
			jobs: [job("p0-slow", FOR_EVER), job("p1-quick", { timeUs: 12, ...FOR_EVER })],
			scheduler: "worst-fit",
			takesUs: [100, 30],
			lockedEveryUs: 40,
		});
		// All 8 cpus are slow's from 10 to 111. quick asked at 12: at 22 nothing is available. slow's answer asks again.
		expect(story).toEqual([
			"10 offer-round 0",
			"11 offer-made 0",
			"22 offer-round 0",
			"111 offer-decision 0",
			"111 bound p0-slow-0 n",
			"121 offer-round 0",
			"122 offer-made 1",
			"152 offer-decision 1",
			"152 bound p1-quick-0 m",
			"162 offer-round 0",
		]);
		expect(locked).toEqual(["0 0", "40 8000", "80 8000", "120 0", "160 0"]);
		expect([offers.offersMade, offers.roundsRefused]).toEqual([2, 1]);
	});

	test("made meanwhile holds what was freed meanwhile, and is not the last word for a job that is too big for it", async () => {
		const { story, locked, attempts } = await tell({
			nodes: [node("n", { cpu: 6000 }), node("m", { cpu: 6000 })],
			jobs: [
				job("p1-short", { cpu: 1000, durationUs: 60 }),
				job("p0-slow", { timeUs: 40, ...FOR_EVER }),
				job("p1-small", { timeUs: 41, ...FOR_EVER }),
				job("p1-big", { timeUs: 42, cpu: 4000, ...FOR_EVER }),
			],
			takesUs: [200, 10],
			lockedEveryUs: 30,
		});
		expect(story).toEqual([
			"10 offer-round 0",
			"11 offer-made 0",
			"21 offer-decision 0",
			"21 bound p1-short-0 n",
			"31 offer-round 0",
			// 11 cpus are slow's from 50 to 251, since p1 has a pod and p0 has none.
			"50 offer-round 0",
			"51 offer-made 1",
			// short ended at 81: its cpu is offered to p1. small takes it, nothing is left to try big on.
			"91 offer-round 0",
			"92 offer-made 2",
			"102 offer-decision 2",
			"102 bound p1-small-0 n",
			"112 offer-round 0",
			"251 offer-decision 1",
			"251 bound p0-slow-0 n",
			"261 offer-round 0",
			"262 offer-made 3",
			"272 offer-decision 3",
			"272 bound p1-big-0 n",
			"282 offer-round 0",
		]);
		expect(locked).toEqual([
			...["0 0", "30 0", "60 11000", "90 11000", "120 11000", "150 11000", "180 11000", "210 11000", "240 11000"],
			"270 10000",
		]);
		expect(attempts.map(({ job: { name }, outcome }) => `${name} ${outcome}`)).toEqual([
			"p1-short placed",
			"p1-small placed",
			"p0-slow placed",
			"p1-big placed",
		]);
	});

	test("that was too small parks a job until nothing is locked", async () => {
		const { story, attempts } = await tell({
			nodes: [node("n", { cpu: 6000 })],
			jobs: [
				job("p1-short", { cpu: 1000, durationUs: 60 }),
				job("p0-slow", { timeUs: 40, ...FOR_EVER }),
				job("p1-big", { timeUs: 42, cpu: 4000, ...FOR_EVER }),
			],
			takesUs: [200, 10],
		});
		// big is tried on short's cpu alone, 92 - 102, in vain; slow's answer at 251 brings it back.
		expect(story.filter((line) => / made | bound /.test(line.replace("offer-made", "made")))).toEqual([
			"11 offer-made 0",
			"21 bound p1-short-0 n",
			"51 offer-made 1",
			"92 offer-made 2",
			"251 bound p0-slow-0 n",
			"262 offer-made 3",
			"272 bound p1-big-0 n",
		]);
		expect(attempts.map(({ job: { name }, beginUs, outcome }) => `${name} ${beginUs} ${outcome}`)).toEqual([
			"p1-short 11 placed",
			"p1-big 92 unschedulable",
			"p0-slow 51 placed",
			"p1-big 262 placed",
		]);
	});

	test("loses the nodes that fail: what was placed there conflicts, the rest goes elsewhere", async () => {
		const { bindings, attempts } = await tell({
			nodes: [node("n"), node("m")],
			jobs: [job("p0-a", FOR_EVER), job("p0-b", FOR_EVER)],
			perJobUs: 20,
			faults: [{ atUs: 25, action: "fail", selects: ({ name }) => name === "n" }],
		});
		// a 11 - 31 on n, b 31 - 51 on m; a again 62 - 82.
		expect(bindings).toEqual(["51 bound p0-b-0 m", "82 bound p0-a-0 m"]);
		expect(attempts.map(({ conflictReasons }) => [...conflictReasons.keys()])).toEqual([["node-gone"], [], []]);
	});

	test("may be older than a decision that takes no time: a conflict is then no fault of the scheduler", async () => {
		const { attempts } = await tell({
			nodes: [node("n", { pods: 1 })],
			jobs: [
				job("p0-short", { durationUs: 10 }),
				job("p1-a", { timeUs: 5, cpu: 2000, ...FOR_EVER }),
				job("p0-b", { timeUs: 6, ...FOR_EVER }),
			],
			params: { allocatorTime: "30us", batching: "5us" },
		});
		expect(attempts.map(({ job: { name }, beginUs, outcome }) => `${name} ${beginUs} ${outcome}`)).toEqual([
			"p0-short 35 placed",
			"p0-b 35 unschedulable",
			"p1-a 70 unschedulable",
			// short ended at 45. What it freed was offered to p0 at 50, the rest to p1 at 75, both with the one place for pods.
			"p0-b 100 placed",
			"p1-a 130 conflict",
			"p1-a 165 unschedulable",
		]);
	});
});

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
});

const AT_ONCE: OfferRules = {
	...OFFER_RULES,
	decides: "at-once",
	looks: (podClass, rest) => rest[CPU]! > podClass.request[CPU]!,
	looksAgainAfter: "placed-pod",
};

function withRules(rules: OfferRules, options: Partial<OfferOptions> = {}): SimulationOptions["architecture"] {
	const given = { offers: "all", weights: {}, minimumOffer: {}, allocatorUs: 1, batchingUs: 10, refuseUs: 0 } as const;
	const ends = { rescindUs: Number.POSITIVE_INFINITY, jobsPerOffer: Number.POSITIVE_INFINITY };
	return (context) => new OfferLoop(context, { ...given, ...ends, ...options }, rules);
}

test("at-once rules: decided when the offer comes, leftovers come back at once, the answer after the sum", async () => {
	const { story, attempts, offers } = await tell({
		architecture: (context) => withRules(AT_ONCE)(contextOf(context)),
		queue: {
			discipline: "skip",
			backoff: { initialUs: 0, maxUs: 0 },
			retry: { place: "tail", afterConflictUs: 30, afterNoRoomUs: 30 },
		},
		nodes: [node("n", { cpu: 6000 })],
		jobs: [job("p1-x", { cpu: 2000, memory: 200, durationUs: 40 }), job("p0-a", { timeUs: 115, pods: 6, ...FOR_EVER })],
		perJobUs: 100,
	});
	expect(story).toEqual([
		"10 offer-round 0",
		// x is decided on at 11, the answer takes until 111, and it ends at 151.
		"11 offer-made 0",
		"111 offer-answer 0",
		"111 bound p1-x-0 n",
		"121 offer-round 0",
		// Four of a's pods at 122; the other two come back at 152 and find what x left at 162, before the first are answered.
		"122 offer-made 1",
		"161 offer-round 0",
		"162 offer-made 2",
		"222 offer-answer 1",
		"222 bound p0-a-0 n",
		"222 bound p0-a-1 n",
		"222 bound p0-a-2 n",
		"222 bound p0-a-3 n",
		"232 offer-round 0",
		"262 offer-answer 2",
		"262 bound p0-a-4 n",
		"262 bound p0-a-5 n",
		"272 offer-round 0",
	]);
	expect(attempts.map(({ job: { name }, pods, placed }) => [name, pods, placed])).toEqual([
		["p1-x", 1, 1],
		["p0-a", 6, 4],
		["p0-a", 2, 2],
	]);
	expect(offers.processes[0]!.busyUs).toBe(200);
});

const setting = fc.record({
	cell: fc.oneof(
		crowds({ maxJobs: 15, maxPods: 4, gangs: true }),
		fc.record({ nodes: nodeSpecs(5), jobs: workloads({ maxJobs: 15, maxPods: 4, gangs: true }) }),
	),
	faults: faultLists,
	perJobUs: fc.constantFrom(0, 5, 12),
	perPodUs: fc.constantFrom(0, 2),
	scheduler: fc.constantFrom("first-fit", "worst-fit", "random-fit"),
	discipline: fc.constantFrom("skip" as const, "strict" as const),
});

const options = fc.record({
	offers: fc.constantFrom("all" as const, "fair-share" as const),
	weights: fc.constantFrom({}, { "scheduler-1": 3 }),
	allocatorUs: fc.constantFrom(0, 1, 7),
	batchingUs: fc.constantFrom(0, 2, 10),
	refuseUs: fc.constantFrom(0, 0, 15),
	limits: fc.constantFrom(
		{},
		{ jobsPerOffer: 1 },
		{ jobsPerOffer: 2 },
		// Longer than any decision.
		{ jobsPerOffer: 1, rescindUs: 30 },
	),
});

const PLAIN = JSON.stringify(PLAIN_FACTS);
const everybody: ArchitectureContext["router"] = ({ ordinal }) => ordinal % 3;

test("no job that fits is left behind, nothing is over-committed, and every pod is accounted for", async () => {
	await fc.assert(
		fc.asyncProperty(setting, options, async ({ cell, discipline, ...rest }, { limits, ...given }) => {
			const made = withRules(OFFER_RULES, { ...given, ...limits });
			const { simulation, attempts } = await simulate({
				...cell,
				...rest,
				replicas: 3,
				queue: { discipline, backoff: { initialUs: 0, maxUs: 0 } },
				architecture: (context) => made({ ...context, router: everybody }),
			});
			const offers = simulation.architecture as OfferLoop;
			expect([offers.offersOutstanding, offers.locked(CPU)]).toEqual([0, 0]);
			for (const { job: of, pods, placed, conflicts, unplaced } of attempts)
				if (!of.gang) expect(placed + conflicts + unplaced).toBe(pods);
			if (discipline === "skip") expect(leftBehind(simulation.cell)).toEqual([]);
		}),
		{ seed: 91, numRuns: 400 },
	);
});

/** Names of waiting pods, but those of gangs, that a plain node has room for. */
function leftBehind(cell: Cell): string[] {
	const { nodes, pods } = cell;
	const plain = [...nodes.specs.keys()].filter(
		(n) => nodes.ready[n] === 1 && nodes.specs[n]!.taints.length === 0 && !nodes.specs[n]!.unschedulable,
	);
	return [...pods.all()]
		.map((pod) => cell.pod(pod))
		.filter(({ phase, job: of, podClass }) => {
			const { facts, gpu } = podClass.spec;
			if (phase !== "pending" || of.gang || gpu !== null || JSON.stringify(facts) !== PLAIN) return false;
			return plain.some((n) => nodes.fits(podClass, n as NodeId));
		})
		.map(({ name }) => name);
}

test("a gang that a fair share is too small for gets everything when its retry time has come", async () => {
	const { attempts } = await simulate({
		nodes: Array.from({ length: 4 }, (_, i) => node(`n${i}`, { cpu: 1000 })),
		jobs: [job("p0-gang", { pods: 4, gang: true, ...FOR_EVER })],
		architecture: (context) =>
			architectureNamed("two-level", { offers: "fair-share", batching: "10us", allocatorTime: "1us" })({
				...context,
				router: ({ name }) => Number(name[1]),
			}),
		replicas: 2,
		queue: {
			discipline: "skip",
			backoff: { initialUs: 0, maxUs: 0 },
			retry: { place: "own", afterConflictUs: 0, afterNoRoomUs: 50 },
		},
		endUs: 10_000,
	});
	expect(attempts.map(({ outcome }) => outcome)).toEqual(["unschedulable", "placed"]);
});
