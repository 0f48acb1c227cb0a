/** `spec.figures`: what is taken, and every mistake with its place. */
import { describe, expect, test } from "vitest";
import { complaint, edit, QUICKSTART, resolve } from "./fixture.js";

/** The experiment with one figure. Its matrix: policy: [best-fit, random], replicas: [1, 4]. */
const withFigure = (figure: string): string => `${QUICKSTART}  figures:\n    - ${figure}\n`;

const LINES =
	"{name: wait, title: Wait, kind: lines, x: {key: replicas}, y: {metrics: [pending_time_mean_us]}, series: policy}";

test("a figure is taken with its defaults, and is no part of any run", () => {
	const { figures, runs } = resolve(withFigure(LINES));
	expect(figures).toEqual([
		{
			name: "wait",
			title: "Wait",
			kind: "lines",
			filter: {},
			x: { key: "replicas", scale: "linear" },
			y: { metrics: [{ metric: "pending_time_mean_us" }], scale: "linear" },
			series: "policy",
			error: "none",
			lines: [],
		},
	]);
	expect(runs.map(({ raw }) => raw)).toEqual(resolve(QUICKSTART).runs.map(({ raw }) => raw));
});

describe("mistakes", () => {
	test.each([
		[
			"a key that the matrix lacks",
			"replica}",
			edit(LINES, "key: replicas", "key: replica"),
			"spec.figures[0].x.key: unknown key of the matrix 'replica'; did you mean 'replicas'?",
		],
		[
			"values that are no numbers",
			"policy}",
			edit(edit(LINES, "key: replicas", "key: policy"), ", series: policy", ", series: replicas"),
			"spec.figures[0].x.key: 'best-fit' is not a number: for durations and quantities give the axis a unit, us, ms, s, m, h, d, w, cpu, k, M, G, T, Ki, Mi, Gi, Ti",
		],
		[
			"an unknown metric",
			"pendign",
			edit(LINES, "pending_time_mean_us", "pendign_time_mean_us"),
			"spec.figures[0].y.metrics[0]: unknown metric 'pendign_time_mean_us': 'cellsim list metrics' shows them all",
		],
		[
			"two units on one axis",
			"busyness",
			edit(LINES, "pending_time_mean_us", "pending_time_mean_us, busyness"),
			"spec.figures[0].y.metrics[1]: 'busyness' has another unit than 'pending_time_mean_us', so they cannot share an axis",
		],
		[
			"a bare number on an axis of durations",
			"30}",
			edit(LINES, "series: policy", "series: policy, lines: [{y: 30}]"),
			"spec.figures[0].lines[0].y: '30' is a number without a unit: write 30s for seconds or 30m for minutes",
		],
		[
			"zero on a logarithmic axis",
			"0}",
			edit(LINES, "key: replicas", "key: replicas, scale: log, min: 0"),
			"spec.figures[0].x.min: '0' is not above 0, as all on a logarithmic axis is",
		],
		[
			"ends the wrong way round",
			"1}",
			edit(LINES, "key: replicas", "key: replicas, min: 2, max: 1"),
			"spec.figures[0].x.max: must be above 'min'",
		],
		[
			"a line that crosses no axis",
			"{label: SLO",
			edit(LINES, "series: policy", "series: policy, lines: [{label: SLO}]"),
			"spec.figures[0].lines[0]: needs either 'x' or 'y'",
		],
		[
			"a filter that nothing passes",
			"randm",
			edit(LINES, "series: policy", "filter: {policy: [best-fit, randm]}"),
			"spec.figures[0].filter.policy[1]: 'policy' has no value 'randm'; did you mean 'random'?",
		],
		[
			"combinations that fall together",
			"wait",
			edit(LINES, ", series: policy", ""),
			"spec.figures[0].name: combinations that differ in 'policy' would fall together: name it under series or panels, or choose one value with filter",
		],
		[
			"a table that the runs do not write",
			"jobs",
			"{name: cdf, title: T, kind: cdf, column: {table: jobs, name: speed_up}, series: policy, panels: replicas}",
			"spec.figures[0].column.table: the runs do not write a table 'jobs', only pods, nodes: add it to spec.outputs.tables",
		],
		[
			"a unit that durations lack",
			"min,",
			edit(LINES, "metrics: [pending", "unit: min, metrics: [pending"),
			"spec.figures[0].y.unit: 'min' is not a unit of durations: write us, ms, s, m, h, d, w",
		],
		[
			"an unknown kind",
			"line,",
			edit(LINES, "kind: lines", "kind: line"),
			"spec.figures[0].kind: expected lines, bars, heatmap or cdf, got 'line'; did you mean 'lines'?",
		],
		[
			"an expression",
			'"${{',
			edit(LINES, "title: Wait", 'title: "${{ params.load }}"'),
			"spec.figures[0].title: expressions are not allowed here",
		],
	])("%s", (_, pointsAt, figure, message) => {
		const text = withFigure(figure);
		const [line, column] = [text.split("\n").length - 1, "    - ".length + figure.indexOf(pointsAt) + 1];
		expect(complaint(text).split("\n")[0]).toBe(`exp.yaml:${line}:${column} error ${message}`);
	});

	test("two figures of one name", () => {
		expect(complaint(`${withFigure(LINES)}    - ${LINES}\n`)).toContain(
			"error spec.figures[1].name: the name 'wait' is used twice",
		);
	});
});
