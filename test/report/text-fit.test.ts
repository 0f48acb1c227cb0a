import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { cutText, textWidth, wrapText } from "../../src/report/text-fit.js";

describe("textWidth", () => {
	// Advance widths of DejaVu Sans in units of 1/2048 em, added up by hand: the measure must not be below them.
	test.each([
		["best-fit", (1300 + 1260 + 1067 + 803 + 739 + 721 + 569 + 803) / 2048],
		["mmww", (2 * 1995 + 2 * 1675) / 2048],
		["10,000", (5 * 1303 + 651) / 2048],
	])("of '%s' is an upper estimate, by less than 20 %%", (text, ems) => {
		expect(textWidth(text, 10)).toBeGreaterThanOrEqual(10 * ems);
		expect(textWidth(text, 10)).toBeLessThan(12 * ems);
	});
});

const words = fc.array(fc.string({ minLength: 1, maxLength: 12, unit: fc.constantFrom(..."abcWi1.") }), {
	maxLength: 12,
});

test("wrapText keeps every word in order, and no line is wider than asked", () => {
	fc.assert(
		// Wide enough for the widest word: 12 letters of 1 em.
		fc.property(words, fc.integer({ min: 120, max: 400 }), (parts, width) => {
			const lines = wrapText(parts.join("  "), width, 10);
			expect(lines.join(" ")).toBe(parts.join(" "));
			expect(lines.every((line) => textWidth(line, 10) <= width)).toBe(true);
		}),
		{ seed: 1 },
	);
});

describe("cutText", () => {
	test("what fits stays as it is", () => {
		expect(cutText("gpu-packing", 100, 10)).toBe("gpu-packing");
	});
	// Four letters of 0.64 and the ellipsis of 1: 35.6; a fifth letter makes 42.
	test("what does not fit ends in an ellipsis", () => {
		expect(cutText("aaaaaaaa", 40, 10)).toBe("aaaa…");
	});
	test("no letter but the ellipsis where there is no room", () => {
		expect(cutText("aaa", 1, 10)).toBe("…");
	});
});
