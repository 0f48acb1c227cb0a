import type { SimTime } from "../engine/time.js";
import type { JobArrival } from "../objects/arrival.js";
import type { PodClass } from "../objects/pod-class.js";
import type { PodId } from "./ids.js";

/** Where a job stands between the waiting room and the schedulers. Written by `scheduling`. */
export type JobQueueState = "idle" | "active" | "backoff" | "parked" | "delayed" | "deciding";

/**
 * Pods that arrived together and are decided together. The cell keeps the counts true; the queue fields belong to the
 * waiting room. Times are NaN until they happen.
 *
 * Good until it has ended: the object of a job that nobody asked for may then become another job (`Cell.enter`).
 */
export interface Job {
	/** Position in the order of submission, from 0; the tie-break of every ordering of jobs. */
	readonly ordinal: number;
	readonly name: string;
	readonly submitUs: SimTime;
	/** All pods start at once or none does. */
	readonly gang: boolean;
	/** Highest priority among the pods at submission. */
	readonly priority: number;
	/** Whose it is: the namespace of its first pod. */
	readonly user: string;
	/** Run time of the pod that runs longest, microseconds; `Infinity` if one never ends. Nobody knows it beforehand. */
	readonly longestRunUs: number;
	/** Estimates of its run time that came with it, microseconds, by name; null without. */
	readonly estimates: Readonly<Record<string, number>> | null;
	/** Workload class of its first pod, "" if none: what schedulers are chosen and metrics are grouped by. */
	readonly className: string;
	/** Ran already when the simulation began: no work for schedulers, and left out of what metrics say of theirs. */
	readonly prefilled: boolean;
	/** Pods it asked for. */
	readonly requestedPods: number;
	/** Pods it could make use of; null if its work cannot be shared among more than it asked for. */
	readonly maxWorkers: number | null;
	/** Pods it has, ended ones too: those it asked for, and those it was given on top. */
	podCount: number;
	/** Pods that wait for a node, in the order in which they began to wait. */
	readonly pending: PodId[];
	/** Pods not yet ended. */
	remaining: number;
	/** Pods started at least once. */
	started: number;
	firstAttemptUs: SimTime;
	/** When the last pod started for the first time. */
	fullStartUs: SimTime;
	attempts: number;
	conflicts: number;
	/** Why it was not taken in, in words; null if it was. */
	turnedAway: string | null;
	/** Whether a pod of it has crashed, so that it may not go everywhere where identical pods may. */
	crashed: boolean;
	/** When its scheduler gave it up; the pods placed by then run on. */
	abandonedUs: SimTime;
	/** Index of the scheduler process that it belongs to; -1 until it is routed. */
	scheduler: number;
	/** Its place in the waiting room's order among jobs of the same priority; 0 until it first comes there. */
	turn: number;
	/** Whether any pod of it was ever placed. */
	placedAny: boolean;
	queueState: JobQueueState;
	/** Attempts in a row that placed nothing, for the backoff. */
	failures: number;
	backoffUntilUs: SimTime;
	/** Number of its present stay among the parked jobs. */
	stay: number;
	/** Whether it came unasked for (`Cell.enter`), and none of its pods was told to go. */
	passing: boolean;
	/** The pod class for which room turned up when it was last woken; null if it was not parked. */
	wokenBy: PodClass | null;
}

/**
 * Makes jobs, and takes back the objects of those that nobody will look at any more: jobs are the largest objects that live as long as a
 * pod, and without it, collecting them is a quarter of a long run.
 */
export class JobStore {
	readonly #spare: Job[] = [];

	/** A job that has just come, with its pods yet to be named. */
	make(ordinal: number, arrival: JobArrival, submitUs: SimTime, prefilled: boolean): Job {
		return begun(this.#spare.pop() ?? blank(arrival.pods.length), ordinal, arrival, submitUs, prefilled);
	}

	/** The object of a job that went straight and has ended (`wentStraight`). */
	takeBack(job: Job): void {
		this.#spare.push(job);
	}
}

function begun(
	job: { -readonly [Field in keyof Job]: Job[Field] },
	ordinal: number,
	{ name, gang, pods, maxWorkers, estimates }: JobArrival,
	submitUs: SimTime,
	prefilled: boolean,
): Job {
	const { namespace, className } = pods[0]!.spec.facts;
	let { priority } = pods[0]!.spec.facts;
	let longestRunUs = 0;
	for (let i = 0; i < pods.length; i++) {
		const { spec, durationUs } = pods[i]!;
		if (spec.facts.priority > priority) priority = spec.facts.priority;
		if (durationUs > longestRunUs) longestRunUs = durationUs;
	}
	job.ordinal = ordinal;
	job.name = name;
	job.submitUs = submitUs;
	job.gang = gang;
	job.priority = priority;
	job.user = namespace;
	job.longestRunUs = longestRunUs;
	job.estimates = estimates ?? null;
	job.className = className;
	job.prefilled = prefilled;
	job.requestedPods = pods.length;
	job.maxWorkers = maxWorkers ?? null;
	job.podCount = pods.length;
	job.remaining = pods.length;
	job.started = 0;
	job.firstAttemptUs = Number.NaN;
	job.fullStartUs = Number.NaN;
	job.attempts = 0;
	job.scheduler = -1;
	job.turn = 0;
	job.placedAny = false;
	job.passing = false;
	return job;
}

/** What `begun` leaves out is still so at the end of a job that is taken back. Times are doubles from the start. */
function blank(pods: number): Job {
	return {
		// What is looked at when a pod ends lies together: by then it is in no cache.
		remaining: 0,
		passing: false,
		podCount: 0,
		attempts: 0,
		stay: 0,
		queueState: "idle",
		ordinal: 0,
		name: "",
		submitUs: Number.NaN,
		gang: false,
		priority: 0,
		user: "",
		longestRunUs: Number.NaN,
		estimates: null,
		className: "",
		prefilled: false,
		requestedPods: 0,
		maxWorkers: null,
		pending: new Array<PodId>(pods),
		started: 0,
		firstAttemptUs: Number.NaN,
		fullStartUs: Number.NaN,
		conflicts: 0,
		turnedAway: null,
		crashed: false,
		abandonedUs: Number.NaN,
		scheduler: -1,
		turn: 0,
		placedAny: false,
		failures: 0,
		backoffUntilUs: 0,
		wokenBy: null,
	};
}

/**
 * Whether nobody asked for the job, nobody told its pod to go, and it was placed at the first attempt: then no waiting room and no
 * scheduler knows it any more when it has ended.
 */
export function wentStraight({ passing, podCount, attempts, stay, queueState }: Job): boolean {
	return passing && podCount === 1 && attempts === 1 && stay === 0 && queueState === "idle";
}

/** The plain order of waiting jobs: priority, then turn (the order of coming to the room), then ordinal. Negative if `a` goes first. */
export function compareJobs(a: Job, b: Job): number {
	return b.priority - a.priority || a.turn - b.turn || a.ordinal - b.ordinal;
}
