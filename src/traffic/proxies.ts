/**
 * What proxies know of the endpoints of a service, and when: each hears of a change after a delay of its own, and writes what it knows
 * down no more often than once in `minSyncUs` (kube-proxy's minSyncPeriod, 1 s by default). Until then it sends requests to where
 * the endpoints were.
 *
 * A proxy here stands for the proxies of a share of the nodes that requests come in at: kube-proxy, the routing mesh of Docker Swarm
 * (IPVS), Marathon-lb, an ingress that watches endpoints.
 *
 * Divergence from kube-proxy: no second sync at once after a rest (its burst of 2), and none by the clock (syncPeriod).
 */
import type { PodId } from "../cell/ids.js";
import type { Engine, EventKind } from "../engine/engine.js";
import type { SimTime } from "../engine/time.js";

export interface ProxyOptions {
	/** Draws the time from a change until a proxy has heard of it and could act on it, microseconds. */
	readonly delayUs: () => number;
	readonly minSyncUs: SimTime;
}

/** Told what a proxy knows from now on. */
export type Learned = (pods: readonly PodId[]) => void;

interface Proxy extends ProxyOptions {
	readonly learned: Learned;
	/** On their way, in the order in which they were sent. */
	coming: { readonly pods: readonly PodId[]; readonly heardUs: SimTime }[];
	syncedUs: SimTime;
	pending: boolean;
}

export class Proxies {
	readonly #engine: Engine;
	readonly #sync: EventKind;
	readonly #proxies: Proxy[] = [];

	constructor(engine: Engine, phase: number) {
		this.#engine = engine;
		this.#sync = engine.kind("traffic-proxy", phase, (index) => this.#syncNow(index));
	}

	/** Answers with the number of a new proxy. */
	add(options: ProxyOptions, learned: Learned): number {
		const proxy: Proxy = { ...options, learned, coming: [], syncedUs: Number.NEGATIVE_INFINITY, pending: false };
		return this.#proxies.push(proxy) - 1;
	}

	/** The endpoints of its service have changed. */
	tell(index: number, pods: readonly PodId[]): void {
		const proxy = this.#proxies[index]!;
		const sentUs = proxy.coming.at(-1)?.heardUs ?? 0;
		const heardUs = this.#engine.nowUs + Math.max(0, Math.round(proxy.delayUs()));
		proxy.coming.push({ pods, heardUs: Math.max(sentUs, heardUs) });
		this.#arm(index);
	}

	#arm(index: number): void {
		const proxy = this.#proxies[index]!;
		if (proxy.pending || proxy.coming.length === 0) return;
		proxy.pending = true;
		const dueUs = Math.max(proxy.coming[0]!.heardUs, proxy.syncedUs + proxy.minSyncUs);
		this.#engine.schedule(dueUs, this.#sync, index);
	}

	#syncNow(index: number): void {
		const proxy = this.#proxies[index]!;
		const { nowUs } = this.#engine;
		proxy.pending = false;
		proxy.syncedUs = nowUs;
		const heard = proxy.coming.findLastIndex(({ heardUs }) => heardUs <= nowUs);
		const { pods } = proxy.coming[heard]!;
		proxy.coming = proxy.coming.slice(heard + 1);
		proxy.learned(pods);
		this.#arm(index);
	}
}
