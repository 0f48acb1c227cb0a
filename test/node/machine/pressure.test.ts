import { describe, expect, test } from "vitest";
import { borgCpi, INTERFERENCE } from "../../../src/node/machine/interference.js";
import { pressureFull, pressureSome } from "../../../src/node/machine/pressure.js";

describe("CPU pressure", () => {
	test.each([
		// wanted, used, threads: a thread runs for used / threads of the time.
		[1000, 1000, 1, 0, 0],
		[1000, 250, 1, 0.75, 0.75],
		// Two threads that run half of the time: one of them waits for 1 - 0.5^2, both for 0.5^2.
		[2000, 1000, 2, 0.75, 0.25],
		[2000, 0, 2, 1, 1],
		// Wants one CPU with four threads, each of which runs for a fifth of the time.
		[1000, 800, 4, 1 - 0.2 ** 4, 0.8 ** 4],
		[0, 0, 0, 0, 0],
	])("%i milli wanted, %i used by %i threads", (wanted, used, threads, some, full) => {
		expect(pressureSome(wanted, used, threads)).toBeCloseTo(some, 12);
		expect(pressureFull(wanted, used, threads)).toBeCloseTo(full, 12);
	});
});

test("the Borg paper's regression: 1.53 alone, 0.3 % a task, 2 % for 10 % of CPU", () => {
	expect(borgCpi({ tasks: 1, cpuUse: 0 })).toBe(1.53);
	expect(borgCpi({ tasks: 11, cpuUse: 0.5 })).toBeCloseTo(1.53 * (1 + 0.03 + 0.1), 12);
	expect(INTERFERENCE["borg-cpi"]({ tasks: 11, cpuUse: 0.5 })).toBeCloseTo(1.13, 12);
	expect(INTERFERENCE.none({ tasks: 11, cpuUse: 0.5 })).toBe(1);
});
