/** Walks along a `Demand`: what it is now, and when it changes next. Small, because a cell has several for each container. */
import { sampler } from "../../engine/distributions.js";
import type { Random } from "../../engine/random.js";
import type { SimTime } from "../../engine/time.js";
import type { Demand } from "../../objects/usage.js";
import { hasPodClock, nextChangeUs, valueAt } from "./demand-at.js";

export class DemandCursor {
	/** The amount now, 0 or more. */
	value = 0;
	/** When it changes next, simulated time; Infinity for never. */
	nextUs: SimTime = Number.POSITIVE_INFINITY;
	readonly #demand: Demand;
	readonly #draw: (() => number) | null;
	/** Zero of the demand's clock, simulated time. */
	#originUs: SimTime = 0;

	/** Stands nowhere until `begin`. `random` is asked for only by a demand that draws, once. */
	constructor(demand: Demand, random: () => Random) {
		this.#demand = demand;
		this.#draw = demand.kind === "drawn" ? sampler(demand.distribution, random()) : null;
	}

	/** The container starts, or starts again: the pod's clock is 0 now. */
	begin(nowUs: SimTime): void {
		this.#originUs = hasPodClock(this.#demand) ? nowUs : 0;
		this.advance(nowUs);
	}

	/** Moves on to `nowUs`, which is `nextUs` or later. A demand that draws draws once, however many steps have passed. */
	advance(nowUs: SimTime): void {
		const demand = this.#demand;
		const atUs = nowUs - this.#originUs;
		if (demand.kind === "drawn") {
			this.value = Math.max(0, this.#draw!() * (demand.factor ?? 1));
			this.nextUs = this.#originUs + (Math.floor(atUs / demand.stepUs) + 1) * demand.stepUs;
			return;
		}
		this.value = valueAt(demand, atUs);
		this.nextUs = this.#originUs + nextChangeUs(demand, atUs);
	}
}
