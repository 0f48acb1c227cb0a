import { describe, expect, test } from "vitest";
import { drawLines } from "../../../src/report/figures/lines.js";
import { figureOf, panelsOf, runOf } from "../../support/figures.js";
import { elements, tags, texts } from "../../support/svg.js";

/** x: four decades over the width; y: 0 to 1 over the height. */
const AXES = { x: { key: "tJob", scale: "log", unit: "s", min: "10ms", max: "100s" } };
const busyness = (given: object = {}) => ({ metrics: ["busyness"], min: 0, max: 1, ...given });
const lines = (given: object) => figureOf("lines", { ...AXES, y: busyness(), ...given });
const RUNS = [
	runOf({ tJob: "10s" }, { busyness: 0.75 }),
	runOf({ tJob: "100ms" }, { busyness: 0.5 }),
	runOf({ tJob: "1s" }, { busyness: 0.25 }),
];

const points = (svg: string) => elements(svg, "circle").map(({ cx, cy }) => [Number(cx), Number(cy)]);
/** From the top of the plot to the ends of each error bar. */
const bars = (svg: string) =>
	[...svg.matchAll(/class="error" d="M[\d.]+ ([\d.]+)h6m-3 0V([\d.]+)/g)].map(([, low, high]) => [
		Number(low),
		Number(high),
	]);

describe("one line", () => {
	const { svg, notes } = drawLines(lines({}), RUNS);
	const [panel] = panelsOf(svg!);
	const { width, height } = panel!;

	test("is a well-formed document with a title and a description", () => {
		expect(tags(svg!)[0]).toBe("svg");
		expect(texts(svg!, "title")[0]).toBe("A figure");
		expect(texts(svg!, "desc")).toEqual(["busyness by tJob (s). One seed."]);
		expect(notes).toEqual([]);
		expect(drawLines(lines({}), RUNS).svg).toBe(svg);
	});

	test("durations stand on decades, in the order of their values", () => {
		expect(points(svg!)).toEqual(
			// log10(0.1) = -1, log10(1) = 0, log10(10) = 1; the axis begins at -2.
			[
				[1, 0.5],
				[2, 0.25],
				[3, 0.75],
			].map(([decades, y]) => [Math.round((100 * width * decades!) / 4) / 100, height * (1 - y!)]),
		);
	});

	test("ticks as people write them", () => {
		const words = texts(panel!.svg, "text");
		expect(words).toEqual(["0.0", "0.2", "0.4", "0.6", "0.8", "1.0", "0.01", "0.1", "1", "10", "100"]);
		expect(texts(svg!, "text").slice(0, 3)).toEqual(["A figure", "busyness", "tJob (s)"]);
	});

	test("a title on every point", () => {
		expect(texts(svg!, "title").slice(1)).toEqual([
			"busyness",
			"busyness, tJob 100ms: 0.5 (1 seed)",
			"busyness, tJob 1s: 0.25 (1 seed)",
			"busyness, tJob 10s: 0.75 (1 seed)",
		]);
	});
});

describe("error bars over three seeds of 0.2, 0.3 and 0.7", () => {
	const runs = [0.2, 0.3, 0.7].map((value, i) =>
		runOf({ tJob: "1s" }, { busyness: value, busyness_daily_mad: 0.05 * i }, i),
	);
	const drawn = (given: object) => {
		const { svg } = drawLines(lines(given), runs);
		const { height } = panelsOf(svg!)[0]!;
		const share = (y: number) => Math.round(1000 * (1 - y / height)) / 1000;
		return { center: share(points(svg!)[0]![1]!), bars: bars(svg!).map((ends) => ends.map(share)) };
	};

	test.each([
		// Mean: 1.2 / 3.
		["none", 0.4, []],
		["minmax", 0.4, [[0.2, 0.7]]],
		// Median 0.3; deviations 0.1, 0, 0.4: their median is 0.1.
		["mad", 0.3, [[0.2, 0.4]]],
	])("%s", (error, center, expected) => {
		expect(drawn({ error })).toEqual({ center, bars: expected });
	});

	test("ci: the bootstrap interval of three values is theirs from the least to the most, nearly", () => {
		const [low, high] = drawn({ error: "ci" }).bars[0]!;
		expect([low! >= 0.2 && low! < 0.3, high! > 0.5 && high! <= 0.7]).toEqual([true, true]);
	});

	test("of a metric: the mean, and to both sides the mean of 0, 0.05 and 0.1", () => {
		const y = busyness({ metrics: [{ metric: "busyness", error: "busyness_daily_mad" }] });
		expect(drawn({ y })).toEqual({ center: 0.4, bars: [[0.35, 0.45]] });
	});
});

