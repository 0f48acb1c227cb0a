/** What every architecture owes: any scheduler runs under it, and no workload breaks the cell. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { JobArrival } from "../../src/objects/arrival.js";
import { CPU, MEMORY } from "../../src/objects/resources.js";
import { architectures } from "../../src/scheduling/architectures/index.js";
import { schedulers } from "../../src/scheduling/schedulers/index.js";
import { RETRY_ON_CHANGE } from "../../src/scheduling/waiting-room.js";
import { crowds, faultLists, nodeSpecs, workloads } from "../support/arbitraries.js";
import { job, node } from "../support/cells.js";
import { finite } from "../support/distributed.js";
import { forgotten, type MayUse } from "../support/liveness.js";
import {
	architectureNamed,
	elasticNamed,
	prefillOf,
	replicasOf,
	type Simulated,
	simulate,
} from "../support/simulations.js";

/** The order of these is that of `MAY_USE`. */
const SLICES = {
	"scheduler-0": { matchLabels: { zone: "a" } },
	"scheduler-1": { matchLabels: { zone: "b" } },
	"scheduler-2": 1,
};
/** Offers within the short time that the workloads take. */
const QUICK = { batching: "2us", allocatorTime: "1us" };

/** What is not enough for the minimum of an offer is not offered; matters to pods that ask for no cpu. */
const isOffered: MayUse = (_scheduler, { columns, id }) =>
	columns.free[CPU]![id]! >= 500 && columns.free[MEMORY]![id]! > 0;

/** Architectures that keep schedulers off nodes by rules of their own. */
const MAY_USE: Readonly<Record<string, MayUse>> = {
	"two-level": isOffered,
	"omega-simulator": isOffered,
	"static-partition": (scheduler, { labels }) =>
		scheduler === (labels["zone"] === "a" ? 0 : labels["zone"] === "b" ? 1 : 2),
};

const SIZES = { maxJobs: 15, maxPods: 4, gangs: true };

const setting = fc.record({
	cell: fc.oneof(crowds(SIZES), fc.record({ nodes: nodeSpecs(5), jobs: workloads(SIZES) })),
	faults: faultLists,
	perJobUs: fc.constantFrom(0, 5),
	perPodUs: fc.constantFrom(0, 2),
	onLoss: fc.constantFrom("resubmit" as const, "fail" as const),
	startDelayUs: fc.constantFrom(null, 3),
	queue: fc.record({
		discipline: fc.constantFrom("skip" as const, "strict" as const),
		backoff: fc.constantFrom({ initialUs: 0, maxUs: 0 }, { initialUs: 3, maxUs: 12 }),
		retry: fc.constantFrom(
			RETRY_ON_CHANGE,
			{ place: "tail" as const, afterConflictUs: 1, afterNoRoomUs: 4 },
			{ place: "own" as const, afterConflictUs: 0, afterNoRoomUs: 2 },
		),
		giveUp: fc.constantFrom({ attempts: 6, vainAttempts: 3 }, { attempts: 30, vainAttempts: 30 }),
	}),
});

describe.each([...architectures.all.keys()])("%s", (name) => {
	const replicas = replicasOf(name);

	test.each([
		...schedulers.all.keys(),
	])("with %s: the cell stays sound, every pod is accounted for, twice the same", async (scheduler) => {
		await fc.assert(
			fc.asyncProperty(setting, async ({ cell, ...rest }) => {
				const options = { ...cell, ...rest, scheduler, replicas, architecture: architectureNamed(name) };
				// `simulate` checks the invariants at each attempt.
				const run = await simulate(options);
				account(run);
				const again = await simulate(options);
				expect(again.simulation.engine.digest.hex()).toBe(run.simulation.engine.digest.hex());
				expect(again.log).toEqual(run.log);
			}),
			{ seed: 51, numRuns: 10 },
		);
	});

	test("gives each job to one of its schedulers, and every scheduler has work", async () => {
		const jobs = Array.from({ length: 50 }, (_, i) => job(`job-${i}`, { timeUs: i, durationUs: 3 }));
		const nodes = Array.from({ length: 30 }, (_, i) => node(`n${i}`));
		const { attempts } = await simulate({ nodes, jobs, replicas, architecture: architectureNamed(name) });
		const schedulers = new Map<string, Set<number>>();
		for (const { job: of, scheduler } of attempts) {
			expect(scheduler).toBe(of.scheduler);
			schedulers.set(of.name, (schedulers.get(of.name) ?? new Set()).add(scheduler));
		}
		expect([...schedulers.values()].every((set) => set.size === 1)).toBe(true);
		const busy = new Set([...schedulers.values()].flatMap((set) => [...set]));
		expect([...busy].sort()).toEqual(Array.from({ length: replicas }, (_, i) => i));
	});
});

/** Under these, tasks wait on nodes for whatever runs there: nothing runs for ever. */
const PROBING = ["sparrow", "hawk"];

