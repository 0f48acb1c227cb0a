import { describe, expect, test } from "vitest";
import { routerOf, type SchedulerEntry } from "../../src/scheduling/router.js";
import { cellOf, job, node } from "../support/cells.js";

const entry = (name: string, processes: readonly number[], rest: Partial<SchedulerEntry> = {}): SchedulerEntry => ({
	name,
	classes: null,
	spread: "hash",
	processes,
	...rest,
});

/** Where jobs of these classes go, submitted in this order. */
function routes(entries: readonly SchedulerEntry[], classes: readonly string[], schedulerName = "default-scheduler") {
	const cell = cellOf([node("n")]);
	const route = routerOf(entries);
	return classes.map((className, i) => route(cell.submit(job(`job-${i}`, { facts: { className } })), schedulerName));
}

const BATCH = entry("batch", [0, 1], { classes: ["batch"], spread: "round-robin" });
const SERVICE = entry("service", [2], { classes: ["service", "web"] });
const REST = entry("rest", [3]);

describe("routerOf", () => {
	test("a class goes to the first entry for it, any other to those without classes", () => {
		expect(routes([BATCH, SERVICE, REST], ["web", "service", "other", ""])).toEqual([2, 2, 3, 3]);
	});

	test("round robin deals the jobs of an entry out one by one, whatever else is submitted", () => {
		expect(routes([BATCH, REST], ["batch", "x", "batch", "x", "x", "batch"])).toEqual([0, 3, 1, 3, 3, 0]);
	});

	test("a hash spreads periodic jobs over all processes of an entry", () => {
		const dealt = routes([entry("main", [0, 1, 2, 3])], new Array(4000).fill(""));
		for (const process of [0, 1, 2, 3]) {
			// Binomial(4000, 1/4): mean 1000, standard deviation 27.4; four of them.
			expect(Math.abs(dealt.filter((to) => to === process).length - 1000)).toBeLessThan(110);
			// Every fourth job of the stream does not always go to the same process.
			expect(dealt.filter((to, i) => i % 4 === 0 && to === process).length).toBeLessThan(400);
		}
	});

	test("entries without classes share the rest as one pool", () => {
		const dealt = routes([entry("a", [0]), entry("b", [1])], new Array(100).fill(""));
		expect(new Set(dealt)).toEqual(new Set([0, 1]));
	});

	test("a pod that names an entry goes there, whatever its class", () => {
		expect(routes([BATCH, SERVICE, REST], ["batch", "other"], "service")).toEqual([2, 2]);
	});

	test("a pod for which the policy is not goes to the first entry whose policy names it, or else where it went before", () => {
		const [one, other] = [["a"], ["b", "c"]].map((names) => new Set(names));
		const entries = [entry("x", [0], { names: one! }), entry("y", [1], { names: other!, classes: ["service"] })];
		expect(["a", "c", "d", "y"].map((name) => routes(entries, [""], name)[0])).toEqual([0, 1, 0, 1]);
		// An entry without names takes whatever comes to it.
		expect(routes([entry("z", [2]), ...entries], ["service"], "c")).toEqual([1]);
		expect(routes([entry("z", [2]), entries[1]!], [""], "c")).toEqual([2]);
	});

	test("a job that nobody is for is an error", () => {
		expect(() => routes([BATCH, SERVICE], ["other"])).toThrow(
			"no scheduler is for job 'job-0' of class 'other': name the class in the classes of a scheduler, or leave classes out of one",
		);
	});
});
