/**
 * The queue of kube-scheduler (pkg/scheduler/backend/queue, 1.34). A pod is active (to be tried as soon as possible), backing off
 * (it may be tried again, a little later) or unschedulable (it waits for an event that may help, as the plugins that turned it
 * down see it). When nothing is active, the pod whose backoff ends first is tried at once.
 *
 * Time comes in with each call, microseconds. The owner calls `flushBackoff` at every whole second and `flushUnschedulable` every
 * 30 seconds.
 *
 * Divergence from Kubernetes: pods that come at one instant go in order of arrival; with `ties: "heap"` they go as the heap has
 * them, which is what the real queue does when its clock stands still.
 */
import type { PodId } from "../../cell/ids.js";
import type { SimTime } from "../../engine/time.js";
import { NO_OBJECTS } from "../../objects/cluster-objects.js";
import type { PodClass } from "../../objects/pod-class.js";
import { type ClusterEvent, podEvents } from "./cluster-events.js";
import { admit } from "./cycle.js";
import type { Known, KubernetesPlugin } from "./plugin.js";
import { PodGroups } from "./pod-groups.js";
import type { Profile } from "./profile.js";
import { QueuedHeap } from "./queued-heap.js";

export interface QueueSettings {
	readonly profiles: readonly Profile[];
	readonly initialBackoffUs: SimTime;
	/** 0 for no backoff at all. */
	readonly maxBackoffUs: SimTime;
	readonly ties: "arrival" | "heap";
	/** Hears of pods that wait no longer because of an event. */
	readonly stirred?: (pod: PodClass) => void;
	/** What plugins look at that keep pods from being tried; default nothing. */
	readonly known?: Known;
}

/** A pod on its way through the queue. Fields are the queue's to write. */
export interface QueuedPod {
	readonly id: PodId;
	pod: PodClass;
	readonly name: string;
	/** When it, or the first pod of its group, came for the first time. */
	readonly createdUs: SimTime;
	/** When it came, or came back. */
	sinceUs: SimTime;
	/** Position in the order of arrival. */
	readonly arrival: number;
	/** Times it was taken out to be tried. */
	attempts: number;
	/** The number of its last attempt among those of all pods. */
	turn: number;
	/** Vain attempts: turned down by plugins, and (in a row) for other reasons. */
	turnedDown: number;
	errors: number;
	/** Plugins that turned it down last. */
	rejectors: ReadonlySet<string>;
	/** The plugin that does not let it be tried at all, or null. */
	gatedBy: string | null;
}

interface Origin {
	readonly name?: string;
	readonly createdUs?: SimTime;
}

const SECOND = 1_000_000;
const MAX_WAIT = 300 * SECOND;

export class SchedulingQueue {
	readonly #settings: QueueSettings;
	readonly #profiles: ReadonlyMap<string, Profile>;
	readonly #sorts: Profile["queueSort"];
	readonly #known: Known;
	readonly #active: QueuedHeap<QueuedPod>;
	readonly #backoff: QueuedHeap<QueuedPod>;
	/** Pods whose last attempt failed for no plugin's reason; nobody takes them before their time. */
	readonly #errorBackoff: QueuedHeap<QueuedPod>;
	readonly #unschedulable = new Set<QueuedPod>();
	readonly #pods = new Map<PodId, QueuedPod>();
	/** Pods being tried, and what happened meanwhile. */
	readonly #inFlight = new Map<PodId, ClusterEvent[]>();
	#arrivals = 0;
	#turns = 0;

	constructor(settings: QueueSettings) {
		this.#settings = settings;
		this.#profiles = new Map(settings.profiles.map((profile) => [profile.schedulerName, profile]));
		this.#known = settings.known ?? { objects: NO_OBJECTS, groups: () => NO_GROUPS };
		// All profiles have the same.
		this.#sorts = settings.profiles[0]!.queueSort;
		this.#active = new QueuedHeap((a, b) => this.#goesFirst(a, b) < 0);
		const byEnd = (a: QueuedPod, b: QueuedPod) => this.#backoffEndUs(a) - this.#backoffEndUs(b);
		this.#backoff = new QueuedHeap((a, b) => (byEnd(a, b) || this.#goesFirst(a, b)) < 0);
		this.#errorBackoff = new QueuedHeap((a, b) => byEnd(a, b) < 0);
	}

