/** How much more fits in a cell: filling and inflation, with answers known by hand. */
import { describe, expect, test } from "vitest";
import { group, specOf, tasks, trialOf } from "../../support/compaction.js";
import { temporaryFolder } from "../../support/experiment-files.js";

const folder = temporaryFolder("growth");
const grow = (spec: string, trial = 0) => trialOf(folder, spec, { trial });

/** 6 jobs of one task of 2 cpu, in a cell for 10. */
const SIX = tasks({ name: "web", jobs: 6, tasks: 1, cpu: 2 });
const TEN = [group("n", 5, 4)];

test.each(["{method: fill}", "{method: inflate}"])("4 more of the same fit beside 6: %s", async (options) => {
	expect(await grow(specOf(TEN, [SIX], options))).toMatchObject({
		machines: 5,
		addedTasks: 4,
		growth: 4 / 6,
		pendingTasks: 0,
	});
});

test("jobs of several tasks fit as a whole or do not count", async () => {
	const threes = tasks({ name: "web", jobs: 2, tasks: 3, cpu: 2 });
	for (const method of ["fill", "inflate"])
		expect(await grow(specOf(TEN, [threes], `{method: ${method}}`))).toMatchObject({ addedTasks: 3, growth: 0.5 });
});

describe("vertical inflation", () => {
	test.each([
		// Two tasks a machine, of up to 2 cpu each.
		[10, 1, 1],
		[10, 2, 0],
		// Beyond 2 cpu each needs a machine, and there are 5.
		[6, 2, 0],
		[5, 2, 1],
	])("%d tasks of %d cpu grow by %d", async (jobs, cpu, growth) => {
		const web = tasks({ name: "web", jobs, tasks: 1, cpu });
		const made = await grow(specOf(TEN, [web], "{method: inflate, growth: vertical}"));
		expect(made).toMatchObject({ growth, addedTasks: 0 });
	});

	test("goes in steps of 1 %", async () => {
		// 4 / 3 of 3 cpu, one task a machine: + 33 %.
		const web = tasks({ name: "web", jobs: 5, tasks: 1, cpu: 3 });
		expect(await grow(specOf(TEN, [web], "{method: inflate, growth: vertical}"))).toMatchObject({ growth: 0.33 });
	});
});

test("what is added does not push anybody out: filling stops at the first that would", async () => {
	const low = tasks({ name: "low", jobs: 3, tasks: 1, cpu: 2, pod: "priority: 50," });
	const high = tasks({ name: "high", jobs: 3, tasks: 1, cpu: 2, pod: "priority: 200," });
	for (const trial of [0, 1, 2])
		expect(await grow(specOf(TEN, [low, high], "{method: fill}", "borg"), trial)).toMatchObject({ addedTasks: 4 });
});

test("packing once, on all machines, says what stays pending and what is empty", async () => {
	expect(await grow(specOf([group("n", 20, 4)], [SIX], "{method: pack}"))).toMatchObject({
		machines: 20,
		pendingTasks: 0,
		emptyMachines: 17,
		packings: 1,
	});
	const eleven = tasks({ name: "web", jobs: 11, tasks: 1, cpu: 2 });
	expect(await grow(specOf(TEN, [eleven], "{method: pack}"))).toMatchObject({ pendingTasks: 1, emptyMachines: 0 });
});

test.each(["fill", "inflate"])("a workload that does not fit in the first place cannot grow: %s", async (method) => {
	const eleven = tasks({ name: "web", jobs: 11, tasks: 1, cpu: 2 });
	await expect(grow(specOf(TEN, [eleven], `{method: ${method}}`))).rejects.toThrow(
		"the workload does not fit in the cell as it is, so that nothing can be added: see with --method pack what stays pending",
	);
});
