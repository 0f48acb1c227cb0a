import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Cell } from "../../src/cell/cell.js";
import type { NodeId } from "../../src/cell/ids.js";
import type { Job } from "../../src/cell/job.js";
import type { PodClass } from "../../src/objects/pod-class.js";
import { type QueueDiscipline, WaitingRoom } from "../../src/scheduling/waiting-room.js";
import { bindNew, cellOf, HandClock, type JobOptions, job, node, podArrival } from "../support/cells.js";
import { routedByName, simulate } from "../support/simulations.js";

const A = 0 as NodeId;

/** A room beside a cell of one node of 4000 milli-cpu. */
function room(discipline: QueueDiscipline = "skip", initialUs = 0, maxUs = initialUs) {
	const clock = new HandClock();
	const cell = cellOf([node("a")], clock);
	const waiting = new WaitingRoom({ discipline, backoff: { initialUs, maxUs } });
	const submit = (name: string, options: JobOptions = {}) => cell.submit(job(name, options));
	/** As a scheduler does that found no node: takes the job out and parks it. */
	const park = (...jobs: Job[]) => {
		for (const parked of jobs) {
			waiting.add(parked);
			expect(waiting.next(clock.nowUs)).toBe(parked);
			waiting.park(parked, classesOf(cell, parked), clock.nowUs);
		}
	};
	/** Names of the jobs that would be tried now, in order. */
	const drain = () => {
		const names: string[] = [];
		for (let next = waiting.next(clock.nowUs); next; next = waiting.next(clock.nowUs)) names.push(next.name);
		return names;
	};
	const improve = () => waiting.nodeImproved(A, cell.nodes, clock.nowUs);
	return { clock, cell, waiting, submit, park, drain, improve };
}

function classesOf(cell: Cell, { pending }: Job): Set<PodClass> {
	return new Set(pending.map((pod) => cell.pod(pod).podClass));
}

describe("order", () => {
	test("is priority, then the order of coming for the first time, whatever happens in between", () => {
		const drawn = fc.array(fc.record({ priority: fc.integer({ min: -1, max: 2 }), parks: fc.boolean() }), {
			maxLength: 12,
		});
		fc.assert(
			fc.property(drawn, (specs) => {
				const { cell, clock, waiting, submit, drain } = room();
				const jobs = specs.map(({ priority }, i) => submit(`job-${i}`, { facts: { priority } }));
				for (const [i, added] of jobs.entries()) {
					waiting.add(added);
					if (!specs[i]!.parks) continue;
					const first = waiting.next(clock.nowUs)!;
					waiting.park(first, classesOf(cell, first), clock.nowUs);
				}
				for (const added of jobs) waiting.add(added);
				const expected = [...jobs].sort((a, b) => b.priority - a.priority || a.ordinal - b.ordinal);
				expect(drain()).toEqual(expected.map(({ name }) => name));
			}),
			{ seed: 41, numRuns: 200 },
		);
	});

	test("a job sent to the tail goes behind those of its priority, and before those that come later", () => {
		const { clock, waiting, submit, drain } = room();
		const [high, a, b] = [submit("high", { facts: { priority: 1 } }), submit("a"), submit("b")];
		for (const added of [high, a, b]) waiting.add(added);
		for (const expected of [high, a]) {
			expect(waiting.next(clock.nowUs)).toBe(expected);
			waiting.toTail(expected);
			waiting.delay(expected);
		}
		for (const added of [high, a, submit("c")]) waiting.add(added);
		expect(drain()).toEqual(["high", "b", "a", "c"]);
	});

	test("passes over jobs whose pods have gone, and takes a job once", () => {
		const { cell, waiting, submit, drain } = room();
		const [gone, there] = [submit("gone"), submit("there")];
		for (const added of [gone, there, there]) waiting.add(added);
		cell.endPod(gone.pending[0]!, "deleted");
		expect(drain()).toEqual(["there"]);
	});
});

describe("discipline", () => {
	test("skip: those behind a parked job are tried", () => {
		const { waiting, submit, park, drain } = room("skip");
		park(submit("first"));
		waiting.add(submit("second"));
		expect(drain()).toEqual(["second"]);
	});

	test("strict: nobody overtakes a parked job, but those before it", () => {
		const { waiting, submit, park, drain, improve } = room("strict");
		park(submit("parked"));
		waiting.add(submit("behind"));
		waiting.add(submit("before", { facts: { priority: 1 } }));
		expect(drain()).toEqual(["before"]);
		improve();
		expect(drain()).toEqual(["parked", "behind"]);
	});

	test("strict: a job that backs off holds the others up, one that has gone does not", () => {
		const { clock, cell, waiting, submit, park, drain, improve } = room("strict", 100);
		const parked = submit("parked");
		park(parked);
		improve();
		waiting.add(submit("behind"));
		expect(drain()).toEqual([]);
		cell.endPod(parked.pending[0]!, "deleted");
		waiting.leave(parked);
		expect([drain(), waiting.size]).toEqual([["behind"], 0]);
		clock.nowUs = 100;
		waiting.endBackoffs(100);
		expect(drain()).toEqual([]);
	});
});

