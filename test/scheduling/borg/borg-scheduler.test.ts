/** What the Borg scheduler decides, and how much it looks at for it. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Cell } from "../../../src/cell/cell.js";
import type { NodeId } from "../../../src/cell/ids.js";
import type { Job } from "../../../src/cell/job.js";
import { Snapshot } from "../../../src/cell/snapshot.js";
import { SeededRandomSource } from "../../../src/engine/random.js";
import type { Decision, Scheduler } from "../../../src/scheduling/scheduler.js";
import { bandJobs, bandNodes } from "../../support/bands.js";
import { bindNew, cellOf, commit, job, node, snapshotOf } from "../../support/cells.js";
import { schedulerNamed } from "../../support/simulations.js";

const OFF = { scoreCaching: false, equivalenceClasses: false, relaxedRandomization: false };
const borg = (params: object = {}) => schedulerNamed("borg", params);
const random = () => new SeededRandomSource("1").stream("scheduler/x");

/** One a cell, as in a run: what schedulers keep is about its columns. */
const snapshots = new WeakMap<Cell, Snapshot>();

/** Decides on what waits of the job, and commits it. */
function place(scheduler: Scheduler, cell: Cell, of: Job): Decision {
	const pods = of.pending.map((pod) => cell.pod(pod));
	const snapshot = snapshots.get(cell) ?? new Snapshot(cell);
	snapshots.set(cell, snapshot);
	snapshot.refresh();
	const decision = scheduler.decide(pods, snapshot, random());
	commit(cell, decision.placements, { preemptions: decision.preemptions ?? [] });
	for (const { pod, node: id } of decision.nominations ?? [])
		cell.api.nominations.promise(cell.pod(pod), id, cell.nowUs);
	return decision;
}

function nodesOf(cell: Cell, { placements }: Decision): string[] {
	return placements.map(({ node: id }) => cell.node(id).name);
}

describe("speed-ups", () => {
	/** What is decided on job after job, lost pods included, by each of the schedulers on a cell of its own. */
	const sameDecisions = (variants: readonly object[], seed: number) => {
		let preempted = 0;
		fc.assert(
			fc.property(bandNodes, bandJobs({ maxJobs: 14, durationsUs: [1], gangs: true }), (nodes, jobs) => {
				const made = variants.map((params) => {
					const [cell, scheduler] = [cellOf(nodes), borg(params)];
					const submitted: Job[] = [];
					return jobs.map((arrival) => {
						submitted.push(cell.submit(arrival));
						return submitted.map((of) => {
							if (of.pending.length === 0) return null;
							const { placements, preemptions } = place(scheduler, cell, of);
							preempted += preemptions?.length ?? 0;
							return { placements, preemptions };
						});
					});
				});
				for (const decisions of made.slice(1)) expect(decisions).toEqual(made[0]);
			}),
			{ seed, numRuns: 60 },
		);
		expect(preempted).toBeGreaterThan(100);
	};

	test("kept scores and shared ones decide as fresh ones, machine by machine", () => {
		const all = { relaxedRandomization: false };
		sameDecisions(
			[
				OFF,
				{ ...all, equivalenceClasses: false },
				{ ...all, scoreCaching: false },
				all,
				// An amount that nothing is smaller than.
				{ ...all, ignoreSmallChanges: 1e-9 },
			],
			101,
		);
	});

	test("with machines in random order, too: what is kept does not change who is examined", () => {
		for (const enough of [1, 2])
			for (const equivalenceClasses of [true, false])
				sameDecisions(
					[
						{ enough, equivalenceClasses },
						{ enough, equivalenceClasses, scoreCaching: false },
					],
					102,
				);
	});

	/** Evaluations of three jobs of ten pods on 20 equal nodes, all of which have room throughout. */
	const work = (params: object, alike = true) => {
		const cell = cellOf(Array.from({ length: 20 }, (_, i) => node(`n${i}`, { cpu: 64_000, memory: 64_000 })));
		const scheduler = borg(params);
		for (let i = 0; i < 3; i++)
			place(scheduler, cell, cell.submit(job(`j${i}`, { pods: 10, cpu: alike ? 500 : 500 + i })));
		const { feasibilityEvaluations, scoreEvaluations } = scheduler.work!;
		return [feasibilityEvaluations, scoreEvaluations];
	};

	test.each([
		// 30 pods x 20 nodes.
		["none", OFF, 600],
		// A pod is decided on once: there is nothing to keep.
		["score caching", { ...OFF, scoreCaching: true }, 600],
		// By job 20 nodes for the first pod, and for each of the 9 others the one that changed.
		["equivalence classes", { ...OFF, equivalenceClasses: true }, 3 * (20 + 9)],
		// 20 nodes, and for each of the 29 others the one that changed (placed again in the cell after it was assumed).
		["both", { ...OFF, scoreCaching: true, equivalenceClasses: true }, 20 + 29],
		// 5 nodes a pod.
		["randomization", { ...OFF, relaxedRandomization: true, enough: 5 }, 150],
		// By job 5 nodes; for each of the 9 others the one that changed, and another in place of the one that was taken.
		["equivalence classes, randomization", { scoreCaching: false, enough: 5 }, 3 * (5 + 9 * 2)],
	])("counts with %s", (_title, params, expected) => {
		expect(work(params)).toEqual([expected, expected]);
	});

	test("a class is told from another by what its pods ask for", () => {
		expect(work({ ...OFF, scoreCaching: true, equivalenceClasses: true }, false)).toEqual([3 * 29, 3 * 29]);
	});

	test("machines that are not feasible count, and are not scored", () => {
		const cell = cellOf([node("small", { cpu: 100 }), node("off"), node("a"), node("b")]);
		cell.setNodeReady(1 as NodeId, false);
		const scheduler = borg(OFF);
		place(scheduler, cell, cell.submit(job("web")));
		expect(scheduler.work).toEqual({ feasibilityEvaluations: 4, scoreEvaluations: 2 });
	});
});

