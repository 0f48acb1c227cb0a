/** Quota: who is turned away and why, and that nobody ever holds more than was sold to them. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Cell } from "../../../src/cell/cell.js";
import type { Job } from "../../../src/cell/job.js";
import type { JobArrival } from "../../../src/objects/arrival.js";
import { bandOf } from "../../../src/objects/priority-band.js";
import type { ResourceList } from "../../../src/objects/resources.js";
import { type Quota, QuotaAdmission } from "../../../src/scheduling/admission/quota.js";
import { architectures } from "../../../src/scheduling/architectures/index.js";
import { cellOf, HandClock, type JobOptions, job, node } from "../../support/cells.js";
import { architectureNamed, replicasOf, simulate } from "../../support/simulations.js";

const FOREVER = { fromUs: 0, untilUs: Number.POSITIVE_INFINITY };
const PRODUCTION = 200;
const BATCH = 110;

function quota(user: string, band: Quota["band"], resources: ResourceList, when = FOREVER): Quota {
	return { user, band, resources, ...when };
}

/** A door with these quotas; `come` tells why the job was turned away, or null. */
function doorOf(...quotas: readonly Quota[]) {
	const clock = new HandClock();
	const cell = cellOf([node("n", { cpu: 100_000, memory: 2 ** 40 })], clock);
	const refused: Job[] = [];
	const taken: Job[] = [];
	cell.watch({ jobTurnedAway: (job) => refused.push(job), jobSubmitted: (job) => taken.push(job) });
	const door = new QuotaAdmission(cell, quotas);
	const come = (options: JobOptions & { user: string; priority: number }) => {
		const { user, priority, ...rest } = options;
		const arrival = job(`job-${cell.jobsSubmitted}`, { facts: { namespace: user, priority }, ...rest });
		const before = refused.length;
		door.submit(arrival, arrival);
		return refused.length === before ? null : refused.at(-1)!.turnedAway;
	};
	const end = ({ pending }: Job) => {
		for (const pod of [...pending]) cell.endPod(pod, "deleted");
	};
	return { clock, cell, taken, come, end };
}

const ADS = { user: "ads", priority: PRODUCTION };

describe("a job is held against what is left of the quota of its user and band", () => {
	test("all its pods together: 3 x 1 of 4 cpu, and another 2 are too many until the first has ended", () => {
		const { come, end, taken } = doorOf(quota("ads", "production", { cpu: 4000 }));
		expect(come({ ...ADS, pods: 3 })).toBe(null);
		expect(come({ ...ADS, pods: 2 })).toBe(
			"beyond the production quota of user 'ads': it asks for cpu 2, and 1 of 4 is left",
		);
		expect(come({ ...ADS, pods: 1 })).toBe(null);
		end(taken[0]!);
		expect(come({ ...ADS, pods: 3 })).toBe(null);
	});

	test("it is charged while any of its pods lives, running or waiting", () => {
		const { cell, come, taken } = doorOf(quota("ads", "production", { cpu: 2000 }));
		expect(come({ ...ADS, pods: 2 })).toBe(null);
		cell.endPod(taken[0]!.pending[0]!, "deleted");
		expect(come({ ...ADS })).toBe("beyond the production quota of user 'ads': it asks for cpu 1, and 0 of 2 is left");
		cell.endPod(taken[0]!.pending[0]!, "deleted");
		expect(come({ ...ADS })).toBe(null);
	});

	test.each<[string, ResourceList, JobOptions, string | null]>([
		["memory", { memory: 150 }, { pods: 2 }, "it asks for memory 200, and 150 of 150 is left"],
		["GPUs, by their shares", { gpu: 500 }, { gpu: { milli: 600 } }, "it asks for gpu 600m, and 500m of 500m is left"],
		["an extended resource", { "a.b/c": 1 }, { extended: { "a.b/c": 2 } }, "it asks for a.b/c 2, and 1 of 1 is left"],
		["nothing that the quota does not name", { cpu: 1000 }, { memory: 2 ** 30, gpu: { milli: 1000 } }, null],
	])("%s", (_what, resources, options, reason) => {
		const { come } = doorOf(quota("ads", "production", resources));
		const whole = reason === null ? null : `beyond the production quota of user 'ads': ${reason}`;
		expect(come({ ...ADS, ...options })).toBe(whole);
	});

	test("whoever has none gets nothing, except best-effort", () => {
		const { come } = doorOf(quota("ads", "production", { cpu: 1000 }));
		expect(come({ user: "web", priority: PRODUCTION })).toBe("user 'web' has no production quota");
		expect(come({ user: "ads", priority: BATCH })).toBe("user 'ads' has no batch quota");
		expect(come({ user: "ads", priority: 400 })).toBe("user 'ads' has no monitoring quota");
		expect(come({ user: "web", priority: 99, pods: 1000 })).toBe(null);
	});

	test("at the time when it comes: 2 cpu until 100, 3 more from 50", () => {
		const { clock, come } = doorOf(
			quota("ads", "production", { cpu: 2000 }, { fromUs: 0, untilUs: 100 }),
			quota("ads", "production", { cpu: 3000 }, { fromUs: 50, untilUs: 200 }),
		);
		const reasons = [0, 50, 100, 200].map((nowUs) => {
			clock.nowUs = nowUs;
			return come({ ...ADS, pods: nowUs === 0 ? 3 : nowUs === 50 ? 4 : 1 });
		});
		expect(reasons).toEqual([
			"beyond the production quota of user 'ads': it asks for cpu 3, and 2 of 2 is left",
			null,
			// 4 cpu are held of what were 5 and are 3 now.
			"beyond the production quota of user 'ads': it asks for cpu 1, and 0 of 3 is left",
			"user 'ads' has no production quota at this time",
		]);
	});
});

