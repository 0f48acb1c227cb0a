/**
 * Evictions in the summary of a run: how many a pod suffers in a week of running, by cause, by class, and for production and the
 * rest, as in figure 3 of the Borg paper; how deep cascades of preemptions go. Runs in which nobody is evicted and no machine is
 * simulated in full say nothing of it.
 */
import type { Cell } from "../cell/cell.js";
import type { CellListener, EndReason, RequeueReason } from "../cell/changes.js";
import { type NodeId, type PodId, rowOf } from "../cell/ids.js";
import type { Job } from "../cell/job.js";
import { RUNNING } from "../cell/pod-table.js";
import type { SimTime } from "../engine/time.js";
import { isProduction } from "../objects/priority-band.js";
import { type Put, sorted } from "./distribution.js";
import { EVICTION_CAUSES, type Eviction, type EvictionCause, Evictions } from "./evictions.js";
import { Histogram } from "./histogram.js";
import { slug } from "./slug.js";

const WEEK_US = 7 * 86_400_000_000;

/** Sums over a group of pods. */
class Group {
	runUs = 0;
	readonly evictions = new Map<EvictionCause, number>();

	add({ cause }: Eviction): void {
		this.evictions.set(cause, (this.evictions.get(cause) ?? 0) + 1);
	}
}

export class EvictionSummary implements CellListener {
	readonly #cell: Cell;
	readonly #counts: (job: Job) => boolean;
	readonly #evictions: Evictions;
	readonly #production = new Group();
	readonly #others = new Group();
	readonly #byClass = new Map<string, Group>();
	/** The class asked for last, which needs no look-up. */
	#last: { readonly name: string; readonly group: Group } | null = null;
	readonly #depths = new Histogram();
	/** Preempted pods that ran, and those of them that were told before. */
	#stopped = 0;
	#noticed = 0;
	#evicted = 0;
	/** Whether any pod ran on a machine in full. */
	#inFull = false;

	/** `counts` says whether the pods of a job are to be counted. */
	constructor(cell: Cell, counts: (job: Job) => boolean) {
		this.#cell = cell;
		this.#counts = counts;
		this.#evictions = new Evictions(cell, (eviction) => this.#add(eviction));
	}

	podBound(pod: PodId, node: NodeId): void {
		this.#evictions.podBound(pod, node);
	}

	podLeaving(pod: PodId): void {
		this.#evictions.podLeaving(pod);
	}

	podEnded(pod: PodId, node: NodeId, reason: EndReason): void {
		this.#evictions.podEnded(pod, node, reason);
		if (node >= 0) this.#ran(rowOf(pod));
	}

	podRequeued(pod: PodId, node: NodeId, reason: RequeueReason): void {
		this.#evictions.podRequeued(pod, node, reason);
		this.#ran(rowOf(pod));
	}

	report(endUs: SimTime, put: Put): void {
		this.#evictions.finish();
		const { pods } = this.#cell;
		for (const pod of pods.all()) if (pods.phase[rowOf(pod)] === RUNNING) this.#ran(rowOf(pod), endUs);
		if (this.#evicted === 0 && !this.#inFull) return;
		const both = [this.#production, this.#others];
		putRates(put, "", both);
		putRates(put, ".production", [this.#production]);
		putRates(put, ".non_production", [this.#others]);
		for (const [name, group] of sorted(this.#byClass, (a, b) => (a < b ? -1 : 1)))
			if (name !== "") putRate(put, `.class_${slug(name)}`, [group]);
		put("preemption_cascade_depth_p99", this.#depths.quantile(0.99));
		put("preemption_cascade_depth_max", this.#depths.max);
		put("preemption_notice_share", this.#noticed / this.#stopped);
	}

	/** A pod has run since its latest start, unless it only waited to. */
	#ran(row: number, nowUs: SimTime = this.#cell.nowUs): void {
		const { pods, usage } = this.#cell;
		const startUs = pods.startUs[row]!;
		if (!(startUs >= pods.boundUs[row]!) || !this.#counts(pods.jobs[row]!)) return;
		const { priority, className, alloc } = pods.classes[row]!.spec.facts;
		if (alloc !== undefined) return;
		if (usage.pods.has(row)) this.#inFull = true;
		this.#groupOf(priority).runUs += nowUs - startUs;
		this.#classOf(className).runUs += nowUs - startUs;
	}

	#add(eviction: Eviction): void {
		if (!this.#counts(eviction.job)) return;
		this.#evicted++;
		this.#groupOf(eviction.priority).add(eviction);
		this.#classOf(eviction.className).add(eviction);
		if (eviction.cause !== "preemption") return;
		this.#depths.add(eviction.depth);
		if (!eviction.ran) return;
		this.#stopped++;
		if (eviction.noticeUs > 0) this.#noticed++;
	}

	#groupOf(priority: number): Group {
		return isProduction(priority) ? this.#production : this.#others;
	}

	#classOf(name: string): Group {
		if (this.#last?.name === name) return this.#last.group;
		const group = this.#byClass.get(name) ?? new Group();
		this.#byClass.set(name, group);
		this.#last = { name, group };
		return group;
	}
}

/** The rate of all causes together, and of each that there was. */
function putRates(put: Put, suffix: string, groups: readonly Group[]): void {
	putRate(put, suffix, groups);
	for (const cause of EVICTION_CAUSES)
		if (groups.some(({ evictions }) => evictions.has(cause)))
			putRate(put, `${suffix}.cause_${slug(cause)}`, groups, [cause]);
}

/** Evictions of these causes per week of a pod's running. */
function putRate(
	put: Put,
	suffix: string,
	groups: readonly Group[],
	causes = EVICTION_CAUSES as readonly EvictionCause[],
): void {
	let runUs = 0;
	let evictions = 0;
	for (const group of groups) {
		runUs += group.runUs;
		for (const cause of causes) evictions += group.evictions.get(cause) ?? 0;
	}
	put(`evictions_per_pod_week${suffix}`, evictions / (runUs / WEEK_US));
}
