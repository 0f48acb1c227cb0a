import { describe, expect, test } from "vitest";
import type { Cell } from "../../src/cell/cell.js";
import type { NodeId, PodId } from "../../src/cell/ids.js";
import { SeededRandomSource } from "../../src/engine/random.js";
import { SECOND } from "../../src/engine/time.js";
import { type Eviction, Evictions } from "../../src/metrics/evictions.js";
import { SummaryProbe } from "../../src/metrics/summary.js";
import { cellOf, HandClock, job, node, pendingPod, placementOf } from "../support/cells.js";
import { failuresOf } from "../support/failures.js";
import { simulate } from "../support/simulations.js";

/** One node for one pod each, and verbs that say what happens. */
class Scene {
	readonly clock = new HandClock();
	readonly cell: Cell = cellOf(
		["a", "b", "c"].map((name) => node(name, { cpu: 1000 })),
		this.clock,
	);
	readonly seen: Eviction[] = [];
	readonly evictions = new Evictions(this.cell, (eviction) => this.seen.push(eviction));

	constructor() {
		this.cell.watch(this.evictions);
	}

	pod(name: string, priority: number): PodId {
		return pendingPod(this.cell.submit(job(name, { facts: { priority } })));
	}

	/** Places a pod, those there being preempted. */
	place(pod: PodId, on: number): void {
		const preemptions = [...this.cell.podsOn(on as NodeId)];
		const placement = placementOf(this.cell, pod, on);
		const { conflicts } = this.cell.commit({
			placements: [placement],
			preemptions,
			conflictRule: "fit",
			atomicity: "incremental",
		});
		expect(conflicts).toEqual([]);
	}

	/** What was seen: victim by position, cause, preemptor by position, depth. */
	get rows() {
		return this.seen.map(({ ordinal, cause, preemptor, depth }) => [ordinal, cause, preemptor?.ordinal ?? null, depth]);
	}
}

describe("a cascade", () => {
	test("grows by one with each victim that takes the place of another on its return", () => {
		const scene = new Scene();
		const [low, middle, high] = [scene.pod("low", 1), scene.pod("middle", 2), scene.pod("high", 3)];
		scene.place(middle!, 0);
		scene.place(low!, 1);
		scene.place(high!, 0);
		scene.place(middle!, 1);
		// high preempted middle, which came back and preempted low.
		expect(scene.rows).toEqual([
			[1, "preemption", 2, 1],
			[0, "preemption", 1, 2],
		]);
	});

	test("ends with a victim that finds room", () => {
		const scene = new Scene();
		const [low, middle, high] = [scene.pod("low", 1), scene.pod("middle", 2), scene.pod("high", 3)];
		scene.place(middle!, 0);
		scene.place(low!, 1);
		scene.place(high!, 0);
		scene.place(middle!, 2);
		scene.cell.requeuePod(middle!, "node-lost");
		scene.place(middle!, 1);
		// The second time middle came from a node that failed.
		expect(scene.rows).toEqual([
			[1, "preemption", 2, 1],
			[1, "machine-failure", null, 0],
			[0, "preemption", 1, 1],
		]);
	});
});

describe("the preemptor", () => {
	test("is the pod that the node was promised to", () => {
		const scene = new Scene();
		const [low, high] = [scene.pod("low", 1), scene.pod("high", 3)];
		scene.place(low!, 0);
		scene.cell.api.nominations.promise(scene.cell.pod(high!), 0 as NodeId, 0);
		scene.cell.stopPod(low!, "preempted");
		expect(scene.rows).toEqual([[0, "preemption", 1, 1]]);
	});

	test("or the next of higher priority there; nobody, if nobody comes", () => {
		const scene = new Scene();
		const [low, lower, high] = [scene.pod("low", 1), scene.pod("lower", 0), scene.pod("high", 3)];
		scene.place(low!, 0);
		scene.cell.stopPod(low!, "preempted");
		scene.place(lower!, 0);
		expect(scene.rows).toEqual([]);
		scene.cell.stopPod(lower!, "preempted");
		scene.place(high!, 0);
		expect(scene.rows).toEqual([
			[0, "preemption", 2, 1],
			[1, "preemption", 2, 1],
		]);
		scene.cell.stopPod(high!, "preempted");
		scene.evictions.finish();
		expect(scene.rows.at(-1)).toEqual([2, "preemption", null, 1]);
	});
});

