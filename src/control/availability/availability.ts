/**
 * Whether the API server answers: some replica of it must be alive, and a quorum of the members of its store (etcd). While it does not,
 * nothing is written and nobody hears of anything; what was to be written is tried again when it does.
 *
 * Source: etcd's documentation (a cluster of n members goes on with (n/2)+1 of them; a commit is there when so many have written it),
 * Kubernetes' "Options for Highly Available Topology".
 *
 * Divergence from Kubernetes: who was connected to a replica that is lost moves to another at once; a store without a leader elects one in
 * no time; reads from caches of the API server fail, too, while the store has no quorum.
 */
import { SECOND, type SimTime } from "../../engine/time.js";
import type { ApiError } from "../api-server.js";

/** Parts of the plane that answer requests, in replicas. */
export type ServingComponent = "api-server" | "store";

export interface AvailabilityOptions {
	readonly apiServers?: number;
	readonly stores?: number;
	/** What a member of the store takes to write, drawn for each member and write; default nothing. */
	readonly writeUs?: (() => SimTime) | null;
}

/** With a store that does not answer a request waits in vain for so long (etcd: 5 s and two election timeouts). */
export const STORE_TIMEOUT_US = 7 * SECOND;

export class Availability {
	readonly #total: Readonly<Record<ServingComponent, number>>;
	readonly #alive: Record<ServingComponent, number>;
	readonly #writeUs: (() => SimTime) | null;
	/** Whether its members have a leader, where they choose one themselves. */
	#led = true;
	readonly #listeners: ((serving: boolean) => void)[] = [];
	#waiting: (() => void)[] = [];

	constructor({ apiServers = 1, stores = 1, writeUs = null }: AvailabilityOptions = {}) {
		this.#total = { "api-server": apiServers, store: stores };
		this.#alive = { ...this.#total };
		this.#writeUs = writeUs;
	}

	get serving(): boolean {
		return this.#led && this.#alive["api-server"] > 0 && this.#alive.store >= this.#quorum;
	}

	get #quorum(): number {
		return Math.floor(this.#total.store / 2) + 1;
	}

	/** What a request is told now; null if it is served. */
	get refusal(): ApiError | null {
		if (!this.#led) return { code: 503, message: "The swarm does not have a leader." };
		if (this.#alive["api-server"] === 0) return { code: 503, message: "connect: connection refused" };
		return this.serving ? null : { code: 500, message: "etcdserver: request timed out" };
	}

	/** How many times as long each request occupies what is left of the API servers. */
	get slowdown(): number {
		return this.#total["api-server"] / Math.max(1, this.#alive["api-server"]);
	}

	/** Whether the store writes in no time. */
	get writesAtOnce(): boolean {
		return this.#writeUs === null;
	}

	/** Until a quorum of the store has written what is written now. */
	commitUs(): SimTime {
		if (this.#writeUs === null) return 0;
		const writes = Array.from({ length: this.#alive.store }, this.#writeUs).sort((a, b) => a - b);
		return Math.round(writes[this.#quorum - 1] ?? 0);
	}

	/** Some replicas fail; all that there are, if fewer. */
	fail(component: ServingComponent, replicas: number): void {
		this.#change(component, Math.max(0, this.#alive[component] - replicas));
	}

	/** Some come back. */
	recover(component: ServingComponent, replicas: number): void {
		this.#change(component, Math.min(this.#total[component], this.#alive[component] + replicas));
	}

	/** Members of the store have lost their leader, or have one again. */
	setLed(led: boolean): void {
		this.#changed(() => {
			this.#led = led;
		});
	}

	/** Hears when the API server ceases to answer, and when it does again. */
	watch(listener: (serving: boolean) => void): void {
		this.#listeners.push(listener);
	}

	/** Does it now, or once the API server answers again; in the order in which it was asked for. */
	whenServing(act: () => void): void {
		if (this.serving) act();
		else this.#waiting.push(act);
	}

	#change(component: ServingComponent, alive: number): void {
		this.#changed(() => {
			this.#alive[component] = alive;
		});
	}

	#changed(change: () => void): void {
		const before = this.serving;
		change();
		if (this.serving === before) return;
		for (const listener of this.#listeners) listener(this.serving);
		if (!this.serving) return;
		const waiting = this.#waiting;
		this.#waiting = [];
		for (const act of waiting) act();
	}
}
