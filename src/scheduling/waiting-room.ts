/**
 * Where jobs wait for one scheduler process. A job is active (to be tried as soon as the process is free), parked (no node
 * was found: it waits for a change that may help), backing off (a change came too soon after a failure) or delayed (its retry
 * rule names a time).
 *
 * Parked jobs wait by pod class: when a node gains room for a class, only the first job of that class is woken, and the
 * next one when that job has been placed. Waking all would give the same placements, since an identical pod cannot fit where
 * the first did not, at the cost of one vain attempt a job. Gangs differ in size, and a job backing off is not tried yet, so
 * both let the jobs behind them be woken too, as does a job that has crashed somewhere, and may not come back there.
 *
 * Divergence from Kubernetes: kube-scheduler wakes every pod for which an event may help, and flushes unschedulable pods
 * every five minutes; here a job whose pods fit nowhere costs nothing until a node changes that its pods would fit on.
 */
import type { NodeId, PodId } from "../cell/ids.js";
import { compareJobs, type Job } from "../cell/job.js";
import type { NodeColumns } from "../cell/node-columns.js";
import type { SimTime } from "../engine/time.js";
import type { PodClass } from "../objects/pod-class.js";
import { JobHeap } from "./job-heap.js";
import type { Line, QueueOrder } from "./queue-order.js";
import { byPriority, PRIORITY_ORDER } from "./queue-orders.js";

export const QUEUE_DISCIPLINES = ["skip", "strict", "kubernetes"] as const;
/**
 * `skip`: a job that finds no node lets the ones behind it try. `strict`: nobody overtakes it (head-of-line blocking). `kubernetes`:
 * the scheduler's own queue, with backoff and queueing hints (`Scheduler.room`).
 */
export type QueueDiscipline = (typeof QUEUE_DISCIPLINES)[number];

/** Where a job comes back to after a failed attempt: `own`, its old place, or `tail`, behind everybody of its priority. */
export const RETRY_PLACES = ["own", "tail"] as const;
export type RetryPlace = (typeof RETRY_PLACES)[number];

export interface RetryRule {
	readonly place: RetryPlace;
	/** Wait after a conflict; 0 tries again at once. */
	readonly afterConflictUs: SimTime;
	/** Wait after an attempt that lacked room, more than 0; null waits until a node changes that may help. */
	readonly afterNoRoomUs: SimTime | null;
}

/** When a job is given up; Infinity for never. */
export interface GiveUpRule {
	/** Attempts, whatever came of them. */
	readonly attempts: number;
	/** Attempts of a job of which no pod was ever placed. */
	readonly vainAttempts: number;
}

export interface QueueOptions {
	readonly discipline: QueueDiscipline;
	/** Makes the order in which jobs are tried, one for each room; default by priority. */
	readonly order?: () => QueueOrder;
	/** Wait after the first failed attempt, doubled by each further one up to `maxUs`; 0 for none. */
	readonly backoff: { readonly initialUs: SimTime; readonly maxUs: SimTime };
	/** Default: at its own place, at once after a conflict, otherwise when room turns up. */
	readonly retry?: RetryRule;
	/** Default: never. */
	readonly giveUp?: GiveUpRule;
}

export const RETRY_ON_CHANGE: RetryRule = { place: "own", afterConflictUs: 0, afterNoRoomUs: null };
export const NEVER_GIVE_UP: GiveUpRule = { attempts: Number.POSITIVE_INFINITY, vainAttempts: Number.POSITIVE_INFINITY };

interface Parked {
	readonly job: Job;
	/** Tells entries of an earlier stay apart. */
	readonly stay: number;
	/** Its turn when it was parked: a later one must not move the entry. */
	readonly turn: number;
}

interface Lot {
	readonly heap: JobHeap<Parked>;
	readonly podClass: PodClass;
}

interface BackingOff {
	readonly job: Job;
	readonly untilUs: SimTime;
}

/** Whether a pod of the class may get the node as it is now (`Scheduler.mayGet`). */
export type MayGet = (pod: PodClass, node: NodeId, nodes: NodeColumns) => boolean;

/** By default those may that fit in what is free. */
export const fits: MayGet = (pod, node, nodes) => nodes.fits(pod, node);

