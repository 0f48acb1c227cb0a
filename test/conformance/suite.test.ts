import { expect, test } from "vitest";
import { type Comparison, type Exception, runSuite } from "./suite.js";

const EQUAL: Comparison = { decisions: 3, equal: 3, differences: [] };
const DIFFERENT: Comparison = {
	decisions: 4,
	equal: 2,
	differences: [
		{ path: "events", expected: 10, got: 11 },
		{ path: "error", expected: null, got: "stopped" },
	],
};

function outcome(cases: Record<string, Comparison>, exceptions: readonly Exception[], only = /./) {
	const lines: string[] = [];
	const suite = {
		cases: () => Object.entries(cases).map(([name, comparison]) => ({ name, compare: () => comparison })),
		exceptions,
	};
	const options = { only: (name: string) => only.test(name), print: (line: string) => lines.push(line), progress() {} };
	return { passed: runSuite("made-up", suite, "folder", options), lines };
}

test("a suite passes when every case is equal", () => {
	expect(outcome({ a: EQUAL, b: EQUAL }, [])).toEqual({
		passed: true,
		lines: ["made-up: 2 of 2 cases equal, 6 of 6 decisions equal, 0 exceptions"],
	});
});

test("a case that differs is told with its first difference and fails the suite", () => {
	expect(outcome({ a: EQUAL, b: DIFFERENT, c: DIFFERENT }, [], /[ab]/)).toEqual({
		passed: false,
		lines: [
			"b: events: expected 10, got 11 (first of 2 differences)",
			"made-up: 1 of 2 cases equal, 5 of 7 decisions equal, 0 exceptions",
		],
	});
});

test("an exception is counted apart, as long as it differs as reviewed", () => {
	const cause = "a reason";
	expect(outcome({ a: EQUAL, b: DIFFERENT }, [{ case: "b", first: "events", cause }])).toEqual({
		passed: true,
		lines: ["made-up: 1 of 2 cases equal, 5 of 7 decisions equal, 1 exceptions"],
	});
	expect(outcome({ b: DIFFERENT }, [{ case: "b", first: "endTime", cause }])).toEqual({
		passed: false,
		lines: [
			"b: events: expected 10, got 11 (first of 2 differences); the exception was reviewed for endTime",
			"made-up: 0 of 1 cases equal, 2 of 4 decisions equal, 0 exceptions",
		],
	});
	expect(outcome({ a: EQUAL }, [{ case: "a", first: "events", cause }])).toEqual({
		passed: false,
		lines: [
			"a: does not differ any more; take it off the exceptions",
			"made-up: 0 of 1 cases equal, 3 of 3 decisions equal, 0 exceptions",
		],
	});
});

test("a folder without cases is no success", () => {
	expect(() => outcome({ a: EQUAL }, [], /b/)).toThrow("no golden cases of 'made-up' here");
});
