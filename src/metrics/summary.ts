/**
 * The summary of a run: the numbers that `runs.arrow` holds and `compare` compares. Everything is collected while the run
 * goes on, in memory that does not grow with it. Pods and jobs submitted during the warm-up are not counted, nor are attempts to place them; levels are
 * weighted by time from the end of the warm-up to the end of the run.
 */

import type { Cell } from "../cell/cell.js";
import type { CellListener, EndReason } from "../cell/changes.js";
import { type PodId, rowOf } from "../cell/ids.js";
import type { Job } from "../cell/job.js";
import type { Attempt } from "../cell/transaction.js";
import type { SimTime } from "../engine/time.js";
import { CapacityLevels } from "./capacity-levels.js";
import { Histogram } from "./histogram.js";
import { slug } from "./slug.js";

/** Metric values by name; a metric without a value in this run (no GPU, no finished job) is absent. */
export type RunSummary = Readonly<Record<string, number>>;

const QUANTILES = [
	["p50", 0.5],
	["p90", 0.9],
	["p99", 0.99],
] as const;

export class SummaryProbe implements CellListener {
	readonly #cell: Cell;
	readonly #warmupUs: SimTime;
	readonly #levels: CapacityLevels;
	readonly #pending = new Histogram();
	readonly #pendingByPriority = new Map<number, Histogram>();
	readonly #pendingByClass = new Map<string, Histogram>();
	readonly #fullStart = new Histogram();
	readonly #rejections = new Map<string, number>();
	readonly #conflictReasons = new Map<string, number>();
	readonly #ended = new Map<EndReason, number>();
	#podsSubmitted = 0;
	#jobsSubmitted = 0;
	#jobsEnded = 0;
	#requeues = 0;
	#attempts = 0;
	#vainAttempts = 0;
	#conflictedAttempts = 0;
	#conflicts = 0;
	#firstSubmitUs = Number.NaN;
	#lastEndUs = Number.NaN;

