/**
 * Hawk on four nodes with one slot each. A fraction of 0.17 keeps n3 for short jobs. Jobs longer than 1 ms are long, and placed
 * first-fit; a message takes 10 us.
 */
import { describe, expect, test } from "vitest";
import { type HawkArchitecture, hawk } from "../../src/scheduling/architectures/hawk.js";
import { job, node } from "../support/cells.js";
import { median, responseTimes } from "../support/distributed.js";
import { scriptedRandom } from "../support/scripted-random.js";
import { architectureNamed, type Simulated, type SimulateOptions, simulate } from "../support/simulations.js";

const NODES = Array.from({ length: 4 }, (_, i) => node(`n${i}`, { cpu: 1000 }));
const LONG = 10_000;
/** Thieves contact n0, n1, n2 in this order. */
const ZEROS = Array.from({ length: 50 }, () => 0);

/** `scheduler-0` is central, `scheduler-1` probes. */
function run(
	jobs: Parameters<typeof job>[],
	probes: readonly number[],
	params: object,
	steals: readonly number[] = [],
	more: Partial<SimulateOptions> = {},
) {
	return simulate({
		...more,
		nodes: NODES,
		jobs: jobs.map(([name, options]) => job(name, options)),
		replicas: 2,
		random: scriptedRandom({ "hawk/probes/scheduler-1": probes, "hawk/steals": steals }),
		architecture: architectureNamed("hawk", { delay: "10us", longerThan: "1ms", ...params }),
	});
}

/** Who bound what, in order. */
const owners = ({ attempts }: Simulated) => attempts.map(({ job: { name }, scheduler }) => `${name} by ${scheduler}`);

const stealingOf = ({ simulation }: Simulated) => (simulation.architecture as HawkArchitecture).stealing;

