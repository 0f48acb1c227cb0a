/**
 * A run as a Chrome trace (the JSON form of the Trace Event Format), which Perfetto and chrome://tracing open: every node is a process
 * whose threads are slots, one pod after the other in each; scheduler processes are threads of one more, with a slice an attempt; and
 * the number of pods that wait is a counter. Time stamps are simulated microseconds.
 *
 * The table `pods` has a pod's latest start only: what it ran before it lost its node is not shown.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import type { Cell } from "../../metrics/sinks/memory.js";
import { column, type Rows, readTable } from "../../metrics/sinks/read.js";
import { durationSchema, formatDuration } from "../../objects/duration.js";
import { InputError } from "../../objects/input-error.js";
import { defineExport, type FinishedRun } from "./format.js";
import { writeLines } from "./text-file.js";

const params = z.strictObject({
	from: durationSchema.prefault("0s").describe("Leaves out what ends before"),
	to: durationSchema.optional().describe("Leaves out what begins later; default the end of the run"),
	nodes: z.array(z.string()).optional().describe("Names of the nodes to show; default all"),
	limit: z.int().min(1).default(500_000).describe("Slices that are written at most; more is an error"),
});

type Parameters = z.output<typeof params>;

export const chromeTrace = defineExport<Parameters>({
	name: "chrome-trace",
	summary: "A run as a Chrome trace, for Perfetto: a process a node, a slice a pod.",
	params,
	create: (parameters) => ({
		of: "run",
		file: "trace.json.gz",
		write: async (run, file) => writeLines(file, linesOf(await eventsOf(run, parameters))),
	}),
});

/** One event of the format; what is absent is not written. */
interface TraceEvent {
	/** M metadata, X slice, C counter. */
	readonly ph: "M" | "X" | "C";
	readonly pid: number;
	readonly tid?: number;
	readonly name: string;
	readonly cat?: string;
	readonly ts?: number;
	readonly dur?: number;
	readonly args: Readonly<Record<string, Cell>>;
}

interface Slice {
	readonly node: string;
	readonly ordinal: number;
	readonly beginUs: number;
	readonly endUs: number;
	/** Of the row. */
	readonly row: number;
}

/** Process of the schedulers; nodes are numbered from 1. */
const SCHEDULERS = 0;

async function eventsOf({ folder, manifest }: FinishedRun, parameters: Parameters): Promise<readonly TraceEvent[]> {
	const endUs = manifest.endTimeUs;
	const { from, to = endUs, limit } = parameters;
	const pods = await tableOf(folder, "pods");
	const slices = slicesOf(pods, endUs).filter(({ beginUs, endUs }) => endUs >= from && beginUs <= to);
	const shown = parameters.nodes === undefined ? slices : only(slices, parameters.nodes);
	const attempts = existsSync(join(folder, "attempts.arrow")) ? await tableOf(folder, "attempts") : null;
	const decisions = attempts === null ? [] : decisionsOf(attempts, from, to);
	const count = shown.length + decisions.length;
	if (count > limit)
		throw new InputError(
			`${count} slices are more than the limit of ${limit}: show a part with --param from=.., --param to=.. (the run ends at ${formatDuration(endUs)}) or --param nodes=[..], or raise --param limit=..`,
		);
	return [...nodeEvents(shown, pods), ...decisions, ...counterOf(pods, from, to)];
}

async function tableOf(folder: string, name: string): Promise<Rows> {
	const file = join(folder, `${name}.arrow`);
	if (!existsSync(file))
		throw new InputError(`'${folder}' has no table '${name}': add it to spec.outputs.tables and run again`);
	return readTable(file);
}

/** Pods that ran, in the order of nodes' names, times and submission. */
function slicesOf(pods: Rows, lastUs: number): readonly Slice[] {
	const [nodes, starts, ends, ordinals] = ["node", "start_time_us", "end_time_us", "pod"].map((name) =>
		column(pods, name),
	);
	const slices: Slice[] = [];
	for (let row = 0; row < pods.length; row++) {
		const beginUs = starts![row] as number | null;
		const node = nodes![row] as string | null;
		if (beginUs === null || node === null) continue;
		const endUs = (ends![row] as number | null) ?? lastUs;
		// It went back to the queue after that.
		if (endUs >= beginUs) slices.push({ node, ordinal: ordinals![row] as number, beginUs, endUs, row });
	}
	const collator = new Intl.Collator("en", { numeric: true });
	return slices.sort(
		(a, b) =>
			collator.compare(a.node, b.node) ||
			(a.node < b.node ? -1 : a.node > b.node ? 1 : 0) ||
			a.beginUs - b.beginUs ||
			a.ordinal - b.ordinal,
	);
}

