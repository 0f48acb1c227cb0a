import fc from "fast-check";
import { expect, test } from "vitest";
import { flow } from "../../src/traffic/flow.js";
import { busyWith, serviceLaw } from "../../src/traffic/service-law.js";

const ONE = serviceLaw(1, 200);

function run(perSecond: number, seconds: number, { law = ONE, inside = 0, workS = 0.01 } = {}) {
	let completed = 0;
	let area = 0;
	const end = flow(law, { inside, perSecond, workS }, seconds, (piece) => {
		completed += piece.completed;
		area += piece.completed * piece.responseS;
	});
	return { ...end, completed, area };
}

test.each([
	// work / (1 - r) at 10 ms of work: 20 ms at half load, 100 ms at 90 %.
	[50, 0.02],
	[90, 0.1],
])("at %d requests a second of 100 the mean response is that of M/G/1-PS, %d s", (perSecond, responseS) => {
	const { inside } = run(perSecond, 1000);
	const { completed, area } = run(perSecond, 10, { inside });
	expect(completed / (perSecond * 10)).toBeCloseTo(1, 6);
	expect(Math.abs(area / completed / responseS - 1)).toBeLessThan(1e-3);
});

test("twice of what it can do fills it, and the rest overflows", () => {
	// 200 a second come, 100 go: 200 requests inside after about 2 s, then 100 a second overflow.
	const { inside, overflow, completed } = run(200, 10);
	expect(inside).toBe(200);
	expect(overflow).toBeGreaterThan(100 * 7.9);
	expect(overflow).toBeLessThan(100 * 8.1);
	expect(completed + overflow + inside).toBeCloseTo(2000, 6);
	expect(run(200, 10, { inside }).area / run(200, 10, { inside }).completed).toBeCloseTo(2, 1);
});

test("a pod that gets nothing any more empties", () => {
	const { inside, completed } = run(0, 5, { inside: 100 });
	expect(inside).toBeLessThan(1e-6);
	expect(completed).toBeCloseTo(100, 5);
});

test("it goes as small steps of the differential equation do, and splitting the time changes nothing", () => {
	const property = fc.property(
		fc.record({
			cpus: fc.constantFrom(0.25, 1, 1.5, 4),
			load: fc.double({ min: 0, max: 2, noNaN: true }),
			inside: fc.double({ min: 0, max: 50, noNaN: true }),
			seconds: fc.double({ min: 0.01, max: 1, noNaN: true }),
		}),
		({ cpus, load, inside, seconds }) => {
			const law = serviceLaw(cpus, 50);
			const perSecond = (load * cpus) / 0.01;
			const whole = run(perSecond, seconds, { law, inside });
			const half = run(perSecond, seconds / 2, { law, inside });
			const rest = run(perSecond, seconds / 2, { law, inside: half.inside });
			expect(rest.inside).toBeCloseTo(whole.inside, 6);
			expect(half.completed + rest.completed).toBeCloseTo(whole.completed, 6);
			expect(half.area + rest.area).toBeCloseTo(whole.area, 6);
			let n = inside;
			const steps = 20_000;
			for (let i = 0; i < steps; i++)
				n = Math.min(50, Math.max(0, n + (perSecond - busyWith(law, n) / 0.01) * (seconds / steps)));
			expect(Math.abs(n - whole.inside)).toBeLessThan(0.02 + 0.002 * whole.inside);
			expect(inside + perSecond * seconds).toBeCloseTo(whole.inside + whole.completed + whole.overflow, 6);
		},
	);
	fc.assert(property, { seed: 8, numRuns: 60 });
});