describe("hawk", () => {
	const jobs: Parameters<typeof job>[] = [
		["long", { pods: 3, durationUs: LONG }],
		["later", { timeUs: 1, durationUs: LONG }],
		["s", { timeUs: 5, durationUs: 100 }],
		["t", { timeUs: 20, durationUs: 100 }],
	];

	test("long jobs stay off the short partition, and an idle node steals from behind them", async () => {
		// s probes n0 and n3, t probes n0 and n1. The thief n3 contacts n0 first.
		const result = await run(jobs, [0, 3, 0, 1], {}, ZEROS);
		expect(stealingOf(result)).toMatchObject({ thefts: 1, stolen: 1 });
		expect(result.log.slice(4)).toEqual([
			"0 bound long-0 n0",
			"0 started long-0",
			"0 bound long-1 n1",
			"0 started long-1",
			"0 bound long-2 n2",
			"0 started long-2",
			// n3 is probed at 15 and asks at 25.
			"35 bound s-0 n3",
			"35 started s-0",
			"135 succeeded s-0",
			// n3 contacts n0 at 145, the reservation of t comes at 155, n3 asks at 165.
			"175 bound t-0 n3",
			"175 started t-0",
			"275 succeeded t-0",
			"10000 succeeded long-0",
			"10000 succeeded long-1",
			"10000 succeeded long-2",
			"10000 bound later-0 n0",
			"10000 started later-0",
			"20000 succeeded later-0",
		]);
		expect(owners(result).slice(0, 2)).toEqual(["long by 0", "later by 0"]);
		expect(owners(result)).toContain("t by 1");
	});

	test("without stealing the short task waits for the long one", async () => {
		const { bindings } = await run(jobs, [0, 3, 0, 1], { steals: 0 });
		// t is first in the queues of n0 and n1, which ask at 10000 + 10; later takes n2, which nobody queues for.
		expect(bindings.slice(4)).toEqual(["10000 bound later-0 n2", "10020 bound t-0 n0"]);
	});

	test("a node without a long pod has nothing to steal", async () => {
		const short: Parameters<typeof job>[] = [
			["a", { durationUs: 900 }],
			["b", { timeUs: 50, durationUs: 100 }],
			["s", { timeUs: 100, durationUs: 100 }],
		];
		// a goes to n0, b to n1; s waits behind both. n1 is over at 180 and has s itself: nobody steals until 300.
		const result = await run(short, [0, 1, 1, 2, 0, 1], {}, ZEROS);
		expect(stealingOf(result)).toMatchObject({ thefts: 0, stolen: 0 });
		expect(result.bindings).toEqual(["30 bound a-0 n0", "80 bound b-0 n1", "200 bound s-0 n1"]);
	});

	test("a long job that backs off gets its turn without any other event", async () => {
		const { bindings } = await simulate({
			nodes: [node("n0", { cpu: 2000 })],
			jobs: [
				job("filler", { cpu: 2000, durationUs: 100 }),
				job("b", { timeUs: 2, durationUs: LONG }),
				job("c", { timeUs: 95, durationUs: LONG }),
			],
			replicas: 2,
			perJobUs: 1,
			architecture: architectureNamed("hawk", { longerThan: "1us" }),
			queue: { discipline: "skip", backoff: { initialUs: 10, maxUs: 10 } },
		});
		// The filler is over at 101 and wakes b; once b is placed it is c's turn, which failed at 96 and may try at 106.
		expect(bindings).toEqual(["1 bound filler-0 n0", "102 bound b-0 n0", "107 bound c-0 n0"]);
	});

	describe("pods that run at the start", () => {
		const prefill = (durationUs: number, nodes: readonly number[]) =>
			nodes.map((n) => ({ job: job(`old-${n}`, { durationUs }), nodes: [n] }));
		const short: Parameters<typeof job>[] = [
			["s", { timeUs: 5, durationUs: 100 }],
			["t", { timeUs: 20, durationUs: 100 }],
		];

		test.each([
			[LONG, "175 bound t-0 n3"],
			// Short ones: nothing is stolen from behind them.
			[900, "920 bound t-0 n0"],
		])("with %i us left: one may steal from behind the long ones", async (leftUs, expected) => {
			const { bindings } = await run(short, [0, 3, 0, 1], {}, ZEROS, { prefill: prefill(leftUs, [0, 1, 2]) });
			expect(bindings.slice(3)).toEqual(["35 bound s-0 n3", expected]);
		});

		test("count until they leave: then there is nothing to steal from behind but who comes next", async () => {
			const jobs: Parameters<typeof job>[] = [["long", { timeUs: 3, pods: 2, durationUs: LONG }], ...short];
			const { bindings } = await run(jobs, [3, 0], { probeRatio: 1 }, ZEROS, {
				prefill: prefill(LONG, [0]),
				faults: [
					{ atUs: 1, action: "fail", selects: ({ name }) => name === "n0" },
					{ atUs: 2, action: "recover", selects: ({ name }) => name === "n0" },
				],
			});
			// old-0 goes to n1 at 1. t waits at n0 behind long-0, and n3 contacts n0 at 145.
			expect(bindings.slice(1)).toEqual([
				"1 bound old-0-0 n1",
				"3 bound long-0 n0",
				"3 bound long-1 n2",
				"35 bound s-0 n3",
				"175 bound t-0 n3",
			]);
		});
	});

	test("without a cutoff the classes of the schedulers say who is long", async () => {
		const { attempts } = await simulate({
			nodes: NODES,
			jobs: [job("a", { durationUs: LONG }), job("b", { durationUs: LONG })],
			replicas: 2,
			architecture: (context) =>
				architectureNamed("hawk", { central: "scheduler-1", delay: "10us" })({
					...context,
					router: ({ name }) => (name === "a" ? 0 : 1),
				}),
		});
		// The central one places at once, the other after three messages.
		expect(attempts.map(({ job: { name }, commitUs }) => `${commitUs} ${name}`)).toEqual(["0 b", "30 a"]);
	});

	test.each([
		[{}, ["a", "a"], "the central scheduler is alone: set replicas of 'a' to 1"],
		[{}, ["a"], "Hawk needs a scheduler for short jobs beside the central one: add one"],
		[{ central: "c" }, ["a", "b"], "the central scheduler 'c' is not among the schedulers"],
		[{ central: "b" }, ["a", "b"], null],
		[{}, ["a", "b", "b"], null],
	])("with %o and schedulers %j: %s", (params, entries, expected) => {
		const parsed = hawk.params!.parse(params);
		expect(
			hawk.refuses!(
				parsed,
				entries.map((entry, i) => ({ name: `${entry}-${i}`, entry })),
			),
		).toBe(expected);
	});
});

test("short jobs are at least twice as fast as under Sparrow, long ones no slower by more than a tenth (E25 in small)", async () => {
	// Of ten jobs nine have 20 tasks of 20 ms and one has 60 of 300 ms, 21.6 s of tasks: ten jobs in 120 ms fill 90 % of 200 slots.
	const jobs = Array.from({ length: 1500 }, (_, i) => {
		const long = i % 10 === 0;
		const size = long ? { pods: 60, durationUs: 300_000 } : { pods: 20, durationUs: 20_000 };
		return job(long ? `long-${i}` : `short-${i}`, { timeUs: i * 12_000, ...size });
	});
	const medianOf = async (architecture: string, prefix: string, params: object) => {
		const times: number[] = [];
		await simulate({
			nodes: Array.from({ length: 200 }, (_, i) => node(`n${i}`, { cpu: 1000 })),
			jobs,
			replicas: 3,
			architecture: architectureNamed(architecture, { delay: "500us", ...params }),
			quiet: true,
			observers: [responseTimes(times, prefix)],
		});
		return median(times);
	};
	const cutoff = { longerThan: "100ms" };
	expect(await medianOf("hawk", "short", cutoff)).toBeLessThan((await medianOf("sparrow", "short", {})) / 2);
	expect(await medianOf("hawk", "long", cutoff)).toBeLessThan((await medianOf("sparrow", "long", {})) * 1.1);
});
