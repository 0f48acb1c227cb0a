import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { runSuite } from "../suite.js";
import { suites } from "../suites.js";
import { openOmegaGolden } from "./golden.js";
import { simulateReference } from "./reference.js";

const DATA = fileURLToPath(new URL("../../../../shared/reference/omega", import.meta.url));

/** Lines that the suite prints before its totals. */
function complaints(name: string, only: RegExp): { readonly lines: readonly string[]; readonly cases: number } {
	const lines: string[] = [];
	let cases = 0;
	runSuite(name, suites[name]!, DATA, {
		only: (golden) => only.test(golden),
		print: (line) => lines.push(line),
		progress: (_done, of) => (cases = of),
	});
	return { lines: lines.slice(0, -1), cases };
}

// All other runs: npm run conformance -- omega-reference DIR.
describe.skipIf(!existsSync(DATA))("the reference (needs ../shared/reference/omega)", () => {
	test("repeats every golden run of the small cells exactly, with its decisions and jobs", () => {
		expect(complaints("omega-reference", /nano10|c100-s[12]-/)).toEqual({ lines: [], cases: 160 + 64 });
	});

	test("differs on a clock of microseconds only as reviewed", () => {
		expect(complaints("omega-microseconds", /nano10|c100-s[12]-/)).toEqual({ lines: [], cases: 160 + 64 });
	});

	test("shows every event of its agenda", () => {
		const golden = openOmegaGolden(DATA);
		const run = golden.runs("runs").find(({ cell, arch }) => cell === "nano10" && arch === "mesos-min1")!;
		const events: [number, string, number][] = [];
		const onEvent = (...event: [number, string, number]) => void events.push(event);
		expect(simulateReference(golden, run, { clock: "nanoseconds", onEvent }).run.events).toBe(events.length);
		// Job 1 arrives at 7.4 s and waits for the round of offers a second later, and the allocator's millisecond.
		expect(events.filter(([, name]) => name !== "sample" && name !== "task end").slice(1, 5)).toEqual([
			[7.429218986, "arrival", 1],
			[8.429218986, "offer round", 0],
			[8.430218986, "offer", 0],
			[8.545218986, "response", 0],
		]);
	});

	test("repeats several batch schedulers, machines never looked at, and runs that stop on an assertion", () => {
		const runs =
			/multibatch\/mid1000-s1-omega-coarse-incr-.*-b4$|blacklist\/mid1000-s1-omega-(fine|coarse)-incr.*-l0.5$/;
		expect(complaints("omega-reference", runs)).toEqual({ lines: [], cases: 3 });
	});
});
