import { describe, expect, test } from "vitest";
import { type Random, SeededRandomSource } from "../../src/engine/random.js";

function draws(random: Random, count = 20): number[] {
	return Array.from({ length: count }, () => random.next());
}

describe("SeededRandomSource", () => {
	test("gives each name its own stream: asking for another shifts nothing", () => {
		const alone = draws(new SeededRandomSource("1").stream("arrivals/web"));
		const source = new SeededRandomSource("1");
		const before = source.stream("arrivals/batch");
		const web = source.stream("arrivals/web");
		const interleaved = Array.from({ length: 20 }, () => {
			before.next();
			source.stream(`new/${before.integer(9)}`).next();
			return web.next();
		});
		expect(interleaved).toEqual(alone);
	});

	test("starts the same name anew", () => {
		const source = new SeededRandomSource("1");
		const first = draws(source.stream("a"));
		expect(draws(source.stream("a"))).toEqual(first);
	});

	test("tells names and seeds apart, also 64-bit seeds that one double cannot", () => {
		const keys = [
			["1", "a"],
			["1", "b"],
			["2", "a"],
			["9007199254740992", "a"],
			["9007199254740993", "a"],
			["18446744073709551615", "a"],
		] as const;
		const firsts = keys.map(([seed, name]) => new SeededRandomSource(seed).stream(name).next());
		expect(new Set(firsts).size).toBe(keys.length);
	});

	test("streams of neighbouring names are uncorrelated", () => {
		const source = new SeededRandomSource("7");
		const [a, b] = [draws(source.stream("scheduler/1"), 4000), draws(source.stream("scheduler/2"), 4000)];
		const covariance = a.reduce((sum, x, i) => sum + (x - 0.5) * (b[i]! - 0.5), 0) / a.length;
		// Variance of a uniform is 1/12, so the standard error of the covariance is 1/12/sqrt(4000) = 0.0013.
		expect(Math.abs(covariance)).toBeLessThan(4 * 0.0013);
	});

	test("draws integers below the bound, each as often", () => {
		const random = new SeededRandomSource("3").stream("dice");
		const counts = new Array<number>(6).fill(0);
		for (let i = 0; i < 6000; i++) counts[random.integer(6)]!++;
		const chiSquare = counts.reduce((sum, count) => sum + (count - 1000) ** 2 / 1000, 0);
		// 0.1 % quantile of chi-square with 5 degrees of freedom.
		expect(chiSquare).toBeLessThan(20.5);
		expect(counts.length).toBe(6);
	});
});
