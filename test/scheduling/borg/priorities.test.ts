/**
 * Whole runs in which pods of all bands compete: priorities never invert, and production never stops production. Where no decision takes
 * time, what holds between two instants holds always.
 */
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Cell } from "../../../src/cell/cell.js";
import type { NodeId } from "../../../src/cell/ids.js";
import type { JobArrival } from "../../../src/objects/arrival.js";
import { isProduction } from "../../../src/objects/priority-band.js";
import { mayStop } from "../../../src/scheduling/borg/preemption.js";
import type { Scheduler } from "../../../src/scheduling/scheduler.js";
import { bandJobs, bandNodes } from "../../support/bands.js";
import { type SimulateOptions, schedulerNamed, simulate } from "../../support/simulations.js";

const DURATIONS = [5, 10, 20, 40, Number.POSITIVE_INFINITY];

/** Pods that wait although a node would have room if those left that they may stop, as "pod on node". Gangs are left out. */
function inversions(cell: Cell): string[] {
	const found: string[] = [];
	for (const pod of cell.pods.all()) {
		const view = cell.pod(pod);
		if (view.phase !== "pending" || view.job.gang) continue;
		const { needs, request } = view.podClass;
		for (let n = 0 as NodeId; n < cell.nodes.count; n++) {
			const there = [...cell.podsOn(n)].map((other) => cell.pod(other).podClass);
			const stoppable = there.filter((other) => mayStop(view.podClass, other));
			const lacks = [...needs].some(
				(r) => stoppable.reduce((room, other) => room + (other.request[r] ?? 0), cell.nodes.free[r]![n]!) < request[r]!,
			);
			if (!lacks && cell.nodes.ready[n] === 1) found.push(`${view.name} (${view.priority}) on ${cell.node(n).name}`);
		}
	}
	return found;
}

interface Watched {
	readonly inverted: string[];
	/** Priorities of the pods that were stopped, and of those that came to their node at that time. */
	readonly preempted: number[];
	readonly cascades: string[];
}

async function run(options: SimulateOptions): Promise<Watched> {
	const watched: Watched = { inverted: [], preempted: [], cascades: [] };
	await simulate({
		...options,
		endUs: 120,
		observers: [
			(engine, cell) => {
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
