/**
 * The tasks of one job by number, counted as they come, change and go: a look at the job costs what has changed since the last one, not
 * what the job has. Only when the job itself is changed is all of it counted anew.
 */
import type { SimTime } from "../../../engine/time.js";
import { keyOf } from "../../api-object.js";
import { type BorgConfiguration, taskTextOf } from "../../kinds/borg/job.js";
import { isActive, isAvailable, isTerminal, type Pod } from "../../pod.js";
import { isOtherBinary } from "./changes.js";
import { indexOf, textOf, writtenIn } from "./tasks.js";

/** What tasks are brought to. */
export interface Wanted {
	readonly target: BorgConfiguration;
	/** How long a task that runs it must have been ready to count as up. */
	readonly delayUs: SimTime;
}

/** What there is at a look. */
export interface Found {
	/** Tasks that are active or have succeeded; of those, the ones that are ready or have, and those that run what they shall or have. */
	readonly tasks: number;
	readonly running: number;
	readonly updated: number;
	/** Tasks that serve, or have succeeded. */
	readonly up: number;
	/** Numbers without a task, none of which is still leaving a machine that is heard of. */
	readonly missing: readonly number[];
	/** To be taken away, the oldest first: crashed ones, duplicates, and those of numbers that the job has no more. */
	readonly spent: readonly Pod[];
	/** Active tasks that run something else. */
	readonly outdated: number;
	/** Whether each of those serves, and can only be brought to the target by stopping it. */
	readonly allMustStop: boolean;
}

/** What there is of one number. */
interface Place {
	readonly active: Pod | null;
	readonly done: boolean;
	readonly missing: boolean;
	readonly spent: readonly Pod[];
}

export class JobTasks {
	readonly #isHeardOf: (node: string) => boolean;
	/** By number, then by key; those of one number in order of creation. */
	readonly #pods = new Map<number, Map<string, Pod>>();
	readonly #places = new Map<number, Place>();
	readonly #touched = new Set<number>();
	#target: BorgConfiguration | null = null;
	#text = "";
	#delayUs = 0;
	#active = 0;
	#ready = 0;
	#done = 0;
	/** Tasks of the target that are ready, and not for long enough yet. */
	readonly #young = new Set<number>();
	readonly #missing = new Set<number>();
	readonly #spent = new Set<number>();
	readonly #outdated = new Set<number>();
	/** Outdated ones in order, with some that no longer are; null if some are lacking. */
	#order: readonly number[] | null = null;
	/** Outdated ones that do not serve. */
	#idle = 0;
	/** What outdated ones run, how many of them, and whether it is another binary than the target's. */
	readonly #texts = new Map<string, { count: number; readonly isOther: boolean }>();

	/** `isHeardOf`: whether a machine answers; where that changes, `touched` must be called for its tasks. */
	constructor(isHeardOf: (node: string) => boolean) {
		this.#isHeardOf = isHeardOf;
	}

	get isEmpty(): boolean {
		return this.#pods.size === 0;
	}

	put(task: Pod): void {
		const number = indexOf(task);
		const there = this.#pods.get(number);
		if (there === undefined) this.#pods.set(number, new Map([[keyOf(task), task]]));
		else there.set(keyOf(task), task);
		this.touched(task);
	}

	delete(task: Pod): void {
		const number = indexOf(task);
		const there = this.#pods.get(number);
		there?.delete(keyOf(task));
		if (there?.size === 0) this.#pods.delete(number);
		this.touched(task);
	}

	touched(task: Pod): void {
		this.#touched.add(indexOf(task));
	}

