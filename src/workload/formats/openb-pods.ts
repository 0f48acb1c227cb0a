/** Pods of an openb list: a first pass that checks every row, a second that makes jobs of them. */
import { jobArrival } from "../../objects/arrival.js";
import { InputError } from "../../objects/input-error.js";
import type { ResourceList } from "../../objects/resources.js";
import { PLAIN_FACTS, type PodFacts, type PodSpec } from "../../objects/spec.js";
import type { ImportReport, JobArrival, PodArrival } from "../arrivals.js";
import { BATCH_JOBS } from "../merge.js";
import { sortRows } from "../sort.js";
import { at, csvRows } from "./csv.js";
import type { OpenbParams } from "./openb.js";
import { reorders } from "./openb-order.js";
import { POD_HEADERS, type PodRow, type PodTimes, podRow } from "./openb-rows.js";

/** What the first pass found. */
export interface PodScan {
	/** First row that was created before the row above it; 0 if none. */
	readonly unsortedLine: number;
	/** Last instant of the trace: the latest deletion, microseconds. */
	readonly endUs: number;
	/** The rows of a list that comes in another order or is short enough to be kept, so that it need not be read again. */
	readonly rows: readonly PodRow[] | null;
}

/** Rows kept by the first pass: all published lists (up to 10,094 pods, about 5 MB). Longer lists are read twice. */
const KEPT_ROWS = 16_384;

/** Between pods of an arrivals-only replay. Pods there never end, so only the order matters. */
const ARRIVAL_GAP_US = 1_000_000;

/**
 * Reads the whole list once, in constant memory as long as names rise (as in the published lists), so that every error stops a run
 * before it starts. A name used twice, and a timed replay of a list without times, are InputErrors like a malformed row.
 */
export async function scanPods(file: string, params: OpenbParams): Promise<PodScan> {
	let rows: PodRow[] | null = [];
	const kept = reorders(params) ? Number.POSITIVE_INFINITY : KEPT_ROWS;
	let lastName = "";
	let namesRise = true;
	let lastUs = 0;
	let unsortedLine = 0;
	let endUs = 0;
	for await (const batch of readPods(file)) {
		if (rows !== null && rows.length + batch.length > kept) rows = null;
		for (const row of batch) {
			rows?.push(row);
			namesRise &&= rises(lastName, row.name);
			lastName = row.name;
			if (params.replay === "arrivals-only") continue;
			if (row.times === null) throw withoutTimes(file);
			endUs = Math.max(endUs, row.times.deletionUs ?? 0, row.times.creationUs);
			if (row.times.creationUs < lastUs && unsortedLine === 0) unsortedLine = row.line;
			lastUs = row.times.creationUs;
		}
	}
	if (!namesRise) await checkUnique(file, rows === null ? readPods(file) : [rows]);
	return { unsortedLine, endUs, rows };
}

/** Jobs of one pod each, in batches. What is dropped, repaired or worth knowing is counted in `report`. */
export async function* openbJobs(
	file: string,
	params: OpenbParams,
	scan: PodScan,
	report: ImportReport,
): AsyncGenerator<readonly JobArrival[]> {
	const importer = new PodImporter(file, params, scan, report);
	let jobs: JobArrival[] = [];
	let pods = 0;
	for await (const rows of arrivalOrder(file, scan, report)) {
		for (const row of rows) {
			const job = importer.job(row);
			if (job === null) continue;
			if (pods === params.maxPods) {
				report.count(file, `maxPods: nothing read after pod ${pods}`, "noted", `${file}:${row.line} ${row.name}`);
				if (jobs.length > 0) yield jobs;
				return;
			}
			pods++;
			if (jobs.push(job) < BATCH_JOBS) continue;
			yield jobs;
			jobs = [];
		}
	}
	if (jobs.length > 0) yield jobs;
}

/** Rows in the order in which pods arrive. */
function arrivalOrder(
	file: string,
	scan: PodScan,
	report: ImportReport,
): AsyncIterable<readonly PodRow[]> | Iterable<readonly PodRow[]> {
	const rows = scan.rows === null ? readPods(file) : [scan.rows];
	if (scan.unsortedLine === 0) return rows;
	report.count(file, "rows not in order of creation: sorted", "noted", `${file}:${scan.unsortedLine}`);
	return sortRows(withKeys(rows));
}

async function* withKeys(batches: AsyncIterable<readonly PodRow[]> | Iterable<readonly PodRow[]>) {
	for await (const rows of batches)
		yield rows.map((row) => ({ ...row, timeUs: row.times!.creationUs, order: row.line }));
}

async function* readPods(file: string): AsyncGenerator<readonly PodRow[]> {
	for await (const { rows } of csvRows(file, POD_HEADERS)) yield rows.map((row) => podRow(file, row));
}

function withoutTimes(file: string): InputError {
	return new InputError(
		"this list has no times, only 'name,cpu_milli,memory_mib,num_gpu,gpu_milli': it can be replayed with replay: arrivals-only, not timed",
		at(file, 1),
	);
}

/** Natural order: openb-pod-10000 stands after openb-pod-9999. */
function rises(before: string, name: string): boolean {
	return before.length === name.length ? before < name : before.length < name.length;
}

/** The slow check, for lists whose names do not rise: remembers every name. */
async function checkUnique(
	file: string,
	batches: AsyncIterable<readonly PodRow[]> | Iterable<readonly PodRow[]>,
): Promise<void> {
	const lines = new Map<string, number>();
	for await (const rows of batches) {
		for (const { name, line } of rows) {
			const first = lines.get(name);
			if (first !== undefined)
				throw new InputError(`name: '${name}' is the name of two pods; the first is in line ${first}`, at(file, line));
			lines.set(name, line);
		}
	}
}

