import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Cell } from "../../../src/cell/cell.js";
import type { Job } from "../../../src/cell/job.js";
import { SeededRandomSource } from "../../../src/engine/random.js";
import { DAY, HOUR, MINUTE, SECOND } from "../../../src/engine/time.js";
import { job, node } from "../../support/cells.js";
import { failuresOf, inSeconds, NO_LIMITS } from "../../support/failures.js";
import { type SimulateOptions, simulate } from "../../support/simulations.js";

const FOREVER = Number.POSITIVE_INFINITY;
const RACK = "topology.kubernetes.io/rack";

/** Every stream draws half: a machine has its turn in the middle of the period. */
const HALF = { stream: () => ({ next: () => 0.5, integer: () => 0 }) };

async function afterStart(options: SimulateOptions): Promise<string[]> {
	const { log } = await simulate({ random: HALF, ...options });
	return inSeconds(log).filter((line) => !line.startsWith("0 "));
}

// Turns at 50 s, 150 s, ...; down for 10 s.
const maintenance = { periodUs: 100 * SECOND, duration: 10 * SECOND };

describe("a machine whose turn has come", () => {
	test("is cordoned, emptied, down for a while, and back", async () => {
		const log = await afterStart({
			nodes: [node("a"), node("b", { cpu: 500 })],
			jobs: [job("web", { durationUs: FOREVER }), job("next", { timeUs: 55 * SECOND, durationUs: FOREVER })],
			failures: failuresOf({ maintenance, limits: { ...NO_LIMITS, nodes: 1 } }),
			endUs: 62 * SECOND,
		});
		expect(log).toEqual([
			"50 node-updated a",
			"50 requeued web-0 maintenance",
			"50 node-unreachable a",
			// The turn of b, at the same time, had to wait. It fits nobody.
			"60 node-updated a",
			"60 node-ready a",
			"60 bound web-0 a",
			"60 started web-0",
			"60 bound next-0 a",
			"60 started next-0",
			"60 node-updated b",
			"60 node-unreachable b",
		]);
	});

	test("waits until pods that were told to go are gone", async () => {
		const log = await afterStart({
			nodes: [node("a"), node("b", { cpu: 1 })],
			jobs: [job("web", { durationUs: FOREVER })],
			failures: failuresOf({ maintenance, limits: { ...NO_LIMITS, nodes: 1 } }),
			termination: { takesUs: 3 * SECOND, noticeDelivered: 1 },
			endUs: 60 * SECOND,
		});
		expect(log).toEqual(["50 node-updated a", "53 requeued web-0 maintenance", "53 node-unreachable a"]);
	});

	test("is emptied no faster than its jobs allow", async () => {
		// One pod of a job down at a time, and a start takes 4 s: the pods of web go at 50, 54 and 58 s.
		const log = await afterStart({
			nodes: [node("a", { cpu: 3000 })],
			jobs: [job("web", { pods: 3, cpu: 1000, durationUs: FOREVER })],
			failures: failuresOf({ maintenance, limits: { ...NO_LIMITS, podsOfJob: 1 } }),
			faults: [{ atUs: SECOND * 45, action: "add", nodes: [node("b", { cpu: 3000 })] }],
			startDelayUs: 4 * SECOND,
			endUs: 69 * SECOND,
		});
		expect(log.filter((line) => /requeued|unreachable|ready/.test(line))).toEqual([
			"50 requeued web-0 maintenance",
			"54 requeued web-1 maintenance",
			"58 requeued web-2 maintenance",
			"58 node-unreachable a",
			"68 node-ready a",
		]);
	});

	test("waits for the next day where a job has been disrupted often enough on this one", async () => {
		const log = await afterStart({
			nodes: [node("a", { cpu: 2000 })],
			jobs: [job("web", { pods: 2, cpu: 1000, durationUs: FOREVER })],
			failures: failuresOf({
				maintenance: { periodUs: 100 * DAY, duration: HOUR },
				limits: { ...NO_LIMITS, disruptionsOfJobPerDay: 1 },
			}),
			faults: [{ atUs: SECOND, action: "add", nodes: [node("b", { cpu: 2000 })] }],
			endUs: 51 * DAY + SECOND,
		});
		expect(log.filter((line) => / a$|requeued/.test(line))).toEqual([
			`${(50 * DAY) / SECOND} node-updated a`,
			`${(50 * DAY) / SECOND} requeued web-0 maintenance`,
			`${(51 * DAY) / SECOND} requeued web-1 maintenance`,
			`${(51 * DAY) / SECOND} node-unreachable a`,
		]);
	});

	test("that fails before it is empty loses its pods like any other, and is maintained then", async () => {
		const log = await afterStart({
			nodes: [node("a", { cpu: 2000, labels: { [RACK]: "r" } })],
			jobs: [job("web", { pods: 2, cpu: 1000, durationUs: FOREVER })],
			failures: failuresOf({
				maintenance,
				domains: [{ label: RACK, timeBetween: 52 * SECOND, repair: 3 * SECOND }],
				limits: { ...NO_LIMITS, podsOfJob: 1 },
			}),
			endUs: 70 * SECOND,
		});
		expect(log).toEqual([
			"50 node-updated a",
			"50 requeued web-0 maintenance",
			"52 node-unreachable a",
			"52 requeued web-1 node-lost",
			// Empty: 10 s from here.
			"62 node-updated a",
			"62 node-ready a",
			"62 bound web-0 a",
			"62 started web-0",
			"62 bound web-1 a",
			"62 started web-1",
		]);
	});
});

