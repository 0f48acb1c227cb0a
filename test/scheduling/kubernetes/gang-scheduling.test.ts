/** Gangs of Workloads: PreEnqueue, Permit, and what becomes of those that wait in vain. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Cell } from "../../../src/cell/cell.js";
import type { JobArrival } from "../../../src/objects/arrival.js";
import { gangOf } from "../../../src/objects/gang.js";
import { job, node } from "../../support/cells.js";
import {
	GANG_SCHEDULING,
	inWorkload,
	kubeScheduler,
	restless,
	SECOND,
	workloads,
} from "../../support/kubernetes-groups.js";
import { type SimulateOptions, simulate } from "../../support/simulations.js";

const FOR_EVER = Number.POSITIVE_INFINITY;

/** A pod of 1 cpu unless told otherwise that runs for ever, as a job of its own. */
function member(name: string, atS: number, facts: JobFacts, cpu = 1000): JobArrival {
	return job(name, { timeUs: atS * SECOND, facts, cpu, durationUs: FOR_EVER });
}

type JobFacts = ReturnType<typeof inWorkload>;

const sorted = (jobs: readonly JobArrival[]) => [...jobs].sort((a, b) => a.timeUs - b.timeUs);

/** Who got a node when, `12 a0`. */
async function bound(options: SimulateOptions): Promise<readonly string[]> {
	const { bindings } = await simulate({
		...kubeScheduler(GANG_SCHEDULING),
		nodes: [node("n", { cpu: 4000 })],
		observers: [restless],
		...options,
	});
	return bindings
		.filter((line) => line.includes(" bound "))
		.map((line) => {
			const [us, , pod = ""] = line.split(" ");
			return `${Number(us) / SECOND} ${pod.replace(/-0$/, "")}`;
		});
}

describe("PreEnqueue", () => {
	test.each<[string, readonly JobFacts[], readonly string[]]>([
		["as many as needed, from the moment the last has come", [inWorkload("w"), inWorkload("w")], ["1 p0", "1 p1"]],
		["one too few", [inWorkload("w")], []],
		["pods of another group", [inWorkload("w"), inWorkload("w", "others")], []],
		["pods of another workload", [inWorkload("w"), inWorkload("v")], []],
		["other replica keys", [inWorkload("w", "workers", "0"), inWorkload("w", "workers", "1")], []],
		[
			"two with one replica key each",
			["0", "1", "1", "0"].map((key) => inWorkload("w", "workers", key)),
			["2 p1", "2 p2", "3 p0", "3 p3"],
		],
		["the policy basic: nothing to wait for", [inWorkload("w", "driver")], ["0 p0"]],
		["a group that there is not", [inWorkload("w", "none"), inWorkload("w", "none")], []],
		["a workload that there is not", [inWorkload("none"), inWorkload("none")], []],
		["no workload at all", [{}], ["0 p0"]],
	])("%s", async (_what, pods, expected) => {
		const jobs = pods.map((facts, i) => member(`p${i}`, i, facts));
		const objects = workloads({ w: { workers: 2, others: 2, driver: null }, v: { workers: 2 } });
		expect([...(await bound({ jobs, objects }))].sort()).toEqual(expected);
	});

	test("pods that are not there in sufficient number are never tried", async () => {
		const { attempts } = await simulate({
			...kubeScheduler(GANG_SCHEDULING),
			nodes: [node("n")],
			jobs: [member("a", 0, inWorkload("w")), member("b", 1, inWorkload("none"))],
			objects: workloads({ w: { workers: 2 } }),
			endUs: 400 * SECOND,
		});
		expect(attempts).toEqual([]);
	});

	test("a pod that is deleted does not count any more", async () => {
		// a0 is gone when a1 comes; with a2 there are two.
		const jobs = [0, 2, 4].map((atS, i) => member(`a${i}`, atS, inWorkload("w")));
		const faults = [
			{ atUs: SECOND, action: "delete", selects: ({ name }: { readonly name: string }) => name === "a0-0" },
		] as const;
		expect(await bound({ jobs, faults, objects: workloads({ w: { workers: 2 } }) })).toEqual(["4 a2", "4 a1"].sort());
	});

	test("a gang may be one job", async () => {
		const jobs = [job("a", { pods: 3, facts: inWorkload("w"), durationUs: FOR_EVER })];
		expect(await bound({ jobs, objects: workloads({ w: { workers: 3 } }) })).toEqual(["0 a", "0 a-1", "0 a-2"]);
	});
});

