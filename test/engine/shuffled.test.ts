import fc from "fast-check";
import { expect, test } from "vitest";
import { SeededRandomSource } from "../../src/engine/random.js";
import { shuffled } from "../../src/engine/shuffled.js";

test("the seed decides, every order has the same pods, and each is as likely as any other", () => {
	fc.assert(
		fc.property(fc.array(fc.nat(), { maxLength: 20 }), fc.nat(), (things, seed) => {
			const draw = () => shuffled(things, new SeededRandomSource(String(seed)).stream("x"));
			expect(draw()).toEqual(draw());
			expect([...draw()].sort()).toEqual([...things].sort());
		}),
		{ seed: 2703, numRuns: 50 },
	);
	const random = new SeededRandomSource("1").stream("x");
	const times = new Map<string, number>();
	for (let i = 0; i < 6000; i++) {
		const key = shuffled(["a", "b", "c"], random).join("");
		times.set(key, (times.get(key) ?? 0) + 1);
	}
	expect(times.size).toBe(6);
	// 1000 each; four standard deviations.
	for (const count of times.values())
		expect(Math.abs(count - 1000)).toBeLessThan(4 * Math.sqrt(6000 * (1 / 6) * (5 / 6)));
});
