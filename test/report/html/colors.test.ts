/** Contrasts by the Web Content Accessibility Guidelines 2.2: 4.5 to 1 for text, 3 to 1 for what is drawn. */
import { describe, expect, test } from "vitest";
import { FIGURE_COLORS, PAGE_COLORS } from "../../../src/report/html/style.js";
import { COLORS } from "../../../src/report/palette.js";
import { paletteOf, type Scheme } from "../../../src/report/timeline/colors.js";
import { FULL, MOST, NOT_READY } from "../../../src/report/timeline/level.js";

type Rgb = readonly number[];

const rgb = (hex: string): Rgb => [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16));

/** Relative luminance, section 1.4.3. */
function luminance(color: Rgb): number {
	const [r, g, b] = color.map((part) =>
		part / 255 <= 0.04045 ? part / 255 / 12.92 : ((part / 255 + 0.055) / 1.055) ** 2.4,
	);
	return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!;
}

function contrast(a: Rgb, b: Rgb): number {
	const [light, dark] = [luminance(a), luminance(b)].sort((x, y) => y - x);
	return (light! + 0.05) / (dark! + 0.05);
}

test("contrast: black on white is 21 to 1", () => {
	expect(contrast([0, 0, 0], [255, 255, 255])).toBeCloseTo(21, 5);
});

describe.each(["light", "dark"] as const)("on a %s page", (scheme: Scheme) => {
	const { paper, panel, ink, soft, accent, line } = PAGE_COLORS[scheme];

	test.each([ink, soft, accent])("text %s", (color) => {
		for (const ground of [paper, panel]) expect(contrast(rgb(color), rgb(ground))).toBeGreaterThanOrEqual(4.5);
	});

	test.each(COLORS)("a line of %s, as it is on the page", (color) => {
		const shown = (FIGURE_COLORS[scheme] as Readonly<Record<string, string>>)[color] ?? color;
		expect(contrast(rgb(shown), rgb(paper))).toBeGreaterThanOrEqual(3);
	});

	test("edges of controls", () => {
		expect(contrast(rgb(line), rgb(paper))).toBeGreaterThanOrEqual(3);
	});

	test("levels go from near the page to far from it, evenly to the eye and in grey", () => {
		const palette = paletteOf(scheme);
		const colorOf = (byte: number) => [...palette.subarray(4 * byte, 4 * byte + 3)];
		const lights = Array.from({ length: FULL + 1 }, (_, level) => luminance(colorOf(level)));
		for (let level = 1; level <= FULL; level++) {
			const rise = lights[level]! - lights[level - 1]!;
			expect(scheme === "light" ? rise : -rise).toBeLessThanOrEqual(0.0005);
		}
		expect(contrast(colorOf(0), colorOf(FULL))).toBeGreaterThanOrEqual(7);
		expect([colorOf(NOT_READY), colorOf(MOST)]).toEqual([
			[213, 94, 0],
			[204, 121, 167],
		]);
		expect(colorOf(255)).toEqual(rgb(paper));
	});
});
