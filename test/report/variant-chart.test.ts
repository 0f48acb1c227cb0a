import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { BOLD, textWidth } from "../../src/report/text-fit.js";
import { type ChartVariant, type VariantChartOptions, variantChart } from "../../src/report/variant-chart.js";
import { tags, texts } from "../support/svg.js";

const variant = (
	group: string,
	label: string,
	conflicts: readonly number[],
	shares: readonly number[],
): ChartVariant => ({
	group,
	label,
	values: new Map([
		["conflicts", conflicts],
		["gpu_allocation", shares],
	]),
});

const SMALL: VariantChartOptions = {
	title: "Two policies",
	caption: "Made by hand.",
	panels: [
		{ metric: "conflicts", title: "Conflicts" },
		{ metric: "gpu_allocation", title: "GPU allocation" },
	],
	variants: [
		variant("monolithic", "best-fit", [0, 0], [0.5, 0.6]),
		variant("shared-state", "best-fit", [10, 30], [0.4, 0.5]),
		variant("shared-state", "worst-fit", [5, 7], []),
	],
};

describe("a small chart", () => {
	const svg = variantChart(SMALL);

	test("is the same bytes every time, and not those of other figures", () => {
		expect(variantChart(structuredClone(SMALL))).toBe(svg);
		expect(variantChart({ ...SMALL, variants: SMALL.variants.slice(0, 2) })).not.toBe(svg);
	});

	test("is one well-formed document on white", () => {
		expect(tags(svg)[0]).toBe("svg");
		expect(svg).toContain('<rect width="860" height="257" rx="6" fill="#ffffff"/>');
	});

	// What is written, in the order of drawing; the titles carry every figure.
	test("shows every group, variant, seed and mean", () => {
		expect(texts(svg, "text")).toEqual(
			["Two policies", "one seed", "mean over seeds, in numbers at the right"].concat(
				["monolithic", "shared-state", "best-fit", "best-fit", "worst-fit"],
				["Conflicts", "lower is better", "0", "5", "10", "15", "20", "25", "30", "0", "20.0", "6.0"],
				[
					"GPU allocation",
					"percent, higher is better",
					"0",
					"10",
					"20",
					"30",
					"40",
					"50",
					"60",
					"55.0",
					"45.0",
					"none",
				],
				["Made by hand."],
			),
		);
		expect(texts(svg, "title")).toEqual([
			"Two policies",
			"best-fit: mean 0 (seeds: 0; 0)",
			"best-fit: mean 20.0 (seeds: 10.0; 30.0)",
			"worst-fit: mean 6.0 (seeds: 5.0; 7.0)",
			"best-fit: mean 55.0 percent (seeds: 50.0; 60.0)",
			"best-fit: mean 45.0 percent (seeds: 40.0; 50.0)",
		]);
		// One for the legend; two seeds each in three variants, then in two.
		expect(svg.match(/<circle /g)).toHaveLength(1 + 6 + 4);
	});

	test("a mean stands between its seeds, on the axis of its panel", () => {
		const row = /<g><title>best-fit: mean 20.0 .*?<\/g>/.exec(svg)![0];
		const [low, high] = [...row.matchAll(/cx="([\d.]+)"/g)].map(([, x]) => Number(x)) as [number, number];
		const mean = Number(/<line x1="([\d.]+)"/.exec(row)![1]);
		expect(mean).toBeCloseTo((low + high) / 2, 1);
		expect(Number(/<rect x="0" y="[\d.]+" width="([\d.]+)"/.exec(row)![1])).toBe(mean);
	});

	test("a colour per group", () => {
		expect(new Set(svg.match(/<circle [^>]*fill="(#\w+)"/g)!.map((dot) => /fill="(#\w+)"/.exec(dot)![1]))).toEqual(
			new Set(["#57606a", "#0072b2", "#d55e00"]),
		);
	});
});

test("on a logarithmic axis there are dots and means but no bars", () => {
	const options = { ...SMALL, variants: SMALL.variants.slice(1, 2) };
	const bars = (scale: "linear" | "log") =>
		variantChart({ ...options, panels: [{ metric: "conflicts", title: "Conflicts", scale }] }).match(/fill-opacity/g);
	// The one that remains is the legend's.
	expect([bars("linear")?.length, bars("log")?.length]).toEqual([2, 1]);
});

test("whatever names and figures: a well-formed document as wide as asked, no text beyond its edges", () => {
	const name = fc.string({ maxLength: 60, unit: "binary" });
	const values = fc.array(
		fc.integer({ min: 0, max: 1e9 }).map((thousandths) => thousandths / 1000),
		{ maxLength: 4 },
	);
	const options = fc.record({
		title: name,
		caption: name,
		panels: fc.array(fc.record({ metric: fc.constantFrom("conflicts", "gpu_allocation"), title: name }), {
			minLength: 1,
			maxLength: 7,
		}),
		variants: fc.array(
			fc.tuple(fc.constantFrom("", "a", "b"), name, values, values).map((parts) => variant(...parts)),
			{ minLength: 1, maxLength: 9 },
		),
		width: fc.integer({ min: 400, max: 1600 }),
	});
	fc.assert(
		fc.property(options, (chosen) => {
			const svg = variantChart(chosen);
			expect(tags(svg)[0]).toBe("svg");
			expect(svg).toMatch(/^[\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]*$/u);
			expect(svg).not.toMatch(/NaN|undefined|Infinity/);
			expect(svg).toContain(`<rect width="${chosen.width}"`);
			for (const { left, right } of extents(svg)) expect(left >= 0 && right <= chosen.width).toBe(true);
		}),
		{ seed: 1, numRuns: 60 },
	);
});

describe("refuses", () => {
	test.each([
		["no panels", { panels: [] }, "a chart needs at least one panel and one variant"],
		["no variants", { variants: [] }, "a chart needs at least one panel and one variant"],
		["a narrow page", { width: 200 }, "a chart of 200 pixels has no room for 1 panels side by side"],
		["too many columns", { columns: 2, width: 300 }, "a chart of 300 pixels has no room for 2 panels side by side"],
		[
			"what is no number",
			{ variants: [variant("", "a", [Number.POSITIVE_INFINITY], [])] },
			"chart of conflicts: a value is Infinity; allowed are finite numbers",
		],
	])("%s", (_, changes, message) => {
		expect(() => variantChart({ ...SMALL, ...changes })).toThrow(message);
	});
});

/** From where to where every text reaches, in pixels from the left edge of the chart. */
function extents(svg: string): readonly { readonly left: number; readonly right: number }[] {
	// A panel is a line of the file, drawn from its own left edge.
	return svg.split("\n").flatMap((line) => {
		const from = Number(/^<g transform="translate\(([\d.]+)/.exec(line)?.[1] ?? 0);
		return [...line.matchAll(/<text x="([\d.]+)"([^>]*)>([^<]*)</g)].map(([, x, attributes, content]) => {
			const unescaped = content!.replaceAll(/&(?:amp|lt|gt|quot);/g, "&");
			const size = Number(/font-size="([\d.]+)"/.exec(attributes!)![1]);
			const width = textWidth(unescaped, size) * (attributes!.includes("bold") ? BOLD : 1);
			const before = attributes!.includes("end") ? width : attributes!.includes("middle") ? width / 2 : 0;
			const left = from + Number(x) - before;
			return { left, right: left + width };
		});
	});
}
