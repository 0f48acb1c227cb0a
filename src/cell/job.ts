import type { SimTime } from "../engine/time.js";
import type { JobArrival, PodArrival } from "../objects/arrival.js";
import type { PodClass } from "../objects/pod-class.js";
import type { PodId } from "./ids.js";

/** Where a job stands between the waiting room and the schedulers. Written by `scheduling`. */
export type JobQueueState = "idle" | "active" | "backoff" | "parked" | "delayed" | "deciding";

/**
 * Pods that arrived together and are decided together. The cell keeps the counts true; the queue fields belong to the
 * waiting room. Times are NaN until they happen.
 */
export class Job {
	/** Position in the order of submission, from 0; the tie-break of every ordering of jobs. */
	declare readonly ordinal: number;
	declare readonly name: string;
	declare readonly submitUs: SimTime;
	/** All pods start at once or none does. */
	declare readonly gang: boolean;
	/** Highest priority among the pods at submission. */
	declare readonly priority: number;
	/** Whose it is: the namespace of its first pod. */
	declare readonly user: string;
	/** Run time of the pod that runs longest, microseconds; `Infinity` if one never ends. Nobody knows it beforehand. */
	declare readonly longestRunUs: number;
	/** Estimates of its run time that came with it, microseconds, by name; null without. */
	declare readonly estimates: Readonly<Record<string, number>> | null;
	/** Workload class of its first pod, "" if none: what schedulers are chosen and metrics are grouped by. */
	declare readonly className: string;
	/** Ran already when the simulation began: no work for schedulers, and left out of what metrics say of theirs. */
	declare readonly prefilled: boolean;
	/** Pods it asked for. */
	declare readonly requestedPods: number;
	/** Pods it could make use of; null if its work cannot be shared among more than it asked for. */
	declare readonly maxWorkers: number | null;
	/** Pods it has, ended ones too: those it asked for, and those it was given on top. */
	declare podCount: number;
	/** Pods that wait for a node, in the order in which they began to wait. */
	declare readonly pending: PodId[];
	/** Pods not yet ended. */
	declare remaining: number;
	/** Pods started at least once. */
	started = 0;
	firstAttemptUs: SimTime = Number.NaN;
	/** When the last pod started for the first time. */
	fullStartUs: SimTime = Number.NaN;
	attempts = 0;
	conflicts = 0;
	/** Why it was not taken in, in words; null if it was. */
	turnedAway: string | null = null;
	/** Whether a pod of it has crashed, so that it may not go everywhere where identical pods may. */
	crashed = false;
	/** When its scheduler gave it up; the pods placed by then run on. */
	abandonedUs: SimTime = Number.NaN;
	/** Index of the scheduler process that it belongs to; -1 until it is routed. */
	scheduler = -1;
	/** Its place in the waiting room's order among jobs of the same priority; 0 until it first comes there. */
	turn = 0;
	/** Whether any pod of it was ever placed. */
	placedAny = false;
	queueState: JobQueueState = "idle";
	/** Attempts in a row that placed nothing, for the backoff. */
	failures = 0;
	backoffUntilUs: SimTime = 0;
	/** Number of its present stay among the parked jobs. */
	stay = 0;
	/** The pod class for which room turned up when it was last woken; null if it was not parked. */
	wokenBy: PodClass | null = null;

	constructor(
		ordinal: number,
		{ name, gang, pods, maxWorkers, estimates }: JobArrival,
		submitUs: SimTime,
		prefilled: boolean,
	) {
		this.ordinal = ordinal;
		this.name = name;
		this.submitUs = submitUs;
		this.gang = gang;
		this.priority = highestPriority(pods);
		const { namespace, className } = pods[0]!.spec.facts;
		this.user = namespace;
		this.className = className;
		this.longestRunUs = longestRun(pods);
		this.estimates = estimates ?? null;
		this.prefilled = prefilled;
		this.requestedPods = pods.length;
		this.maxWorkers = maxWorkers ?? null;
		this.podCount = pods.length;
		this.remaining = pods.length;
		this.pending = new Array<PodId>(pods.length);
	}
}

function highestPriority(pods: readonly PodArrival[]): number {
	let { spec } = pods[0]!;
	let highest = spec.facts.priority;
	for (let i = 1; i < pods.length; i++) {
		if (pods[i]!.spec === spec) continue;
		spec = pods[i]!.spec;
		highest = Math.max(highest, spec.facts.priority);
	}
	return highest;
}

function longestRun(pods: readonly PodArrival[]): number {
	let longest = 0;
	for (let i = 0; i < pods.length; i++) if (pods[i]!.durationUs > longest) longest = pods[i]!.durationUs;
	return longest;
}

/** The plain order of waiting jobs: priority, then turn (the order of coming to the room), then ordinal. Negative if `a` goes first. */
export function compareJobs(a: Job, b: Job): number {
	return b.priority - a.priority || a.turn - b.turn || a.ordinal - b.ordinal;
}
