/**
 * Which of several Mesos masters leads: the one that has been in ZooKeeper longest. One that fails stays there until its session is over, 10 s
 * after the last of the pings that it sends each third of that; then the next one leads, reads the registry, and answers agents and frameworks.
 * Those look for it from its election on, again and again, longer and longer apart. Nothing is offered until the frameworks have found it, and
 * nothing passes between them and agents until it answers; tasks go on.
 *
 * Source: Mesos, master/constants.hpp (ZOOKEEPER_SESSION_TIMEOUT 10 s), slave/slave.cpp (doReliableRegistration, registration_backoff_factor
 * 1 s, at most 1 min), sched/sched.cpp (the same, from 2 s); ZooKeeper's client, which pings each third of its session.
 *
 * As long as nothing fails there are no events.
 *
 * Divergence from Mesos: ZooKeeper itself never fails, and ends sessions at once, not at its next tick; the frameworks get offers once the last of
 * them has found the master; offers that are out when it fails are still answered, and what was declined stays declined under the next one.
 * Frameworks are back long before failover_timeout (604,800 s for Marathon and Chronos), which therefore never runs out here.
 */
import type { Engine, EventKind } from "../../engine/engine.js";
import type { EventHandle } from "../../engine/event-store.js";
import type { Random } from "../../engine/random.js";
import { MINUTE, SECOND, type SimTime } from "../../engine/time.js";
import type { Availability } from "./availability.js";

const SESSION_US = 10 * SECOND;
const PINGS = 3;
/** Of the native driver of frameworks. */
const FRAMEWORK_BACKOFF_US = 2 * SECOND;
const LONGEST_BACKOFF_US = MINUTE;

export interface MasterTimes {
	readonly masters: number;
	/** What a new leader takes to read the registry. */
	readonly registryUs: SimTime;
	readonly frameworks: number;
	/** Who else is to know of it. */
	readonly mastership: Mastership;
}

export interface MasterOptions extends MasterTimes {
	readonly phase: number;
	readonly random: Random;
	/** Between frameworks and agents; its store has a leader while a master answers. */
	readonly between: Availability;
}

/** The present term, for those who watch over agents. */
export class Mastership {
	/** Whether a master leads and answers. */
	leads = true;
	/** When it was elected, when it first answered, and when it first makes offers; 0 for the first leader. */
	electedUs: SimTime = 0;
	answersUs: SimTime = 0;
	offersUs: SimTime = 0;
	#began: () => void = () => {};

	/** Who hears when another one leads. */
	onTerm(listener: () => void): void {
		this.#began = listener;
	}

	begin(electedUs: SimTime, answersUs: SimTime, offersUs: SimTime): void {
		this.leads = true;
		this.electedUs = electedUs;
		this.answersUs = answersUs;
		this.offersUs = offersUs;
		this.#began();
	}
}

/** When somebody who looks for a master since its election finds one that answers: tries are U[0, backoff x 2^k] apart. */
export function foundUs(
	{ electedUs, answersUs }: Pick<Mastership, "electedUs" | "answersUs">,
	backoffUs: SimTime,
	random: Random,
): SimTime {
	let atUs = electedUs;
	for (let mostUs = backoffUs; ; mostUs = Math.min(2 * mostUs, LONGEST_BACKOFF_US)) {
		atUs += Math.round(mostUs * random.next());
		if (atUs >= answersUs) return atUs;
	}
}

export class MasterElection {
	readonly #engine: Engine;
	readonly #options: MasterOptions;
	#alive: number;
	/** Until when those that failed are in ZooKeeper. */
	#sessionsUs: SimTime = 0;
	#electedUs: SimTime = 0;
	#offers = true;
	#changed: () => void = () => {};
	/** Made when they are needed first. */
	#answer: EventKind | null = null;
	#offer: EventKind | null = null;
	#coming: EventHandle | null = null;

	constructor(engine: Engine, options: MasterOptions) {
		this.#engine = engine;
		this.#options = options;
		this.#alive = options.masters;
	}

	/** Whether frameworks get offers. */
	get offers(): boolean {
		return this.#offers;
	}

	/** Hears when that changes. */
	watch(listener: () => void): void {
		this.#changed = listener;
	}

	/** Masters fail, the leader first, then those that would be next. */
	fail(masters: number): void {
		const { between, mastership, random } = this.#options;
		if (this.#alive === 0) return;
		this.#alive = Math.max(0, this.#alive - masters);
		const pingedUs = this.#engine.nowUs - random.integer(Math.round(SESSION_US / PINGS));
		this.#sessionsUs = Math.max(this.#sessionsUs, pingedUs + SESSION_US);
		if (mastership.leads) {
			mastership.leads = false;
			between.setLed(false);
		}
		this.#setOffers(false);
		this.#campaign();
	}

	/** Masters that failed come back, each with a session of its own. */
	recover(masters: number): void {
		this.#alive = Math.min(this.#options.masters, this.#alive + masters);
		if (!this.#options.mastership.leads && this.#coming === null) this.#campaign();
	}

	#campaign(): void {
		if (this.#coming !== null) this.#engine.cancel(this.#coming);
		this.#coming = null;
		if (this.#alive === 0) return;
		const { phase, registryUs } = this.#options;
		this.#answer ??= this.#engine.kind("master-answers", phase, () => this.#lead());
		this.#electedUs = Math.max(this.#engine.nowUs, this.#sessionsUs);
		this.#coming = this.#engine.schedule(this.#electedUs + registryUs, this.#answer, 0);
	}

	#lead(): void {
		const { phase, frameworks, random, between, mastership } = this.#options;
		const { nowUs } = this.#engine;
		const term = { electedUs: this.#electedUs, answersUs: nowUs };
		const finds = Array.from({ length: frameworks }, () => foundUs(term, FRAMEWORK_BACKOFF_US, random));
		const offersUs = Math.max(nowUs, ...finds);
		this.#offer ??= this.#engine.kind("master-offers", phase, () => {
			this.#coming = null;
			this.#setOffers(true);
		});
		this.#coming = this.#engine.schedule(offersUs, this.#offer, 0);
		mastership.begin(this.#electedUs, nowUs, offersUs);
		between.setLed(true);
	}

	#setOffers(offers: boolean): void {
		if (this.#offers === offers) return;
		this.#offers = offers;
		this.#changed();
	}
}
