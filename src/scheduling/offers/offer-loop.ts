/**
 * The course of offers: somebody asks for a round, the round makes an offer to the framework that is next, the framework tries
 * its waiting jobs on it and answers, what it leaves is free again, and the answer asks for another round.
 *
 * No wake-up is lost. A job that found no room is parked as under any architecture, and woken when a node gains room. If its
 * offer did not hold all that was free, it is also woken when no offer is outstanding any more, and its framework's next offer is
 * then of everything: what does not fit there fits nowhere.
 */
import type { NodeChange } from "../../cell/changes.js";
import { NO_NODE, type NodeId, type PodId, rowOf } from "../../cell/ids.js";
import type { Job } from "../../cell/job.js";
import type { CommitResult, Conflict } from "../../cell/transaction.js";
import type { EventKind } from "../../engine/engine.js";
import type { EventHandle } from "../../engine/event-store.js";
import type { SimTime } from "../../engine/time.js";
import { CPU, MEMORY, type ResourceIndex } from "../../objects/resources.js";
import type { Architecture, ArchitectureContext } from "../architecture.js";
import { commitTo } from "../decision-loop.js";
import { FitIndex } from "../fit-index.js";
import { Intake } from "../intake.js";
import type { Deciding, SchedulerProcess } from "../scheduler-process.js";
import { Allocator, type AllocatorOptions, type Offer } from "./allocator.js";
import type { OfferRules } from "./offer-rules.js";
import { byClass } from "./placements-by-class.js";

export interface OfferOptions extends AllocatorOptions {
	/** Time from locking what is in an offer until the framework has it. The allocator makes one after the other. */
	readonly allocatorUs: SimTime;
	/** Time from the first request for a round until the round. */
	readonly batchingUs: SimTime;
	/** How long a framework that left something of an offer gets no other; 0 for not at all. */
	readonly refuseUs: SimTime;
	/** Age at which an offer without answer is taken back; Infinity for never. */
	readonly rescindUs: SimTime;
	/** Jobs that a framework tries on one offer at most; Infinity for all that wait when the offer comes. */
	readonly jobsPerOffer: number;
}

interface Outstanding extends Offer {
	/** In the order in which they were made. */
	readonly decisions: Deciding[];
	/** Nodes that gained room since it was made: jobs that it is too old for must not be parked. */
	readonly improved: Set<NodeId>;
	/** Whether the framework has it. */
	arrived: boolean;
	/** Jobs that it is tried on at most: one that comes later waits for another offer, lest an offer is held for ever. */
	jobs: number;
	/** No job is tried on it any more. */
	closed: boolean;
	rescinded: boolean;
	/** The event that takes it back. */
	rescinding: EventHandle | null;
}

interface Framework {
	readonly process: SchedulerProcess;
	/** Offers on their way to it, or that it has not answered. */
	outstanding: number;
	/** Of these, on their way. */
	onTheWay: number;
	/** Until when its refusal holds. */
	refusedUntilUs: SimTime;
	/** Jobs that found no room in an offer that did not hold all that was free, and have not had one that did. */
	readonly shortChanged: Set<Job>;
}

export class OfferLoop implements Architecture {
	readonly processes: readonly SchedulerProcess[];
	/** Offers taken back before they were answered. */
	offersRescinded = 0;
	/** Rounds that made no offer, although somebody wanted one, since there was too little to offer. */
	roundsRefused = 0;
	/** Time that the allocator spent on making offers. */
	allocatorBusyUs = 0;
	readonly #context: ArchitectureContext;
	readonly #options: OfferOptions;
	readonly #rules: OfferRules;
	readonly #allocator: Allocator;
	readonly #intake: Intake;
	readonly #frameworks: readonly Framework[];
	/** Not answered, by id; in the order in which they were made. */
	readonly #outstanding = new Map<number, Outstanding>();
	/** Whether any framework has jobs that wait for room. */
	readonly #waitsForRoom: boolean;
	readonly #fitIndex = new FitIndex();
	readonly #commit: ReturnType<typeof commitTo>;
	readonly #round: EventKind;
	readonly #arrived: EventKind;
	readonly #decided: EventKind;
	readonly #answered: EventKind;
	readonly #rescind: EventKind;
	readonly #refusalOver: EventKind;
	#roundPending = false;
	/** When the allocator is done with the offers made so far. */
	#allocatorFreeUs: SimTime = 0;