describe("waking", () => {
	test("a node wakes the first job of each class that fits there now", () => {
		const { cell, submit, park, drain, improve } = room();
		bindNew(cell, A, { cpu: 2000 });
		park(submit("small-1"), submit("small-2"), submit("big", { cpu: 3000 }), submit("mid", { cpu: 2000 }));
		// 4000 - 2000 leaves 2000: room for `small` and `mid`, not for `big`.
		expect(improve()).toBe(true);
		expect(drain()).toEqual(["small-1", "mid"]);
		expect(improve()).toBe(true);
		expect(drain()).toEqual(["small-2"]);
		expect(improve()).toBe(false);
	});

	test("a node that is not ready wakes nobody", () => {
		const { cell, submit, park, improve } = room();
		park(submit("waits"));
		cell.setNodeReady(A, false);
		expect(improve()).toBe(false);
	});

	test("the next of a class follows when the room is passed on", () => {
		const { clock, waiting, submit, park, drain, improve } = room();
		const jobs = ["one", "two", "three"].map((name) => submit(name));
		park(...jobs);
		improve();
		expect(drain()).toEqual(["one"]);
		waiting.passOn(jobs[0]!, clock.nowUs);
		expect(drain()).toEqual(["two"]);
		// Passed on once, not twice.
		waiting.passOn(jobs[0]!, clock.nowUs);
		expect(drain()).toEqual([]);
	});

	test("a job whose pods were deleted after it was woken passes the room on", () => {
		const { cell, submit, park, drain, improve } = room();
		const first = submit("first");
		park(first, submit("second"));
		improve();
		cell.endPod(first.pending[0]!, "deleted");
		expect(drain()).toEqual(["second"]);
	});

	test("gangs wake together with the first job behind them: a smaller one may fit where a larger does not", () => {
		const { submit, park, drain, improve } = room();
		park(
			submit("gang-4", { pods: 4, gang: true }),
			submit("gang-2", { pods: 2, gang: true }),
			submit("single"),
			submit("last"),
		);
		improve();
		expect(drain()).toEqual(["gang-4", "gang-2", "single"]);
	});

	test("a job of two classes waits under both, and wakes once", () => {
		const { cell, submit, park, drain, improve } = room();
		bindNew(cell, A, { cpu: 3000 });
		park(submit("both", { pods: [podArrival({ cpu: 3000 }), podArrival()] }), submit("big", { cpu: 3000 }));
		improve();
		expect(drain()).toEqual(["both"]);
		for (const pod of [...cell.podsOn(A)]) cell.endPod(pod, "succeeded");
		improve();
		expect(drain()).toEqual(["big"]);
	});
});

describe("backoff", () => {
	test("doubles from attempt to attempt up to its cap", () => {
		const { clock, waiting, submit, park, improve } = room("skip", 10, 60);
		const failing = submit("failing");
		const waits: number[] = [];
		for (let i = 0; i < 5; i++) {
			park(failing);
			waits.push(failing.backoffUntilUs - clock.nowUs);
			expect(improve()).toBe(false);
			expect(waiting.nextBackoffUs).toBe(failing.backoffUntilUs);
			clock.nowUs = failing.backoffUntilUs;
			waiting.endBackoffs(clock.nowUs);
			expect(waiting.next(clock.nowUs)).toBe(failing);
			expect(waiting.nextBackoffUs).toBe(Number.POSITIVE_INFINITY);
		}
		// 10 x 2^n, at most 60.
		expect(waits).toEqual([10, 20, 40, 60, 60]);
	});

	test("holds a woken job until it is over", () => {
		const { clock, waiting, submit, park, drain, improve } = room("skip", 10);
		park(submit("second"));
		clock.nowUs = 5;
		park(submit("first", { facts: { priority: 1 } }));
		// Until 10 and until 15; they are of two classes, since priority is part of the class.
		clock.nowUs = 12;
		improve();
		expect(drain()).toEqual(["second"]);
		expect(waiting.nextBackoffUs).toBe(15);
		clock.nowUs = 15;
		waiting.endBackoffs(15);
		expect(drain()).toEqual(["first"]);
	});

	test("of the first of a class does not keep the next from the room", () => {
		const { clock, submit, park, drain, improve } = room("skip", 10);
		const [first, second] = [submit("first"), submit("second")];
		park(second);
		clock.nowUs = 5;
		park(first);
		clock.nowUs = 12;
		improve();
		expect(drain()).toEqual(["second"]);
	});

	test("of an earlier stay does not count, and delays nobody else's", () => {
		const { cell, clock, waiting, submit, improve } = room("skip", 10, 1000);
		const fail = (failing: Job) => {
			waiting.add(failing);
			for (let next = waiting.next(clock.nowUs); next !== failing; next = waiting.next(clock.nowUs))
				if (!next) throw new Error("lost");
			waiting.park(failing, classesOf(cell, failing), clock.nowUs);
		};
		const [often, once] = [submit("often"), submit("once", { cpu: 500 })];
		fail(often); // backs off until 10
		improve();
		clock.nowUs = 5;
		// One of its pods lost its node, say: it is tried at once, fails, and backs off until 5 + 20.
		fail(often);
		fail(once); // backs off until 15
		improve();
		expect(waiting.nextBackoffUs).toBeLessThanOrEqual(15);
		clock.nowUs = 15;
		waiting.endBackoffs(15);
		expect(waiting.next(15)).toBe(once);
		expect(waiting.next(15)).toBeNull();
		expect(waiting.nextBackoffUs).toBe(25);
	});

	test("none: a woken job is tried at once", () => {
		const { submit, park, drain, improve } = room();
		park(submit("job"));
		improve();
		expect(drain()).toEqual(["job"]);
	});
});

