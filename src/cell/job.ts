import type { SimTime } from "../engine/time.js";
import type { JobArrival, PodArrival } from "../objects/arrival.js";
import type { PodClass } from "../objects/pod-class.js";
import type { PodId } from "./ids.js";

/** Where a job stands between the waiting room and the schedulers. Written by `scheduling`. */
export type JobQueueState = "idle" | "active" | "backoff" | "parked" | "deciding";

/**
 * Pods that arrived together and are decided together. The cell keeps the counts true; the queue fields belong to the
 * waiting room. Times are NaN until they happen.
 */
export class Job {
	/** Position in the order of submission, from 0; the tie-break of every ordering of jobs. */
	readonly ordinal: number;
	readonly name: string;
	readonly submitUs: SimTime;
	/** All pods start at once or none does. */
	readonly gang: boolean;
	/** Highest priority among the pods at submission. */
	readonly priority: number;
	readonly podCount: number;
	/** Pods that wait for a node, in the order in which they began to wait. */
	readonly pending: PodId[];
	/** Pods not yet ended. */
	remaining: number;
	/** Pods started at least once. */
	started = 0;
	firstAttemptUs: SimTime = Number.NaN;
	/** When the last pod started for the first time. */
	fullStartUs: SimTime = Number.NaN;
	attempts = 0;
	conflicts = 0;
	queueState: JobQueueState = "idle";
	/** Attempts in a row that placed nothing, for the backoff. */
	failures = 0;
	backoffUntilUs: SimTime = 0;
	/** Number of its present stay among the parked jobs. */
	stay = 0;
	/** The pod class for which room turned up when it was last woken; null if it was not parked. */
	wokenBy: PodClass | null = null;

	constructor(ordinal: number, { name, gang, pods }: JobArrival, submitUs: SimTime) {
		this.ordinal = ordinal;
		this.name = name;
		this.submitUs = submitUs;
		this.gang = gang;
		this.priority = highestPriority(pods);
		this.podCount = pods.length;
		this.remaining = pods.length;
		this.pending = new Array<PodId>(pods.length);
	}
}

function highestPriority(pods: readonly PodArrival[]): number {
	let highest = pods[0]!.spec.facts.priority;
	for (let i = 1; i < pods.length; i++) highest = Math.max(highest, pods[i]!.spec.facts.priority);
	return highest;
}

/** The order of waiting jobs: priority, then arrival, then ordinal. Negative if `a` goes first. */
export function compareJobs(a: Job, b: Job): number {
	return b.priority - a.priority || a.submitUs - b.submitUs || a.ordinal - b.ordinal;
}
