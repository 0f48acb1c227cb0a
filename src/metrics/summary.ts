/**
 * The summary of a run: the numbers that `runs.arrow` holds and `compare` compares. Everything is collected while the run
 * goes on, in memory that does not grow with it. Pods and jobs submitted during the warm-up are not counted, nor are attempts to
 * place them, and the same goes for what the cell was filled with before the run; levels are weighted by time from the end of
 * the warm-up to the end of the run.
 */

import type { Cell } from "../cell/cell.js";
import type { CellListener, EndReason, NodeChange, Replicas, RequeueReason } from "../cell/changes.js";
import { type NodeId, type PodId, rowOf } from "../cell/ids.js";
import type { Job } from "../cell/job.js";
import type { RequestCount } from "../cell/requests.js";
import type { Attempt } from "../cell/transaction.js";
import type { SimTime } from "../engine/time.js";
import { CapacityLevels } from "./capacity-levels.js";
import { Distribution, histogramOf, putHistogram, sorted } from "./distribution.js";
import { EvictionSummary } from "./eviction-summary.js";
import { Histogram } from "./histogram.js";
import { MachineSummary } from "./machine-summary.js";
import { NodeCost } from "./node-cost.js";
import { NO_SCHEDULING, type ObservedScheduling } from "./observed-scheduling.js";
import { ReplicaSummary } from "./replica-summary.js";
import { RequestSummary } from "./request-summary.js";
import { SchedulerSummary } from "./scheduler-summary.js";
import { slug } from "./slug.js";
import { SpeedUps } from "./speed-up.js";

/** Metric values by name; a metric without a value in this run (no GPU, no finished job) is absent. */
export type RunSummary = Readonly<Record<string, number>>;

/** Ends that count as failures. */
const FAILURES: readonly EndReason[] = ["failed", "node-lost", "oom-killed", "evicted"];

export class SummaryProbe implements CellListener {
	readonly forgetsJobs = true;
	readonly #cell: Cell;
	readonly #warmupUs: SimTime;
	readonly #levels: CapacityLevels;
	readonly #machines: MachineSummary;
	readonly #evictions: EvictionSummary;
	readonly #replicas: ReplicaSummary;
	readonly #nodeCost: NodeCost;
	readonly #requests: RequestSummary;
	readonly #schedulers: SchedulerSummary;
	readonly #scheduling: () => ObservedScheduling;
	readonly #pending = new Distribution();
	readonly #pendingByPriority = new Map<number, Histogram>();
	readonly #fullStart = new Histogram();
	readonly #completion = new Distribution();
	readonly #rejections = new Map<string, number>();
	readonly #conflictReasons = new Map<string, number>();
	readonly #ended = new Map<EndReason, number>();
	readonly #speedUps = new SpeedUps();
	#podsSubmitted = 0;
	#podsPrefilled = 0;
	#jobsSubmitted = 0;
	#jobsEnded = 0;
	#jobsTurnedAway = 0;
	#podsTurnedAway = 0;
	#requeues = 0;
	#conflicts = 0;
	#firstSubmitUs = Number.NaN;
	#lastEndUs = Number.NaN;

	/** `scheduling` answers once the run is under way; without it processes go by their index, and nothing is ever locked. */
	constructor(cell: Cell, warmupUs: SimTime, scheduling: () => ObservedScheduling = () => NO_SCHEDULING) {
		this.#cell = cell;
		this.#warmupUs = warmupUs;
		this.#scheduling = scheduling;
		this.#levels = new CapacityLevels(cell, warmupUs);
		this.#machines = new MachineSummary(cell, (pod) => this.#counts(this.#jobOf(pod)));
		this.#evictions = new EvictionSummary(cell, (job) => this.#counts(job));
		this.#replicas = new ReplicaSummary(cell, warmupUs);
		this.#nodeCost = new NodeCost(cell, warmupUs);
		this.#requests = new RequestSummary(warmupUs);
		this.#schedulers = new SchedulerSummary(cell, warmupUs, scheduling);
		cell.watch(this);
	}

