/** Pod groups get nodes together or not at all. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Cell } from "../../../src/cell/cell.js";
import type { JobArrival } from "../../../src/objects/arrival.js";
import { podGroupOf } from "../../../src/objects/pod-group.js";
import type { NodeSpec } from "../../../src/objects/spec.js";
import { job, node } from "../../support/cells.js";
import { coscheduling, inGroup, kubeScheduler, podGroups, restless, SECOND } from "../../support/kubernetes-groups.js";
import { architectureNamed, type SimulateOptions, simulate } from "../../support/simulations.js";

const FOR_EVER = Number.POSITIVE_INFINITY;

interface Member {
	readonly cpu?: number;
	readonly durationUs?: number;
	readonly priority?: number;
}

/** A job of one pod that belongs to a group, and comes at a second. */
function member(
	name: string,
	group: string,
	atS: number,
	{ cpu = 1000, durationUs = FOR_EVER, priority = 0 }: Member = {},
) {
	return job(name, { timeUs: atS * SECOND, facts: inGroup(group, { priority }), cpu, durationUs });
}

/** So many members of a group at once, each a job of its own. */
function members(count: number, group: string, atS: number, more: Member = {}): readonly JobArrival[] {
	return Array.from({ length: count }, (_, i) => member(`${group}${i}`, group, atS, more));
}

/** Another pod. */
function single(name: string, atS: number, cpu: number, untilS = FOR_EVER, priority = 0): JobArrival {
	const durationUs = untilS === FOR_EVER ? FOR_EVER : (untilS - atS) * SECOND;
	return job(name, { timeUs: atS * SECOND, cpu, durationUs, facts: { priority } });
}

/** Who got a node when, `12 a0 n`. Pods of jobs of one pod go by the name of the job. */
async function bound(options: SimulateOptions): Promise<readonly string[]> {
	const { bindings } = await simulate({ nodes: [node("n", { cpu: 4000 })], ...options });
	return bindings.map((line) => {
		const [us, , pod = "", onto = ""] = line.split(" ");
		return `${Number(us) / SECOND} ${pod.replace(/-0$/, "")} ${onto}`;
	});
}

const sorted = (jobs: readonly JobArrival[]) => [...jobs].sort((a, b) => a.timeUs - b.timeUs);