describe("Permit", () => {
	// Three of four find room beside `busy`, and hold it.
	const gang = [0, 1, 2, 3].map((i) => member(`a${i}`, 1, inWorkload("w")));
	const busy = (untilS: number) => job("busy", { cpu: 1000, durationUs: untilS * SECOND });
	const objects = workloads({ w: { workers: 4 } });

	test.each<[string, number, readonly string[]]>([
		["in time: all are let through at once", 200, ["200 a0", "200 a1", "200 a2", "200 a3"]],
		// They give up their room 1 + 300 s, `other` takes 2 cpu of it, and there are never four again.
		["too late: after five minutes others get the room", 400, ["301 other"]],
	])("the fourth finds room %s", async (_what, untilS, expected) => {
		const jobs = sorted([busy(untilS), ...gang, member("other", 5, {}, 2000)]);
		const lines = await bound({ jobs, objects, endUs: 1000 * SECOND });
		expect([...lines].sort()).toEqual(["0 busy", ...expected]);
	});

	test("after five minutes in vain, one that finds a node has the others tried", async () => {
		// Room for one more at 400 s is news to the fourth only: the others were turned down for the time.
		const lines = await bound({ jobs: sorted([busy(400), ...gang]), objects });
		expect([...lines].sort()).toEqual(["0 busy", "400 a0", "400 a1", "400 a2", "400 a3"]);
	});

	test("when one that waits is deleted, the others wait no longer", async () => {
		const jobs = sorted([busy(900), ...gang, member("other", 5, {}, 2000)]);
		const faults = [
			{ atUs: 50 * SECOND, action: "delete", selects: ({ name }: { readonly name: string }) => name === "a1-0" },
		] as const;
		expect(await bound({ jobs, objects, faults })).toEqual(["0 busy", "50 other"]);
	});

	test("pods beyond minCount need not wait", async () => {
		const jobs = sorted([...gang.slice(0, 3), member("late", 9, inWorkload("w"))]);
		const lines = await bound({ jobs, objects: workloads({ w: { workers: 3 } }) });
		expect([...lines.slice(0, 3)].sort()).toEqual(["1 a0", "1 a1", "1 a2"]);
		expect(lines.slice(3)).toEqual(["9 late"]);
	});
});

describe("two gangs of four whose pods come in turn, on four cpus", () => {
	/** One pod of each a second, the last of b so much later; those of a run for ten seconds if `ends`. */
	const pods = (lagS: number, ends: boolean) =>
		[0, 1, 2, 3].flatMap((i) => [
			job(`a${i}`, { timeUs: i * SECOND, facts: inWorkload("a"), durationUs: ends ? 10 * SECOND : FOR_EVER }),
			member(`b${i}`, i + (i === 3 ? lagS : 0), inWorkload("b")),
		]);
	const objects = workloads({ a: { workers: 4 }, b: { workers: 4 } });

	test("by default each gets half, and they block each other for ever", async () => {
		const lines = await bound({ ...kubeScheduler({}), jobs: pods(1, false), objects });
		expect(lines).toEqual(["0 a0", "0 b0", "1 a1", "1 b1"]);
	});

	test("with the plugin the one that is complete first gets all, and the other the same afterwards", async () => {
		const lines = await bound({ jobs: pods(1, true), objects });
		expect([...lines].sort()).toEqual([...["13 b0", "13 b1", "13 b2", "13 b3"], ...["3 a0", "3 a1", "3 a2", "3 a3"]]);
	});

	test("complete at the same instant, they hold half each for five minutes, again and again", async () => {
		// As pods are tried one by one, Permit alone does not resolve that; nobody gets a node half.
		expect(await bound({ jobs: pods(0, false), objects, endUs: 1200 * SECOND })).toEqual([]);
	});
});