/** What a scheduler process and an architecture ask of a waiting room. */
export type Room = Omit<WaitingRoom, "served"> & {
	/** Pods of the job were placed; absent where nobody's turn depends on it. */
	served?(job: Job): void;
	/** Asks to be told when there is something to try that no verb of the room has said; absent if that cannot be. */
	whenReady?(look: () => void): void;
	/** Whether the pod waits on a node that only its scheduler counts it on, and is not to be decided on; absent if none does. */
	holds?(pod: PodId): boolean;
};

export class WaitingRoom {
	readonly #options: QueueOptions;
	readonly #order: QueueOrder;
	readonly #compare: (a: Job, b: Job) => number;
	readonly #compareParked: (a: Parked, b: Parked) => number;
	readonly #active: Line;
	readonly #backoff = new JobHeap<BackingOff>((a, b) => (a.untilUs - b.untilUs || a.job.ordinal - b.job.ordinal) < 0);
	/** Parked jobs by pod class, in order of first parking. */
	readonly #lots = new Map<PodClass, Lot>();
	/** Jobs parked, backing off or delayed. */
	readonly #held = new Set<Job>();
	#stay = 0;
	#turns = 0;

	constructor(options: QueueOptions) {
		this.#options = options;
		const order = options.order?.() ?? PRIORITY_ORDER;
		this.#order = order;
		const compare = comparing(order);
		this.#compare = compare;
		this.#compareParked = comparingParked(order);
		this.#active = order.turns ?? new JobHeap<Job>((a, b) => compare(a, b) < 0);
	}

	/** Jobs waiting in any state. */
	get size(): number {
		return this.#active.size + this.#held.size;
	}

	/** Jobs to be tried as soon as the process is free. */
	get ready(): number {
		return this.#active.size;
	}

	/** A new job, or one whose last attempt should be followed by another at once. */
	add(job: Job): void {
		if (job.queueState === "active") return;
		if (job.turn === 0) {
			this.#order.check?.(job);
			job.turn = ++this.#turns;
		}
		this.#activate(job);
	}

	/** Pods of the job were placed. */
	served(job: Job): void {
		this.#order.turns?.served(job);
	}

	/** Sends a job that is not active behind all others of its priority. */
	toTail(job: Job): void {
		job.turn = ++this.#turns;
	}

	/** The job to try next, or null. It is out of the room until it is added or parked again. */
	next(nowUs: SimTime): Job | null {
		const head = this.#head(nowUs);
		if (head === null) return null;
		this.#active.pop();
		head.queueState = "deciding";
		return head;
	}

	/** Whether there is a job to try next. */
	hasNext(nowUs: SimTime): boolean {
		return this.#head(nowUs) !== null;
	}