/** Parameters, each with one scheduler policy. */
const VARIANTS: readonly (readonly [name: string, params: object])[] = [
	["monolithic", {}],
	["shared-state", {}],
	["shared-state", { conflict: "node-version" }],
	["shared-state", { atomicity: "all-or-nothing" }],
	["shared-state", { conflict: "node-version", atomicity: "all-or-nothing" }],
	["shared-state", { verifier: { perPlan: "2us", perPod: "1us" } }],
	["static-partition", { slices: SLICES }],
	["two-level", QUICK],
	["two-level", { ...QUICK, offers: "fair-share", weights: { "scheduler-1": 2 } }],
	["two-level", { ...QUICK, refuse: { timeout: "7us" } }],
	["two-level", { ...QUICK, offers: "fair-share", refuse: { timeout: "7us" } }],
	["two-level", { ...QUICK, rescind: "9us", jobsPerOffer: 1 }],
	["two-level", { ...QUICK, offers: "fair-share", rescind: "9us", jobsPerOffer: 2 }],
	["two-level", { ...QUICK, minimumOffer: { cpu: "500m" } }],
	["omega-simulator", { scheme: "monolithic", retryDelay: "5us" }],
	["omega-simulator", { scheme: "shared-state", retryDelay: "5us" }],
	["omega-simulator", { scheme: "shared-state", retryDelay: "5us", conflict: "node-version" }],
	["omega-simulator", { scheme: "shared-state", retryDelay: "5us", atomicity: "all-or-nothing" }],
	["omega-simulator", { scheme: "two-level", retryDelay: "5us", ...QUICK, minimumOffer: { cpu: "1m", memory: 1 } }],
	["sparrow", { sampling: "random" }],
	["sparrow", { sampling: "per-task" }],
	["sparrow", { sampling: "per-task", lateBinding: false }],
	["sparrow", { sampling: "batch" }],
	["sparrow", { sampling: "batch", lateBinding: false, probeRatio: 1.5 }],
	["sparrow", { cancellation: false }],
	["hawk", {}],
	["hawk", { longerThan: "8us", shortPartition: 0.5 }],
	["hawk", { longerThan: "8us", steals: 1, cancellation: false }],
];

/** Everything is over by then: retries end when their jobs are given up. */
const LATE = 100_000;

/** Who starts with what, who may not use which node, and who gives elastic jobs more pods. */
const circumstances = fc.record({
	prefill: fc.option(workloads({ maxJobs: 4, maxPods: 3, gangs: false })),
	excluded: fc.array(fc.constantFrom("node-0", "node-1", "new-0", null), { minLength: 3, maxLength: 3 }),
	elastic: fc.constantFrom(null, "max-parallelism", "relative-size"),
});

test.each(
	VARIANTS,
)("%s %j: the cell stays sound, every pod is accounted for, and nobody waits for what is there", async (name, params) => {
	const replicas = replicasOf(name, params);
	const ends = PROBING.includes(name) ? finite : (arrival: JobArrival) => arrival;
	await fc.assert(
		fc.asyncProperty(setting, circumstances, async ({ cell, ...rest }, { prefill, excluded, elastic }) => {
			const run = await simulate({
				...rest,
				nodes: cell.nodes,
				jobs: cell.jobs.map((arrival, i) => ends(i % 2 === 0 ? arrival : { ...arrival, maxWorkers: 6 })),
				prefill: prefillOf(cell.nodes, (prefill ?? []).map(ends)),
				architecture: architectureNamed(name, params),
				schedulers: excluded.slice(0, replicas).map((not) => ({ sees: ({ name }) => name !== not })),
				...(elastic && { elastic: elasticNamed(elastic) }),
				endUs: LATE,
			});
			account(run, params);
			expect(run.simulation.engine.peek(), "something goes on for ever").toBe(Number.POSITIVE_INFINITY);
			expect(forgotten(run.simulation, rest.queue.discipline, MAY_USE[name])).toEqual([]);
		}),
		{ seed: 53, numRuns: 25 },
	);
});

/** Each pod ended, runs, or waits; each attempt answers for its pods. */
function account(
	{ simulation: { cell }, log, attempts }: Simulated,
	params: { readonly atomicity?: string } = {},
): void {
	const ended = log.filter((line) => / (succeeded|failed|deleted|node-lost|abandoned) /.test(line)).length;
	expect(ended + cell.pods.live).toBe(cell.pods.submitted);
	for (const { job: of, pods, placed, conflicts, withdrawn, unplaced } of attempts) {
		expect(placed + conflicts + withdrawn + unplaced).toBe(pods);
		if (!of.gang && params.atomicity !== "all-or-nothing") expect(withdrawn).toBe(0);
		if (of.gang && placed > 0) expect(placed).toBe(pods);
	}
	const at = new Map<string, string>();
	for (const [, what, pod, node] of log.map((line) => line.split(" "))) {
		if (what === "bound") {
			expect(at.get(pod!), `${pod} is on one node only`).toBeUndefined();
			at.set(pod!, node!);
		} else if (what === "requeued") at.delete(pod!);
	}
}

test("monolithic has one scheduler and nothing conflicts", async () => {
	const monolithic = architectures.all.get("monolithic")!;
	const processes = ["a", "b"].map((process) => ({ name: process, entry: process }));
	expect(monolithic.refuses!(undefined as never, processes.slice(1))).toBeNull();
	expect(monolithic.refuses!(undefined as never, processes)).toBe(
		"the monolithic architecture has one scheduler, not 2: set replicas to 1, or use shared-state",
	);
	await fc.assert(
		fc.asyncProperty(setting, async ({ cell, ...rest }) => {
			const { attempts } = await simulate({ ...cell, ...rest, faults: [] });
			expect(attempts.filter(({ conflicts }) => conflicts > 0)).toEqual([]);
		}),
		{ seed: 52, numRuns: 60 },
	);
});
