/**
 * What tables say over time as OpenMetrics text with time stamps, for `promtool tsdb create-blocks-from openmetrics`, and so for
 * Prometheus and Grafana: one gauge for each number of a table of samples, in base units (seconds, bytes, cores, GPUs), labelled with the
 * run's id, experiment, seed and matrix values and with the row's own names; and the summary metrics at the end of the run as
 * `cellsim_run_summary`, in their own units.
 *
 * Points of one gauge and one set of labels stand together in the order of time, as the specification asks.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { type ColumnFacts, column, columnsOf, readBatches } from "../../metrics/sinks/read.js";
import { timestampSchema } from "../../objects/timestamp.js";
import { valueLabel } from "../file/matrix.js";
import { defineExport, type FinishedRun } from "./format.js";
import { writeLines } from "./text-file.js";

const params = z.strictObject({
	epoch: timestampSchema
		.prefault("2020-01-01T00:00:00Z")
		.describe("The instant that stands for the beginning of the run; Prometheus drops what is older than it keeps"),
});

export const openMetrics = defineExport<z.output<typeof params>>({
	name: "openmetrics",
	summary: "What tables say over time as OpenMetrics text, to be backfilled into Prometheus.",
	params,
	create: ({ epoch }) => ({
		of: "run",
		file: "metrics.txt",
		write: (run, file) => writeLines(file, linesOf(run, epoch)),
	}),
});

/** Tables whose rows are samples: what tells when, and which texts tell of what. */
const SAMPLED = [
	{ table: "nodes", prefix: "node", time: "time_us", labels: ["node"] },
	{ table: "schedulers", prefix: "scheduler", time: "end_time_us", labels: ["name", "class"] },
	{ table: "replicas", prefix: "replicas", time: "time_us", labels: ["kind", "object"] },
] as const;

type Sampled = (typeof SAMPLED)[number];
type Labels = readonly (readonly [name: string, value: string])[];

async function* linesOf(run: FinishedRun, epochUs: number): AsyncGenerator<string> {
	const labels = labelsOf(run);
	for (const sampled of SAMPLED) {
		const file = join(run.folder, `${sampled.table}.arrow`);
		if (existsSync(file)) yield* gaugesOf(file, sampled, labels, epochUs);
	}
	yield* summaryOf(run, labels, epochUs);
	yield "# EOF\n";
}

function labelsOf({ manifest: { id, plan } }: FinishedRun): Labels {
	const axes = Object.entries(plan.variant).map(([axis, value]) => [`matrix_${axis}`, valueLabel(value)] as const);
	return [["run", id], ["experiment", plan.experiment], ["seed", plan.seed], ...axes];
}

async function* gaugesOf(
	file: string,
	{ prefix, time, labels }: Sampled,
	ofRun: Labels,
	epochUs: number,
): AsyncGenerator<string> {
	const series = await seriesOf(file, time, labels);
	for (const facts of await columnsOf(file)) {
		const gauge = gaugeOf(prefix, facts);
		if (gauge === null || facts.name === time) continue;
		const values = new Float64Array(series.timesUs.length);
		let row = 0;
		for await (const rows of readBatches(file, [facts.name]))
			for (const cell of column(rows, facts.name)) values[row++] = cell === null ? Number.NaN : Number(cell);
		yield `# TYPE ${gauge.name} gauge\n`;
		if (gauge.unit !== null) yield `# UNIT ${gauge.name} ${gauge.unit}\n`;
		yield `# HELP ${gauge.name} ${escaped(facts.description)}\n`;
		for (const { texts, rows } of series.all) {
			const own = labels.map((name, position) => [name, texts[position]!] as const);
			const head = `${gauge.name}${labelText([...ofRun, ...own])}`;
			for (const row of rows)
				if (!Number.isNaN(values[row]!))
					yield `${head} ${values[row]! / gauge.divisor} ${secondsText(epochUs + series.timesUs[row]!)}\n`;
		}
	}
}

interface Series {
	readonly timesUs: Float64Array;
	readonly all: readonly { readonly texts: readonly string[]; readonly rows: readonly number[] }[];
}

/** Rows by what their labels say, each in the order of time; a later row of one instant takes an earlier one's place. */
async function seriesOf(file: string, time: string, labels: readonly string[]): Promise<Series> {
	const times: number[] = [];
	const found = new Map<string, { texts: readonly string[]; rows: number[] }>();
	for await (const batch of readBatches(file, [time, ...labels])) {
		const texts = labels.map((name) => column(batch, name));
		const timesUs = column(batch, time) as readonly number[];
		for (let row = 0; row < batch.length; row++) {
			const own = texts.map((cells) => cells[row] ?? "all");
			const key = JSON.stringify(own);
			const known = found.get(key) ?? { texts: own as readonly string[], rows: [] };
			found.set(key, known);
			if (known.rows.length > 0 && times[known.rows.at(-1)!] === timesUs[row]) known.rows.pop();
			known.rows.push(times.length);
			times.push(timesUs[row]!);
		}
	}
	return { timesUs: Float64Array.from(times), all: [...found.values()] };
}

interface Gauge {
	readonly name: string;
	/** As OpenMetrics has it: the last word of the name. */
	readonly unit: string | null;
	readonly divisor: number;
}

/** Null for what is no number, or tells when something begins. */
function gaugeOf(prefix: string, { name, kind, unit }: ColumnFacts): Gauge | null {
	if (kind === "text" || name.startsWith("begin_")) return null;
	const base = `cellsim_${prefix}_${name.replace(/_(us|milli|bytes)$/, "")}`;
	const gauge = (word: string, divisor: number): Gauge => ({ name: `${base}_${word}`, unit: word, divisor });
	switch (unit) {
		case "us":
			return gauge("seconds", 1e6);
		case "milli":
			return gauge("cores", 1000);
		case "milli-gpu":
			return gauge("devices", 1000);
		case "bytes":
			return gauge("bytes", 1);
		case "1":
			return gauge("ratio", 1);
		default:
			return { name: base, unit: null, divisor: 1 };
	}
}

function* summaryOf({ manifest }: FinishedRun, ofRun: Labels, epochUs: number): Generator<string> {
	yield "# TYPE cellsim_run_summary gauge\n# HELP cellsim_run_summary Summary metrics at the end of the run, in the units of their names\n";
	for (const [metric, value] of Object.entries(manifest.summary))
		if (value !== null && Number.isFinite(value))
			yield `cellsim_run_summary${labelText([...ofRun, ["metric", metric]])} ${value} ${secondsText(epochUs + manifest.endTimeUs)}\n`;
}

function labelText(labels: Labels): string {
	return `{${labels.map(([name, value]) => `${name.replace(/\W/g, "_")}="${escaped(value)}"`).join(",")}}`;
}

function escaped(text: string): string {
	return text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}

/** To the microsecond; doubles hold that until the year 2255. */
function secondsText(us: number): string {
	const fraction = us % 1e6;
	return fraction === 0 ? String(us / 1e6) : `${Math.floor(us / 1e6)}.${String(fraction).padStart(6, "0")}`;
}
