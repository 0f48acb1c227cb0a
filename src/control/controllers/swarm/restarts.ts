/**
 * When a slot whose task has ended, or has lost its node, gets its next task. Source: SwarmKit manager/orchestrator/restart.go: the next
 * task waits for the delay, and, unless the node is down, until the old one has stopped, a minute at most.
 */
import { MINUTE, type SimTime } from "../../../engine/time.js";
import { parseDuration } from "../../../objects/duration.js";
import type { SwarmServiceSpec } from "../../kinds/swarm/service.js";

/** defaultOldTaskTimeout. */
const OLD_TASK_US = MINUTE;

interface Wait {
	readonly dueUs: SimTime;
	/** Key of the task that has to be gone, or "". */
	readonly old: string;
	readonly latestUs: SimTime;
}

/** Of one service. */
export class Restarts {
	/** Slots without a task that get one later, and those that get none because their policy says so. */
	readonly #waits = new Map<string, Wait>();
	readonly #finished = new Set<string>();
	/** By slot: when it was restarted. */
	readonly #attempts = new Map<string, SimTime[]>();

	/** A slot that has no task but is not empty either. */
	taken(slot: string): boolean {
		return this.#waits.has(slot) || this.#finished.has(slot);
	}

	get slots(): Iterable<string> {
		return [...this.#waits.keys(), ...this.#finished];
	}

	/** The task of a slot ended by itself. */
	ended(slot: string, failed: boolean, { deploy }: SwarmServiceSpec, nowUs: SimTime): void {
		const { condition, delay, max_attempts, window } = deploy.restart_policy;
		const windowUs = parseDuration(window);
		const attempts = (this.#attempts.get(slot) ?? []).filter((atUs) => windowUs === 0 || atUs + windowUs > nowUs);
		const wanted = condition === "any" || (condition === "on-failure" && failed);
		if (!wanted || (max_attempts > 0 && attempts.length >= max_attempts)) {
			this.#finished.add(slot);
			return;
		}
		this.#attempts.set(slot, [...attempts, nowUs]);
		this.replace(slot, nowUs + parseDuration(delay), "", nowUs);
	}

	/** The next task of a slot comes at `dueUs`, when `old` has stopped. */
	replace(slot: string, dueUs: SimTime, old: string, nowUs: SimTime): void {
		this.#waits.set(slot, { dueUs, old, latestUs: nowUs + OLD_TASK_US });
	}

	/** When a slot may get its next task, at the latest if `isThere` says that the old one is; -Infinity now, Infinity never. */
	dueUs(slot: string, isThere: (task: string) => boolean): SimTime {
		if (this.#finished.has(slot)) return Number.POSITIVE_INFINITY;
		const wait = this.#waits.get(slot);
		if (wait === undefined) return Number.NEGATIVE_INFINITY;
		return wait.old !== "" && isThere(wait.old) ? Math.max(wait.dueUs, wait.latestUs) : wait.dueUs;
	}

	/** The slot has got its task, or is no more. */
	settled(slot: string): void {
		this.#waits.delete(slot);
		this.#finished.delete(slot);
	}

	/** Other tasks than before: how often they were restarted is no matter. */
	forget(): void {
		this.#finished.clear();
		this.#attempts.clear();
	}
}
