import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { formatQuantity, parseQuantity, type QuantityUnit, unitOf } from "../../src/objects/quantity.js";

describe("parseQuantity", () => {
	test.each<[string | number, QuantityUnit, number]>([
		["1", "milli", 1000],
		["1.1", "milli", 1100],
		["0.1", "milli", 100],
		["500m", "milli", 500],
		["0.0001", "milli", 1], // 0.1 of a milli, rounded up
		["100u", "milli", 1],
		["1500000n", "milli", 2], // 1.5
		["2k", "milli", 2_000_000],
		[4, "milli", 4000],
		[0.5, "milli", 500],
		[1e21, "milli", Number.NaN],
		["1Ki", "unit", 1024],
		["1.5Gi", "unit", 1.5 * 2 ** 30],
		["0.1Ki", "unit", 103], // 102.4
		["7Pi", "unit", 7 * 2 ** 50],
		["1e3", "unit", 1000],
		["1E3", "unit", 1000],
		["1e-3", "unit", 1],
		["1e+3", "unit", 1000],
		["0.001E", "unit", 1e15], // E without a number is exa
		["0.001E0", "unit", 1],
		["100m", "unit", 1],
		["128974848000m", "unit", 128_974_848],
		[".5G", "unit", 500_000_000],
		["5.", "unit", 5],
		["+5", "unit", 5],
		["0e999999999", "unit", 0],
		["1e-999999999", "unit", 1],
		["0Ei", "unit", 0],
		["00012", "unit", 12],
		["9007199254740991", "unit", 2 ** 53 - 1],
		["9007199254740.991", "milli", 2 ** 53 - 1],
	])("%s in %s is %d", (text, unit, amount) => {
		if (Number.isNaN(amount)) expect(() => parseQuantity(text, unit)).toThrow("is too large");
		else expect(parseQuantity(text, unit)).toBe(amount);
	});

	test("negative amounts are rounded away from zero, where they are allowed", () => {
		expect(parseQuantity("-1.5", "unit", { negative: true })).toBe(-2);
		expect(parseQuantity("-250m", "milli", { negative: true })).toBe(-250);
	});

	test.each([
		["", "'' is not a quantity: write a number with a suffix such as 500m, 2, 1.5Gi or 1e3"],
		["1K", "'1K' is not a quantity: write a number with a suffix such as 500m, 2, 1.5Gi or 1e3"],
		["1 Gi", "'1 Gi' is not a quantity: write a number with a suffix such as 500m, 2, 1.5Gi or 1e3"],
		["1e", "'1e' is not a quantity: write a number with a suffix such as 500m, 2, 1.5Gi or 1e3"],
		["1e3Ki", "'1e3Ki' is not a quantity: write a number with a suffix such as 500m, 2, 1.5Gi or 1e3"],
		["0x10", "'0x10' is not a quantity: write a number with a suffix such as 500m, 2, 1.5Gi or 1e3"],
		[Number.NaN, "'NaN' is not a quantity: write a number with a suffix such as 500m, 2, 1.5Gi or 1e3"],
		["-1", "'-1' is negative: write 0 or more"],
		["8Pi", "'8Pi' is too large: the largest amount is 9007199254740991 (just under 8Pi)"],
		["9E", "'9E' is too large: the largest amount is 9007199254740991 (just under 8Pi)"],
		["1e999999999", "'1e999999999' is too large: the largest amount is 9007199254740991 (just under 8Pi)"],
	])("refuses %j", (text, message) => {
		expect(() => parseQuantity(text, "unit")).toThrow(expect.objectContaining({ name: "InputError", message }));
	});

	test("whole: refuses what would be rounded", () => {
		expect(parseQuantity("2000m", "unit", { whole: true })).toBe(2);
		expect(() => parseQuantity("1500m", "unit", { whole: true })).toThrow(
			"'1500m' is not a whole number: write an integer such as 2",
		);
	});

	test("agrees with fractions of integers", () => {
		const suffixes: Record<string, [bigint, bigint]> = {
			n: [1n, 10n ** 9n],
			u: [1n, 10n ** 6n],
			m: [1n, 1000n],
			"": [1n, 1n],
			k: [1000n, 1n],
			M: [10n ** 6n, 1n],
			Ki: [1024n, 1n],
			Gi: [1n << 30n, 1n],
			e2: [100n, 1n],
			"E-2": [1n, 100n],
		};
		const sample = fc.record({
			whole: fc.nat(99_999),
			fraction: fc.stringMatching(/^\d{0,6}$/),
			suffix: fc.constantFrom(...Object.keys(suffixes)),
			unit: fc.constantFrom<QuantityUnit>("milli", "unit"),
		});
		fc.assert(
			fc.property(sample, ({ whole, fraction, suffix, unit }) => {
				const [times, by] = suffixes[suffix]!;
				const numerator = BigInt(`${whole}${fraction}`) * times * (unit === "milli" ? 1000n : 1n);
				const denominator = by * 10n ** BigInt(fraction.length);
				const roundedUp = (numerator + denominator - 1n) / denominator;
				const text = `${whole}${fraction === "" ? "" : `.${fraction}`}${suffix}`;
				if (roundedUp >= 2n ** 53n) expect(() => parseQuantity(text, unit)).toThrow("is too large");
				else expect(parseQuantity(text, unit)).toBe(Number(roundedUp));
			}),
			{ seed: 1, numRuns: 2000 },
		);
	});
});

describe("formatQuantity", () => {
	test.each([
		[1500, "cpu", "1500m"],
		[2000, "cpu", "2"],
		[0, "cpu", "0"],
		[250, "gpu", "250m"],
		[16 * 2 ** 30, "memory", "16Gi"],
		[1_000_000_000, "memory", "1G"],
		[1_000_000_001, "memory", "1000000001"],
		[1024, "hugepages-2Mi", "1Ki"],
		[0, "memory", "0"],
		[3000, "pods", "3000"],
		[4096, "nvidia.com/gpu", "4096"],
	])("%d of %s is %s", (amount, resource, text) => {
		expect(formatQuantity(amount, resource)).toBe(text);
	});

	test("is the inverse of parseQuantity", () => {
		const amount = fc.oneof(
			fc.maxSafeNat(),
			fc.tuple(fc.nat(2047), fc.constantFrom(1024, 1000), fc.nat(4)).map(([n, base, power]) => n * base ** power),
		);
		fc.assert(
			fc.property(amount, fc.constantFrom("cpu", "memory", "pods", "gpu"), (amount, resource) => {
				expect(parseQuantity(formatQuantity(amount, resource), unitOf(resource))).toBe(amount);
			}),
			{ seed: 2, numRuns: 1000 },
		);
	});
});