	look({ target, delayUs }: Wanted, nowUs: SimTime): Found {
		if (target !== this.#target || delayUs !== this.#delayUs) this.#begin(target, delayUs);
		for (const number of this.#touched) this.#count(number);
		this.#touched.clear();
		for (const number of this.#young)
			if (isAvailable(this.#places.get(number)!.active!, delayUs, nowUs)) this.#young.delete(number);
		const spent = [...this.#spent].flatMap((number) => this.#places.get(number)!.spent);
		return {
			tasks: this.#active + this.#done,
			running: this.#ready + this.#done,
			updated: this.#active - this.#outdated.size + this.#done,
			up: this.#ready - this.#young.size + this.#done,
			missing: [...this.#missing].sort(ascending),
			spent: spent.sort((a, b) => a.metadata.uid - b.metadata.uid),
			outdated: this.#outdated.size,
			allMustStop: this.#idle === 0 && [...this.#texts.values()].every(({ isOther }) => isOther),
		};
	}

	/** Active tasks that run something else than the target of the last look, by number. */
	outdated(): readonly Pod[] {
		if (this.#order === null || this.#order.length > 2 * this.#outdated.size)
			this.#order = [...this.#outdated].sort(ascending);
		return this.#order
			.filter((number) => this.#outdated.has(number))
			.map((number) => this.#places.get(number)!.active!);
	}

	/** Whether such a task runs another binary than the target's. */
	isOtherBinary(task: Pod): boolean {
		return this.#texts.get(textOf(task))!.isOther;
	}

	#begin(target: BorgConfiguration, delayUs: SimTime): void {
		for (const [number, place] of this.#places) this.#tally(number, place, -1);
		this.#places.clear();
		this.#target = target;
		this.#text = taskTextOf(target);
		this.#delayUs = delayUs;
		for (const number of this.#pods.keys()) this.#touched.add(number);
		for (let number = 0; number < target.replicas; number++) this.#touched.add(number);
	}

	#count(number: number): void {
		const before = this.#places.get(number);
		if (before !== undefined) this.#tally(number, before, -1);
		const place = this.#placeOf(number);
		this.#places.set(number, place);
		this.#tally(number, place, 1);
		if (!this.#pods.has(number) && !place.missing) this.#places.delete(number);
	}

	#placeOf(number: number): Place {
		const isWanted = number < this.#target!.replicas;
		let active: Pod | null = null;
		let [done, leaving] = [false, false];
		const spent: Pod[] = [];
		for (const task of this.#pods.get(number)?.values() ?? []) {
			const { phase, disruption } = task.status;
			if (isActive(task)) {
				if (active === null && isWanted) active = task;
				else spent.push(task);
			} else if (task.metadata.deletedUs !== null)
				leaving ||= !isTerminal(phase) && this.#isHeardOf(task.spec.nodeName);
			else if (phase === "Succeeded" && disruption === "" && isWanted) done = true;
			else spent.push(task);
		}
		return { active, done, missing: isWanted && active === null && !done && !leaving, spent };
	}

	/** Adds what there is of a number to all counts, or takes it off again. */
	#tally(number: number, { active, done, missing, spent }: Place, by: 1 | -1): void {
		if (done) this.#done += by;
		keep(this.#missing, number, missing && by > 0);
		keep(this.#spent, number, spent.length > 0 && by > 0);
		if (active === null) return;
		const { ready } = active.status;
		this.#active += by;
		if (ready) this.#ready += by;
		if (textOf(active) !== this.#text) this.#tallyOutdated(number, active, by);
		else keep(this.#young, number, ready && by > 0);
	}

	#tallyOutdated(number: number, task: Pod, by: 1 | -1): void {
		if (!task.status.ready) this.#idle += by;
		keep(this.#outdated, number, by > 0);
		if (by > 0) this.#order = null;
		const text = textOf(task);
		const alike = this.#texts.get(text) ?? { count: 0, isOther: isOtherBinary(writtenIn(text), this.#target!) };
		alike.count += by;
		if (alike.count === 0) this.#texts.delete(text);
		else this.#texts.set(text, alike);
	}
}

function keep(set: Set<number>, number: number, isIn: boolean): void {
	if (isIn) set.add(number);
	else set.delete(number);
}

function ascending(a: number, b: number): number {
	return a - b;
}
