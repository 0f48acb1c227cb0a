/**
 * Whole runs in which pods of all bands compete: priorities never invert, and production never stops production. Where no decision takes
 * time, what holds between two instants holds always.
 */
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Cell } from "../../../src/cell/cell.js";
import type { NodeId } from "../../../src/cell/ids.js";
import type { PodView } from "../../../src/cell/pod-view.js";
import type { JobArrival } from "../../../src/objects/arrival.js";
import { bandOf, isProduction, type PriorityBand } from "../../../src/objects/priority-band.js";
import { QuotaAdmission } from "../../../src/scheduling/admission/quota.js";
import { mayStop } from "../../../src/scheduling/borg/preemption.js";
import { defaultFilters, resourcesFit } from "../../../src/scheduling/plugins/index.js";
import type { Scheduler } from "../../../src/scheduling/scheduler.js";
import { BAND_USERS, bandCrowds, bandJobs, bandNodes } from "../../support/bands.js";
import { type SimulateOptions, schedulerNamed, simulate } from "../../support/simulations.js";

const DURATIONS = [5, 10, 20, 40, Number.POSITIVE_INFINITY];

/** What a pod asks of a node besides amounts; an alloc takes those in that name its set, and nobody else. */
const CONSTRAINTS = defaultFilters.filter((filter) => filter !== resourcesFit);

/**
 * Pods that wait although there would be room if those left that they may stop, as "pod on node": for one pod on a node, for all that
 * wait of a gang, which are alike, on all nodes together.
 */
function inversions(cell: Cell): string[] {
	const found: string[] = [];
	for (const pod of cell.pods.all()) {
		const view = cell.pod(pod);
		if (view.phase !== "pending") continue;
		const room = Array.from({ length: cell.nodes.count }, (_, n) => roomFor(view, cell, n as NodeId));
		const wanted = view.job.gang ? view.job.pending.length : 1;
		const is = view.job.gang ? room.reduce((sum, pods) => sum + pods, 0) : Math.max(...room);
		const on = cell.node(room.findIndex((pods) => pods > 0) as NodeId);
		if (is >= wanted) found.push(`${view.name} (${view.priority}) on ${on.name}`);
	}
	return found;
}

/** How many pods like this would have room on a node. */
function roomFor({ podClass }: PodView, cell: Cell, node: NodeId): number {
	const { needs, request } = podClass;
	const view = cell.node(node);
	const meets = CONSTRAINTS.every((f) => f.skips?.(podClass, cell.nodes) || f.accepts(podClass, view) === null);
	if (!meets || cell.nodes.ready[node] === 0) return 0;
	const there = [...cell.podsOn(node)].map((other) => cell.pod(other).podClass);
	const stoppable = there.filter((other) => mayStop(podClass, other));
	const room = (r: number) =>
		stoppable.reduce((sum, other) => sum + (other.request[r] ?? 0), cell.nodes.free[r]![node]!);
	return Math.min(...[...needs].map((r) => Math.floor(room(r) / request[r]!)));
}

interface Watched {
	readonly inverted: string[];
	/** Priorities of the pods that were stopped, and of those that came to their node at that time. */
	readonly preempted: number[];
	readonly cascades: string[];
}

interface RunOptions extends SimulateOptions {
	/** Watches the cell besides. */
	readonly watch?: (cell: Cell) => void;
}

async function run({ watch, ...options }: RunOptions): Promise<Watched> {
	const watched: Watched = { inverted: [], preempted: [], cascades: [] };
	await simulate({
		...options,
		endUs: 120,
		observers: [
			(engine, cell) => {
				watch?.(cell);
				engine.every(1, (timeUs) => watched.inverted.push(...inversions(cell).map((what) => `${timeUs}: ${what}`)));
				cell.watch({
					podRequeued(pod, node, reason) {
						if (reason !== "preempted") return;
						const { priority, name } = cell.pod(pod);
						watched.preempted.push(priority);
						if (isProduction(priority)) watched.cascades.push(`${name} on ${cell.node(node).name}`);
					},
				});
			},
		],
	});
	return watched;
}

const VARIANTS: readonly object[] = [
	{},
	{ enough: 1 },
	{ relaxedRandomization: false, scoreCaching: false, equivalenceClasses: false },
	{ ignoreSmallChanges: 0.1 },
];

test.each(
	VARIANTS,
)("nobody waits for what a lower band has, and production loses nothing to production: %j", async (params) => {
	let stopped = 0;
	const property = fc.asyncProperty(
		bandNodes,
		bandJobs({ maxJobs: 12, durationsUs: DURATIONS, gangs: true }),
		async (nodes, jobs: JobArrival[]) => {
			const { inverted, preempted, cascades } = await run({
				nodes,
				jobs,
				scheduler: () => schedulerNamed("borg", params),
			});
			expect(inverted).toEqual([]);
			expect(cascades).toEqual([]);
			stopped += preempted.length;
		},
	);
	await fc.assert(property, { seed: 111, numRuns: 120 });
	expect(stopped).toBeGreaterThan(100);
});

