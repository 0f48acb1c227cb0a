/** How many pods each owner has, counted as they come, change and go, so that not all have to be looked at. Told of each change of a pod. */
import type { SimTime } from "../../engine/time.js";
import type { Texts } from "../api-object.js";
import type { ApiChange } from "../api-server.js";
import { isActive, isAvailable, type Pod } from "../pod.js";

/** The active pods of one owner. */
export interface PodCounts {
	readonly active: number;
	/** Of these, those that serve. */
	readonly ready: number;
	/** Of one of them. */
	readonly labels: Texts;
	/** Whether all have the labels of that one, and all that serve are available without a wait. If not, the numbers do not say enough. */
	readonly alike: boolean;
}

type Counting = { -readonly [Field in keyof PodCounts]: PodCounts[Field] };

const NONE: PodCounts = { active: 0, ready: 0, labels: {}, alike: true };

export class PodsOfOwners {
	readonly #clock: { readonly nowUs: SimTime };
	/** By uid of the owner. */
	readonly #counts = new Map<number, Counting>();

	constructor(clock: { readonly nowUs: SimTime }) {
		this.#clock = clock;
	}

	changed({ before, after }: ApiChange): void {
		if (before !== null) this.#count(before as Pod, -1);
		if (after !== null) this.#count(after as Pod, 1);
	}

	/** Of now: they go on being counted. */
	of(owner: number): PodCounts {
		return this.#counts.get(owner) ?? NONE;
	}

	#count(pod: Pod, change: 1 | -1): void {
		const { owner, labels } = pod.metadata;
		if (owner === null || !isActive(pod)) return;
		let counts = this.#counts.get(owner.uid);
		if (counts === undefined) {
			counts = { active: 0, ready: 0, labels, alike: true };
			this.#counts.set(owner.uid, counts);
		}
		counts.active += change;
		if (pod.status.ready) counts.ready += change;
		counts.alike &&= labels === counts.labels && (!pod.status.ready || isAvailable(pod, 0, this.#clock.nowUs));
		if (counts.active === 0) this.#counts.delete(owner.uid);
	}
}