test("nothing is left of a job that was turned away", () => {
	const { cell, come, taken } = doorOf(quota("ads", "production", { cpu: 1000 }));
	come({ ...ADS, pods: 2 });
	expect([cell.pendingPods, [...cell.pods.all()], cell.classes.size, taken]).toEqual([0, [], 0, []]);
	come(ADS);
	expect([cell.pendingPods, cell.pod(taken[0]!.pending[0]!).name]).toEqual([1, "job-1-0"]);
});

test("what a job asks for is held against the quota, not what the cell counts it for", () => {
	const { cell, taken } = doorOf();
	const door = new QuotaAdmission(cell, [quota("ads", "production", { cpu: 3000 })]);
	const facts = { namespace: "ads", priority: PRODUCTION };
	for (let i = 0; i < 2; i++) door.submit(job("asked", { cpu: 2000, facts }), job(`counted-${i}`, { cpu: 100, facts }));
	expect(taken.map(({ name }) => name)).toEqual(["counted-0"]);
});

const USERS = ["ads", "web"] as const;
const RESOURCES = ["cpu", "memory"] as const;

const quotas: fc.Arbitrary<Quota[]> = fc.array(
	fc.record({
		user: fc.constantFrom(...USERS),
		band: fc.constantFrom("production" as const, "batch" as const),
		resources: fc.record({ cpu: fc.constantFrom(2000, 5000), memory: fc.constantFrom(200, 600) }),
		fromUs: fc.constantFrom(0, 10),
		untilUs: fc.constantFrom(25, Number.POSITIVE_INFINITY),
	}),
	{ minLength: 1, maxLength: 5 },
);

const arrivals: fc.Arbitrary<JobArrival[]> = fc
	.array(
		fc.record({
			timeUs: fc.integer({ min: 0, max: 40 }),
			user: fc.constantFrom(...USERS),
			priority: fc.constantFrom(PRODUCTION, BATCH, 50),
			pods: fc.integer({ min: 1, max: 3 }),
			cpu: fc.constantFrom(500, 1000, 2000),
			durationUs: fc.integer({ min: 1, max: 20 }),
		}),
		{ minLength: 5, maxLength: 30, size: "max" },
	)
	.map((drawn) =>
		[...drawn]
			.sort((a, b) => a.timeUs - b.timeUs)
			.map(({ user, priority, ...rest }, i) => job(`job-${i}`, { ...rest, facts: { namespace: user, priority } })),
	);

const FAULTS = [
	{ atUs: 12, action: "fail" as const, selects: ({ name }: { name: string }) => name === "a" },
	{ atUs: 18, action: "recover" as const, selects: ({ name }: { name: string }) => name === "a" },
];

describe.each([...architectures.all.keys()])("under %s", (architecture) => {
	test("whoever is taken in stays within the quota, and whoever is turned away would not have", async () => {
		let [taken, refused] = [0, 0];
		await fc.assert(
			fc.asyncProperty(quotas, arrivals, async (sold, jobs) => {
				const byName = new Map(jobs.map((arrival) => [arrival.name, arrival]));
				const alive = new Set<Job>();
				/** Whether the job, with those alive of its user and band, asks for more than is sold to them now. */
				const isOver = ({ name, user, priority }: Job, nowUs: number) => {
					const band = bandOf(priority);
					if (band === "best-effort") return false;
					const holds = sold.filter(
						(quota) => quota.user === user && quota.band === band && quota.fromUs <= nowUs && nowUs < quota.untilUs,
					);
					const peers = [...alive].filter((peer) => peer.user === user && bandOf(peer.priority) === band);
					return RESOURCES.some((resource) => {
						const asked = [name, ...peers.map((peer) => peer.name)]
							.flatMap((name) => byName.get(name)!.pods)
							.reduce((sum, { spec }) => sum + spec.requests[resource]!, 0);
						return asked > holds.reduce((sum, { resources }) => sum + resources[resource]!, 0);
					});
				};
				await simulate({
					nodes: [node("a", { cpu: 3000 }), node("b", { cpu: 4000 })],
					...{
						jobs,
						faults: FAULTS,
						admission: (cell: Cell) => new QuotaAdmission(cell, sold),
						replicas: replicasOf(architecture),
					},
					architecture: architectureNamed(architecture),
					observers: [
						(engine, cell) =>
							cell.watch({
								jobSubmitted(job) {
									taken++;
									expect(isOver(job, engine.nowUs), `${job.name} was taken in`).toBe(false);
									alive.add(job);
								},
								jobTurnedAway(job) {
									refused++;
									expect(isOver(job, engine.nowUs), `${job.name}: ${job.turnedAway}`).toBe(true);
								},
								jobEnded: (job) => alive.delete(job),
							}),
					],
				});
			}),
			{ seed: 73, numRuns: 25 },
		);
		expect(Math.min(taken, refused)).toBeGreaterThan(50);
	});
});