test("where leaving takes 3 us, nobody waits for long for what a lower band has: a second round of leaving is over by then", async () => {
	const termination = { takesUs: { dist: "constant", value: 3 }, noticeDelivered: 1 } as const;
	let stopped = 0;
	const property = fc.asyncProperty(
		bandNodes,
		bandJobs({ maxJobs: 12, durationsUs: DURATIONS, gangs: true }),
		async (nodes, jobs: JobArrival[]) => {
			const scheduler = () => schedulerNamed("borg");
			const { inverted, preempted, cascades } = await run({ nodes, jobs, scheduler, termination });
			expect(lasting(inverted, 8)).toEqual([]);
			expect(cascades).toEqual([]);
			stopped += preempted.length;
		},
	);
	await fc.assert(property, { seed: 113, numRuns: 120 });
	expect(stopped).toBeGreaterThan(100);
});

/** Those of the lines "time: what" of which there is one at each of so many microseconds before, too. */
function lasting(lines: readonly string[], us: number): string[] {
	const known = new Set(lines);
	return lines.filter((line) => {
		const [time, what] = line.split(": ") as [string, string];
		return Array.from({ length: us }, (_, i) => `${Number(time) - i - 1}: ${what}`).every((before) =>
			known.has(before),
		);
	});
}

test("the property can fail: where nobody is stopped, and where pods are tried again only when they fit in what is free", async () => {
	const careless: readonly (() => Scheduler)[] = [
		() => schedulerNamed("borg", { preemption: false }),
		() => {
			const borg = schedulerNamed("borg");
			return { decide: (pods, snapshot, random) => borg.decide(pods, snapshot, random) };
		},
	];
	const jobs = fc.sample(fc.tuple(bandNodes, bandJobs({ maxJobs: 12, durationsUs: DURATIONS })), {
		seed: 112,
		numRuns: 200,
	});
	for (const scheduler of careless) {
		let inverted = 0;
		for (const [nodes, arrivals] of jobs) inverted += (await run({ nodes, jobs: arrivals, scheduler })).inverted.length;
		expect(inverted).toBeGreaterThan(0);
	}
});

/** What each user may hold, by band: about half of what comes is turned away. */
const QUOTAS = BAND_USERS.flatMap((user) =>
	(["monitoring", "production", "batch"] as const).map((band) => ({ user, band, cpu: band === "batch" ? 6000 : 5000 })),
);

test("so too with alloc sets, gangs and quota, which is never exceeded", async () => {
	const counts = { stopped: 0, gangs: 0, inAllocs: 0, allocsStopped: 0, turnedAway: 0 };
	const property = fc.asyncProperty(bandNodes, bandCrowds(DURATIONS), async (nodes, jobs) => {
		const asked = new Map(
			jobs.map(({ name, pods }) => [name, pods.reduce((sum, { spec }) => sum + spec.requests["cpu"]!, 0)]),
		);
		const { inverted, preempted, cascades } = await run({
			nodes,
			jobs,
			scheduler: () => schedulerNamed("borg"),
			allocs: true,
			admission: (cell) =>
				new QuotaAdmission(
					cell,
					QUOTAS.map(({ cpu, ...quota }) => ({
						...quota,
						resources: { cpu },
						fromUs: 0,
						untilUs: Number.POSITIVE_INFINITY,
					})),
				),
			watch(cell) {
				const held = new Map<string, number>();
				const hold = (user: string, band: PriorityBand, cpu: number) => {
					const now = (held.get(`${band} ${user}`) ?? 0) + cpu;
					held.set(`${band} ${user}`, now);
					const most = QUOTAS.find((quota) => quota.user === user && quota.band === band)?.cpu;
					expect(now, `${band} of ${user}`).toBeLessThanOrEqual(most ?? Number.POSITIVE_INFINITY);
				};
				cell.watch({
					jobSubmitted: ({ name, user, priority }) => hold(user, bandOf(priority), asked.get(name!)!),
					jobEnded: ({ name, user, priority }) => hold(user, bandOf(priority), -asked.get(name!)!),
					jobTurnedAway: () => void counts.turnedAway++,
					podBound(pod) {
						const { job, node } = cell.pod(pod);
						if (job.gang) counts.gangs++;
						if (cell.nodes.specs[node]!.alloc !== undefined) counts.inAllocs++;
					},
					podRequeued(pod, _node, reason) {
						if (reason === "preempted" && cell.pod(pod).podClass.spec.facts.alloc !== undefined) counts.allocsStopped++;
					},
				});
			},
		});
		expect(inverted).toEqual([]);
		expect(cascades).toEqual([]);
		counts.stopped += preempted.length;
	});
	await fc.assert(property, { seed: 114, numRuns: 400 });
	expect(Math.min(...Object.values(counts)), JSON.stringify(counts)).toBeGreaterThan(50);
});
