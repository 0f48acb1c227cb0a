/**
 * When the controller last had a sign of life of a node: not the time of the renewal, but that of the first pass that saw it. For nodes
 * in time nobody keeps it; when one falls silent the passes of the last renewals are still known.
 */
import { SECOND, type SimTime } from "../../../engine/time.js";
import type { Heartbeats } from "../../heartbeats.js";

/** Passes are remembered for longer than leases take to be renewed. */
const MEMORY_US = 60 * SECOND;

interface Probe {
	readonly renewedUs: SimTime;
	readonly seenUs: SimTime;
}

export class Probes {
	readonly #heartbeats: Heartbeats;
	readonly #graceUs: SimTime;
	readonly #probes = new Map<string, Probe>();
	#passes: SimTime[] = [];
	#resetUs = Number.NEGATIVE_INFINITY;

	constructor(heartbeats: Heartbeats, graceUs: SimTime) {
		this.#heartbeats = heartbeats;
		this.#graceUs = graceUs;
	}

	passBegins(nowUs: SimTime): void {
		this.#passes.push(nowUs);
		if (this.#passes[0]! < nowUs - 2 * MEMORY_US) this.#passes = this.#passes.filter((at) => at >= nowUs - MEMORY_US);
	}

	/** Whether nothing was heard of the node for longer than the grace period. */
	isLate(name: string, nowUs: SimTime): boolean {
		const renewedUs = this.#heartbeats.renewedUs(name, nowUs);
		let probe = this.#probes.get(name);
		if (probe === undefined || renewedUs > probe.renewedUs) {
			const seenUs = this.#passes.find((atUs) => atUs >= renewedUs) ?? nowUs;
			probe = { renewedUs, seenUs };
			this.#probes.set(name, probe);
		}
		return nowUs > Math.max(probe.seenUs, this.#resetUs) + this.#graceUs;
	}

	/** As if every node had just been heard of. */
	reset(nowUs: SimTime): void {
		this.#resetUs = nowUs;
	}

	forget(name: string): void {
		this.#probes.delete(name);
	}
}