describe("a group", () => {
	test("waits for as many pods as it needs, and then all get nodes at once", async () => {
		const jobs = [member("a0", "a", 0), member("a1", "a", 5), member("a2", "a", 9)];
		expect(await bound({ ...kubeScheduler(coscheduling()), jobs, objects: podGroups({ a: 3 }) })).toEqual([
			"9 a0 n",
			"9 a1 n",
			"9 a2 n",
		]);
	});

	test("that does not fit as a whole holds nothing; when there is room for all, it gets it", async () => {
		// Free at 1 s: 4 - 2 = 2 of the 3 that it needs. At 2 s a pod takes one of them, and at 10 s there are 1 + 2.
		const jobs = sorted([single("busy", 0, 2000, 10), ...members(3, "a", 1), single("small", 2, 1000)]);
		expect(await bound({ ...kubeScheduler(coscheduling()), jobs, objects: podGroups({ a: 3 }) })).toEqual([
			"0 busy n",
			"2 small n",
			...["10 a2 n", "10 a1 n", "10 a0 n"].sort(),
		]);
	});

	test("needs no more than minMember: others of it come when there is room", async () => {
		const jobs = sorted([single("busy", 0, 2000, 10), ...members(3, "a", 1)]);
		expect(await bound({ ...kubeScheduler(coscheduling()), jobs, objects: podGroups({ a: 2 }) })).toEqual([
			"0 busy n",
			"1 a0 n",
			"1 a1 n",
			"10 a2 n",
		]);
	});

	test("may be one job: its pods are placed, or unplaced, together", async () => {
		const jobs = [
			job("a", { pods: 3, facts: inGroup("a"), durationUs: FOR_EVER }),
			job("b", { pods: 2, facts: inGroup("b"), durationUs: FOR_EVER }),
		];
		const nodes = [node("n", { cpu: 4000 })];
		const { attempts, bindings } = await simulate({
			...kubeScheduler(coscheduling()),
			nodes,
			jobs,
			objects: podGroups({ a: 3, b: 2 }),
			endUs: 60 * SECOND,
		});
		expect(bindings).toEqual(["0 bound a-0 n", "0 bound a-1 n", "0 bound a-2 n"]);
		expect(
			attempts.map(({ job: { name }, pods, placed, unplaced, outcome }) => [name, pods, placed, unplaced, outcome]),
		).toEqual([
			["a", 3, 3, 0, "placed"],
			["b", 2, 0, 2, "unschedulable"],
		]);
		expect(Object.fromEntries(attempts[1]!.rejections)).toEqual({ "Insufficient cpu": 1 });
	});

	test("that was not declared gets nothing, and one pod less than it needs neither", async () => {
		const jobs = [member("lost", "none", 0), member("alone", "a", 0)];
		const { attempts, bindings } = await simulate({
			...kubeScheduler(coscheduling()),
			nodes: [node("n")],
			jobs,
			objects: podGroups({ a: 2 }),
			endUs: 60 * SECOND,
		});
		expect(bindings).toEqual([]);
		expect(attempts.map(({ job: { name }, rejections }) => [name, ...rejections.keys()])).toEqual([
			["alone", "cannot find enough sibling pods, current pods number: 1, minMember of group: 2"],
			["lost", "PodGroup not found"],
		]);
	});

	test.each<[string, number, number, string]>([
		// 4 cpu less 1 that is taken.
		["cpu", 4, 2, "resource gap: cpu 1"],
		["pods", 1, 5, "resource gap: pods 1"],
		["cpu and pods", 5, 5, "resource gap: cpu 2, pods 1"],
	])("whose minResources are not free is turned down: %s", async (_what, cpu, minMember, reason) => {
		const jobs = sorted([single("busy", 0, 1000), ...members(5, "a", 1, { cpu: 100 })]);
		const objects = podGroups({ a: { minMember, minResources: { cpu: cpu * 1000 } } });
		const nodes = [node("n", { cpu: 4000, pods: 5 })];
		const { attempts } = await simulate({ ...kubeScheduler(coscheduling()), nodes, jobs, objects, endUs: 2 * SECOND });
		expect([...attempts[1]!.rejections.keys()]).toEqual([reason]);
	});

	test("counts what its own pods have as free when it looks for its minResources", async () => {
		// The first two take 2 of 4 cpu; for the third the 4 that the group needs are there still.
		const jobs = [...members(2, "a", 0), member("late", "a", 5)];
		const objects = podGroups({ a: { minMember: 2, minResources: { cpu: 4000 } } });
		const profile = coscheduling({ permitWaitingTimeSeconds: 1 });
		expect(await bound({ ...kubeScheduler(profile), jobs, objects })).toEqual(["0 a1 n", "0 a0 n", "5 late n"].sort());
	});
});