/** Notes every gang of which a pod gets a node while fewer than it needs have one. */
function partialGangs(quorum: (group: string) => number, broken: string[]) {
	return (_engine: unknown, cell: Cell) =>
		cell.watch({
			podBound(pod) {
				const group = gangOf(cell.pod(pod).podClass.spec.facts);
				if (group === null) return;
				const has = [...cell.pods.all()].filter(
					(other) => gangOf(cell.pod(other).podClass.spec.facts) === group && cell.pod(other).node >= 0,
				);
				if (has.length < quorum(group)) broken.push(`${cell.nowUs} ${group} has ${has.length}`);
			},
		});
}

const setting = fc.record({
	gangs: fc.array(
		fc.record({
			size: fc.integer({ min: 1, max: 5 }),
			spare: fc.integer({ min: 0, max: 2 }),
			cpu: fc.constantFrom(500, 1000, 1500),
			atS: fc.integer({ min: 0, max: 8 }),
			everyS: fc.integer({ min: 0, max: 2 }),
			asOneJob: fc.boolean(),
		}),
		{ minLength: 1, maxLength: 4 },
	),
	singles: fc.array(
		fc.record({ cpu: fc.constantFrom(500, 2000, 4000), atS: fc.nat(20), durationS: fc.integer({ min: 1, max: 400 }) }),
		{ maxLength: 4 },
	),
	nodes: fc.array(fc.constantFrom(2000, 4000), { minLength: 1, maxLength: 3 }),
	perPodUs: fc.constantFrom(0, 1000, SECOND),
});

test("no pod of a gang gets a node unless minCount of them have one", async () => {
	let binds = 0;
	await fc.assert(
		fc.asyncProperty(setting, async ({ gangs, singles, nodes, perPodUs }) => {
			const quorums = gangs.map(({ size, spare }) => Math.max(1, size - spare));
			const jobs = gangs.flatMap(({ size, cpu, atS, everyS, asOneJob }, g) => {
				const common = { facts: inWorkload(`g${g}`), cpu, durationUs: FOR_EVER };
				if (asOneJob) return [job(`g${g}`, { ...common, pods: size, timeUs: atS * SECOND })];
				const timeUs = (i: number) => (atS + i * everyS) * SECOND;
				return Array.from({ length: size }, (_, i) => job(`g${g}-${i}`, { ...common, timeUs: timeUs(i) }));
			});
			const others = singles.map(({ cpu, atS, durationS }, i) =>
				job(`s${i}`, { cpu, timeUs: atS * SECOND, durationUs: durationS * SECOND }),
			);
			const broken: string[] = [];
			const { bindings } = await simulate({
				...kubeScheduler(GANG_SCHEDULING),
				nodes: nodes.map((cpu, i) => node(`n${i}`, { cpu })),
				objects: workloads(Object.fromEntries(quorums.map((quorum, g) => [`g${g}`, { workers: quorum }]))),
				jobs: sorted([...jobs, ...others]),
				perPodUs,
				endUs: 800 * SECOND,
				observers: [partialGangs((group) => quorums[Number(group.split("/")[1]!.slice(1))]!, broken), restless],
			});
			binds += bindings.filter((line) => line.includes("bound g")).length;
			expect(broken).toEqual([]);
		}),
		{ seed: 35, numRuns: 100 },
	);
	expect(binds).toBeGreaterThan(150);
});