describe("several metrics, series and panels", () => {
	const runs = ["A", "B"].flatMap((cell) =>
		["1", "4"].flatMap((count) =>
			["1s", "10s"].map((tJob) =>
				runOf({ cell, count, tJob }, { "busyness.class_batch": 0.1 * Number(count), "busyness.class_service": 0.5 }),
			),
		),
	);
	const y = busyness({ metrics: ["busyness.class_batch", { metric: "busyness.class_service", label: "services" }] });
	const { svg } = drawLines(lines({ y, series: "count", panels: "cell" }), runs);
	const panels = panelsOf(svg!);

	test("plots of one size side by side, the y axis written at the first", () => {
		expect(panels.map(({ y, width, height }) => [y, width, height])).toEqual([
			[panels[0]!.y, panels[0]!.width, 210],
			[panels[0]!.y, panels[0]!.width, 210],
		]);
		expect(panels[1]!.x).toBeGreaterThan(panels[0]!.x + panels[0]!.width);
		expect(panels.map((panel) => texts(panel.svg, "text").slice(0, 2))).toEqual([
			["cell A", "0.0"],
			["cell B", "0.01"],
		]);
	});

	test("a line for each metric of each value, colour by value, dashes by metric", () => {
		const legend = svg!.split("\n").find((line) => line.startsWith('<g class="legend">'))!;
		expect(texts(legend, "text")).toEqual([
			"count 1, batch",
			"count 1, services",
			"count 4, batch",
			"count 4, services",
		]);
		expect(
			elements(legend, "path")
				.map((path) => [path["stroke"], path["stroke-dasharray"]])
				.filter(([color]) => color !== "#ffffff"),
		).toEqual([
			["#0072b2", undefined],
			["#0072b2", "6 3"],
			["#d55e00", undefined],
			["#d55e00", "6 3"],
		]);
		expect(panels.map((panel) => panel.svg.match(/class="series"/g)?.length)).toEqual([4, 4]);
	});
});

describe("guides, marks and values beyond the axis", () => {
	const wait = "job_wait_first_attempt_mean_us";
	const runs = [
		runOf({ tJob: "100ms" }, { [wait]: 0, saturated: 0 }),
		runOf({ tJob: "1s" }, { [wait]: 3_000_000, saturated: 0 }),
		runOf({ tJob: "10s" }, { [wait]: 300_000_000, saturated: 1 }),
	];
	const figure = lines({
		y: { metrics: [wait], scale: "log", min: "100ms", max: "1000s" },
		mark: { metric: "saturated" },
		lines: [
			{ y: "30s", label: "30 s SLO" },
			{ x: "1s", label: "one second", dash: false },
			{ y: "2000s", label: "beyond the axis" },
		],
	});
	const { svg } = drawLines(figure, runs);
	const { width, height, svg: panel } = panelsOf(svg!)[0]!;

	test("a limit of 30 s on four decades from 0.1 s: log10(300) = 2.477 from the bottom", () => {
		const guides = /<g class="guides">(.*?)<\/g>/.exec(panel)![1]!;
		const drawn = elements(guides, "line");
		const tenth = (value: unknown) => Math.round(10 * Number(value)) / 10;
		const level = tenth(height * (1 - 2.47712 / 4));
		expect(drawn.map(({ x1, x2, y1, y2 }) => [x1, x2, y1, y2].map(tenth))).toEqual([
			[0, tenth(width), level, level],
			[tenth(width / 2), tenth(width / 2), 0, height],
		]);
		expect(drawn.map((line) => line["stroke-dasharray"])).toEqual(["5 4", undefined]);
		expect(texts(guides, "text")).toEqual(["30 s SLO", "one second"]);
	});

	test("a wait of 0 is hollow at the bottom, the saturated point has a cross", () => {
		expect(elements(panel, "circle").map(({ cy, fill }) => [cy, fill])).toEqual([
			[String(height), "#ffffff"],
			// log10(3 / 0.1) = 1.477, log10(300 / 0.1) = 3.477
			[String(Math.round(100 * height * (1 - 1.47712 / 4)) / 100), "#0072b2"],
			[String(Math.round(100 * height * (1 - 3.47712 / 4)) / 100), "#0072b2"],
		]);
		expect(panel.match(/class="mark"/g)).toHaveLength(1);
		expect(texts(svg!, "desc")[0]).toContain("Hollow: beyond the axis.");
	});
});

describe("what is missing", () => {
	test("a metric that no run has is left out, and said so", () => {
		const { svg, notes } = drawLines(lines({ y: busyness({ metrics: ["busyness", "busyness.class_x"] }) }), RUNS);
		expect(notes).toEqual(["no run has a value of 'busyness.class_x': nothing is drawn of it"]);
		expect(elements(svg!, "circle")).toHaveLength(3);
	});

	test("without any value there is no figure", () => {
		expect(drawLines(lines({ y: busyness({ metrics: ["conflict_fraction"] }) }), RUNS)).toEqual({
			svg: null,
			notes: ["no run has a value of 'conflict_fraction': nothing is drawn of it"],
		});
	});

	test("a value that only some runs have", () => {
		expect(drawLines(lines({}), [...RUNS, runOf({ tJob: "30s" }, {})]).notes).toEqual([
			"1 of 4 runs have no value of 'busyness'",
		]);
	});
});
