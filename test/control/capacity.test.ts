import { expect, test } from "vitest";
import { Capacity } from "../../src/control/capacity.js";

test("requests that come together are done one after the other, and never before their own time", () => {
	const capacity = new Capacity(3);
	// 5 of its own; served until 3, 6, 9, 12.
	expect([0, 0, 0, 0].map((nowUs) => capacity.take(nowUs, 5))).toEqual([5, 6, 9, 12]);
	// Through with the others at 12.
	expect(capacity.take(11, 5)).toBe(16);
	expect(capacity.take(100, 5)).toBe(105);
});

test("without a service time any number is served at once", () => {
	const capacity = new Capacity(0);
	expect([0, 0, 0].map((nowUs) => capacity.take(nowUs, 5))).toEqual([5, 5, 5]);
});
