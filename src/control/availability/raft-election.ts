/**
 * Who of the managers of a swarm leads: each of them is API server, store, scheduler and controllers in one, and the members of its store
 * (raft) choose the one that works. Without a leader nothing is written. A member that has heard no heartbeat of the leader, sent each
 * second, for a time of its own asks the others for their votes: T to 2T - 1 ticks of a second. It takes a quorum, more than half of all.
 *
 * Source: SwarmKit manager/state/raft/raft.go (tick, ElectionTick), etcd's raft (randomizedElectionTimeout).
 *
 * As long as nothing fails there are no events.
 *
 * Divergence from raft: the first member whose time is up is elected, at once, whatever it has written; a leader that is left without
 * a quorum knows it at once; one manager alone waits as many do.
 */
import type { Engine, EventKind } from "../../engine/engine.js";
import type { EventHandle } from "../../engine/event-store.js";
import type { Random } from "../../engine/random.js";
import { SECOND, type SimTime } from "../../engine/time.js";
import type { Availability } from "./availability.js";
import type { Elected } from "./leader-election.js";

export interface RaftTimes {
	readonly managers: number;
	/** T. */
	readonly electionTicks: number;
}

export interface RaftOptions extends RaftTimes {
	readonly phase: number;
	readonly random: Random;
	/** Its store has as many members. */
	readonly availability: Availability;
}

const TICK_US = SECOND;

export class RaftElection {
	readonly #engine: Engine;
	readonly #options: RaftOptions;
	readonly #elected: Elected[] = [];
	#alive: number;
	#leads = true;
	/** Made when it is needed first. */
	#kind: EventKind | null = null;
	#coming: EventHandle | null = null;

	constructor(engine: Engine, options: RaftOptions) {
		this.#engine = engine;
		this.#options = options;
		this.#alive = options.managers;
	}

	get leads(): boolean {
		return this.#leads;
	}

	/** What works where the leader is. */
	join(elected: Elected): void {
		this.#elected.push(elected);
	}

	/** Managers fail, the leader first. */
	fail(managers: number): void {
		this.#alive = Math.max(0, this.#alive - managers);
		const { availability } = this.#options;
		if (this.#leads) {
			this.#leads = false;
			availability.setLed(false);
			for (const elected of this.#elected) elected.stop();
		}
		availability.fail("store", managers);
		this.#campaign();
	}

	/** Managers that failed come back. */
	recover(managers: number): void {
		this.#alive = Math.min(this.#options.managers, this.#alive + managers);
		this.#options.availability.recover("store", managers);
		if (!this.#leads && this.#coming === null) this.#campaign();
	}

	#campaign(): void {
		if (this.#coming !== null) this.#engine.cancel(this.#coming);
		this.#coming = null;
		if (this.#alive <= this.#options.managers / 2) return;
		this.#kind ??= this.#engine.kind("raft-election", this.#options.phase, () => this.#won());
		const waits = Array.from({ length: this.#alive }, () => this.#waitUs());
		this.#coming = this.#engine.schedule(this.#engine.nowUs + Math.min(...waits), this.#kind, 0);
	}

	/** From now, some time after the last heartbeat. */
	#waitUs(): SimTime {
		const { electionTicks, random } = this.#options;
		return (electionTicks + random.integer(electionTicks)) * TICK_US - random.integer(TICK_US);
	}

	#won(): void {
		this.#coming = null;
		this.#leads = true;
		this.#options.availability.setLed(true);
		for (const elected of this.#elected) elected.start();
	}
}
