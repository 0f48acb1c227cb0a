import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { RunDigest } from "../../src/engine/run-digest.js";

function digestOf(numbers: readonly number[]): string {
	const digest = new RunDigest();
	for (const number of numbers) digest.number(number);
	return digest.hex();
}

describe("RunDigest", () => {
	test("has sixteen digits and depends on everything mixed in", () => {
		const seen = new Set([[], [0], [0, 0], [1], [2 ** 32], [2 ** 32 + 1], [2 ** 52 + 1], [-1]].map(digestOf));
		expect(seen.size).toBe(8);
		for (const hex of seen) expect(hex).toMatch(/^[0-9a-f]{16}$/);
	});

	test("differs when any two unequal neighbours change places", () => {
		const number = fc.oneof(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 0, max: 2 ** 53 - 1 }));
		fc.assert(
			fc.property(fc.array(number, { minLength: 2, maxLength: 30 }), fc.nat(), (numbers, where) => {
				const at = where % (numbers.length - 1);
				fc.pre(numbers[at] !== numbers[at + 1]);
				const swapped = [...numbers];
				[swapped[at], swapped[at + 1]] = [numbers[at + 1]!, numbers[at]!];
				expect(digestOf(swapped)).not.toBe(digestOf(numbers));
			}),
			{ seed: 4, numRuns: 500 },
		);
	});

	test("differs when any one number differs, and not otherwise", () => {
		fc.assert(
			fc.property(
				fc.array(fc.maxSafeNat(), { minLength: 1, maxLength: 30 }),
				fc.nat(),
				fc.maxSafeNat(),
				(numbers, at, other) => {
					const changed = numbers.with(at % numbers.length, other);
					expect(digestOf(changed) === digestOf(numbers)).toBe(other === numbers[at % numbers.length]);
				},
			),
			{ seed: 5, numRuns: 500 },
		);
	});
});