describe("small changes that are ignored", () => {
	/** Looks at nodes for a second job like the first, after pods of this size have come to the four nodes. */
	const looks = (ignoreSmallChanges: number, cpu: number) => {
		const cell = cellOf(["a", "b", "c", "d"].map((name) => node(name)));
		const scheduler = borg({ relaxedRandomization: false, ignoreSmallChanges });
		place(scheduler, cell, cell.submit(job("first", { cpu: 10, memory: 1 })));
		const before = scheduler.work!.feasibilityEvaluations;
		for (let n = 0; n < 4; n++) bindNew(cell, n, { cpu, memory: 1 });
		place(scheduler, cell, cell.submit(job("second", { cpu: 10, memory: 1 })));
		return scheduler.work!.feasibilityEvaluations - before;
	};

	test.each([
		[0, 200, 4],
		[0.05, 180, 0],
		// The first job took 10 of 4000: 190 are 4.75 %, 250 are 6.25 %.
		[0.05, 240, 4],
	])("a share of %d ignored, pods of %d milli-cpu of 4000 have come: %d looks", (share, cpu, expected) => {
		expect(looks(share, cpu)).toBe(expected);
	});

	test("a pod is not placed where it no longer fits, and finds room that has come in small steps", () => {
		const cell = cellOf([node("a"), node("b")]);
		const scheduler = borg({ relaxedRandomization: false, ignoreSmallChanges: 0.2, scoring: "best-fit" });
		const small = Array.from({ length: 4 }, () => bindNew(cell, 0, { cpu: 700, memory: 10 }));
		expect(nodesOf(cell, place(scheduler, cell, cell.submit(job("first", { cpu: 900 }))))).toEqual(["a"]);
		bindNew(cell, 0, { cpu: 250, memory: 10 });
		expect(nodesOf(cell, place(scheduler, cell, cell.submit(job("second", { cpu: 900 }))))).toEqual(["b"]);
		bindNew(cell, 1, { cpu: 2900, memory: 10 });
		expect(place(scheduler, cell, cell.submit(job("third", { cpu: 900 }))).unplaced).toHaveLength(1);
		cell.endPod(small[0]!, "succeeded");
		expect(place(scheduler, cell, cell.submit(job("fourth", { cpu: 700 }))).placements).toHaveLength(1);
	});
});

