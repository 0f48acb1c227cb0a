/**
 * Offers agent by agent, as Mesos makes them: at each interval, and at once when a framework revives or an agent comes, all that is free
 * on an agent is offered to one framework. It launches what it has there; what it leaves it does not want to see again for a
 * while. A framework that wants nothing may say so, and gets no offers until it revives.
 *
 * Divergence from Mesos:
 * - A framework that has not answered gets nothing else.
 * - While no framework has anything to launch nobody is asked, and filters run out meanwhile. The first offers after that go by share as if
 *   nobody had refused anything; to those who would have got and declined them it makes no difference.
 * - Offers are never rescinded (offer_timeout is not set); an agent that is lost is withdrawn from them.
 */
import type { NodeChange } from "../../cell/changes.js";
import { type NodeId, type PodId, rowOf } from "../../cell/ids.js";
import type { Job } from "../../cell/job.js";
import type { Lock } from "../../cell/lock-ledger.js";
import { Snapshot } from "../../cell/snapshot.js";
import type { EventKind } from "../../engine/engine.js";
import type { SimTime } from "../../engine/time.js";
import { PODS, type ResourceIndex } from "../../objects/resources.js";
import type { Architecture, ArchitectureContext } from "../architecture.js";
import { commitTo } from "../decision-loop.js";
import { Intake } from "../intake.js";
import type { Deciding, SchedulerProcess } from "../scheduler-process.js";
import { AgentAllocator, type AgentAllocatorOptions } from "./agent-allocator.js";
import { Revival } from "./revival.js";

/** How a framework behaves towards the master. */
export interface FrameworkManners {
	/** How long it does not want an agent on which it launched nothing, and the rest of one on which it did; 0 for not at all. */
	readonly declineUs: SimTime;
	readonly unusedUs: SimTime;
	/** Pods that it launches on one offer at most. */
	readonly podsPerAgent: number;
	/** Whether it declines the rest as soon as a job finds no room. */
	readonly stopsWithoutRoom: boolean;
	/** Whether it asks for no offers while it has nothing to launch. */
	readonly suppresses: boolean;
	/** Least time between two revivals, and how often each is repeated; null if it never asks. */
	readonly revive: { readonly everyUs: SimTime; readonly times: number } | null;
}

export interface AgentOfferOptions extends AgentAllocatorOptions {
	/** From one round of offers to the next. */
	readonly intervalUs: SimTime;
	/** From a round until the framework has its offer. */
	readonly allocatorUs: SimTime;
	readonly manners: (entry: string) => FrameworkManners;
}

interface Offer {
	readonly lock: Lock;
	readonly madeUs: SimTime;
	readonly decisions: Deciding[];
	readonly improved: Set<NodeId>;
	/** By node: pods launched there. */
	readonly launched: Map<NodeId, number>;
	/** Nodes on which more may be launched. */
	open: number;
	jobs: number;
}

interface Framework {
	readonly process: SchedulerProcess;
	readonly manners: FrameworkManners;
	readonly snapshot: Snapshot;
	readonly revival: Revival | null;
	suppressed: boolean;
	/** The offer that it has not answered. */
	offer: Offer | null;
}

export class AgentOffers implements Architecture {
	readonly processes: readonly SchedulerProcess[];
	/** Agents offered so far, and those of them on which nothing was launched. */
	offersMade = 0;
	offersDeclined = 0;
	readonly #context: ArchitectureContext;
	readonly #options: AgentOfferOptions;
	readonly #allocator: AgentAllocator;
	readonly #intake: Intake;
	readonly #frameworks: readonly Framework[];
	readonly #commit: ReturnType<typeof commitTo>;
	readonly #batch: EventKind;
	readonly #now: EventKind;
	readonly #arrived: EventKind;
	readonly #decided: EventKind;
	#batchPending = false;
	#nowPending = false;

