/**
 * How the instances of an app are replaced by those of another configuration (a rolling restart).
 *
 * Source: Marathon 1.5, TaskReplaceActor.scala. With n instances declared: minHealthy = ceil(n x minimumHealthCapacity), cap =
 * floor(n x (1 + maximumOverCapacity)); running - minHealthy old ones are killed at once; where minHealthy = cap <= running one more may run, or, of a
 * resident app, one more is killed. New ones are started while old and new together are below the cap. Each new one that is
 * healthy and ready kills one old. It never times out.
 */

export interface ReplacementOptions {
	/** Declared, more than 0. */
	readonly instances: number;
	readonly minimumHealthCapacity: number;
	readonly maximumOverCapacity: number;
	readonly resident: boolean;
}

export interface Begin {
	readonly killNow: number;
	readonly cap: number;
}

/** What a replacement begins with, where so many old instances run. */
export function beginning(options: ReplacementOptions, running: number): Begin {
	const { instances, minimumHealthCapacity, maximumOverCapacity, resident } = options;
	const minHealthy = Math.ceil(instances * minimumHealthCapacity);
	const cap = Math.floor(instances * (1 + maximumOverCapacity));
	const killNow = Math.max(0, running - minHealthy);
	if (minHealthy !== cap || cap > running) return { killNow, cap };
	return resident ? { killNow: running - minHealthy + 1, cap } : { killNow, cap: cap + 1 };
}

/** A new instance. */
export interface Fresh {
	readonly uid: number;
	/** Healthy and ready. */
	readonly good: boolean;
}

export class Replacement {
	readonly #instances: number;
	readonly #cap: number;
	/** Old ones, in the order in which they are killed. */
	readonly #toKill: number[];
	#killNow: number;
	/** New ones that were asked for; those that failed are asked for again whatever the cap. */
	#started = 0;
	/** New ones that have had an old one killed. */
	readonly #answered = new Set<number>();

	/** `old`: those that run when it begins, in the order in which they are to go. */
	constructor(options: ReplacementOptions, old: readonly number[]) {
		const { killNow, cap } = beginning(options, old.length);
		this.#instances = options.instances;
		this.#cap = cap;
		this.#killNow = killNow;
		this.#toKill = [...old];
	}

	/** Old ones to be killed now: so many at the beginning, and one for each new one that is good. */
	kills(fresh: readonly Fresh[]): readonly number[] {
		let count = this.#killNow;
		this.#killNow = 0;
		for (const { uid, good } of fresh) {
			if (!good || this.#answered.has(uid)) continue;
			this.#answered.add(uid);
			count++;
		}
		return this.#toKill.splice(0, count);
	}

	/** New ones that there shall be by now. `oldLeft`: old ones that are not gone yet, killed or not. */
	wanted(oldLeft: number): number {
		const room = Math.max(0, this.#cap - oldLeft - this.#started);
		this.#started += Math.min(this.#instances - this.#started, room);
		return this.#started;
	}

	done(oldLeft: number, fresh: readonly Fresh[]): boolean {
		return oldLeft === 0 && fresh.filter(({ good }) => good).length >= this.#instances;
	}
}
