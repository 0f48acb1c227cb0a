/**
 * Agents that a new Mesos master knows of from the registry, and that have not come back to it: each finds it after a wait of its own, and
 * those that have not after 10 minutes are taken out. Source: Mesos, master/flags.cpp (agent_reregister_timeout 10 min), slave/flags.cpp
 * (registration_backoff_factor 1 s).
 */
import type { Random } from "../../engine/random.js";
import { MINUTE, SECOND, type SimTime } from "../../engine/time.js";
import { foundUs, type Mastership } from "../availability/master-election.js";

const REREGISTER_TIMEOUT_US = 10 * MINUTE;
const AGENT_BACKOFF_US = SECOND;

export class AgentReturns {
	readonly #mastership: Mastership;
	readonly #random: Random;
	/** By key: when agents find the master; Infinity for those that are silent. */
	readonly #away = new Map<string, SimTime>();

	constructor(mastership: Mastership, random: Random) {
		this.#mastership = mastership;
		this.#random = random;
	}

	/** Another master leads. */
	begin(agents: Iterable<string>, isSilent: (key: string) => boolean): void {
		this.#away.clear();
		for (const key of agents)
			this.#away.set(
				key,
				isSilent(key) ? Number.POSITIVE_INFINITY : foundUs(this.#mastership, AGENT_BACKOFF_US, this.#random),
			);
	}

	/** Until when an agent is away that is, or is not, silent now: then it has come back, or is given up. Null for one that is not away. */
	untilUs(key: string, silent: boolean, nowUs: SimTime): SimTime | null {
		const findsUs = this.#away.get(key);
		if (findsUs === undefined) return null;
		if (silent) {
			this.#away.set(key, Number.POSITIVE_INFINITY);
			return this.#mastership.electedUs + REREGISTER_TIMEOUT_US;
		}
		if (findsUs < Number.POSITIVE_INFINITY) return findsUs;
		const heardUs = nowUs + Math.round(AGENT_BACKOFF_US * this.#random.next());
		this.#away.set(key, heardUs);
		return heardUs;
	}

	/** It has come back, or is taken out. */
	settled(key: string): void {
		this.#away.delete(key);
	}
}
