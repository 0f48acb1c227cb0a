import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type BorgTask, borgVictims } from "../../../src/node/memory/borg-kill.js";
import { settleMemory } from "../../../src/node/memory/settle-memory.js";

interface Task extends BorgTask {
	readonly bytes: number;
}

const NONE = Number.POSITIVE_INFINITY;

/** Tasks, one a pod and without limits that the kernel holds them to, on a machine of so many bytes: who is killed, in order. */
function killed(tasks: readonly Task[], capacity: number): readonly number[] {
	const column = (value: number) => new Float64Array(tasks.length).fill(value);
	const leaves = {
		count: tasks.length,
		pod: Int32Array.from(tasks, (_, i) => i),
		anonymousBytes: Float64Array.from(tasks, ({ bytes }) => bytes),
		cacheBytes: column(0),
		limitBytes: column(NONE),
		highBytes: column(NONE),
		minBytes: column(0),
		oomScoreAdj: new Int16Array(tasks.length),
	};
	const choose = borgVictims((leaf) => tasks[leaf]!);
	return settleMemory(leaves, column(NONE), capacity, choose);
}

const task = (priority: number, bytes: number, limitBytes = NONE): Task => ({ priority, bytes, limitBytes });

describe("on a full machine", () => {
	test.each<[string, readonly Task[], number, readonly number[]]>([
		["nobody is killed while memory is enough", [task(0, 60, 50), task(200, 40)], 100, []],
		["batch goes before production, though it has less", [task(200, 90), task(100, 20)], 100, [1]],
		[
			"from the lowest priority up, and no more than needed: 25 + 25 + 25 + 50, of which 75 may stay",
			[task(360, 25), task(100, 25), task(120, 50), task(0, 25)],
			75,
			[3, 1],
		],
		[
			"who is over its own limit goes first, whatever its priority: monitoring with 51 of 50",
			[task(0, 40, 50), task(360, 51, 50), task(100, 40, 50)],
			90,
			[1],
		],
		[
			"of those over their limits the lowest priority first",
			[task(200, 60, 10), task(100, 60, 50), task(0, 9)],
			70,
			[1],
		],
		[
			"production dies only when nothing else is left",
			[task(200, 60), task(130, 60), task(0, 5), task(100, 5)],
			60,
			[2, 3, 1],
		],
		[
			"of one priority who is farthest above its limit: 20 above 30 before 15 above 5",
			[task(0, 20, 5), task(0, 50, 30)],
			60,
			[1],
		],
		["of equals the first", [task(0, 60, 60), task(0, 60, 60)], 60, [0]],
	])("%s", (_, tasks, capacity, victims) => {
		expect(killed(tasks, capacity)).toEqual(victims);
	});
});

test("victims are the first in the order of the rules, as many as it takes", () => {
	const tasks = fc.array(
		fc.record({
			priority: fc.constantFrom(-5, 0, 99, 100, 119, 120, 200, 359, 360, 450),
			bytes: fc.integer({ min: 0, max: 40 }),
			limitBytes: fc.constantFrom(0, 10, 20, NONE),
		}),
		{ maxLength: 8 },
	);
	fc.assert(
		fc.property(tasks, fc.integer({ min: 0, max: 150 }), (given, capacity) => {
			const above = ({ bytes, limitBytes }: Task) => bytes - limitBytes;
			const order = given
				.map((each, i) => ({ ...each, i, within: above(each) > 0 ? 0 : 1 }))
				.filter(({ bytes }) => bytes > 0)
				.sort((a, b) => a.within - b.within || a.priority - b.priority || above(b) - above(a) || a.i - b.i);
			let left = given.reduce((sum, { bytes }) => sum + bytes, 0);
			const expected: number[] = [];
			for (const { i, bytes } of order) {
				if (left <= capacity) break;
				expected.push(i);
				left -= bytes;
			}
			expect(killed(given, capacity)).toEqual(expected);
		}),
		{ seed: 23, numRuns: 500 },
	);
});