	// Every part hears of changes through here, and none of what cannot concern it: what the feed calls costs each pod something.

	/** Takes the measurements that are sampled rather than followed. */
	sample(timeUs: SimTime): void {
		if (timeUs < this.#warmupUs) return;
		this.#levels.sampleFragmentation();
		this.#machines.sample();
	}

	/** Reads how much is locked. Locks come and go with offers, so it is called every second where there are any. */
	sampleLocked(timeUs: SimTime): void {
		this.#levels.sampleLocked(timeUs, this.#scheduling());
	}

	nodeChanged(node: NodeId, change: NodeChange): void {
		this.#levels.nodeChanged(node, change);
		this.#nodeCost.nodeChanged(node, change);
	}

	jobSubmitted(job: Job): void {
		this.#levels.jobSubmitted(job);
		this.#schedulers.days.jobSubmitted(job);
		if (!this.#counts(job)) return;
		if (Number.isNaN(this.#firstSubmitUs)) this.#firstSubmitUs = job.submitUs;
		this.#jobsSubmitted++;
		this.#podsSubmitted += job.podCount;
	}

	jobTurnedAway(job: Job): void {
		if (!this.#counts(job)) return;
		this.#jobsTurnedAway++;
		this.#podsTurnedAway += job.podCount;
	}

	jobGrown(job: Job, added: number): void {
		if (this.#counts(job)) this.#podsSubmitted += added;
	}

	podBound(pod: PodId, node: NodeId): void {
		this.#levels.podBound(pod, node);
		this.#evictions.podBound(pod, node);
		this.#schedulers.days.podBound(pod);
		const { pods } = this.#cell;
		const row = rowOf(pod);
		if (pods.requeues[row]! > 0) return;
		const job = pods.jobs[row]!;
		if (job.prefilled) this.#podsPrefilled++;
		if (!this.#counts(job)) return;
		this.#waited(row, pods.firstBoundUs[row]! - pods.submitUs[row]!);
	}

	podStarted(pod: PodId): void {
		this.#levels.podStarted(pod);
		if (this.#inFull) this.#machines.podStarted(pod);
	}

	podLeaving(pod: PodId): void {
		this.#evictions.podLeaving(pod);
	}

	jobFullyStarted(job: Job): void {
		if (this.#counts(job)) this.#fullStart.add(job.fullStartUs - job.submitUs);
	}

	podEnded(pod: PodId, node: NodeId, reason: EndReason): void {
		this.#levels.podEnded(pod, node);
		if (this.#inFull) this.#machines.podEnded(pod, node, reason);
		this.#evictions.podEnded(pod, node, reason);
		this.#schedulers.days.podEnded(pod, node, reason);
		if (!this.#counts(this.#jobOf(pod))) return;
		this.#lastEndUs = this.#cell.nowUs;
		this.#ended.set(reason, (this.#ended.get(reason) ?? 0) + 1);
	}

	podRequeued(pod: PodId, node: NodeId, reason: RequeueReason): void {
		this.#levels.podRequeued(pod, node);
		if (this.#inFull) this.#machines.podRequeued(pod);
		this.#evictions.podRequeued(pod, node, reason);
		this.#schedulers.days.podRequeued(pod);
		if (this.#counts(this.#jobOf(pod))) this.#requeues++;
	}

	jobAbandoned(job: Job): void {
		this.#schedulers.days.jobAbandoned(job);
	}

	jobEnded(job: Job): void {
		this.#schedulers.days.jobEnded(job);
		if (!this.#counts(job)) return;
		this.#jobsEnded++;
		if (Number.isNaN(job.abandonedUs)) this.#completion.add(this.#cell.nowUs - job.submitUs, job.className);
	}

	attempted(attempt: Attempt): void {
		this.#schedulers.attempted(attempt);
		if (!this.#counts(attempt.job)) return;
		if (attempt.job.attempts === 1) this.#speedUps.decided(attempt.job);
		this.#conflicts += attempt.conflicts;
		for (const [reason, count] of attempt.conflictReasons)
			this.#conflictReasons.set(reason, (this.#conflictReasons.get(reason) ?? 0) + count);
		for (const [reason, nodes] of attempt.rejections)
			this.#rejections.set(reason, (this.#rejections.get(reason) ?? 0) + nodes);
	}

	replicasChanged(replicas: Replicas): void {
		this.#replicas.replicasChanged(replicas);
	}

	requestsCounted(count: RequestCount): void {
		this.#requests.requestsCounted(count);
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
		if (this.#podsPrefilled > 0) put("pods_prefilled", this.#podsPrefilled);
		put("pods_succeeded", this.#ended.get("succeeded") ?? 0);
		put(
			"pods_failed",
			FAILURES.reduce((sum, reason) => sum + (this.#ended.get(reason) ?? 0), 0),
		);
		put("pods_deleted", this.#ended.get("deleted") ?? 0);
		put("pods_abandoned", this.#ended.get("abandoned") ?? 0);
		put("pods_unscheduled", unscheduled);
		put("pods_requeued", this.#requeues);
		put("jobs_submitted", this.#jobsSubmitted);
		put("jobs_finished", this.#jobsEnded);
		if (this.#jobsTurnedAway > 0) {
			put("jobs_turned_away", this.#jobsTurnedAway);
			put("pods_turned_away", this.#podsTurnedAway);
		}
		this.#pending.report(put, "pending_time");
		for (const [priority, histogram] of sorted(this.#pendingByPriority, (a, b) => a - b)) {
			putHistogram(put, "pending_time", `.priority_${priority}`, histogram);
		}
		this.#pending.reportClasses(put, "pending_time");
		putHistogram(put, "job_full_start_time", "", this.#fullStart);
		this.#completion.report(put, "job_completion_time");
		this.#completion.reportClasses(put, "job_completion_time");
		this.#speedUps.report(put);
		this.#levels.report(endUs, put);
		this.#machines.report(endUs, put);
		this.#evictions.report(endUs, put);
		this.#replicas.report(endUs, put);
		this.#nodeCost.report(endUs, put);
		this.#requests.report(put);
		this.#schedulers.report(endUs, put);
		put("conflicts", this.#conflicts);
		for (const [reason, count] of sorted(this.#conflictReasons, (a, b) => (a < b ? -1 : 1)))
			put(`conflicts.${slug(reason)}`, count);
		for (const [reason, nodes] of sorted(this.#rejections, (a, b) => (a < b ? -1 : 1)))
			put(`rejections.${slug(reason)}`, nodes);
		put("makespan_us", this.#lastEndUs - this.#firstSubmitUs);
		return summary;
	}

	/** Whether any pod was ever on a machine in full. */
	get #inFull(): boolean {
		return this.#cell.usage.pods.sinceUs.length > 0;
	}

	#counts({ prefilled, submitUs }: Job): boolean {
		return !prefilled && submitUs >= this.#warmupUs;
	}

	#jobOf(pod: PodId): Job {
		return this.#cell.pods.jobs[rowOf(pod)]!;
	}

	#waited(row: number, us: SimTime): void {
		const { priority, className } = this.#cell.pods.classes[row]!.spec.facts;
		this.#pending.add(us, className);
		histogramOf(this.#pendingByPriority, priority).add(us);
	}

	/** Pods that never got a node. */
	#countUnscheduled(endUs: SimTime): number {
		let unscheduled = 0;
		const { pods } = this.#cell;
		for (const pod of pods.all()) {
			const row = rowOf(pod);
			if (!Number.isNaN(pods.firstBoundUs[row]!) || !this.#counts(pods.jobs[row]!)) continue;
			unscheduled++;
			this.#waited(row, endUs - pods.submitUs[row]!);
		}
		return unscheduled;
	}
}
