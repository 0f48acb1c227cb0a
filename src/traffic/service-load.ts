/**
 * The requests of one service: dealt out over the endpoints that proxies know, served there, or lost. Pods that are alike (known to the
 * same proxies, of one kind, equally full) are one cohort: what a stretch of time costs does not depend on how many they are.
 *
 * Counts are kept in multiples of 2^-16, of which sums are exact: what came is what was served, what was lost and what is inside.
 *
 * Divergence from real services: a request chooses its endpoint anew and evenly (no connections that are kept open, no sessions, no
 * retries); who has given up is served all the same (servers do not know); work is distributed exponentially, so that a response, in
 * which the pod is shared with those that came before, is taken for exponential, too, with the mean of Little's law. Two loads on one
 * pod (two services, two entries of traffic) do not slow each other down; what they use adds up.
 */
import type { PodId } from "../cell/ids.js";
import { type LossCause, nothingLost, type RequestCount } from "../cell/requests.js";
import { SECOND, type SimTime } from "../engine/time.js";
import { flow, type Piece } from "./flow.js";
import { ResponseBook } from "./response-book.js";
import { busyWith, type ServiceLaw, serviceLaw } from "./service-law.js";

/** What serving is like in pods of a kind. */
export interface Profile {
	/** CPUs that it may use, more than 0. */
	readonly cpus: number;
	/** CPU time of a request, seconds, more than 0. */
	readonly workS: number;
	/** What a request takes besides: its way, and what the pod waits for. */
	readonly fixedUs: SimTime;
	/** Share of the answers that are errors. */
	readonly errors: number;
}

/** How a pod takes what is sent to it. */
export interface Stance {
	/** Why it takes nothing new; null if it does. */
	readonly refuses: "refused" | "unreachable" | null;
	/** Of how it works on what it has; null for one that does not, and has lost it. */
	readonly profile: Profile | null;
}

export interface ServiceLoadOptions {
	/** Requests that may be in a pod. */
	readonly most: number;
	readonly timeoutUs: SimTime;
	/** Proxies that deal the requests out, each an equal share; at most 31. */
	readonly proxies: number;
	readonly stanceOf: (pod: PodId) => Stance;
	/** Hears whether something depends on a pod from now on. */
	readonly follows: (pod: PodId, follows: boolean) => void;
}

/** Pods that are alike. */
interface Cohort {
	readonly key: string;
	/** Proxies that know its pods: one bit each. */
	readonly known: number;
	readonly stance: Stance;
	readonly pods: Set<PodId>;
	/** Requests in its pods, all together. */
	inside: number;
}

/** What was counted since the last `take`; whose it is, and of which window, its traffic knows. */
export type LoadCount = Omit<RequestCount, "traffic" | "service" | "fromUs" | "toUs" | "timeoutUs" | "objectiveUs">;

export class ServiceLoad {
	readonly #options: ServiceLoadOptions;
	readonly #views: ReadonlySet<PodId>[];
	/** By proxy: what each of its endpoints gets of all that comes; and what comes to proxies that know none. */
	readonly #shares: number[];
	#blindShare = 1;
	readonly #cohorts = new Map<string, Cohort[]>();
	readonly #of = new Map<PodId, Cohort>();
	readonly #book = new ResponseBook();
	readonly #laws = new Map<number, ServiceLaw>();
	readonly #profiles = new Map<Profile, number>();
	#perSecond = 0;
	/** Since when they come at this rate, and how many have come since. */
	#rateSinceUs: SimTime;
	#came = 0;
	#sinceUs: SimTime;
	#arrived = 0;
	#served = 0;
	#lost = nothingLost();
	#capacityCpuUs = 0;
	#usedCpuUs = 0;
	#outageUs = 0;

	constructor(options: ServiceLoadOptions, nowUs: SimTime) {
		this.#options = options;
		this.#views = Array.from({ length: options.proxies }, () => new Set<PodId>());
		this.#shares = this.#views.map(() => 0);
		this.#sinceUs = nowUs;
		this.#rateSinceUs = nowUs;
	}

	/** So many requests a second come from now on. */
	send(perSecond: number, nowUs: SimTime): void {
		this.settle(nowUs);
		this.#perSecond = perSecond;
		this.#rateSinceUs = nowUs;
		this.#came = 0;
	}

	/** A proxy knows these endpoints from now on. */
	learn(proxy: number, pods: readonly PodId[], nowUs: SimTime): void {
		this.settle(nowUs);
		const before = this.#views[proxy]!;
		const after = new Set(pods);
		this.#views[proxy] = after;
		this.#shares[proxy] = after.size === 0 ? 0 : 1 / (this.#views.length * after.size);
		this.#blindShare = this.#views.filter(({ size }) => size === 0).length / this.#views.length;
		for (const pod of before) if (!after.has(pod)) this.#place(pod);
		for (const pod of after) if (!before.has(pod)) this.#place(pod);
	}