/** How a pod ran in the trace, as far as its row tells. */
type Run = Pick<PodArrival, "durationUs" | "exit" | "observedStartUs" | "censored">;

const STAYS: Run = { durationUs: Infinity, exit: "succeeded", observedStartUs: Number.NaN, censored: false };

/** Turns rows into jobs. Pods of equal shape share one spec, and pods of equal qos one facts object. */
class PodImporter {
	readonly #file: string;
	readonly #params: OpenbParams;
	readonly #endUs: number;
	readonly #report: ImportReport;
	readonly #specs = new Map<string, PodSpec>();
	readonly #facts = new Map<string, PodFacts>();
	#arrivals = 0;

	constructor(file: string, params: OpenbParams, scan: PodScan, report: ImportReport) {
		this.#file = file;
		this.#params = params;
		this.#endUs = scan.endUs;
		this.#report = report;
	}

	/** The job of one row, or null if the row is left out. */
	job(row: PodRow): JobArrival | null {
		if (this.#params.replay === "arrivals-only") return this.#jobOf(row, this.#arrivals++ * ARRIVAL_GAP_US, STAYS);
		const times = row.times!;
		const { from = 0, to = Infinity } = this.#params.window ?? {};
		if (times.creationUs < from) return this.#drop(row, beforeWindow(times, from));
		if (times.creationUs >= to) return this.#drop(row, "created after the window");
		const run =
			times.scheduledUs === null ? this.#neverScheduled(row) : this.#observed(row, times, times.scheduledUs, from);
		return run === null ? null : this.#jobOf(row, times.creationUs - from, run);
	}

	#neverScheduled(row: PodRow): Run | null {
		const { neverScheduled, neverScheduledDuration } = this.#params;
		if (neverScheduled === "drop") return this.#drop(row, "never scheduled in the original cluster");
		this.#count(row, "never scheduled in the original cluster: runs for neverScheduledDuration", "noted");
		return { ...STAYS, durationUs: neverScheduledDuration! };
	}

	#observed(row: PodRow, times: PodTimes, scheduledUs: number, originUs: number): Run | null {
		const deletionUs = times.deletionUs ?? this.#endUs;
		if (deletionUs < scheduledUs) return this.#drop(row, "deleted before it was scheduled");
		let observedStartUs = scheduledUs - originUs;
		if (scheduledUs < times.creationUs) {
			this.#count(row, "scheduled before it was created: observed start left out", "repaired");
			observedStartUs = Number.NaN;
		}
		const exit = times.phase === "Failed" ? "failed" : "succeeded";
		const observed: Run = { durationUs: deletionUs - scheduledUs, exit, observedStartUs, censored: false };
		if (times.deletionUs === null || (times.phase === "Running" && deletionUs === this.#endUs))
			return this.#rightCensored(row, observed);
		if (times.phase === "Running")
			this.#count(row, "last seen Running, deleted before the trace's end: ran until deleted", "noted");
		return observed;
	}

	#rightCensored(row: PodRow, observed: Run): Run | null {
		switch (this.#params.rightCensored) {
			case "drop":
				return this.#drop(row, "still running at the trace's end");
			case "as-observed":
				this.#count(row, "still running at the trace's end: runs as long as observed", "noted");
				return { ...observed, censored: true };
			case "keep-running":
				this.#count(row, "still running at the trace's end: runs for ever", "noted");
				return { ...observed, durationUs: Infinity, censored: true };
		}
	}

	#jobOf(row: PodRow, timeUs: number, run: Run): JobArrival {
		if (row.shareWithoutGpu) this.#count(row, "card share or model of a pod without GPU: ignored", "repaired");
		const pod: PodArrival = {
			name: row.name,
			spec: this.#spec(row),
			...run,
			cpuUsageFraction: 1,
			memoryUsageFraction: 1,
		};
		return jobArrival(timeUs, row.name, [pod], false);
	}

	#spec(row: PodRow): PodSpec {
		const { cpuMilli, memoryBytes, gpu, qos } = row;
		const key = `${cpuMilli}/${memoryBytes}/${gpu?.count}/${gpu?.milli}/${gpu?.models.join("|")}/${qos}`;
		const known = this.#specs.get(key);
		if (known !== undefined) return known;
		const requests: ResourceList = {
			...(cpuMilli > 0 && { cpu: cpuMilli }),
			...(memoryBytes > 0 && { memory: memoryBytes }),
		};
		const spec: PodSpec = { facts: this.#factsOf(row), requests, gpu };
		this.#specs.set(key, spec);
		return spec;
	}

	#factsOf(row: PodRow): PodFacts {
		const known = this.#facts.get(row.qos);
		if (known !== undefined) return known;
		const facts = { ...PLAIN_FACTS, className: row.qos, priority: this.#params.priorities[row.qos] ?? 0 };
		this.#facts.set(row.qos, facts);
		return facts;
	}

	#drop(row: PodRow, rule: string): null {
		this.#count(row, rule, "dropped");
		return null;
	}

	#count(row: PodRow, rule: string, action: "dropped" | "repaired" | "noted"): void {
		this.#report.count(this.#file, rule, action, `${this.#file}:${row.line} ${row.name}`);
	}
}

function beforeWindow(times: PodTimes, from: number): string {
	const alive = times.scheduledUs !== null && times.scheduledUs < from && (times.deletionUs ?? Infinity) > from;
	return alive ? "created before the window, running at its start" : "created before the window";
}