describe("in a simulation", () => {
	test("a job that was woken, conflicts and is placed on its second try still wakes the next", async () => {
		// Room for three turns up at 100. Both schedulers decide until 110; p0-x is first, so p1-a conflicts and tries again
		// until 120. Then p1-b, woken by it, decides until 130. Nothing else happens that could wake p1-b.
		const forEver = { durationUs: Number.POSITIVE_INFINITY };
		const { bindings } = await simulate({
			nodes: [node("n", { cpu: 3000 })],
			jobs: [
				job("p0-first", { cpu: 3000, durationUs: 90 }),
				job("p0-x", { timeUs: 20, ...forEver }),
				job("p1-a", { timeUs: 20, ...forEver }),
				job("p1-b", { timeUs: 20, ...forEver }),
			],
			architecture: routedByName({ conflict: "node-version" }),
			replicas: 2,
			perJobUs: 10,
		});
		expect(bindings).toEqual([
			"10 bound p0-first-0 n",
			"110 bound p0-x-0 n",
			"120 bound p1-a-0 n",
			"130 bound p1-b-0 n",
		]);
	});

	test("a gang that does not fit lets the smaller gang behind it try", async () => {
		const { bindings, attempts } = await simulate({
			nodes: [node("n")],
			jobs: [
				job("full", { cpu: 3000, durationUs: 10 }),
				job("runs", { durationUs: 50 }),
				job("four", { timeUs: 1, pods: 4, gang: true, durationUs: 10 }),
				job("two", { timeUs: 1, pods: 2, gang: true, durationUs: 10 }),
			],
		});
		// At 10 there is room for three: four tries in vain, two is placed and passes on what may be left: four tries again. At 20
		// two ends, at 50 the last one in the way.
		expect(bindings.slice(2).map((line) => line.split("-")[0])).toEqual([
			"10 bound two",
			"10 bound two",
			...Array(4).fill("50 bound four"),
		]);
		const tries = attempts.filter((attempt) => attempt.job.name === "four").map(({ commitUs }) => commitUs);
		expect(tries).toEqual([1, 10, 10, 20, 50]);
	});

	test("a job that got a pod placed backs off from the start again", async () => {
		const { bindings } = await simulate({
			nodes: [node("n", { cpu: 1000 })],
			jobs: [job("full", { durationUs: 5 }), job("two", { timeUs: 1, pods: 2, durationUs: 12 })],
			queue: { discipline: "skip", backoff: { initialUs: 10, maxUs: 100 } },
		});
		// Fails at 1: until 11. Places one at 11, which ends at 23: until 21, so that the other goes at 23; not until 31.
		expect(bindings.map((line) => line.split(" ")[0])).toEqual(["0", "11", "23"]);
	});

	test("deleting the job at the head of a strict queue lets the next one go", async () => {
		const { bindings } = await simulate({
			nodes: [node("n")],
			jobs: [job("huge", { cpu: 9000 }), job("small", { timeUs: 1 })],
			queue: { discipline: "strict", backoff: { initialUs: 0, maxUs: 0 } },
			faults: [{ atUs: 5, action: "delete", selects: ({ name }) => name === "huge-0" }],
		});
		expect(bindings).toEqual(["5 bound small-0 n"]);
	});
});