	#head(nowUs: SimTime): Job | null {
		let head = this.#active.peek();
		while (head !== undefined && head.pending.length === 0) {
			// Its pods were deleted while it waited: the room that it was woken for is somebody else's.
			head.queueState = "idle";
			this.#active.pop();
			this.passOn(head, nowUs);
			head = this.#active.peek();
		}
		if (head === undefined) return null;
		return this.#options.discipline === "strict" && this.#blocked(head) ? null : head;
	}

	/** A job for which nodes were lacking: it waits for room for any of the classes. */
	park(job: Job, classes: ReadonlySet<PodClass>, nowUs: SimTime): void {
		const { initialUs, maxUs } = this.#options.backoff;
		if (initialUs > 0) job.backoffUntilUs = nowUs + Math.min(maxUs, initialUs * 2 ** job.failures);
		job.failures++;
		job.queueState = "parked";
		const stay = ++this.#stay;
		job.stay = stay;
		this.#held.add(job);
		for (const podClass of classes) {
			let lot = this.#lots.get(podClass);
			if (!lot) {
				const compare = this.#compareParked;
				lot = { podClass, heap: new JobHeap<Parked>((a, b) => compare(a, b) < 0) };
				this.#lots.set(podClass, lot);
			}
			lot.heap.push({ job, stay, turn: job.turn });
		}
	}

	/** A node changed for the better: wakes the first job of each class that may get it now. True if any job became active. */
	nodeImproved(node: NodeId, nodes: NodeColumns, nowUs: SimTime, mayGet: MayGet = fits): boolean {
		let woken = false;
		for (const { podClass } of this.#lots.values()) {
			if (nodes.ready[node] === 1 && mayGet(podClass, node, nodes)) woken = this.wakeNext(podClass, nowUs) || woken;
		}
		return woken;
	}

	/** Wakes a parked job, whoever else waits. */
	wake(job: Job, nowUs: SimTime): void {
		if (job.queueState !== "parked") return;
		if (job.backoffUntilUs > nowUs) this.#backOff(job);
		else this.#activate(job);
	}

	/** Whether any job is backing off. */
	get backingOff(): boolean {
		return this.#backoff.size > 0;
	}

	/**
	 * Wakes the first parked job of a class, and those behind it as long as they are gangs, may not go everywhere, or back off. True
	 * if any became active.
	 */
	wakeNext(podClass: PodClass, nowUs: SimTime): boolean {
		let woken = false;
		for (let parked = this.#firstOf(podClass); parked !== undefined; parked = this.#firstOf(podClass)) {
			const { job } = parked;
			job.wokenBy = podClass;
			if (job.backoffUntilUs > nowUs) {
				this.#backOff(job);
				continue;
			}
			this.#activate(job);
			woken = true;
			if (!job.gang && !job.crashed) break;
		}
		return woken;
	}

	/** The room that a job was woken for may not be used up: wakes the next job of the class. */
	passOn(job: Job, nowUs: SimTime): void {
		const { wokenBy } = job;
		job.wokenBy = null;
		if (wokenBy !== null) this.wakeNext(wokenBy, nowUs);
	}

	/** A job that somebody will add again at a set time. */
	delay(job: Job): void {
		job.queueState = "delayed";
		this.#held.add(job);
	}

	/** A job has no pods left to place: it waits no longer. */
	leave(job: Job): void {
		if (this.#held.delete(job)) job.queueState = "idle";
	}

	/** When the first job backing off may be tried, Infinity if there is none. */
	get nextBackoffUs(): SimTime {
		return this.#backoff.peek()?.untilUs ?? Number.POSITIVE_INFINITY;
	}

	/** Activates the jobs whose backoff is over. */
	endBackoffs(nowUs: SimTime): void {
		while (this.nextBackoffUs <= nowUs) {
			const { job, untilUs } = this.#backoff.pop()!;
			if (job.queueState === "backoff" && job.backoffUntilUs === untilUs) this.#activate(job);
		}
	}

	#backOff(job: Job): void {
		job.queueState = "backoff";
		this.#backoff.push({ job, untilUs: job.backoffUntilUs });
	}

	#activate(job: Job): void {
		if (this.#held.size > 0) this.#held.delete(job);
		job.queueState = "active";
		this.#active.push(job);
	}

	/** The first job parked under a class, entries of earlier stays dropped; the class leaves when nobody waits for it. */
	#firstOf(podClass: PodClass): Parked | undefined {
		const lot = this.#lots.get(podClass);
		if (!lot) return undefined;
		for (let first = lot.heap.peek(); first !== undefined; first = lot.heap.peek()) {
			const { job, stay } = first;
			if (job.queueState === "parked" && job.stay === stay && job.pending.length > 0) return first;
			lot.heap.pop();
		}
		this.#lots.delete(podClass);
		return undefined;
	}

	/** Whether a job that goes first is held; under strict order there are few. */
	#blocked(job: Job): boolean {
		if (this.#held.size === 0) return false;
		for (const held of this.#held) if (held.pending.length > 0 && this.#compare(held, job) < 0) return true;
		return false;
	}
}

/** By rank, then by turn (the order of coming to the room), then by ordinal. */
function comparing({ rank }: QueueOrder): (a: Job, b: Job) => number {
	return rank === byPriority ? compareJobs : (a, b) => rank(a, b) || a.turn - b.turn || a.ordinal - b.ordinal;
}

/** The same, by the turn at the time of parking. */
function comparingParked({ rank }: QueueOrder): (a: Parked, b: Parked) => number {
	return (a, b) => rank(a.job, b.job) || a.turn - b.turn || a.job.ordinal - b.job.ordinal || a.stay - b.stay;
}
