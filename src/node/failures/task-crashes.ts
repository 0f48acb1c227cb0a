/**
 * Tasks that crash while they run: the time until a task crashes is drawn anew at each of its starts, for each class of jobs from a
 * stream of its own. A task that has crashed is rescheduled, and not on the machine on which it did (`Crashes`).
 *
 * Divergence from Borg: a Borglet restarts tasks, too, and the paper says nothing of waits between crashes or of how many a
 * task may have; here every crash sends the task back to the queue. In an alloc, a task may come back to where it crashed: there it belongs.
 */
import type { Cell } from "../../cell/cell.js";
import { type NodeId, type PodId, rowOf } from "../../cell/ids.js";
import { type DistributionSpec, sampler } from "../../engine/distributions.js";
import type { Engine, EventKind } from "../../engine/engine.js";
import type { EventHandle } from "../../engine/event-store.js";
import type { RandomSource } from "../../engine/random.js";

export interface TaskCrashOptions {
	/** Running time until a task crashes, microseconds; null for never. */
	readonly timeBetween: DistributionSpec | null;
	/** The same for classes of jobs, instead. */
	readonly byClass: ReadonlyMap<string, DistributionSpec>;
}

export class TaskCrashes {
	/** Crashes so far. */
	count = 0;
	readonly #engine: Engine;
	readonly #cell: Cell;
	readonly #options: TaskCrashOptions;
	readonly #random: RandomSource;
	readonly #crash: EventKind;
	/** Pods that run, with the event that crashes them. */
	readonly #pending = new Map<PodId, EventHandle>();
	readonly #samplers = new Map<string, (() => number) | null>();

	/** `phase` is that of what takes something away. */
	constructor(engine: Engine, cell: Cell, phase: number, options: TaskCrashOptions, random: RandomSource) {
		this.#engine = engine;
		this.#cell = cell;
		this.#options = options;
		this.#random = random;
		this.#crash = engine.kind("task-crash", phase, (pod) => this.#crashed(pod as PodId));
		cell.watch({
			podStarted: (pod) => this.#started(pod),
			podRequeued: (pod) => this.#stopped(pod),
			podEnded: (pod) => {
				this.#stopped(pod);
				cell.api.crashes.forget(pod);
			},
		});
	}

	#started(pod: PodId): void {
		const { className, alloc } = this.#cell.pods.classes[rowOf(pod)]!.spec.facts;
		if (alloc !== undefined) return;
		const draw = this.#samplerOf(className);
		if (draw === null) return;
		const atUs = this.#engine.nowUs + Math.max(1, Math.round(draw()));
		if (Number.isSafeInteger(atUs)) this.#pending.set(pod, this.#engine.schedule(atUs, this.#crash, pod));
	}

	#stopped(pod: PodId): void {
		const event = this.#pending.get(pod);
		if (event === undefined) return;
		this.#pending.delete(pod);
		this.#engine.cancel(event);
	}

	#crashed(pod: PodId): void {
		const { nodes, pods, api } = this.#cell;
		const node = pods.node[rowOf(pod)]! as NodeId;
		this.count++;
		this.#pending.delete(pod);
		if (nodes.specs[node]!.alloc === undefined) api.crashes.add(this.#cell.pod(pod), node);
		this.#cell.requeuePod(pod, "crashed");
	}

	#samplerOf(className: string): (() => number) | null {
		let draw = this.#samplers.get(className);
		if (draw === undefined) {
			const { timeBetween, byClass } = this.#options;
			const spec = byClass.get(className) ?? timeBetween;
			draw = spec === null ? null : sampler(spec, this.#random.stream(`failures/crash/${className}`));
			this.#samplers.set(className, draw);
		}
		return draw;
	}
}