describe("pods that wait on their nodes", () => {
	// Nine of ten find room: the gap is 10 %, and they wait for the tenth.
	const nine = { nodes: [node("n", { cpu: 4000 })], jobs: members(10, "a", 0, { cpu: 420 }) };

	test.each<[string, object, number | null, number]>([
		["as long as the scheduler says", {}, null, 60],
		["as long as its arguments say", { permitWaitingTimeSeconds: 20 }, null, 20],
		["as long as the group says", { permitWaitingTimeSeconds: 20 }, 7, 7],
	])("hold their room %s, then give it back to those who were short of it", async (_what, args, seconds, untilS) => {
		const jobs = sorted([...nine.jobs, single("other", 3, 3000)]);
		const objects = podGroups({ a: { minMember: 10, scheduleTimeoutSeconds: seconds } });
		const lines = await bound({ ...kubeScheduler(coscheduling(args)), ...nine, jobs, objects });
		expect(lines).toEqual([`${untilS} other n`]);
	});

	test("give it up at once where more than a tenth is missing", async () => {
		// Eight of ten fit.
		const jobs = sorted([...members(10, "a", 0, { cpu: 500 }), single("other", 3, 3000)]);
		expect(await bound({ ...kubeScheduler(coscheduling()), jobs, objects: podGroups({ a: 10 }) })).toEqual([
			"3 other n",
		]);
	});

	test("take their nodes when the rest of the group finds room in time", async () => {
		const jobs = sorted([single("busy", 0, 200, 30), ...members(10, "a", 1, { cpu: 400 })]);
		const lines = await bound({ ...kubeScheduler(coscheduling()), jobs, objects: podGroups({ a: 10 }) });
		expect(lines[0]).toBe("0 busy n");
		expect(lines.slice(1).map((line) => line.split(" ")[0])).toEqual(new Array(10).fill("30"));
	});

	test("make way for a pod of higher priority, all of them", async () => {
		const jobs = sorted([...nine.jobs, single("urgent", 3, 1000, FOR_EVER, 9), single("other", 4, 3000)]);
		const lines = await bound({ ...kubeScheduler(coscheduling()), ...nine, jobs, objects: podGroups({ a: 10 }) });
		expect(lines).toEqual(["3 urgent n", "4 other n"]);
	});

	test("wait no longer when one of them is deleted", async () => {
		const jobs = sorted([...nine.jobs, single("other", 3, 3000)]);
		const lines = await bound({
			...kubeScheduler(coscheduling()),
			...nine,
			jobs,
			objects: podGroups({ a: 10 }),
			faults: [{ atUs: 10 * SECOND, action: "delete", selects: ({ name }) => name === "a0-0" }],
		});
		// With nine pods left the group is not complete any more.
		expect(lines).toEqual(["10 other n"]);
	});

	test("wait no longer when the node of one of them fails", async () => {
		// Eight on n, two on m: one of eleven is missing, 9 %.
		const options = { nodes: [node("n", { cpu: 4000 }), node("m", { cpu: 1000 })], objects: podGroups({ a: 11 }) };
		const jobs = sorted([...members(11, "a", 0, { cpu: 450 }), single("other", 25, 3000)]);
		const given = { ...kubeScheduler(coscheduling()), ...options, jobs };
		expect(await bound(given)).toEqual(["60 other n"]);
		const fails = [{ atUs: 20 * SECOND, action: "fail", selects: ({ name }: NodeSpec) => name === "m" }] as const;
		expect(await bound({ ...given, faults: fails })).toEqual(["25 other n"]);
	});
});

describe("a group that was turned down", () => {
	test("is not tried for as long as the arguments say, whatever happens", async () => {
		// It fails at 1 s. There is room from 5 s on; the next thing that happens after 11 s is the end of `late`.
		const jobs = sorted([single("busy", 0, 3000, 5), single("late", 0, 500, 20), ...members(2, "a", 1, { cpu: 1500 })]);
		const objects = podGroups({ a: 2 });
		const at = async (seconds: number) => {
			const lines = await bound({ ...kubeScheduler(coscheduling({ podGroupBackoffSeconds: seconds })), jobs, objects });
			return lines.filter((line) => line.includes(" a")).map((line) => line.split(" ")[0]);
		};
		expect(await at(0)).toEqual(["5", "5"]);
		expect(await at(10)).toEqual(["20", "20"]);
	});

	test("does not go round and round where decisions take no time", async () => {
		const jobs = sorted([...members(4, "a", 0), ...members(4, "b", 0), single("busy", 0, 1000, FOR_EVER, 5)]);
		const { attempts } = await simulate({
			...kubeScheduler(coscheduling()),
			nodes: [node("n", { cpu: 4000 })],
			jobs,
			objects: podGroups({ a: 4, b: 4 }),
			endUs: 60 * SECOND,
		});
		// One attempt a pod, and at most one more for each that was given a second chance by what others gave back.
		expect(attempts.length).toBeLessThan(40);
	});
});