	/** Something about a pod has changed. */
	look(pod: PodId, nowUs: SimTime): void {
		if (!this.#of.has(pod)) return;
		this.settle(nowUs);
		this.#place(pod);
	}

	/** CPU that a pod uses now for its requests, milli-CPU. */
	usedMilli(pod: PodId, nowUs: SimTime): number {
		const cohort = this.#of.get(pod);
		if (cohort === undefined || cohort.stance.profile === null) return 0;
		this.settle(nowUs);
		return busyWith(this.#lawOf(cohort.stance.profile), cohort.inside / cohort.pods.size) * 1000;
	}

	/** Pods that something depends on, as they are now: it may change while they are gone through. */
	get pods(): readonly PodId[] {
		return [...this.#of.keys()];
	}

	/** CPU that the requests in a pod would use if it had `cpus`, milli-CPU. */
	wantedMilli(pod: PodId, cpus: number, nowUs: SimTime): number {
		const cohort = this.#of.get(pod);
		if (cohort === undefined) return 0;
		this.settle(nowUs);
		return busyWith(this.#lawOf({ cpus }), cohort.inside / cohort.pods.size) * 1000;
	}

	/** Lets time pass, up to now. */
	settle(nowUs: SimTime): void {
		const seconds = (nowUs - this.#sinceUs) / SECOND;
		if (seconds === 0) return;
		const came = exact((this.#perSecond * (nowUs - this.#rateSinceUs)) / SECOND);
		const due = came - this.#came;
		// Parts of what came are rounded so that they add up to it.
		let share = this.#blindShare;
		let dealt = exact(due * share);
		let taken = 0;
		this.#lose("no_endpoints", dealt);
		for (const cohorts of this.#cohorts.values())
			for (const cohort of cohorts) {
				const perPod = shareOf(cohort.known, this.#shares);
				share += perPod * cohort.pods.size;
				const part = Math.min(exact(due * share), due) - dealt;
				dealt += part;
				if (cohort.stance.refuses === null) taken += part;
				this.#pass(cohort, { came: part, perSecond: this.#perSecond * perPod, seconds });
			}
		if (this.#perSecond > 0 && taken === 0) this.#outageUs += nowUs - this.#sinceUs;
		this.#came += dealt;
		this.#sinceUs = nowUs;
	}

	/** What was counted up to now; counting begins anew. */
	take(nowUs: SimTime): LoadCount {
		this.settle(nowUs);
		this.#tidy();
		let inside = 0;
		let serving = 0;
		for (const cohorts of this.#cohorts.values())
			for (const { known, stance, pods, inside: within } of cohorts) {
				inside += within;
				if (known !== 0 && stance.refuses === null) serving += pods.size;
			}
		const count: LoadCount = {
			arrived: this.#arrived,
			served: this.#served,
			lost: this.#lost,
			inside,
			endpoints: this.#views.reduce((sum, { size }) => sum + size, 0) / this.#views.length,
			serving,
			capacityCpuUs: this.#capacityCpuUs,
			usedCpuUs: this.#usedCpuUs,
			outageUs: this.#outageUs,
			responses: this.#book.take(),
		};
		this.#arrived = 0;
		this.#served = 0;
		this.#lost = nothingLost();
		this.#capacityCpuUs = 0;
		this.#usedCpuUs = 0;
		this.#outageUs = 0;
		return count;
	}

	/** Lets time pass in a cohort, to the pods of which so many requests came, and to each of them so many a second. */
	#pass(
		cohort: Cohort,
		{ came, perSecond, seconds }: { readonly came: number; readonly perSecond: number; readonly seconds: number },
	): void {
		const { stance, pods } = cohort;
		const { size } = pods;
		const { refuses, profile } = stance;
		if (refuses !== null) this.#lose(refuses, came);
		if (profile === null) return;
		const taken = refuses === null ? came : 0;
		if (refuses === null) this.#capacityCpuUs += profile.cpus * seconds * size * SECOND;
		if (taken === 0 && cohort.inside === 0) return;
		this.#arrived += taken;
		const before = cohort.inside + taken;
		const state = { inside: cohort.inside / size, perSecond: refuses === null ? perSecond : 0, workS: profile.workS };
		const patienceS = (this.#options.timeoutUs - profile.fixedUs) / SECOND;
		let completed = 0;
		let late = 0;
		const { inside, overflow } = flow(this.#lawOf(profile), state, seconds, (piece: Piece) => {
			completed += piece.completed;
			late += piece.completed * (patienceS > 0 ? Math.exp(-patienceS / piece.responseS) : 1);
			this.#book.add(profile.fixedUs, piece.responseS * SECOND, piece.completed * size * (1 - profile.errors));
		});
		const overflown = Math.min(exact(overflow * size), before);
		cohort.inside = Math.min(exact(inside * size), before - overflown);
		const out = before - overflown - cohort.inside;
		const timedOut = completed === 0 ? 0 : Math.min(out, exact((out * late) / completed));
		const failed = exact((out - timedOut) * profile.errors);
		this.#served += out - timedOut - failed;
		this.#usedCpuUs += out * profile.workS * SECOND;
		this.#lost.overflow += overflown;
		this.#lost.timeout += timedOut;
		this.#lost.error += failed;
	}

	/** Requests that never got into a pod. */
	#lose(cause: LossCause, requests: number): void {
		this.#arrived += requests;
		this.#lost[cause] += requests;
	}

	/** Puts a pod into the cohort of its like, with what it has; one that nothing depends on any more is forgotten. */
	#place(pod: PodId): void {
		const followed = this.#of.has(pod);
		const share = this.#takeOut(pod);
		const stance = this.#options.stanceOf(pod);
		let known = 0;
		this.#views.forEach((view, proxy) => {
			if (view.has(pod)) known |= 1 << proxy;
		});
		const kept = stance.profile === null ? 0 : share;
		this.#lost.cut += share - kept;
		const follows = known !== 0 || kept > 0;
		if (follows !== followed) this.#options.follows(pod, follows);
		if (!follows) return;
		const key = `${known}/${stance.refuses}/${this.#numberOf(stance.profile)}`;
		let cohorts = this.#cohorts.get(key);
		if (cohorts === undefined) {
			cohorts = [];
			this.#cohorts.set(key, cohorts);
		}
		let cohort = cohorts.find(({ inside, pods }) => areAlike(inside / pods.size, kept));
		if (cohort === undefined) {
			cohort = { key, known, stance, pods: new Set(), inside: 0 };
			cohorts.push(cohort);
		}
		cohort.pods.add(pod);
		cohort.inside += kept;
		this.#of.set(pod, cohort);
	}

	/** What the pod has of its cohort's requests. */
	#takeOut(pod: PodId): number {
		const cohort = this.#of.get(pod);
		if (cohort === undefined) return 0;
		const share = cohort.pods.size === 1 ? cohort.inside : exact(cohort.inside / cohort.pods.size);
		cohort.inside -= share;
		cohort.pods.delete(pod);
		this.#of.delete(pod);
		if (cohort.pods.size === 0) this.#drop(cohort);
		return share;
	}

	#drop(cohort: Cohort): void {
		const cohorts = this.#cohorts.get(cohort.key)!;
		cohorts.splice(cohorts.indexOf(cohort), 1);
		if (cohorts.length === 0) this.#cohorts.delete(cohort.key);
	}

	/** Cohorts that have become alike are one, and pods that nobody knows and that have nothing left to do are forgotten. */
	#tidy(): void {
		for (const cohorts of [...this.#cohorts.values()])
			for (const cohort of [...cohorts]) {
				if (cohort.known === 0 && cohort.inside === 0) {
					for (const pod of cohort.pods) {
						this.#of.delete(pod);
						this.#options.follows(pod, false);
					}
					this.#drop(cohort);
					continue;
				}
				const other = cohorts.find(
					({ pods, inside }) => pods !== cohort.pods && areAlike(inside / pods.size, cohort.inside / cohort.pods.size),
				);
				if (other === undefined) continue;
				for (const pod of cohort.pods) {
					other.pods.add(pod);
					this.#of.set(pod, other);
				}
				other.inside += cohort.inside;
				this.#drop(cohort);
			}
	}

	#lawOf({ cpus }: Pick<Profile, "cpus">): ServiceLaw {
		let law = this.#laws.get(cpus);
		if (law === undefined) {
			law = serviceLaw(cpus, this.#options.most);
			this.#laws.set(cpus, law);
		}
		return law;
	}

	#numberOf(profile: Profile | null): number {
		if (profile === null) return -1;
		const number = this.#profiles.get(profile) ?? this.#profiles.size;
		this.#profiles.set(profile, number);
		return number;
	}
}

/** The nearest multiple of 2^-16. */
function exact(requests: number): number {
	return Math.round(requests * 65_536) / 65_536;
}

/** Whether pods with so many requests inside may be taken for equally full. */
function areAlike(a: number, b: number): boolean {
	return Math.abs(a - b) <= 0.01 + 0.01 * Math.max(a, b);
}

/** What comes to a pod that some proxies know, of what each sends to its endpoints. */
function shareOf(known: number, shares: readonly number[]): number {
	let sum = 0;
	for (let proxy = 0; proxy < shares.length; proxy++) if ((known >> proxy) & 1) sum += shares[proxy]!;
	return sum;
}