	constructor(context: ArchitectureContext, options: AgentOfferOptions) {
		const { engine, cell, phases, random } = context;
		this.#context = context;
		this.#options = options;
		this.#allocator = new AgentAllocator(cell, context.processes, options, random.stream("offers/agents"));
		this.#commit = commitTo(cell, "fit", "incremental");
		this.#intake = new Intake(context, { idle: () => true, look: (framework) => this.#look(framework) });
		this.processes = this.#intake.processes;
		const { part } = this.#allocator.ledger;
		this.#frameworks = this.processes.map((process, index) => {
			const manners = options.manners(process.options.entry);
			const revive = () => this.#revive(index);
			const name = `revive/${process.name}`;
			return {
				process,
				manners,
				snapshot: new Snapshot(cell, process.options.sees, part),
				revival: manners.revive === null ? null : new Revival(engine, name, phases.retry, manners.revive, revive),
				suppressed: manners.suppresses,
				offer: null,
			};
		});
		this.#batch = engine.kind("offer-batch", phases.wake, () => {
			this.#batchPending = false;
			this.#allocate();
		});
		this.#now = engine.kind("offer-now", phases.wake, () => {
			this.#nowPending = false;
			this.#allocate();
		});
		this.#arrived = engine.kind("offer-made", phases.wake, (framework) => this.#arrive(framework));
		this.#decided = engine.kind("offer-decision", phases.commit, (framework) => this.#goOn(framework));
		cell.watch({
			podEnded: (pod, node) => this.#left(pod, node),
			podRequeued: (pod, node) => this.#left(pod, node),
			nodeChanged: (node, change) => this.#nodeChanged(node, change),
			jobSubmitted: ({ scheduler }) => this.#frameworks[scheduler]?.revival?.ask(),
		});
	}

	locked(resource: ResourceIndex): number {
		return this.#allocator.ledger.locked[resource] ?? 0;
	}

	/** Largest part of any one resource that a framework, given by its process, occupies or is offered. */
	dominantShare(framework: number): number {
		return this.#allocator.share(framework);
	}

	#look(framework: number): void {
		if (!this.#wants(framework)) return;
		if (this.#frameworks[framework]!.suppressed) this.#frameworks[framework]!.revival?.ask();
		this.#armBatch();
	}

	/** Jobs that found no room where they looked count too: another agent may have it. */
	#wants(framework: number): boolean {
		return this.processes[framework]!.room.size > 0;
	}

	/** The next round is at a whole interval. */
	#armBatch(): void {
		if (this.#batchPending) return;
		this.#batchPending = true;
		const { engine } = this.#context;
		const { intervalUs } = this.#options;
		engine.schedule((Math.floor(engine.nowUs / intervalUs) + 1) * intervalUs, this.#batch, 0);
	}

	#allocateNow(): void {
		if (this.#nowPending) return;
		this.#nowPending = true;
		const { engine } = this.#context;
		engine.schedule(engine.nowUs, this.#now, 0);
	}

	#revive(framework: number): boolean {
		if (!this.#wants(framework)) return false;
		this.#frameworks[framework]!.suppressed = false;
		this.#allocator.revive(framework);
		this.#allocateNow();
		return true;
	}

	#allocate(): void {
		const { engine, cell } = this.#context;
		if (cell.api.scheduling.held || !this.#frameworks.some((_, framework) => this.#wants(framework))) return;
		const given = this.#allocator.allocate((f) => {
			const { suppressed, offer } = this.#frameworks[f]!;
			return !suppressed && offer === null;
		});
		for (const [framework, nodes] of given) {
			this.#offer(framework, nodes);
			engine.schedule(engine.nowUs + this.#options.allocatorUs, this.#arrived, framework);
		}
		this.#armBatch();
	}

	#offer(framework: number, nodes: readonly NodeId[]): void {
		const { ledger } = this.#allocator;
		const lock = ledger.lockNodes(nodes);
		this.offersMade += nodes.length;
		const { snapshot } = this.#frameworks[framework]!;
		snapshot.refresh();
		ledger.clearPart(lock);
		this.#frameworks[framework]!.offer = {
			lock,
			madeUs: this.#context.engine.nowUs,
			decisions: [],
			improved: new Set(),
			launched: new Map(),
			open: nodes.length,
			jobs: 0,
		};
	}

	#arrive(framework: number): void {
		const { process, offer } = this.#frameworks[framework]!;
		for (const node of offer!.lock.nodes) process.nodeImproved(node);
		// One that comes later waits for another offer, lest an offer is held for ever.
		offer!.jobs = process.room.size;
		this.#goOn(framework);
	}

	/** Decides for as long as decisions take no time. */
	#goOn(framework: number): void {
		const { engine } = this.#context;
		const offer = this.#frameworks[framework]!.offer!;
		for (let job = this.#nextJob(framework, offer); job !== null; job = this.#nextJob(framework, offer)) {
			const { takesUs } = this.#decide(framework, offer, job);
			if (takesUs > 0) {
				engine.schedule(engine.nowUs + takesUs, this.#decided, framework);
				return;
			}
		}
		this.#answer(framework, offer);
	}

	#nextJob(framework: number, offer: Offer): Job | null {
		if (offer.open <= 0 || offer.decisions.length >= offer.jobs) return null;
		return this.processes[framework]!.room.next(this.#context.engine.nowUs);
	}

	#decide(framework: number, offer: Offer, job: Job): Deciding {
		const { process, snapshot, manners } = this.#frameworks[framework]!;
		const deciding = process.begin(job, offer.madeUs, offer.improved);
		offer.decisions.push(deciding);
		const { placements, unplaced } = process.decide(deciding, snapshot);
		if (unplaced.length > 0 && manners.stopsWithoutRoom) offer.open = 0;
		for (const { node } of placements) {
			const launched = (offer.launched.get(node) ?? 0) + 1;
			offer.launched.set(node, launched);
			if (launched !== manners.podsPerAgent) continue;
			snapshot.withdraw(node);
			offer.open--;
		}
		return deciding;
	}

	/** What was launched stays, and everything else goes back. */
	#answer(framework: number, offer: Offer): void {
		const { process, snapshot, manners } = this.#frameworks[framework]!;
		const { cell } = this.#context;
		snapshot.end();
		const { ledger } = this.#allocator;
		const before = amountsOf(offer.lock);
		this.#frameworks[framework]!.offer = null;
		ledger.unlock(offer.lock);
		for (const amounts of before.values()) this.#allocator.count(framework, amounts, -1);
		for (const deciding of offer.decisions) {
			const result = this.#commit(framework, deciding.job, deciding.decision!);
			for (const { pod, node } of result.accepted) {
				const { podClass } = cell.pod(pod);
				this.#allocator.countPod(framework, podClass, 1);
				const rest = before.get(node);
				for (const r of podClass.needs) if (rest !== undefined) rest[r]! -= podClass.request[r]!;
			}
			process.settle(deciding, result);
		}
		this.#refuse(framework, offer, before);
		if (manners.suppresses && !this.#wants(framework)) this.#frameworks[framework]!.suppressed = true;
		this.#intake.look(framework);
		this.#armBatch();
	}

	/** `rest`: what the framework left, by agent. */
	#refuse(framework: number, offer: Offer, rest: ReadonlyMap<NodeId, Float64Array>): void {
		const { declineUs, unusedUs } = this.#frameworks[framework]!.manners;
		const { nowUs } = this.#context.engine;
		for (const [node, amounts] of rest) {
			const used = offer.launched.has(node);
			const refuseUs = used ? unusedUs : declineUs;
			if (!used) this.offersDeclined++;
			if (refuseUs === 0) continue;
			const untilUs = nowUs + Math.max(refuseUs, this.#options.intervalUs);
			this.#allocator.refuse(framework, node, amounts, untilUs);
		}
	}

	/** A pod ended or was taken off its node. Its resources wait for the next round. */
	#left(pod: PodId, node: NodeId): void {
		if (node < 0) return;
		const { pods } = this.#context.cell;
		const row = rowOf(pod);
		if (pods.attempts[row]! > 0) this.#allocator.countPod(pods.jobs[row]!.scheduler, pods.classes[row]!, -1);
		for (const { offer } of this.#frameworks) offer?.improved.add(node);
	}

	#nodeChanged(node: NodeId, change: NodeChange): void {
		if (change === "node-not-ready" || change === "node-unreachable" || change === "node-removed") {
			for (const { offer, snapshot } of this.#frameworks) if (offer !== null) snapshot.withdraw(node);
			return;
		}
		for (const { offer } of this.#frameworks) offer?.improved.add(node);
		if (change === "node-added" || change === "node-ready" || change === "node-updated") this.#allocateNow();
	}
}

/** What a lock holds of each node, by resource. */
function amountsOf({ nodes, parts, amounts }: Lock): ReadonlyMap<NodeId, Float64Array> {
	const size = amounts.length;
	const byNode = new Map<NodeId, Float64Array>();
	let at = 0;
	const devices = nodes.length === 0 ? 0 : parts.length / nodes.length - size;
	for (const node of nodes) {
		const held = Float64Array.from(parts.slice(at, at + size));
		held[PODS] = 0;
		byNode.set(node, held);
		at += size + devices;
	}
	return byNode;
}