test("the queue goes by priority, then by the age of the group, then by name", async () => {
	const jobs = sorted([
		single("busy", 0, 4000, 20, 9),
		member("b0", "b", 1),
		single("s", 2, 1000),
		member("a0", "a", 3),
		member("high0", "high", 4, { priority: 5 }),
		// Its group is as old as b0.
		member("b1", "b", 5),
	]);
	const objects = podGroups({ a: 1, b: 2, high: 1 });
	const lines = await bound({ ...kubeScheduler(coscheduling()), nodes: [node("n", { cpu: 4000 })], jobs, objects });
	expect(lines.slice(1, 4)).toEqual(["20 high0 n", "20 b0 n", "20 b1 n"]);
});

describe("a group in a decision that takes time", () => {
	test("is placed as a whole or not at all when others have taken the room meanwhile", async () => {
		const options = kubeScheduler(coscheduling());
		const { bindings, attempts } = await simulate({
			...options,
			nodes: [node("n", { cpu: 4000 })],
			// Both decide on the empty node; the group's decision ends later.
			jobs: [
				job("p0-a", { pods: 3, facts: inGroup("a"), durationUs: FOR_EVER }),
				job("p1-x", { cpu: 2000, durationUs: 10 * SECOND }),
			],
			objects: podGroups({ a: 3 }),
			architecture: (context) =>
				architectureNamed("shared-state")({ ...context, router: ({ name }) => Number(name[1]) }),
			replicas: 2,
			perPodUs: SECOND,
		});
		expect(bindings.map((line) => line.split(" ").slice(0, 3).join(" "))).toEqual([
			"1000000 bound p1-x-0",
			...["p0-a-0", "p0-a-1", "p0-a-2"].map((name) => `${bindings[1]!.split(" ")[0]} bound ${name}`),
		]);
		const own = attempts.filter(({ job: { name } }) => name === "p0-a");
		expect(own[0]).toMatchObject({ pods: 3, placed: 0, unplaced: 0, outcome: "conflict" });
		expect(own.at(-1)).toMatchObject({ pods: 3, placed: 3, outcome: "placed" });
	});
});

/** Notes every group of which a pod gets a node while fewer than it needs have one. */
function partialGangs(quorums: ReadonlyMap<string, number>, broken: string[]) {
	return (_engine: unknown, cell: Cell) =>
		cell.watch({
			podBound(pod) {
				const group = podGroupOf(cell.pod(pod).podClass.spec.facts);
				if (group === null) return;
				const has = [...cell.pods.all()].filter(
					(other) => podGroupOf(cell.pod(other).podClass.spec.facts) === group && cell.pod(other).node >= 0,
				);
				if (has.length < quorums.get(group)!) broken.push(`${cell.nowUs} ${group} has ${has.length}`);
			},
		});
}

const drawnGroup = fc.record({
	size: fc.integer({ min: 1, max: 5 }),
	cpu: fc.constantFrom(500, 1000, 1500),
	atS: fc.integer({ min: 0, max: 8 }),
	everyS: fc.integer({ min: 0, max: 2 }),
	durationS: fc.integer({ min: 1, max: 30 }),
	asOneJob: fc.boolean(),
	priority: fc.constantFrom(0, 0, 0, 5),
});
const drawnSingle = fc.record({
	cpu: fc.constantFrom(500, 2000, 4000),
	atS: fc.integer({ min: 0, max: 20 }),
	durationS: fc.integer({ min: 1, max: 40 }),
});
type Drawn<A> = A extends fc.Arbitrary<infer Value> ? Value : never;