describe("soft constraints", () => {
	const ssd = { matchExpressions: [{ key: "disk", operator: "In" as const, values: ["ssd"] }], matchFields: [] };
	const wish = { cpu: 3000, facts: { priority: 110, preferredNodeTerms: [{ weight: 1, term: ssd }] } };
	const labels = { disk: "ssd" };

	test("a machine that is preferred is taken as long as it has room, and another one otherwise", () => {
		const cell = cellOf([node("a"), node("b", { labels })]);
		const scheduler = borg();
		const chosen = () => nodesOf(cell, place(scheduler, cell, cell.submit(job(`w${cell.jobsSubmitted}`, wish))));
		expect([chosen(), chosen()]).toEqual([["b"], ["a"]]);
	});

	test("nobody is stopped for a wish", () => {
		const cell = cellOf([node("a"), node("b", { labels })]);
		cell.trackPods();
		bindNew(cell, 1, { cpu: 4000 });
		const decision = place(borg(), cell, cell.submit(job("w", wish)));
		expect([nodesOf(cell, decision), decision.preemptions]).toEqual([["a"], []]);
	});

	test("a machine whose labels have changed is looked at again, and with weight 0 wishes do not count", () => {
		const chosen = (params: object) => {
			const cell = cellOf([node("a"), node("b", { labels })]);
			const scheduler = borg(params);
			const of = () => cell.submit(job(`w${cell.jobsSubmitted}`, { ...wish, cpu: 10, memory: 1 }));
			const first = nodesOf(cell, place(scheduler, cell, of()));
			cell.updateNode(1 as NodeId, node("b"));
			cell.updateNode(0 as NodeId, node("a", { labels }));
			return [...first, ...nodesOf(cell, place(scheduler, cell, of()))];
		};
		expect(chosen({})).toEqual(["b", "a"]);
		expect(chosen({ weights: { preferences: 0 }, scoring: "best-fit" })).toEqual(["a", "a"]);
	});
});

describe("preemption", () => {
	test("an empty machine goes before one where somebody would have to leave, and of those the fewest and lowest leave", () => {
		const cell = cellOf([node("a"), node("b"), node("c")]);
		cell.trackPods();
		bindNew(cell, 0, { cpu: 4000, facts: { priority: 110 } });
		for (const priority of [0, 0]) bindNew(cell, 1, { cpu: 2000, facts: { priority } });
		const scheduler = borg();
		const production = () => cell.submit(job(`p${cell.jobsSubmitted}`, { cpu: 3000, facts: { priority: 200 } }));
		expect(nodesOf(cell, place(scheduler, cell, production()))).toEqual(["c"]);
		// One of 110 on a: 1 + 110/120 = 1.92; two of 0 on b: 2.
		const second = place(scheduler, cell, production());
		expect([nodesOf(cell, second), second.preemptions]).toEqual([["a"], [expect.anything()]]);
		expect(nodesOf(cell, place(scheduler, cell, production()))).toEqual(["b"]);
		expect(place(scheduler, cell, production()).unplaced).toHaveLength(1);
	});

	test("nobody is stopped on a node of a card model that the pod does not accept, whatever else it lacks there", () => {
		const stopped = (gpuModel: string) => {
			const cell = cellOf([node("a", { gpus: 1, gpuModel, pods: 1 })]);
			cell.trackPods();
			bindNew(cell, 0);
			const asks = { gpu: { models: ["A10"] }, facts: { priority: 200 } };
			const { placements, preemptions } = place(borg(), cell, cell.submit(job("p", asks)));
			return [placements.length, preemptions!.length];
		};
		expect([stopped("T4"), stopped("A10")]).toEqual([
			[0, 0],
			[1, 1],
		]);
	});

	test("nobody is stopped if it is switched off", () => {
		const cell = cellOf([node("a")]);
		bindNew(cell, 0, { cpu: 4000 });
		const { preemptions, unplaced } = place(
			borg({ preemption: false }),
			cell,
			cell.submit(job("p", { facts: { priority: 200 } })),
		);
		expect([preemptions, unplaced.length]).toEqual([[], 1]);
	});

	test("a gang stops others for all of its pods or for none", () => {
		const scene = () => {
			const cell = cellOf([node("a"), node("b")]);
			for (const n of [0, 1]) bindNew(cell, n, { cpu: 4000 });
			return cell;
		};
		const gang = (pods: number) => job("gang", { pods, gang: true, cpu: 4000, facts: { priority: 200 } });
		const [fits, tooMany] = [scene(), scene()];
		expect(place(borg(), fits, fits.submit(gang(2))).preemptions).toHaveLength(2);
		const scheduler = borg();
		const snapshot = snapshotOf(tooMany);
		const free = [...snapshot.nodes.free[0]!];
		const {
			placements,
			unplaced,
			preemptions = [],
		} = scheduler.decide(
			tooMany.submit(gang(3)).pending.map((pod) => tooMany.pod(pod)),
			snapshot,
			random(),
		);
		expect([placements, unplaced.length, preemptions]).toEqual([[], 3, []]);
		expect([...snapshot.nodes.free[0]!]).toEqual(free);
	});
});

