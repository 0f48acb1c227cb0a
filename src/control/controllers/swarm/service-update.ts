/**
 * One update of a service: its slots are handed out to workers, each of which replaces the task of one and waits until the new one runs,
 * without a limit, and then for the delay. Source: SwarmKit manager/orchestrator/updater.go (1.12), update/updater.go (1.13 on).
 */
import type { SimTime } from "../../../engine/time.js";
import { parseDuration } from "../../../objects/duration.js";
import type { SwarmServiceSpec, UpdateState } from "../../kinds/swarm/service.js";
import type { Pod } from "../../pod.js";
import { isClean, isRunning, specTextOf } from "./tasks.js";
import type { SwarmRules } from "./version.js";

interface Worker {
	/** The slot that it works on; "" for none. */
	slot: string;
	/** When it takes the next one. */
	freeUs: SimTime;
}

/** What an update wants done. */
export interface UpdateSteps {
	/** Slots whose old tasks go before new ones come, and slots that get a new task beside the old. */
	readonly stop: readonly string[];
	readonly start: readonly string[];
	/** When it wants to look again; Infinity: when a task changes. */
	readonly wakeUs: SimTime;
}

export class ServiceUpdate {
	readonly spec: SwarmServiceSpec;
	readonly #rules: SwarmRules;
	readonly #pending: string[];
	readonly #workers: Worker[];
	readonly #slots: number;
	#failed = 0;
	#watchedUntilUs: SimTime = 0;
	state: UpdateState;

	/** `dirty`: slots with tasks that are made from something else. `takesBack`: whether it is a rollback. */
	constructor(spec: SwarmServiceSpec, rules: SwarmRules, dirty: readonly string[], takesBack: boolean) {
		const { parallelism } = spec.deploy.update_config;
		this.spec = spec;
		this.#rules = rules;
		this.#pending = [...dirty];
		this.#slots = dirty.length;
		const workers = parallelism === 0 ? dirty.length : Math.min(parallelism, dirty.length);
		this.#workers = Array.from({ length: workers }, () => ({ slot: "", freeUs: 0 }));
		this.state = takesBack ? "rollback_started" : "updating";
	}

	get text(): string {
		return specTextOf(this.spec);
	}

	get isUnderWay(): boolean {
		return this.state === "updating" || this.state === "rollback_started";
	}

	/** Whether two tasks may be in the slot, an old one and the new one that takes its place. */
	worksOn(slot: string): boolean {
		return this.isUnderWay && this.#workers.some((worker) => worker.slot === slot);
	}

	/** A task that was made by this update ended by itself: what is to be done about it, null for nothing. */
	taskEnded(task: Pod, nowUs: SimTime): "pause" | "rollback" | null {
		const { monitor, failure_action, max_failure_ratio } = this.spec.deploy.update_config;
		if (!this.isUnderWay || !isClean(task, this.spec) || failure_action === "continue") return null;
		const { monitorUs } = this.#rules;
		if (monitorUs === null) {
			if (this.#pending.length === 0) return null;
		} else {
			const watchUs = monitor === undefined ? monitorUs : parseDuration(monitor);
			// A task that never ran has no time since when it did.
			if (task.status.readyUs + watchUs < nowUs) return null;
			if (++this.#failed / this.#slots <= max_failure_ratio) return null;
		}
		const back = failure_action === "rollback" && this.#rules.rollsBack && this.state === "updating";
		this.state = this.state === "rollback_started" ? "rollback_paused" : "paused";
		return back ? "rollback" : "pause";
	}

	/** What comes next. `tasksOf`: those of a slot that live; `isWanted`: whether there shall be such a slot yet. */
	step(tasksOf: (slot: string) => readonly Pod[], isWanted: (slot: string) => boolean, nowUs: SimTime): UpdateSteps {
		const stop: string[] = [];
		const start: string[] = [];
		let wakeUs = Number.POSITIVE_INFINITY;
		if (!this.isUnderWay) return { stop, start, wakeUs };
		const { order, delay } = this.spec.deploy.update_config;
		const startFirst = order === "start-first" && this.#rules.startsFirst;
		for (const worker of this.#workers) {
			if (worker.slot !== "") {
				const runs = tasksOf(worker.slot).some((task) => isClean(task, this.spec) && isRunning(task));
				if (!runs && isWanted(worker.slot)) continue;
				worker.slot = "";
				worker.freeUs = nowUs + parseDuration(delay);
				this.#watchedUntilUs = nowUs + (this.#rules.monitorUs ?? 0);
			}
			if (this.#pending.length > 0 && worker.freeUs > nowUs) wakeUs = Math.min(wakeUs, worker.freeUs);
			else {
				worker.slot = this.#next(tasksOf, isWanted);
				if (worker.slot !== "") (startFirst ? start : stop).push(worker.slot);
			}
		}
		if (this.#pending.length > 0 || this.#workers.some(({ slot }) => slot !== "")) return { stop, start, wakeUs };
		if (nowUs < this.#watchedUntilUs) return { stop, start, wakeUs: this.#watchedUntilUs };
		this.state = this.state === "rollback_started" ? "rollback_completed" : "completed";
		return { stop, start, wakeUs };
	}

	/** The next slot that has an old task yet, or "". */
	#next(tasksOf: (slot: string) => readonly Pod[], isWanted: (slot: string) => boolean): string {
		for (;;) {
			const slot = this.#pending.shift();
			if (slot === undefined) return "";
			if (isWanted(slot) && tasksOf(slot).some((task) => !isClean(task, this.spec))) return slot;
		}
	}
}