test("whoever tolerates a cordoned machine leaves when it goes down", async () => {
	const cordon = {
		key: "node.kubernetes.io/unschedulable",
		operator: "Exists",
		value: "",
		effect: null,
		tolerationSeconds: null,
	} as const;
	const log = await afterStart({
		nodes: [node("a")],
		jobs: [
			job("web", { durationUs: FOREVER }),
			job("agent", { durationUs: FOREVER, facts: { tolerations: [cordon] } }),
		],
		failures: failuresOf({ maintenance, limits: { ...NO_LIMITS, disruptionsOfJobPerDay: 1 } }),
		endUs: 50 * SECOND,
	});
	expect(log.filter((line) => line.includes("requeued"))).toEqual([
		"50 requeued web-0 maintenance",
		"50 requeued agent-0 maintenance",
	]);
});

/** What the limits are about, looked at whenever a pod or a machine goes. */
class Watch {
	nodes = 0;
	inRack = 0;
	podsOfJob = 0;
	perDay = 0;
	readonly maintained = new Map<string, number>();
	readonly #days = new Map<string, number>();
	readonly #displaced = new Map<Job, Set<number>>();

	attach(cell: Cell): void {
		cell.watch({
			nodeChanged: (id, change) => {
				if (change !== "node-unreachable") return;
				const { name } = cell.node(id);
				this.maintained.set(name, (this.maintained.get(name) ?? 0) + 1);
				const out = [...cell.nodes.specs.keys()].filter((n) => cell.nodes.ready[n] === 0);
				this.nodes = Math.max(this.nodes, out.length);
				for (const n of out)
					this.inRack = Math.max(
						this.inRack,
						out.filter((m) => cell.nodes.specs[m]!.labels[RACK] === cell.nodes.specs[n]!.labels[RACK]).length,
					);
			},
			podRequeued: (id) => {
				const pod = cell.pod(id);
				const displaced = this.#displaced.get(pod.job) ?? new Set();
				this.#displaced.set(pod.job, displaced.add(pod.ordinal));
				this.podsOfJob = Math.max(this.podsOfJob, displaced.size);
				const key = `${pod.job.name} ${Math.floor(cell.nowUs / DAY)}`;
				this.#days.set(key, (this.#days.get(key) ?? 0) + 1);
				this.perDay = Math.max(this.perDay, this.#days.get(key)!);
			},
			podStarted: (id) => void this.#displaced.get(cell.pod(id).job)?.delete(cell.pod(id).ordinal),
			podEnded: (id) => void this.#displaced.get(cell.pod(id).job)?.delete(cell.pod(id).ordinal),
		});
	}
}

test("no limit is ever exceeded, and every machine has its turns", async () => {
	const runs = fc.record({
		seed: fc.nat(),
		nodes: fc.integer({ min: 2, max: 8 }),
		jobs: fc.array(fc.record({ pods: fc.integer({ min: 1, max: 5 }), hours: fc.integer({ min: 1, max: 200 }) }), {
			minLength: 1,
			maxLength: 6,
		}),
		limits: fc.record({
			nodes: fc.integer({ min: 1, max: 3 }),
			inRack: fc.integer({ min: 1, max: 2 }),
			podsOfJob: fc.integer({ min: 1, max: 3 }),
			disruptionsOfJobPerDay: fc.integer({ min: 1, max: 4 }),
		}),
		grace: fc.boolean(),
	});
	const check = fc.asyncProperty(runs, async ({ seed, nodes, jobs, limits, grace }) => {
		const watch = new Watch();
		const { simulation } = await simulate({
			nodes: Array.from({ length: nodes }, (_, i) => node(`n${i}`, { cpu: 4000, labels: { [RACK]: `r${i % 3}` } })),
			jobs: jobs.map(({ pods, hours }, i) => job(`j${i}`, { pods, cpu: 1000, durationUs: hours * HOUR })),
			random: new SeededRandomSource(String(seed)),
			failures: failuresOf({
				maintenance: { periodUs: 5 * DAY, duration: 2 * HOUR },
				limits: { ...limits, nodesByLabel: new Map([[RACK, limits.inRack]]) },
			}),
			startDelayUs: 5 * MINUTE,
			...(grace && { termination: { takesUs: MINUTE, noticeDelivered: 1 } }),
			endUs: 30 * DAY,
			observers: [(_engine, cell) => watch.attach(cell)],
		});
		expect(watch.nodes).toBeLessThanOrEqual(limits.nodes);
		expect(watch.inRack).toBeLessThanOrEqual(limits.inRack);
		expect(watch.podsOfJob).toBeLessThanOrEqual(limits.podsOfJob);
		expect(watch.perDay).toBeLessThanOrEqual(limits.disruptionsOfJobPerDay);
		// Jobs end after 200 hours at most: from then on, nothing keeps a machine from its turn.
		expect(watch.maintained.size).toBe(nodes);
		const { machines_maintained: maintained, maintenance_missed: missed } = simulation.nodeMetrics();
		expect(maintained! + missed!).toBeGreaterThanOrEqual(5 * nodes);
		expect(maintained! + missed!).toBeLessThanOrEqual(7 * nodes);
	});
	await fc.assert(check, { seed: 5, numRuns: 60 });
});
