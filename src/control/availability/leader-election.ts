/**
 * Who of the replicas of a component works: the one that holds its lease. It renews the lease each `retryPeriod`, and gives up if it could
 * not for `renewDeadline`; another one takes over that has seen no renewal for `leaseDuration`, at its next try. Who sees the lease for
 * the first time waits for the whole of it.
 *
 * Source: client-go/tools/leaderelection (leaderelection.go: acquire, renew, tryAcquireOrRenew, JitterFactor).
 *
 * As long as nothing fails there are no events: renewals are arithmetic.
 *
 * Divergence from Kubernetes: a replica that lost its lease starts anew at once (a kubelet takes its time over restarts), and waits for the
 * API server instead of ending again.
 */
import type { Engine, EventKind } from "../../engine/engine.js";
import type { EventHandle } from "../../engine/event-store.js";
import type { Random } from "../../engine/random.js";
import { SECOND, type SimTime } from "../../engine/time.js";
import type { Availability } from "./availability.js";

export interface LeaseTimes {
	readonly leaseDurationUs: SimTime;
	readonly renewDeadlineUs: SimTime;
	readonly retryPeriodUs: SimTime;
}

/** kube-controller-manager's and kube-scheduler's --leader-elect-lease-duration, -renew-deadline and -retry-period. */
export const DEFAULT_LEASE_TIMES: LeaseTimes = {
	leaseDurationUs: 15 * SECOND,
	renewDeadlineUs: 10 * SECOND,
	retryPeriodUs: 2 * SECOND,
};

/** Tries to take a lease are one to so many more periods apart. */
export const JITTER_FACTOR = 1.2;

export interface ElectionOptions extends LeaseTimes {
	/** Of the component, and of its event kinds. */
	readonly name: string;
	readonly phase: number;
	readonly replicas: number;
	readonly random: Random;
	readonly availability: Availability;
}

/** What becomes of the component. */
export interface Elected {
	/** Another replica leads. */
	start(): void;
	/** Nobody leads any more. */
	stop(): void;
}

interface Replica {
	alive: boolean;
	/** When it saw the last renewal first; NaN if it has not seen the lease yet. */
	observedUs: SimTime;
	/** Its next try to take the lease. */
	attempt: EventHandle | null;
}

export class LeaderElection {
	readonly #engine: Engine;
	readonly #options: ElectionOptions;
	readonly #elected: Elected;
	readonly #replicas: readonly Replica[];
	/** Made when they are needed first. */
	#tries: EventKind | null = null;
	#expires: EventKind | null = null;
	/** Null while nobody leads. The first replica leads from the start. */
	#leader: Replica | null;
	/** A time at which the leader renewed its lease; it does so each period. */
	#sinceUs = 0;
	/** When it will have to give up; null while all is well. */
	#deadline: EventHandle | null = null;
	/** Nobody holds it: its holder has said so. */
	#released = false;

	constructor(engine: Engine, options: ElectionOptions, elected: Elected) {
		const { replicas, availability } = options;
		this.#engine = engine;
		this.#options = options;
		this.#elected = elected;
		this.#replicas = Array.from({ length: replicas }, () => ({ alive: true, observedUs: 0, attempt: null }));
		this.#leader = this.#replicas[0] ?? null;
		availability.watch((serving) => (serving ? this.#servedAgain() : this.#unserved()));
	}

	get leads(): boolean {
		return this.#leader !== null;
	}

	/** Replicas fail, the leader first. `releases`: it hands its lease back before it goes. */
	fail(replicas: number, releases: boolean): void {
		const alive = this.#replicas.filter((replica) => replica.alive);
		const doomed = [...alive].sort((a, b) => Number(b === this.#leader) - Number(a === this.#leader));
		const goes = doomed.slice(0, replicas);
		const loses = this.#leader !== null && goes.includes(this.#leader);
		const renewedUs = this.#lastRenewalUs();
		for (const replica of goes) {
			replica.alive = false;
			this.#cancelTry(replica);
		}
		if (!loses) return;
		this.#released = releases && this.#options.availability.serving;
		this.#leave(renewedUs);
	}

	/** Replicas that failed start anew. */
	recover(replicas: number): void {
		for (const replica of this.#replicas.filter(({ alive }) => !alive).slice(0, replicas)) {
			replica.alive = true;
			replica.observedUs = this.#leader === null ? Number.NaN : this.#engine.nowUs;
			if (this.#leader === null) this.#tryAgain(replica);
		}
	}

	#lastRenewalUs(): SimTime {
		const { retryPeriodUs } = this.#options;
		return this.#sinceUs + Math.floor((this.#engine.nowUs - this.#sinceUs) / retryPeriodUs) * retryPeriodUs;
	}

	/** The others have seen the last renewal at one of their tries after it. */
	#leave(renewedUs: SimTime): void {
		this.#leader = null;
		if (this.#deadline !== null) this.#engine.cancel(this.#deadline);
		this.#deadline = null;
		this.#elected.stop();
		for (const replica of this.#replicas) {
			if (!replica.alive) continue;
			if (!Number.isNaN(replica.observedUs)) replica.observedUs = renewedUs + this.#waitUs();
			this.#tryAgain(replica);
		}
	}

	#unserved(): void {
		if (this.#leader === null) return;
		const renewedUs = this.#lastRenewalUs();
		this.#sinceUs = renewedUs;
		const { name, phase, retryPeriodUs, renewDeadlineUs } = this.#options;
		this.#expires ??= this.#engine.kind(`lease-lost/${name}`, phase, () => this.#lost());
		this.#deadline = this.#engine.schedule(renewedUs + retryPeriodUs + renewDeadlineUs, this.#expires, 0);
	}

	/** In time: the leader renews its lease, and goes on. */
	#servedAgain(): void {
		if (this.#deadline === null) return;
		this.#engine.cancel(this.#deadline);
		this.#deadline = null;
	}

	/** Its process ends, and starts anew as one that never saw the lease. */
	#lost(): void {
		this.#deadline = null;
		const loser = this.#leader!;
		loser.observedUs = Number.NaN;
		this.#leave(this.#sinceUs);
	}

	#try(replica: Replica): void {
		replica.attempt = null;
		const { availability, leaseDurationUs } = this.#options;
		const { nowUs } = this.#engine;
		if (this.#leader !== null) return;
		if (!availability.serving) {
			this.#tryAgain(replica);
			return;
		}
		if (Number.isNaN(replica.observedUs)) replica.observedUs = nowUs;
		if (!this.#released && nowUs <= replica.observedUs + leaseDurationUs) {
			this.#tryAgain(replica);
			return;
		}
		this.#released = false;
		this.#leader = replica;
		this.#sinceUs = nowUs;
		for (const other of this.#replicas) {
			this.#cancelTry(other);
			if (other.alive) other.observedUs = nowUs;
		}
		this.#elected.start();
	}

	#tryAgain(replica: Replica): void {
		this.#cancelTry(replica);
		const { name, phase } = this.#options;
		this.#tries ??= this.#engine.kind(`lease-try/${name}`, phase, (number) => this.#try(this.#replicas[number]!));
		const atUs = this.#engine.nowUs + this.#waitUs();
		replica.attempt = this.#engine.schedule(atUs, this.#tries, this.#replicas.indexOf(replica));
	}

	#cancelTry(replica: Replica): void {
		if (replica.attempt !== null) this.#engine.cancel(replica.attempt);
		replica.attempt = null;
	}

	#waitUs(): SimTime {
		const { retryPeriodUs, random } = this.#options;
		return Math.round(retryPeriodUs * (1 + JITTER_FACTOR * random.next()));
	}
}