	constructor(cell: Cell, warmupUs: SimTime) {
		this.#cell = cell;
		this.#warmupUs = warmupUs;
		this.#levels = new CapacityLevels(cell, warmupUs);
		cell.watch(this.#levels);
		cell.watch(this);
	}

	/** Takes the measurements that are sampled rather than followed. */
	sample(timeUs: SimTime): void {
		if (timeUs >= this.#warmupUs) this.#levels.sampleFragmentation();
	}

	jobSubmitted(job: Job): void {
		if (job.submitUs < this.#warmupUs) return;
		if (Number.isNaN(this.#firstSubmitUs)) this.#firstSubmitUs = job.submitUs;
		this.#jobsSubmitted++;
		this.#podsSubmitted += job.podCount;
	}

	podBound(pod: PodId): void {
		const { pods } = this.#cell;
		const row = rowOf(pod);
		if (pods.requeues[row]! > 0 || pods.submitUs[row]! < this.#warmupUs) return;
		this.#waited(row, pods.firstBoundUs[row]! - pods.submitUs[row]!);
	}

	jobFullyStarted(job: Job): void {
		if (job.submitUs >= this.#warmupUs) this.#fullStart.add(job.fullStartUs - job.submitUs);
	}

	podEnded(pod: PodId, _node: number, reason: EndReason): void {
		if (!this.#counts(pod)) return;
		this.#lastEndUs = this.#cell.nowUs;
		this.#ended.set(reason, (this.#ended.get(reason) ?? 0) + 1);
	}

	podRequeued(pod: PodId): void {
		if (this.#counts(pod)) this.#requeues++;
	}

	jobEnded(job: Job): void {
		if (job.submitUs >= this.#warmupUs) this.#jobsEnded++;
	}

	attempted(attempt: Attempt): void {
		if (attempt.job.submitUs < this.#warmupUs) return;
		this.#attempts++;
		this.#conflicts += attempt.conflicts;
		for (const [reason, count] of attempt.conflictReasons)
			this.#conflictReasons.set(reason, (this.#conflictReasons.get(reason) ?? 0) + count);
		if (attempt.outcome === "conflict") this.#conflictedAttempts++;
		if (attempt.outcome === "unschedulable") this.#vainAttempts++;
		for (const [reason, nodes] of attempt.rejections)
			this.#rejections.set(reason, (this.#rejections.get(reason) ?? 0) + nodes);
	}

	/**
	 * The summary at the end of the run; asked for once. Pods that still wait for their first node are counted with the time
	 * they have waited so far, which is a lower bound: left out, a policy that starves big pods would look fast.
	 */
	result(endUs: SimTime): RunSummary {
		const unscheduled = this.#countUnscheduled(endUs);
		const summary: Record<string, number> = {};
		const put = (name: string, value: number) => {
			if (!Number.isNaN(value)) summary[name] = value;
		};
		put("pods_submitted", this.#podsSubmitted);
		put("pods_succeeded", this.#ended.get("succeeded") ?? 0);
		put("pods_failed", (this.#ended.get("failed") ?? 0) + (this.#ended.get("node-lost") ?? 0));
		put("pods_deleted", this.#ended.get("deleted") ?? 0);
		put("pods_unscheduled", unscheduled);
		put("pods_requeued", this.#requeues);
		put("jobs_submitted", this.#jobsSubmitted);
		put("jobs_finished", this.#jobsEnded);
		putDistribution(put, "pending_time", "", this.#pending);
		for (const [priority, histogram] of sorted(this.#pendingByPriority, (a, b) => a - b)) {
			putDistribution(put, "pending_time", `.priority_${priority}`, histogram);
		}
		for (const [name, histogram] of sorted(this.#pendingByClass, (a, b) => (a < b ? -1 : 1))) {
			putDistribution(put, "pending_time", `.class_${slug(name)}`, histogram);
		}
		putDistribution(put, "job_full_start_time", "", this.#fullStart);
		this.#levels.report(endUs, put);
		put("attempts", this.#attempts);
		put("attempts_unschedulable", this.#vainAttempts);
		put("attempts_conflicted", this.#conflictedAttempts);
		put("conflicts", this.#conflicts);
		for (const [reason, count] of sorted(this.#conflictReasons, (a, b) => (a < b ? -1 : 1)))
			put(`conflicts.${slug(reason)}`, count);
		for (const [reason, nodes] of sorted(this.#rejections, (a, b) => (a < b ? -1 : 1)))
			put(`rejections.${slug(reason)}`, nodes);
		put("makespan_us", this.#lastEndUs - this.#firstSubmitUs);
		return summary;
	}

	#counts(pod: PodId): boolean {
		return this.#cell.pods.submitUs[rowOf(pod)]! >= this.#warmupUs;
	}

	#waited(row: number, us: SimTime): void {
		const { priority, className } = this.#cell.pods.classes[row]!.spec.facts;
		this.#pending.add(us);
		histogramOf(this.#pendingByPriority, priority).add(us);
		if (className !== "") histogramOf(this.#pendingByClass, className).add(us);
	}

	/** Pods that never got a node. */
	#countUnscheduled(endUs: SimTime): number {
		let unscheduled = 0;
		const { pods } = this.#cell;
		for (const pod of pods.all()) {
			const row = rowOf(pod);
			if (!Number.isNaN(pods.firstBoundUs[row]!) || pods.submitUs[row]! < this.#warmupUs) continue;
			unscheduled++;
			this.#waited(row, endUs - pods.submitUs[row]!);
		}
		return unscheduled;
	}
}

function histogramOf<Key>(histograms: Map<Key, Histogram>, key: Key): Histogram {
	let histogram = histograms.get(key);
	if (!histogram) {
		histogram = new Histogram();
		histograms.set(key, histogram);
	}
	return histogram;
}

function putDistribution(
	put: (name: string, value: number) => void,
	name: string,
	group: string,
	histogram: Histogram,
): void {
	put(`${name}_mean_us${group}`, histogram.mean);
	for (const [label, q] of QUANTILES) put(`${name}_${label}_us${group}`, histogram.quantile(q));
	put(`${name}_max_us${group}`, histogram.max);
}

function sorted<Key, Value>(map: ReadonlyMap<Key, Value>, compare: (a: Key, b: Key) => number): [Key, Value][] {
	return [...map].sort((a, b) => compare(a[0], b[0]));
}