	/** Pods that wait, by where they wait; in no order. */
	get waiting(): Readonly<Record<"active" | "backoff" | "unschedulable", readonly QueuedPod[]>> {
		return {
			active: this.#active.items,
			backoff: [...this.#backoff.items, ...this.#errorBackoff.items],
			unschedulable: [...this.#unschedulable],
		};
	}

	/** Whether `pop` would find a pod. */
	get ready(): boolean {
		return this.#active.size > 0 || this.#backoff.size > 0;
	}

	get readyCount(): number {
		return this.#active.size + this.#backoff.size;
	}

	get backingOffCount(): number {
		return this.#backoff.size + this.#errorBackoff.size;
	}

	get unschedulableCount(): number {
		return this.#unschedulable.size;
	}

	/** Pods taken out to be tried so far. */
	get turns(): number {
		return this.#turns;
	}

	/** A new pod. Its name and age matter to some orders. */
	add(id: PodId, pod: PodClass, nowUs: SimTime, { name = "", createdUs = nowUs }: Origin = {}): void {
		const queued: QueuedPod = {
			id,
			pod,
			name,
			createdUs,
			sinceUs: nowUs,
			arrival: this.#arrivals++,
			attempts: 0,
			turn: 0,
			turnedDown: 0,
			errors: 0,
			rejectors: NOBODY,
			gatedBy: null,
		};
		this.#pods.set(id, queued);
		this.#activate(queued);
	}

	/** A waiting pod was changed. */
	update(id: PodId, after: PodClass, nowUs: SimTime): void {
		const queued = this.#pods.get(id);
		if (queued === undefined) return;
		const events = podEvents(id, queued.pod, after, false);
		queued.pod = after;
		const seen = this.#inFlight.get(id);
		if (seen !== undefined) {
			seen.push(...events);
			return;
		}
		for (const heap of [this.#active, this.#backoff, this.#errorBackoff]) if (heap.has(queued)) heap.fix(queued);
		for (const event of events) {
			if (!this.#unschedulable.has(queued)) return;
			if (this.#isWorth(queued, event)) this.#release(queued, nowUs);
		}
	}

	/** A waiting pod is gone, or got a node by other means. */
	delete(id: PodId): void {
		const queued = this.#pods.get(id);
		if (queued === undefined) return;
		this.#pods.delete(id);
		this.#inFlight.delete(id);
		for (const heap of [this.#active, this.#backoff, this.#errorBackoff]) heap.delete(queued);
		this.#unschedulable.delete(queued);
	}

	/** The pod to try next, or null. It is in flight until `done` or `addUnschedulable`. */
	pop(): QueuedPod | null {
		const queued = this.#active.pop() ?? this.#backoff.pop();
		if (queued === undefined) return null;
		queued.attempts++;
		queued.turn = ++this.#turns;
		queued.rejectors = NOBODY;
		queued.gatedBy = null;
		this.#inFlight.set(queued.id, []);
		return queued;
	}

	/** A pod in flight has got its node. */
	done(id: PodId): void {
		this.#inFlight.delete(id);
		this.#pods.delete(id);
	}

	/** A pod in flight comes back; `rejectors` are the plugins that turned it down, none after an error. */
	addUnschedulable(id: PodId, rejectors: readonly string[], nowUs: SimTime): void {
		const queued = this.#pods.get(id)!;
		const events = this.#inFlight.get(id)!;
		this.#inFlight.delete(id);
		queued.rejectors = new Set(rejectors);
		queued.sinceUs = nowUs;
		if (rejectors.length === 0) queued.errors++;
		else {
			queued.turnedDown++;
			queued.errors = 0;
		}
		const again = rejectors.length === 0 || events.some((event) => this.#isWorth(queued, event));
		if (again) this.#release(queued, nowUs);
		else this.#unschedulable.add(queued);
	}

	/** Something happened: pods that it may help are tried again, of those that it concerns. */
	move(event: ClusterEvent, nowUs: SimTime, concerns: (queued: QueuedPod) => boolean = () => true): void {
		for (const queued of [...this.#unschedulable])
			if (concerns(queued) && this.#isWorth(queued, event)) this.#release(queued, nowUs);
		for (const [id, events] of this.#inFlight) if (concerns(this.#pods.get(id)!)) events.push(event);
	}

	/** Has pods that wait tried as soon as possible, whatever they wait for. */
	activate(ids: Iterable<PodId>): void {
		for (const id of ids) {
			const queued = this.#pods.get(id);
			if (queued === undefined) continue;
			const waits =
				this.#backoff.delete(queued) || this.#errorBackoff.delete(queued) || this.#unschedulable.has(queued);
			if (waits) this.#activate(queued);
		}
	}

	/** Activates the pods whose backoff is over. True if there were any. */
	flushBackoff(nowUs: SimTime): boolean {
		const over: QueuedPod[] = [];
		for (const heap of [this.#backoff, this.#errorBackoff])
			for (let first = heap.peek(); first !== undefined && !this.#backsOff(first, nowUs); first = heap.peek())
				over.push(heap.pop()!);
		// Whether they may be tried was asked when their backoff began.
		for (const queued of over) this.#active.push(queued);
		return over.length > 0;
	}

	/** Lets go of the pods that have waited for an event for more than five minutes. True if there were any. */
	flushUnschedulable(nowUs: SimTime): boolean {
		const late = [...this.#unschedulable].filter((queued) => nowUs - queued.sinceUs > MAX_WAIT);
		for (const queued of late) if (this.#isWorth(queued, { kind: "timeout" })) this.#release(queued, nowUs);
		return late.length > 0;
	}

	/** To the active or the backing off pods, unless a plugin does not let it be tried. */
	#release(queued: QueuedPod, nowUs: SimTime): void {
		this.#settings.stirred?.(queued.pod);
		if (!this.#backsOff(queued, nowUs)) {
			this.#activate(queued);
			return;
		}
		if (!this.#mayBeTried(queued)) {
			this.#unschedulable.add(queued);
			return;
		}
		this.#unschedulable.delete(queued);
		(queued.rejectors.size === 0 ? this.#errorBackoff : this.#backoff).push(queued);
	}

	#activate(queued: QueuedPod): void {
		if (!this.#mayBeTried(queued)) {
			this.#unschedulable.add(queued);
			return;
		}
		this.#unschedulable.delete(queued);
		this.#active.push(queued);
	}

	#mayBeTried(queued: QueuedPod): boolean {
		const gated = admit(this.#profileOf(queued), queued.pod, this.#known);
		queued.gatedBy = gated?.plugin ?? null;
		if (gated !== null) queued.rejectors = new Set([...queued.rejectors, gated.plugin]);
		return gated === null;
	}

	/** Whether one of the plugins that turned the pod down sees hope in the event. */
	#isWorth(queued: QueuedPod, event: ClusterEvent): boolean {
		const { rejectors, pod, id } = queued;
		if (event.kind === "timeout" || rejectors.size === 0) return queued.gatedBy === null;
		if (queued.gatedBy !== null) return this.#hopes(queued.gatedBy, queued, event);
		return [...rejectors].some((name) => this.#hopes(name, { pod, id }, event));
	}

	#hopes(name: string, { pod, id }: Pick<QueuedPod, "pod" | "id">, event: ClusterEvent): boolean {
		const plugin = this.#pluginNamed(name, pod);
		return plugin?.wakes?.(event, pod, "before" in event && "pod" in event && event.pod === id) ?? false;
	}

	#pluginNamed(name: string, pod: PodClass): KubernetesPlugin | undefined {
		const { preEnqueue, preFilters, permits } = this.#profiles.get(pod.spec.facts.schedulerName)!;
		return [...preEnqueue, ...preFilters, ...permits].find((plugin) => plugin.name === name);
	}

	#profileOf({ pod }: QueuedPod): Profile {
		return this.#profiles.get(pod.spec.facts.schedulerName)!;
	}

	/** Negative if `a` is tried before `b`. */
	#goesFirst(a: QueuedPod, b: QueuedPod): number {
		const order = this.#sorts(a, b);
		return this.#settings.ties === "heap" ? order : order || a.arrival - b.arrival;
	}

	/** In the second in which its backoff ends, a pod still backs off. */
	#backsOff(queued: QueuedPod, nowUs: SimTime): boolean {
		return this.#backoffEndUs(queued) >= wholeSeconds(nowUs);
	}

	/** Doubles with each vain attempt; cut to whole seconds. */
	#backoffEndUs({ turnedDown, errors, sinceUs }: QueuedPod): SimTime {
		const { initialBackoffUs, maxBackoffUs } = this.#settings;
		const count = errors > 0 ? errors : turnedDown;
		if (count === 0 || maxBackoffUs === 0) return Number.NEGATIVE_INFINITY;
		return wholeSeconds(sinceUs + Math.min(maxBackoffUs, initialBackoffUs * 2 ** (count - 1)));
	}
}

const NOBODY: ReadonlySet<string> = new Set();
const NO_GROUPS = new PodGroups();

function wholeSeconds(us: SimTime): SimTime {
	return Math.floor(us / SECOND) * SECOND;
}
