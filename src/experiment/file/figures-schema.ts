/**
 * `spec.figures` of an experiment file: what `cellsim report` draws from the results. Figures are no part of any run, so that they can
 * change without a run being made again; like the matrix they hold no expressions.
 */
import { z } from "zod";
import { axisName } from "./strategy.js";

const key = (description: string) => axisName.describe(description);
const label = z.string().min(1).describe("Words on the axis; default the name of what it shows").optional();
const scale = z.enum(["linear", "log"]).prefault("linear").describe("Scale of the axis");
const keyUnit = z
	.string()
	.min(1)
	.describe(
		"Unit: us, ms, s, m, h, d, w for durations, cpu, Mi, Gi, ... for quantities; any other is a word beside numbers",
	)
	.optional();
const metricUnit = z
	.string()
	.min(1)
	.describe("Unit: us, ms, s, m, h, d or w of a duration (default s), percent of a share; any other is a word")
	.optional();
const position = z.union([z.number(), z.string()]);
const ends = {
	min: position.describe("Where the axis begins: a number, or a duration or quantity in its own unit").optional(),
	max: position.describe("Where the axis ends").optional(),
};

const metric = z.string().min(1).describe("A summary metric, as a column of runs.arrow is called");
const plottedMetric = z
	.union([
		metric.transform((name) => ({ metric: name })),
		z.strictObject({
			metric,
			label: z.string().min(1).describe("Its name in the legend").optional(),
			error: z.string().min(1).describe("A metric that holds its error: bars go so far to both sides").optional(),
		}),
	])
	.describe("A metric, or a map with 'metric', 'label' and 'error'");
const metrics = z.array(plottedMetric).min(1).describe("What is drawn; each metric is a series");
const mark = z
	.strictObject({
		metric: metric.describe("Where this metric is above 0 in a run, there is a mark"),
		label: z.string().min(1).describe("What the mark means; default the metric").optional(),
	})
	.describe("A cross where another metric is above 0, such as 'saturated'");
const error = z
	.enum(["none", "mad", "minmax", "ci"])
	.prefault("none")
	.describe(
		"Over seeds. none: the mean alone; mad: the median, bars of one median absolute deviation; minmax: the mean, bars from the least to the most; ci: the mean and its 95 % bootstrap interval",
	);

const guide = z
	.strictObject({
		x: position.describe("Where it crosses the x axis").optional(),
		y: position.describe("Where it crosses the y axis").optional(),
		label: z.string().describe("Words beside it").optional(),
		dash: z.boolean().prefault(true).describe("Whether it is dashed"),
	})
	.superRefine(({ x, y }, context) => {
		if ((x === undefined) !== (y === undefined)) return;
		context.addIssue({ code: "custom", message: "needs either 'x' or 'y'", params: { at: "key" } });
	});
const level = z.strictObject({
	y: position.describe("Where it crosses the y axis"),
	label: z.string().describe("Words beside it").optional(),
	dash: z.boolean().prefault(true).describe("Whether it is dashed"),
});
const guides = z.array(guide).prefault([]).describe("Lines across the plot, such as a limit");

const keyAxis = z.strictObject({ key: key("A key of the matrix"), label, unit: keyUnit });
const numberAxis = z.strictObject({
	key: key("A key of the matrix, its values numbers"),
	label,
	scale,
	unit: keyUnit,
	...ends,
});
const metricAxis = z.strictObject({ metrics, label, scale, unit: metricUnit, ...ends });

const filterValue = z.union([z.string(), z.number(), z.boolean()]);
const head = {
	name: z
		.string()
		.regex(/^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$/, {
			error: (issue) => `'${String(issue.input)}' is not a name: write letters, digits, '.', '_' and '-'`,
		})
		.describe("Name of the file, without .svg"),
	title: z.string().min(1).describe("Words above the figure"),
	caption: z.string().describe("Words below it").optional(),
	panels: key("One plot for each value of this key, side by side").optional(),
	filter: z
		.record(axisName, z.union([filterValue, z.array(filterValue).min(1)]))
		.prefault({})
		.describe("Only combinations with these values, one or several a key"),
};
const series = key("One line, or bar, for each value of this key").optional();

const lines = z
	.strictObject({
		...head,
		kind: z.literal("lines").describe("Lines over a numeric key of the matrix"),
		x: numberAxis.describe("The x axis"),
		y: metricAxis.describe("The y axis"),
		series,
		error,
		mark: mark.optional(),
		lines: guides,
	})
	.describe("Metrics over a numeric key of the matrix");

const bars = z
	.strictObject({
		...head,
		kind: z.literal("bars").describe("Bars for each value of a key"),
		x: keyAxis.describe("The groups of bars"),
		y: z.strictObject({ metrics, label, unit: metricUnit, ...ends }).describe("The y axis, from zero"),
		series,
		error,
		lines: z.array(level).prefault([]).describe("Lines across the plot, such as a limit"),
	})
	.describe("Metrics for each value of a key");

const heatmap = z
	.strictObject({
		...head,
		kind: z.literal("heatmap").describe("Colours over two keys"),
		x: keyAxis.describe("Columns"),
		y: keyAxis.describe("Rows, the least at the bottom"),
		color: z
			.strictObject({ metric, label, scale, unit: metricUnit, ...ends })
			.describe("The metric that is shown as a colour: the mean over seeds"),
		mark: mark.optional(),
	})
	.describe("A metric over two keys of the matrix");

const column = z.strictObject({
	table: z.string().min(1).describe("A table that the runs write"),
	name: z.string().min(1).describe("A column of it with numbers"),
	minus: z.string().min(1).describe("A column to subtract, such as the submission from the end").optional(),
});

const cdf = z
	.strictObject({
		...head,
		kind: z.literal("cdf").describe("Shares of rows up to a value"),
		column: column.describe("The values; rows of all seeds together, those without a value left out"),
		where: z.record(z.string(), filterValue).prefault({}).describe("Only rows with these values, by column"),
		x: z
			.strictObject({ label, scale, unit: metricUnit, ...ends })
			.prefault({})
			.describe("The x axis: the values"),
		y: z
			.strictObject({
				label,
				min: z.number().min(0).max(1).prefault(0).describe("Where the axis begins, a share"),
				max: z.number().min(0).max(1).prefault(1).describe("Where the axis ends"),
			})
			.prefault({})
			.describe("The y axis: the share of rows"),
		series,
		lines: guides,
	})
	.describe("The cumulative distribution of a column of a table");

/** The schema of `spec.figures`. */
export const figuresSchema = z
	.array(z.discriminatedUnion("kind", [lines, bars, heatmap, cdf]))
	.describe("Figures that 'cellsim report' draws from the results; no part of any run");

/** A figure after parsing. */
export type FigureSpec = z.output<typeof figuresSchema>[number];
export type LinesFigure = Extract<FigureSpec, { kind: "lines" }>;
export type BarsFigure = Extract<FigureSpec, { kind: "bars" }>;
export type HeatmapFigure = Extract<FigureSpec, { kind: "heatmap" }>;
export type CdfFigure = Extract<FigureSpec, { kind: "cdf" }>;
export type FigureGuide = LinesFigure["lines"][number] | BarsFigure["lines"][number];
export interface PlottedMetric {
	readonly metric: string;
	readonly label?: string | undefined;
	readonly error?: string | undefined;
}
export type FigureError = LinesFigure["error"];
