import { expect, test } from "vitest";
import { drawBars } from "../../../src/report/figures/bars.js";
import { figureOf, panelsOf, runOf } from "../../support/figures.js";
import { elements, tags, texts } from "../../support/svg.js";

const FIGURE = figureOf("bars", {
	x: { key: "policy" },
	y: { metrics: ["conflicts"], max: 100 },
	series: "count",
	error: "minmax",
	lines: [{ y: 50, label: "half" }],
});
const RUNS = [
	runOf({ policy: "best-fit", count: "1" }, { conflicts: 20 }, 1),
	runOf({ policy: "best-fit", count: "1" }, { conflicts: 40 }, 2),
	runOf({ policy: "best-fit", count: "4" }, { conflicts: 100 }, 1),
	runOf({ policy: "random", count: "4" }, { conflicts: 10 }, 1),
];

test("bars from zero, as high as the mean, side by side in their group", () => {
	const { svg } = drawBars(FIGURE, RUNS);
	expect(tags(svg!)[0]).toBe("svg");
	const { height, svg: panel } = panelsOf(svg!)[0]!;
	const bars = elements(panel, "rect").filter((rect) => rect["class"] !== "plot");
	// Means: 30, 100 and 10 of 100.
	expect(bars.map(({ y, height: tall }) => [Number(y), Number(tall)])).toEqual([
		[height * 0.7, height * 0.3],
		[0, height],
		[height * 0.9, height * 0.1],
	]);
	const lefts = bars.map(({ x }) => Number(x));
	expect(lefts[1]! - lefts[0]!).toBeGreaterThan(Number(bars[0]!["width"]));
	expect(lefts[2]!).toBeGreaterThan(lefts[1]! + Number(bars[0]!["width"]));
	// 20 to 40 of 100.
	expect(panel).toMatch(new RegExp(`class="error" d="M[\\d.]+ ${height * 0.8}h6m-3 0V${height * 0.6}m-3 0h6"`));
	expect(elements(panel, "line").at(-1)).toMatchObject({ y1: String(height / 2), y2: String(height / 2) });
	expect(texts(panel, "title")).toEqual([
		"count 1, best-fit: 30, 20 to 40 (2 seeds)",
		"count 4, best-fit: 100 (1 seed)",
		"count 4, random: 10 (1 seed)",
	]);
});
