/**
 * Randomized work stealing (Delgado et al., "Hawk", USENIX ATC 2015, section 3.6). When something ends on a node that has nothing queued,
 * the node contacts a few random nodes on which long pods may run, and takes the first consecutive group of short tasks
 * that waits behind a long one, from the first of them that has such a group. Contact and answer take a message each.
 *
 * Divergence from Hawk: long pods wait at the central scheduler, not in the queues of nodes, so a queue holds short tasks only and is
 * behind a long one exactly while a long pod runs on its node. The group is then the whole queue, up to the first task that the
 * thief may not run. The contacts of one theft are made at once, not one after the other. A node that found nothing tries
 * again when next something ends there.
 */
import type { Cell } from "../../cell/cell.js";
import { type NodeId, type PodId, rowOf } from "../../cell/ids.js";
import type { Engine, EventKind } from "../../engine/engine.js";
import type { Random } from "../../engine/random.js";
import type { SimTime } from "../../engine/time.js";
import type { SchedulingPhases } from "../architecture.js";
import type { Dispatcher } from "./dispatcher.js";
import { NONE } from "./node-queues.js";
import type { NodeSampler } from "./node-sampler.js";

export interface StealingOptions {
	/** Nodes contacted at most; 0 turns stealing off. */
	readonly contacts: number;
	readonly delayUs: SimTime;
	readonly random: Random;
	/** Nodes on which long pods may run. */
	readonly general: (node: NodeId) => boolean;
	/** By process: which nodes its tasks may run on. */
	readonly samplers: readonly NodeSampler[];
	/** Whether a pod that has just been bound is a long one. */
	readonly isLong: (pod: PodId) => boolean;
}

export class WorkStealing {
	/** Thefts that got something, and reservations stolen. */
	thefts = 0;
	stolen = 0;
	readonly #engine: Engine;
	readonly #cell: Cell;
	readonly #dispatcher: Dispatcher;
	readonly #options: StealingOptions;
	/** The nodes of the general partition, in order of addition. */
	readonly #general: NodeId[] = [];
	/** By pod row: whether it has a node and is long. By node: long pods bound there, and whether it is about to steal. */
	readonly #isLong: boolean[] = [];
	readonly #long: number[] = [];
	readonly #stealing: boolean[] = [];
	readonly #idle: EventKind;
	readonly #contact: EventKind;

	constructor(
		{ engine, cell, phases }: { engine: Engine; cell: Cell; phases: SchedulingPhases },
		dispatcher: Dispatcher,
		options: StealingOptions,
	) {
		this.#engine = engine;
		this.#cell = cell;
		this.#dispatcher = dispatcher;
		this.#options = options;
		// After the queues and the schedulers have had their say about the room.
		this.#idle = engine.kind("node-idle", phases.wake, (node) => this.#isIdle(node as NodeId));
		this.#contact = engine.kind("steal-contacts", phases.commit, (node) => this.#steal(node as NodeId));
		cell.watch({
			nodeChanged: (node, change) => {
				if (change === "node-added" && options.general(node)) this.#general.push(node);
			},
			podBound: (pod, node) => this.#bound(pod, node),
			podEnded: (pod, node) => this.#left(pod, node),
			podRequeued: (pod, node) => this.#left(pod, node),
		});
	}

	#bound(pod: PodId, node: NodeId): void {
		if (!this.#options.isLong(pod)) return;
		this.#isLong[rowOf(pod)] = true;
		this.#long[node] = (this.#long[node] ?? 0) + 1;
	}

	#left(pod: PodId, node: NodeId): void {
		if (node < 0) return;
		// Whose its job is may have changed: one that ran at the start is routed when it loses a pod.
		if (this.#isLong[rowOf(pod)]) this.#long[node]!--;
		this.#isLong[rowOf(pod)] = false;
		if (this.#options.contacts === 0 || this.#stealing[node] || this.#hasWork(node)) return;
		this.#stealing[node] = true;
		this.#engine.schedule(this.#engine.nowUs, this.#idle, node);
	}

	#hasWork(node: NodeId): boolean {
		return this.#dispatcher.queues.length(node) > 0;
	}

	#isIdle(node: NodeId): void {
		const { contacts, delayUs } = this.#options;
		this.#stealing[node] = this.#cell.nodes.ready[node] === 1 && !this.#hasWork(node) && contacts > 0;
		if (this.#stealing[node]) this.#engine.schedule(this.#engine.nowUs + delayUs, this.#contact, node);
	}

	#steal(thief: NodeId): void {
		this.#stealing[thief] = false;
		if (this.#cell.nodes.ready[thief] === 0 || this.#hasWork(thief)) return;
		const { contacts, random } = this.#options;
		const others = this.#general;
		const wanted = Math.min(contacts, others.length);
		for (let i = 0; i < wanted; i++) {
			// A partial shuffle draws without replacement; the order that it leaves behind is as good as any.
			const other = i + random.integer(others.length - i);
			const victim = others[other]!;
			others[other] = others[i]!;
			others[i] = victim;
			if (victim !== thief && this.#takeGroup(victim, thief)) return;
		}
	}

	/** Moves the tasks that wait behind a long one. False if there are none for this thief. */
	#takeGroup(victim: NodeId, thief: NodeId): boolean {
		if ((this.#long[victim] ?? 0) === 0) return false;
		const { queues } = this.#dispatcher;
		let r = queues.head(victim);
		if (r === NONE || !queues.fits(queues.batch[r]!.podClass, thief)) return false;
		const before = this.stolen;
		while (r !== NONE) {
			const { attempt, podClass } = queues.batch[r]!;
			if (!this.#options.samplers[attempt.process.index]!.allows(podClass, thief)) break;
			const next = queues.behind(r);
			this.#dispatcher.move(r, thief);
			this.stolen++;
			r = next;
		}
		if (this.stolen === before) return false;
		this.thefts++;
		return true;
	}
}
