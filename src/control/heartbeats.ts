/**
 * When kubelets renew their leases: all ten seconds each, by arithmetic and not by events, so that healthy nodes cost nothing.
 * Source: kubelet's nodeLeaseDurationSeconds 40 (renewed each quarter of it).
 */
import type { Random } from "../engine/random.js";
import { SECOND, type SimTime } from "../engine/time.js";

export interface HeartbeatOptions {
	/** Between two renewals of a node; default 10 s. */
	readonly periodUs?: SimTime;
	/** A time at which a node that appears at `nowUs` renews its lease, before or after that; default when it appears. */
	readonly firstUs?: (name: string, nowUs: SimTime) => SimTime;
}

/** Each node renews at times of its own, drawn when it appears. */
export function scattered(periodUs: SimTime, random: Random): HeartbeatOptions {
	return { periodUs, firstUs: (_name, nowUs) => nowUs - random.integer(periodUs) };
}

interface Beat {
	readonly firstUs: SimTime;
	/** From then on it is silent; Infinity while it is not. */
	readonly untilUs: SimTime;
}

export class Heartbeats {
	readonly #periodUs: SimTime;
	readonly #firstUs: (name: string, nowUs: SimTime) => SimTime;
	readonly #beats = new Map<string, Beat>();
	readonly #silent = new Set<string>();
	#fellSilent: (name: string, nowUs: SimTime) => void = () => {};
	/** When no lease could be renewed, the first first; the last one goes on while its end is Infinity. */
	readonly #outages: { readonly fromUs: SimTime; readonly untilUs: SimTime }[] = [];

	constructor({ periodUs = 10 * SECOND, firstUs = (_name, nowUs) => nowUs }: HeartbeatOptions = {}) {
		this.#periodUs = periodUs;
		this.#firstUs = firstUs;
	}

	/** Nodes that do not renew their leases at present. Every other one is in time. */
	get silent(): ReadonlySet<string> {
		return this.#silent;
	}

	/** Who hears when a node stops: one that need not look at all of them again and again. */
	onSilence(listener: (name: string, nowUs: SimTime) => void): void {
		this.#fellSilent = listener;
	}

	/** A node appears. */
	add(name: string, nowUs: SimTime): void {
		this.#beats.set(name, { firstUs: this.#firstUs(name, nowUs), untilUs: Number.POSITIVE_INFINITY });
	}

	stop(name: string, nowUs: SimTime): void {
		const beat = this.#beats.get(name);
		if (beat === undefined || this.#silent.has(name)) return;
		this.#beats.set(name, { ...beat, untilUs: nowUs });
		this.#silent.add(name);
		this.#fellSilent(name, nowUs);
	}

	/** It is heard of again: it renews its lease at once, and in its rhythm from then on. */
	resume(name: string, nowUs: SimTime): void {
		if (this.#silent.delete(name)) this.#beats.set(name, { firstUs: nowUs, untilUs: Number.POSITIVE_INFINITY });
	}

	remove(name: string): void {
		this.#beats.delete(name);
		this.#silent.delete(name);
	}

	/** From now on leases can be renewed, or cannot: there is nobody to whom. */
	served(serving: boolean, nowUs: SimTime): void {
		const last = this.#outages.at(-1);
		if (!serving) this.#outages.push({ fromUs: nowUs, untilUs: Number.POSITIVE_INFINITY });
		else if (last !== undefined) this.#outages[this.#outages.length - 1] = { ...last, untilUs: nowUs };
	}

	/** Whether leases could not be renewed at some time since then, so that nodes may be late that are not silent. */
	wereInterrupted(sinceUs: SimTime): boolean {
		return (this.#outages.at(-1)?.untilUs ?? Number.NEGATIVE_INFINITY) >= sinceUs;
	}

	/** The last time up to `atUs` at which the node renewed its lease; -Infinity for one that is not known. */
	renewedUs(name: string, atUs: SimTime): SimTime {
		const beat = this.#beats.get(name);
		if (beat === undefined) return Number.NEGATIVE_INFINITY;
		const { firstUs, untilUs } = beat;
		const before = (timeUs: SimTime) => firstUs + Math.floor((timeUs - firstUs) / this.#periodUs) * this.#periodUs;
		let renewedUs = before(Math.min(atUs, untilUs));
		for (let o = this.#outages.length - 1; o >= 0; o--) {
			const outage = this.#outages[o]!;
			if (renewedUs >= outage.fromUs && renewedUs < outage.untilUs) renewedUs = before(outage.fromUs - 1);
		}
		return renewedUs;
	}
}