test.each([
	["preempted", "preemption"],
	["maintenance", "machine-shutdown"],
	["node-lost", "machine-failure"],
	["oom-killed", "out-of-resources"],
	["evicted", "out-of-resources"],
	["alloc-ended", "other"],
	["crashed", null],
	["not-admitted", null],
] as const)("a pod requeued as %s is evicted for: %s", (reason, cause) => {
	const scene = new Scene();
	const pod = scene.pod("web", 1);
	scene.place(pod, 0);
	scene.cell.requeuePod(pod, reason);
	scene.evictions.finish();
	expect(scene.seen.map((eviction) => eviction.cause)).toEqual(cause === null ? [] : [cause]);
});

test("a pod that ends by itself, is deleted or had no node is not evicted; one that is lost with its node is", () => {
	const scene = new Scene();
	const pods = [0, 1, 2].map((i) => scene.pod(`p${i}`, 0));
	for (const [i, pod] of pods.entries()) scene.place(pod, i);
	scene.cell.endPod(pods[0]!, "succeeded");
	scene.cell.endPod(pods[1]!, "deleted");
	scene.cell.endPod(pods[2]!, "node-lost");
	scene.cell.endPod(scene.pod("waits", 0), "abandoned");
	expect(scene.rows).toEqual([[2, "machine-failure", null, 0]]);
});

test("notice is the time since a pod was told to go", () => {
	const scene = new Scene();
	scene.cell.leavingTakesTime = true;
	const pod = scene.pod("web", 1);
	scene.place(pod, 0);
	scene.clock.nowUs = 10;
	scene.cell.stopPod(pod, "maintenance");
	scene.clock.nowUs = 17;
	scene.cell.podGone(pod);
	expect(scene.seen.map(({ timeUs, noticeUs }) => [timeUs, noticeUs])).toEqual([[17, 7]]);
});

test("the summary gives rates by cause, for production and the rest, over the time that pods run", async () => {
	let probe: SummaryProbe | null = null;
	const WEEK = 7 * 86_400 * SECOND;
	const { endedUs } = await simulate({
		random: new SeededRandomSource("1"),
		nodes: [node("a", { cpu: 2000, labels: { rack: "r" } })],
		jobs: [
			job("web", { durationUs: Number.POSITIVE_INFINITY, facts: { priority: 200, className: "service" } }),
			job("sort", { durationUs: Number.POSITIVE_INFINITY, facts: { priority: 100, className: "batch" } }),
		],
		failures: failuresOf({ domains: [{ label: "rack", timeBetween: WEEK, repair: WEEK }] }),
		startDelayUs: WEEK / 2,
		endUs: 4 * WEEK,
		observers: [(_engine, cell) => void (probe = new SummaryProbe(cell, 0))],
	});
	// Each runs from 0.5 to 1 and from 2.5 to 3 weeks, and is evicted twice.
	const rates = Object.entries(probe!.result(endedUs)).filter(([name]) => name.startsWith("evictions_"));
	expect(Object.fromEntries(rates)).toEqual({
		evictions_per_pod_week: 2,
		"evictions_per_pod_week.cause_machine_failure": 2,
		"evictions_per_pod_week.production": 2,
		"evictions_per_pod_week.production.cause_machine_failure": 2,
		"evictions_per_pod_week.non_production": 2,
		"evictions_per_pod_week.non_production.cause_machine_failure": 2,
		"evictions_per_pod_week.class_batch": 2,
		"evictions_per_pod_week.class_service": 2,
	});
});

test("a run in which nobody is evicted says nothing of it", async () => {
	let probe: SummaryProbe | null = null;
	const { endedUs } = await simulate({
		nodes: [node("a")],
		jobs: [job("web")],
		observers: [(_engine, cell) => void (probe = new SummaryProbe(cell, 0))],
	});
	expect(Object.keys(probe!.result(endedUs)).filter((name) => /evict|preempt/.test(name))).toEqual([]);
});