	constructor(context: ArchitectureContext, options: OfferOptions, rules: OfferRules) {
		const { engine, cell, phases } = context;
		this.#context = context;
		this.#options = options;
		this.#rules = rules;
		this.#allocator = new Allocator(cell, context.processes, options);
		this.#commit = commitTo(cell, "fit", "incremental");
		this.#intake = new Intake(context, { idle: () => true, look: (framework) => this.#look(framework) });
		this.processes = this.#intake.processes;
		this.#waitsForRoom = this.processes.some(({ waitsForRoom }) => waitsForRoom);
		this.#frameworks = this.processes.map((process) => ({
			process,
			outstanding: 0,
			onTheWay: 0,
			refusedUntilUs: 0,
			shortChanged: new Set(),
		}));
		this.#round = engine.kind("offer-round", phases.wake, () => this.#makeOffers());
		this.#arrived = engine.kind("offer-made", phases.wake, (id) => this.#arrive(id));
		this.#decided = engine.kind("offer-decision", phases.commit, (id) => this.#goOn(this.#outstanding.get(id)!));
		this.#answered = engine.kind("offer-answer", phases.commit, (id) => this.#answer(this.#outstanding.get(id)!));
		this.#rescind = engine.kind("offer-rescind", phases.wake, (id) => this.#takeBack(id));
		this.#refusalOver = engine.kind("refusal-over", phases.retry, (framework) => this.#intake.wakeUp(framework));
		cell.watch({
			podEnded: (pod, node) => this.#left(pod, node),
			podRequeued: (pod, node) => this.#left(pod, node),
			nodeChanged: (node, change) => this.#nodeChanged(node, change),
		});
	}

	/** Offers made so far. */
	get offersMade(): number {
		return this.#allocator.made;
	}

	/** Offers that wait for their answer. */
	get offersOutstanding(): number {
		return this.#outstanding.size;
	}

	/** Index of the process that has an offer to answer. */
	frameworkOf(offer: number): number {
		return this.#outstanding.get(offer)!.framework;
	}

	/** How much of a resource is locked in offers, canonical units. */
	locked(resource: ResourceIndex): number {
		return this.#allocator.ledger.locked[resource] ?? 0;
	}

	/** Largest part of any one resource that the pods of a framework, given by its process, occupy. */
	dominantShare(framework: number): number {
		return this.#allocator.share(framework);
	}

	#look(framework: number): void {
		if (this.#wants(framework)) this.#request();
	}

	#wants(framework: number): boolean {
		return this.processes[framework]!.room.hasNext(this.#context.engine.nowUs);
	}

	#request(): void {
		if (this.#roundPending) return;
		this.#roundPending = true;
		const { engine } = this.#context;
		engine.schedule(engine.nowUs + this.#options.batchingUs, this.#round, 0);
	}

	#makeOffers(): void {
		this.#roundPending = false;
		for (;;) {
			const framework = this.#allocator.leastServed((f) => this.#eligible(f));
			if (framework < 0) return;
			if (!this.#allocator.hasEnough()) {
				this.roundsRefused++;
				return;
			}
			this.#offer(framework);
		}
	}

	#eligible(framework: number): boolean {
		const { outstanding, onTheWay, refusedUntilUs } = this.#frameworks[framework]!;
		const occupied = this.#rules.decides === "in-turn" ? outstanding : onTheWay;
		return occupied === 0 && refusedUntilUs <= this.#context.engine.nowUs && this.#wants(framework);
	}

	#offer(index: number): void {
		const { engine } = this.#context;
		const { allocatorUs, rescindUs } = this.#options;
		const framework = this.#frameworks[index]!;
		const undivided = this.#isShortChanged(framework) && this.#outstanding.size === 0;
		const { id, lock, madeUs, snapshot, rest, complete } = this.#allocator.offerTo(index, undivided);
		// Not spread: that costs as much as the rest of an offer.
		const offer: Outstanding = {
			id,
			framework: index,
			lock,
			madeUs,
			snapshot,
			rest,
			complete,
			decisions: [],
			improved: new Set(),
			arrived: false,
			jobs: 0,
			closed: false,
			rescinded: false,
			rescinding: null,
		};
		framework.outstanding++;
		framework.onTheWay++;
		this.#outstanding.set(offer.id, offer);
		this.allocatorBusyUs += allocatorUs;
		this.#allocatorFreeUs = Math.max(engine.nowUs, this.#allocatorFreeUs) + allocatorUs;
		engine.schedule(this.#allocatorFreeUs, this.#arrived, offer.id);
		if (rescindUs !== Number.POSITIVE_INFINITY)
			offer.rescinding = engine.schedule(engine.nowUs + rescindUs, this.#rescind, offer.id);
	}

	#arrive(id: number): void {
		const offer = this.#outstanding.get(id);
		// It was taken back on its way.
		if (offer === undefined) return;
		offer.arrived = true;
		offer.jobs = Math.min(this.#options.jobsPerOffer, Math.max(1, this.processes[offer.framework]!.room.ready));
		this.#frameworks[offer.framework]!.onTheWay--;
		if (this.#rules.decides === "in-turn") this.#goOn(offer);
		else this.#decideAtOnce(offer);
	}

	/** Decides for as long as decisions take no time. */
	#goOn(offer: Outstanding): void {
		const { engine } = this.#context;
		for (let job = this.#nextJob(offer); job !== null; job = this.#nextJob(offer)) {
			const { takesUs } = this.#decide(offer, job);
			if (takesUs > 0) {
				engine.schedule(engine.nowUs + takesUs, this.#decided, offer.id);
				return;
			}
		}
		this.#answer(offer);
	}

	#decideAtOnce(offer: Outstanding): void {
		const { engine } = this.#context;
		const { process } = this.#frameworks[offer.framework]!;
		let sumUs = 0;
		for (let job = this.#nextJob(offer); job !== null; job = this.#nextJob(offer)) {
			const deciding = this.#decide(offer, job);
			sumUs += deciding.takesUs;
			process.claim(deciding);
		}
		engine.schedule(engine.nowUs + sumUs, this.#answered, offer.id);
	}

	#nextJob(offer: Outstanding): Job | null {
		const tried = offer.decisions.length;
		if (offer.closed || tried >= offer.jobs || !this.#rules.takesJob(tried, offer.rest)) return null;
		return this.processes[offer.framework]!.room.next(this.#context.engine.nowUs);
	}

	#decide(offer: Outstanding, job: Job): Deciding {
		const { cell } = this.#context;
		const process = this.processes[offer.framework]!;
		const deciding = process.begin(job, offer.madeUs, offer.improved);
		offer.decisions.push(deciding);
		if (this.#rules.looks(cell.pod(job.pending[0]!).podClass, offer.rest)) process.decide(deciding, offer.snapshot);
		else process.decline(deciding);
		const { placements, unplaced } = deciding.decision!;
		byClass(placements, cell.pods.classes, ({ needs, request }, pods) => {
			for (let n = 0; n < needs.length; n++) offer.rest[needs[n]!]! -= pods * request[needs[n]!]!;
		});
		// Nobody overtakes it.
		if (unplaced.length > 0 && process.options.queue.discipline === "strict") offer.closed = true;
		return deciding;
	}

	/** Everything goes back but what is placed. */
	#answer(offer: Outstanding): void {
		if (!offer.rescinded) this.#end(offer);
		this.#outstanding.delete(offer.id);
		const framework = this.#frameworks[offer.framework]!;
		framework.outstanding--;
		const { process, shortChanged } = framework;
		// What one job did not get after all, another may have lacked.
		let complete = offer.complete && !offer.rescinded;
		for (const deciding of offer.decisions) {
			const result = offer.rescinded ? refused(deciding) : this.#settle(offer.framework, deciding);
			if (result.conflicts.length > 0) complete = false;
			process.settle(deciding, result);
		}
		for (const deciding of offer.decisions) {
			if (!complete && isHeld(deciding.job)) shortChanged.add(deciding.job);
			else shortChanged.delete(deciding.job);
		}
		if (!offer.rescinded) this.#refuse(offer);
		this.#wakeShortChanged();
		this.#intake.look(offer.framework);
		this.#request();
	}

	#settle(framework: number, { job, decision }: Deciding): CommitResult {
		const { cell } = this.#context;
		const result = this.#commit(framework, job, decision!);
		byClass(result.accepted, cell.pods.classes, (podClass, pods) => this.#allocator.count(framework, podClass, pods));
		return result;
	}

	#refuse({ framework, rest }: Outstanding): void {
		const { engine } = this.#context;
		const { refuseUs } = this.#options;
		if (refuseUs === 0 || !(rest[CPU]! > 0 || rest[MEMORY]! > 0)) return;
		this.#frameworks[framework]!.refusedUntilUs = engine.nowUs + refuseUs;
		engine.schedule(engine.nowUs + refuseUs, this.#refusalOver, framework);
	}

	/** Nothing is locked: jobs for which there was too little may find room now. */
	#wakeShortChanged(): void {
		const { engine, cell } = this.#context;
		if (this.#allocator.ledger.count > 0) return;
		for (const { shortChanged, process } of this.#frameworks) {
			if (!this.#isShortChanged({ shortChanged })) continue;
			const parked = [...shortChanged].filter(({ queueState }) => queueState === "parked");
			if (parked.length > 0) this.#fitIndex.follow(cell.nodes);
			for (const job of parked) if (job.pending.some((pod) => this.#mayFit(pod))) process.room.wake(job, engine.nowUs);
			this.#intake.look(process.index);
		}
	}

	/** Whether jobs of a framework wait because their offers did not hold all that was free; those that wait no longer are forgotten. */
	#isShortChanged({ shortChanged }: Pick<Framework, "shortChanged">): boolean {
		for (const job of shortChanged) if (job.pending.length === 0) shortChanged.delete(job);
		return shortChanged.size > 0;
	}

	#mayFit(pod: PodId): boolean {
		return this.#fitIndex.firstFit(this.#context.cell.pod(pod).podClass, 0) !== NO_NODE;
	}

	/** Ends the lock of an offer, by its answer or not. */
	#end(offer: Outstanding): void {
		offer.snapshot.end();
		this.#allocator.ledger.unlock(offer.lock);
		if (offer.rescinding !== null) this.#context.engine.cancel(offer.rescinding);
		offer.rescinding = null;
	}

	/** An offer is too old. A framework that decides on it hears of it at the end of the decision, and all its placements are void. */
	#takeBack(id: number): void {
		const offer = this.#outstanding.get(id)!;
		offer.rescinding = null;
		this.offersRescinded++;
		this.#end(offer);
		offer.rescinded = true;
		offer.closed = true;
		if (!offer.arrived) {
			const framework = this.#frameworks[offer.framework]!;
			framework.outstanding--;
			framework.onTheWay--;
			this.#outstanding.delete(id);
		}
		this.#wakeShortChanged();
		this.#request();
	}

	/** A pod ended or was taken off its node. */
	#left(pod: PodId, node: NodeId): void {
		if (node < 0) return;
		const { pods } = this.#context.cell;
		const row = rowOf(pod);
		const placed = pods.attempts[row]! > 0;
		if (placed) this.#allocator.count(pods.jobs[row]!.scheduler, pods.classes[row]!, -1);
		this.#improved(node);
		if (placed || this.#rules.looksAgainAfter === "any-pod") this.#request();
	}

	#nodeChanged(node: NodeId, change: NodeChange): void {
		if (change === "node-not-ready" || change === "node-unreachable" || change === "node-removed") {
			for (const { snapshot } of this.#outstanding.values()) snapshot.withdraw(node);
			return;
		}
		this.#improved(node);
		if (this.#frameworks.some((_, framework) => this.#wants(framework))) this.#request();
	}

	#improved(node: NodeId): void {
		if (!this.#waitsForRoom) return;
		for (const { improved } of this.#outstanding.values()) improved.add(node);
	}
}

/** What becomes of a decision whose offer was taken back. */
function refused({ job, decision }: Deciding): CommitResult {
	const all = decision!.placements.map((placement): Conflict => ({ placement, reason: "offer-rescinded" }));
	return { accepted: [], conflicts: job.gang ? all.slice(0, 1) : all };
}

function isHeld({ queueState }: Job): boolean {
	return queueState === "parked" || queueState === "backoff" || queueState === "delayed";
}