describe("where leaving takes time", () => {
	const scene = () => {
		const cell = cellOf([node("a")]);
		cell.leavingTakesTime = true;
		cell.trackPods();
		const victim = bindNew(cell, 0, { cpu: 3000 });
		const of = cell.submit(job("p", { cpu: 2000, facts: { priority: 200 } }));
		const scheduler = borg();
		return { cell, victim, of, scheduler, first: place(scheduler, cell, of) };
	};

	test("others are told to leave, and the pod is promised their room", () => {
		const { cell, victim, of, first } = scene();
		expect([first.placements, first.preemptions, first.nominations]).toEqual([
			[],
			[victim],
			[{ pod: of.pending[0], node: 0 }],
		]);
		expect([...first.unplaced[0]!.rejections.keys()]).toEqual(["node(s) had pods that were told to leave"]);
		expect(cell.pod(victim).leaving).toBe("preempted");
	});

	test("the room is kept against lower bands, not against what is left, and nobody else is stopped meanwhile", () => {
		const { cell, victim, of, scheduler } = scene();
		expect(place(scheduler, cell, of)).toMatchObject({ placements: [], preemptions: [], nominations: [] });
		cell.podGone(victim);
		// 4000 are free, of which 2000 are promised.
		const batch = (cpu: number) => cell.submit(job(`b${cell.jobsSubmitted}`, { cpu, facts: { priority: 110 } }));
		expect(place(scheduler, cell, batch(2500)).placements).toEqual([]);
		expect(place(scheduler, cell, batch(2000)).placements).toHaveLength(1);
		expect(nodesOf(cell, place(scheduler, cell, of))).toEqual(["a"]);
		expect(cell.api.nominations.empty).toBe(true);
	});

	test("a gang waits as a whole, with the promise of all its nodes", () => {
		const cell = cellOf([node("a"), node("b")]);
		cell.leavingTakesTime = true;
		cell.trackPods();
		const victim = bindNew(cell, 0, { cpu: 3000 });
		const of = cell.submit(job("gang", { pods: 2, gang: true, cpu: 4000, facts: { priority: 200 } }));
		const scheduler = borg();
		const { placements, preemptions, nominations } = place(scheduler, cell, of);
		expect([placements, preemptions, nominations!.map(({ node: id }) => id).sort()]).toEqual([[], [victim], [0, 1]]);
		expect(place(scheduler, cell, of).nominations).toEqual([]);
		cell.podGone(victim);
		expect(place(scheduler, cell, of).placements).toHaveLength(2);
	});

	test("a gang that no longer fits gives its promises back", () => {
		const cell = cellOf([node("a"), node("b")]);
		cell.leavingTakesTime = true;
		cell.trackPods();
		const victim = bindNew(cell, 0, { cpu: 3000 });
		const of = cell.submit(job("gang", { pods: 2, gang: true, cpu: 4000, facts: { priority: 200 } }));
		const scheduler = borg();
		place(scheduler, cell, of);
		cell.setNodeReady(1 as NodeId, false);
		cell.podGone(victim);
		expect(place(scheduler, cell, of).nominations!.map(({ node: id }) => id)).toEqual([-1, -1]);
		expect(cell.api.nominations.empty).toBe(true);
	});
});

test("a pod does not go back to where it has crashed, and others of its kind do go there", () => {
	const cell = cellOf([node("a"), node("b", { cpu: 4001 })]);
	const of = cell.submit(job("web", { pods: 3, cpu: 100 }));
	cell.api.crashes.add(cell.pod(of.pending[1]!), 0 as NodeId);
	const { placements } = place(borg({ scoring: "best-fit", weights: { spreading: 0 } }), cell, of);
	expect(placements.map(({ node: id }) => cell.node(id).name)).toEqual(["a", "b", "a"]);
});
