import { expect, test } from "vitest";
import { drawCdf } from "../../../src/report/figures/cdf.js";
import { figureOf, panelsOf, runOf } from "../../support/figures.js";
import { elements, tags, texts } from "../../support/svg.js";

const FIGURE = figureOf("cdf", {
	column: { table: "jobs", name: "wait_us" },
	x: { unit: "s", min: "0s", max: "10s" },
	series: "policy",
});
const RUNS = [runOf({ policy: "first" }, {}, 1), runOf({ policy: "first" }, {}, 2), runOf({ policy: "second" }, {}, 1)];
const SECOND = 1_000_000;

test("a step at every value, as high as its share; rows of all seeds together", async () => {
	const values: Readonly<Record<string, readonly number[]>> = {
		"policy=first,1": [4 * SECOND, 2 * SECOND],
		"policy=first,2": [2 * SECOND, SECOND],
		"policy=second,1": [],
	};
	const { svg, notes } = await drawCdf(FIGURE, RUNS, async (_, { run }) => values[run]!);
	expect(notes).toEqual(["second: no row has a value of 'wait_us'"]);
	expect(tags(svg!)[0]).toBe("svg");
	const { width, height, svg: panel } = panelsOf(svg!)[0]!;
	const at = (seconds: number) => Math.round((100 * width * seconds) / 10) / 100;
	const up = (share: number) => Math.round(100 * height * (1 - share)) / 100;
	// 1, 2, 2, 4: shares 1/4, 3/4, 4/4.
	expect(elements(panel, "path").map(({ d }) => d)).toEqual([
		`M${at(1)} ${height}H${at(1)}V${up(0.25)}H${at(2)}V${up(0.75)}H${at(4)}V${up(1)}H${width}`,
	]);
	expect(texts(panel, "title")).toEqual(["first: median 2 s, 4 rows"]);
	expect(texts(svg!, "text")).toEqual(expect.arrayContaining(["share of jobs", "wait (s)"]));
});

test("a hundred thousand values make a line of a few hundred steps, to the last of them", async () => {
	const many = Array.from({ length: 100_000 }, (_, i) => i * 100);
	const { svg } = await drawCdf(FIGURE, RUNS.slice(0, 1), async () => many);
	const { d } = elements(panelsOf(svg!)[0]!.svg, "path")[0]!;
	expect(d!.split("H").length).toBeLessThan(2500);
	expect(d).toMatch(/V0H[\d.]+$/);
});
