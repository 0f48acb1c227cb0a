import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { JavaRandom, JavaRandomSource } from "./java-random.js";

const VECTORS = fileURLToPath(new URL("../../../shared/reference/omega/javarandom-vectors.json", import.meta.url));

/** The class's documentation in integers of any size. */
class NaiveJavaRandom {
	#state: bigint;

	constructor(seed: bigint) {
		this.#state = BigInt.asUintN(48, seed ^ 0x5deece66dn);
	}

	#next(bits: bigint): number {
		this.#state = BigInt.asUintN(48, this.#state * 0x5deece66dn + 0xbn);
		return Number(this.#state >> (48n - bits));
	}

	integer(bound: number): number {
		if (Number.isInteger(Math.log2(bound))) return Number((BigInt(bound) * BigInt(this.#next(31n))) >> 31n);
		for (;;) {
			const bits = this.#next(31n);
			const value = bits % bound;
			if (bits - value + bound - 1 < 2 ** 31) return value;
		}
	}

	next(): number {
		return (this.#next(26n) * 2 ** 27 + this.#next(27n)) / 2 ** 53;
	}
}

describe("JavaRandom", () => {
	test("draws what a JVM draws", () => {
		// nextInt() of seed 42 is -1170105035, 234785527, ...: 31 bits of it are 1562431130, 117392763, ...
		const random = new JavaRandom(42);
		expect(Array.from({ length: 5 }, () => random.integer(100))).toEqual([30, 63, 48, 84, 70]);
		expect(new JavaRandom(42).next()).toBe(0.7275636800328681);
		expect(new JavaRandom(-7).integer(1024)).toBe(new JavaRandom(2n ** 48n - 7n).integer(1024));
	});

	test("follows the documented generator for any seed and bound, drawn again or not", () => {
		// Bounds just above 2^30 draw again every second time.
		const bound = fc.oneof(
			fc.integer({ min: 1, max: 2 ** 31 - 1 }),
			fc.integer({ min: 0, max: 30 }).map((power) => 2 ** power),
			fc.integer({ min: 2 ** 30 + 1, max: 2 ** 30 + 9 }),
		);
		const draws = fc.array(fc.option(bound), { minLength: 1, maxLength: 30 });
		fc.assert(
			fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), draws, (seed, bounds) => {
				const fast = new JavaRandom(seed);
				const naive = new NaiveJavaRandom(seed);
				for (const bound of bounds) {
					if (bound === null) expect(fast.next()).toBe(naive.next());
					else expect(fast.integer(bound)).toBe(naive.integer(bound));
				}
			}),
			{ seed: 1, numRuns: 300 },
		);
	});

	test("starts every stream of a source alike", () => {
		const source = new JavaRandomSource(5);
		expect(source.stream("scheduler/a").integer(1000)).toBe(source.stream("scheduler/b").integer(1000));
	});

	test.skipIf(!existsSync(VECTORS))("gives the recorded vectors (needs ../shared/reference/omega)", () => {
		const { vectors } = JSON.parse(readFileSync(VECTORS, "utf8")) as {
			vectors: readonly { seed: number; nextIntBound?: number; values?: number[]; nextDouble?: number[] }[];
		};
		const compared = vectors.map(({ seed, nextIntBound, values = [], nextDouble = [] }) => {
			const random = new JavaRandom(seed);
			if (nextIntBound !== undefined) expect(values.map(() => random.integer(nextIntBound))).toEqual(values);
			else expect(nextDouble.map(() => random.next())).toEqual(nextDouble);
			return values.length + nextDouble.length;
		});
		// 16 values for each of 7 seeds and 10 bounds, 12 doubles for each of 3 seeds.
		expect(compared.reduce((sum, count) => sum + count, 0)).toBe(7 * 10 * 16 + 3 * 12);
	});
});
