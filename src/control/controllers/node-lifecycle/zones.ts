/**
 * All zones together: who waits for a taint where, and at what rate. Where every zone is fully disrupted the fault is thought to be on
 * this side: nobody is tainted then. Source: handleDisruption in node_lifecycle_controller.go.
 */
import type { SimTime } from "../../../engine/time.js";
import { TaintQueue } from "./taint-queue.js";
import { type EvictionRates, taintRate, type ZoneState, zoneState } from "./zone.js";

/** What a pass has shown of all zones together. */
export type Verdict = "enters-full-disruption" | "leaves-full-disruption" | "goes-on";

interface Zone {
	readonly queue: TaintQueue;
	readonly nodes: Set<string>;
	state: ZoneState;
}

export class Zones {
	readonly #rates: EvictionRates;
	readonly #zones = new Map<string, Zone>();

	constructor(rates: EvictionRates) {
		this.#rates = rates;
	}

	addNode(name: string, zone: string): void {
		this.#zone(zone).nodes.add(name);
	}

	/** `forGood`: it waits no more either. */
	removeNode(name: string, zone: string, forGood: boolean): void {
		const { nodes, queue } = this.#zone(zone);
		nodes.delete(name);
		if (forGood) queue.remove(name);
	}

	queueOf(zone: string): TaintQueue {
		return this.#zone(zone).queue;
	}

	get queues(): readonly TaintQueue[] {
		return [...this.#zones.values()].map(({ queue }) => queue);
	}

	/** Whether anybody waits whose turn can come. */
	get anyWaits(): boolean {
		return this.queues.some((queue) => queue.size > 0 && !queue.stopped);
	}

	stateOf(zone: string): ZoneState {
		return this.#zone(zone).state;
	}

	/** Sets the rates by how many nodes of each zone are not ready. Who enters full disruption takes the taints off, then calls `stopAll`. */
	judge(notReadyIn: (zone: string) => number, nowUs: SimTime): Verdict {
		const zones = [...this.#zones].filter(([, { nodes }]) => nodes.size > 0);
		const found = zones.map(([key, zone]) => {
			const notReady = Math.min(notReadyIn(key), zone.nodes.size);
			return { zone, state: zoneState(zone.nodes.size - notReady, notReady, this.#rates) };
		});
		const all = found.every(({ state }) => state === "full-disruption");
		const were = zones.every(([, { state }]) => state === "full-disruption");
		if (all) return were ? "goes-on" : "enters-full-disruption";
		for (const { zone, state } of found) if (were || zone.state !== state) this.#enter(zone, state, nowUs);
		return were ? "leaves-full-disruption" : "goes-on";
	}

	/** Nobody is tainted any more. */
	stopAll(nowUs: SimTime): void {
		for (const zone of this.#zones.values()) {
			zone.queue.setRate(0, nowUs);
			zone.state = "full-disruption";
		}
	}

	#enter(zone: Zone, state: ZoneState, nowUs: SimTime): void {
		zone.queue.setRate(taintRate(state, zone.nodes.size, this.#rates), nowUs);
		zone.state = state;
	}

	#zone(key: string): Zone {
		let zone = this.#zones.get(key);
		if (zone === undefined) {
			zone = { queue: new TaintQueue(this.#rates.normal), nodes: new Set(), state: "initial" };
			this.#zones.set(key, zone);
		}
		return zone;
	}
}