const setting = fc.record({
	groups: fc.array(drawnGroup, { minLength: 1, maxLength: 4 }),
	singles: fc.array(drawnSingle, { maxLength: 5 }),
	nodes: fc.array(fc.constantFrom(2000, 4000), { minLength: 2, maxLength: 3 }),
	perPodUs: fc.constantFrom(0, 1000, SECOND),
	args: fc.record({
		permitWaitingTimeSeconds: fc.constantFrom(30, 60),
		podGroupBackoffSeconds: fc.constantFrom(0, 0, 5),
	}),
});

type Setting = Drawn<typeof setting>;

/** What is drawn, as jobs. Pods of groups run for ever, or for their time and all alike. */
function jobsOf({ groups, singles }: Setting, ends: boolean): readonly JobArrival[] {
	const ofGroups = groups.flatMap(({ size, cpu, atS, everyS, durationS, asOneJob, priority }, g) => {
		const facts = inGroup(`g${g}`, { priority: ends ? 0 : priority });
		const common = { facts, cpu, durationUs: ends ? durationS * SECOND : FOR_EVER };
		if (asOneJob) return [job(`g${g}`, { ...common, pods: size, timeUs: atS * SECOND })];
		return Array.from({ length: size }, (_, i) =>
			job(`g${g}-${i}`, { ...common, timeUs: (atS + i * everyS) * SECOND }),
		);
	});
	const others = singles.map(({ cpu, atS, durationS }, i) => single(`s${i}`, atS, cpu, atS + durationS));
	return sorted([...ofGroups, ...others]);
}

function optionsOf({ args, nodes, perPodUs, groups }: Setting, quorumOf: (size: number) => number): SimulateOptions {
	const quorums = groups.map(({ size }, g) => [`g${g}`, quorumOf(size)]);
	return {
		...kubeScheduler(coscheduling(args)),
		nodes: nodes.map((cpu, i) => node(`n${i}`, { cpu })),
		objects: podGroups(Object.fromEntries(quorums)),
		perPodUs,
	};
}

test("no pod of a group gets a node unless as many as the group needs have one", async () => {
	let binds = 0;
	await fc.assert(
		fc.asyncProperty(setting, fc.nat({ max: 2 }), async (drawn, spare) => {
			const quorumOf = (size: number) => Math.max(1, size - spare);
			const quorums = new Map(drawn.groups.map(({ size }, g) => [`default/g${g}`, quorumOf(size)]));
			const broken: string[] = [];
			// A pod that is deleted while a decision is made on another one is missing when that is placed.
			const faults =
				drawn.perPodUs > 0
					? []
					: [
							{
								atUs: 9 * SECOND,
								action: "delete",
								selects: ({ name }: { name: string }) => name.endsWith("1-0"),
							} as const,
						];
			const { bindings } = await simulate({
				...optionsOf(drawn, quorumOf),
				jobs: jobsOf(drawn, false),
				observers: [partialGangs(quorums, broken), restless],
				faults,
			});
			binds += bindings.filter((line) => line.includes("bound g")).length;
			expect(broken).toEqual([]);
		}),
		{ seed: 8, numRuns: 150 },
	);
	expect(binds).toBeGreaterThan(150);
});

test("nothing is lost: groups that fit the empty cell get their nodes at some time, and all pods end", async () => {
	await fc.assert(
		fc.asyncProperty(setting, async (drawn) => {
			const roomFor = (cpu: number) => drawn.nodes.reduce((sum, of) => sum + Math.floor(of / cpu), 0);
			const groups = drawn.groups.filter(({ size, cpu }) => size <= roomFor(cpu));
			const singles = drawn.singles.filter(({ cpu }) => cpu <= Math.max(...drawn.nodes));
			const fitting = { ...drawn, groups, singles };
			const { simulation } = await simulate({
				...optionsOf(fitting, (size) => size),
				jobs: jobsOf(fitting, true),
				endUs: 3600 * SECOND,
				observers: [restless],
			});
			const left = [...simulation.cell.pods.all()].map((pod) => simulation.cell.pod(pod).name);
			expect(left).toEqual([]);
		}),
		{ seed: 9, numRuns: 150 },
	);
});