function only(slices: readonly Slice[], nodes: readonly string[]): readonly Slice[] {
	const known = new Set(slices.map(({ node }) => node));
	const unknown = nodes.filter((node) => !known.has(node));
	if (unknown.length > 0) throw new InputError(`no pod ran on '${unknown[0]}' in that time: check --param nodes=[..]`);
	const wanted = new Set(nodes);
	return slices.filter(({ node }) => wanted.has(node));
}

const SHOWN = [
	"pod",
	"job",
	"class",
	"priority",
	"outcome",
	"submit_time_us",
	"pending_time_us",
	"cpu_request_milli",
	"memory_request_bytes",
	"gpu_request_milli",
];

function nodeEvents(slices: readonly Slice[], pods: Rows): readonly TraceEvent[] {
	const events: TraceEvent[] = [];
	const names = column(pods, "name");
	const facts = SHOWN.map((name) => [name, column(pods, name)] as const);
	let pid = SCHEDULERS;
	let node: string | null = null;
	/** Until when each slot of the node is taken. */
	let slots: number[] = [];
	for (const slice of slices) {
		if (slice.node !== node) {
			node = slice.node;
			slots = [];
			events.push(...processNamed(++pid, node));
		}
		const free = slots.findIndex((untilUs) => untilUs <= slice.beginUs);
		const slot = free === -1 ? slots.length : free;
		slots[slot] = slice.endUs;
		events.push({
			ph: "X",
			pid,
			tid: slot + 1,
			name: names[slice.row] as string,
			cat: "pod",
			ts: slice.beginUs,
			dur: slice.endUs - slice.beginUs,
			args: Object.fromEntries(facts.map(([name, cells]) => [name, cells[slice.row]!])),
		});
	}
	return events;
}

function decisionsOf(attempts: Rows, from: number, to: number): readonly TraceEvent[] {
	const cell = (name: string, row: number) => column(attempts, name)[row]!;
	const events: TraceEvent[] = [];
	for (let row = 0; row < attempts.length; row++) {
		const [ts, doneUs] = [cell("begin_time_us", row) as number, cell("commit_time_us", row) as number];
		if (doneUs < from || ts > to) continue;
		const facts = ["attempt", "pods", "placed", "conflicts", "unplaced", "rejections"];
		events.push({
			ph: "X",
			pid: SCHEDULERS,
			tid: (cell("scheduler", row) as number) + 1,
			name: `job ${cell("job", row)}: ${cell("outcome", row)}`,
			cat: "attempt",
			ts,
			dur: doneUs - ts,
			args: Object.fromEntries(facts.map((name) => [name, cell(name, row)])),
		});
	}
	return events;
}

/** Pods that have been submitted and have had no node yet: a value each time that it changes. */
function counterOf(pods: Rows, from: number, to: number): readonly TraceEvent[] {
	const changes: [timeUs: number, by: number][] = [];
	const [submitted, bound, ended] = ["submit_time_us", "bound_time_us", "end_time_us"].map((name) =>
		column(pods, name),
	);
	for (let row = 0; row < pods.length; row++) {
		changes.push([submitted![row] as number, 1]);
		const untilUs = bound![row] ?? ended![row];
		if (untilUs !== null && untilUs !== undefined) changes.push([untilUs as number, -1]);
	}
	changes.sort(([a], [b]) => a - b);
	const events = [...processNamed(SCHEDULERS, "schedulers")];
	let waiting = 0;
	for (const [position, [ts, by]] of changes.entries()) {
		waiting += by;
		if (ts < from || ts > to || changes[position + 1]?.[0] === ts) continue;
		events.push({ ph: "C", pid: SCHEDULERS, name: "pods without a node", ts, args: { pods: waiting } });
	}
	return events;
}

function processNamed(pid: number, name: string): readonly TraceEvent[] {
	return [
		{ ph: "M", pid, name: "process_name", args: { name } },
		{ ph: "M", pid, name: "process_sort_index", args: { sort_index: pid } },
	];
}

async function* linesOf(events: readonly TraceEvent[]): AsyncGenerator<string> {
	yield '{"displayTimeUnit":"ms","traceEvents":[\n';
	for (const [position, event] of events.entries())
		yield `${JSON.stringify(event)}${position === events.length - 1 ? "" : ","}\n`;
	yield "]}\n";
}
