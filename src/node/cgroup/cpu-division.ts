/**
 * `divideCpu` in columns, for one node whose groups come, go and change: groups are slots of typed arrays, laid out level by level
 * from the root, so that children lie side by side and after their parent. A division is one pass up for what each group can use
 * and one pass down that gives; a family whose wants fit is only copied, and nothing is done when nothing changed.
 *
 * CPU time in milli-CPU, which need not be whole. A group with threads and children has a child for its threads, with the weight
 * of a thread for each. Divergence from Linux: as of `divideCpu` (cpu-tree.ts).
 */

const ROOT = -1;
const GONE = -2;
const NOBODY = -1;
const INITIAL_SLOTS = 16;

export class CpuDivision {
	/** By group; a group that was removed has parent `GONE` and its slot is used again. */
	#parent = new Int32Array(INITIAL_SLOTS);
	#childCount = new Int32Array(INITIAL_SLOTS);
	#weight = new Float64Array(INITIAL_SLOTS);
	#cap = new Float64Array(INITIAL_SLOTS);
	#demand = new Float64Array(INITIAL_SLOTS);
	#grant = new Float64Array(INITIAL_SLOTS);
	readonly #freeSlots: number[] = [];
	#slots = 0;

	/** By group: its place in the layout. */
	#placeOf = new Int32Array(INITIAL_SLOTS);
	/** By place in the layout: the group and where its children begin; they end where those of the next place begin. */
	#groupAt = new Int32Array(INITIAL_SLOTS);
	#firstChild = new Int32Array(INITIAL_SLOTS + 1);
	#limitAt = new Float64Array(INITIAL_SLOTS);
	#weightAt = new Float64Array(INITIAL_SLOTS);
	#grantAt = new Float64Array(INITIAL_SLOTS);
	/** Places that still take part while a family is divided. */
	#open = new Int32Array(INITIAL_SLOTS);
	#places = 0;

	#laidOut = true;
	#settled = true;
	#capacityMilli = 0;

	/**
	 * A new group under `parent` (-1: the root) and its id, with `weight` above 0 in the scale of its siblings and a quota of
	 * `capMilli` (Infinity: none). It wants nothing at first. Error for a parent that is not there or wants CPU itself.
	 */
	add(parent: number, weight: number, capMilli: number): number {
		if (parent !== ROOT) {
			this.#check(parent);
			if (this.#demand[parent]! > 0)
				throw new Error(`group ${parent} has a demand of its own, so it takes no children`);
			this.#childCount[parent]!++;
		}
		const group = this.#freeSlots.pop() ?? this.#slots++;
		if (group >= this.#parent.length) this.#grow();
		this.#parent[group] = parent;
		this.#childCount[group] = 0;
		this.#weight[group] = positive(weight);
		this.#cap[group] = capMilli;
		this.#demand[group] = 0;
		this.#grant[group] = 0;
		this.#laidOut = false;
		this.#settled = false;
		return group;
	}

	/** Error for a group that has children. */
	remove(group: number): void {
		this.#check(group);
		if (this.#childCount[group]! > 0) throw new Error(`group ${group} has children: remove them first`);
		const parent = this.#parent[group]!;
		if (parent !== ROOT) this.#childCount[parent]!--;
		this.#parent[group] = GONE;
		this.#grant[group] = 0;
		this.#freeSlots.push(group);
		this.#laidOut = false;
		this.#settled = false;
	}

	setWeight(group: number, weight: number): void {
		this.#check(group);
		if (this.#weight[group] === weight) return;
		this.#weight[group] = positive(weight);
		// Weights are part of the layout, for they change seldom.
		this.#laidOut = false;
		this.#settled = false;
	}

	setCap(group: number, capMilli: number): void {
		this.#check(group);
		if (this.#cap[group] === capMilli) return;
		this.#cap[group] = capMilli;
		this.#settled = false;
	}

	/** What the threads of a group without children want now, at most 1000 for each thread that can run. */
	setDemand(group: number, milli: number): void {
		if (this.#demand[group] === milli) return;
		this.#check(group);
		if (this.#childCount[group]! > 0) throw new Error(`group ${group} has children: only they have demands`);
		this.#demand[group] = milli;
		this.#settled = false;
	}

	/** Divides the node's CPU time; `grantMilli` holds the outcome. */
	divide(capacityMilli: number): void {
		if (this.#settled && this.#capacityMilli === capacityMilli) return;
		if (!this.#laidOut) this.#layOut();
		this.#settled = true;
		this.#capacityMilli = capacityMilli;
		const top = this.#places === 0 ? 0 : this.#firstChild[0]!;
		this.#findLimits();
		this.#share(0, top, capacityMilli);
		for (let place = 0; place < this.#places; place++) {
			const grant = this.#grantAt[place]!;
			this.#grant[this.#groupAt[place]!] = grant;
			const first = this.#firstChild[place]!;
			const end = this.#firstChild[place + 1]!;
			if (end > first) this.#share(first, end, grant);
		}
	}

	/** By group: what it got in the last division, with all below it. Another array after `add`: do not keep it. */
	get grantMilli(): Float64Array {
		return this.#grant;
	}

	/**
	 * What the group would get, as of the last division, if it wanted all that there is and neither its own quota nor one above
	 * it held it: what its rivals leave it while it runs.
	 */
	fairMilli(group: number): number {
		this.#check(group);
		const parent = this.#parent[group]!;
		const ofRoot = parent === ROOT;
		const first = ofRoot ? 0 : this.#firstChild[this.#placeOf[parent]!]!;
		const end = this.#firstChild[ofRoot ? 0 : this.#placeOf[parent]! + 1]!;
		const place = this.#placeOf[group]!;
		const amount = ofRoot ? this.#capacityMilli : this.fairMilli(parent);
		const limit = this.#limitAt[place]!;
		this.#limitAt[place] = Number.POSITIVE_INFINITY;
		this.#share(first, end, amount);
		this.#limitAt[place] = limit;
		return this.#grantAt[place]!;
	}

	/** From the leaves up: the most that each group can use. */
	#findLimits(): void {
		for (let place = this.#places - 1; place >= 0; place--) {
			const group = this.#groupAt[place]!;
			let wanted = this.#demand[group]!;
			const end = this.#firstChild[place + 1]!;
			for (let child = this.#firstChild[place]!; child < end; child++) wanted += this.#limitAt[child]!;
			this.#limitAt[place] = Math.min(wanted, this.#cap[group]!);
		}
	}

	/** Weighted max-min among the places of a family. */
	#share(first: number, end: number, amount: number): void {
		const limits = this.#limitAt;
		const weights = this.#weightAt;
		const grants = this.#grantAt;
		let wanted = 0;
		let weight = 0;
		for (let place = first; place < end; place++) {
			wanted += limits[place]!;
			weight += weights[place]!;
		}
		if (wanted <= amount) {
			for (let place = first; place < end; place++) grants[place] = limits[place]!;
			return;
		}
		const open = this.#open;
		let count = end - first;
		for (let i = 0; i < count; i++) open[i] = first + i;
		let left = amount;
		for (;;) {
			// Whoever cannot use its share at this rate gets its limit; the others come again, at a higher rate.
			const rate = Math.max(0, left) / weight;
			let still = 0;
			weight = 0;
			for (let i = 0; i < count; i++) {
				const place = open[i]!;
				const share = weights[place]! * rate;
				if (limits[place]! <= share) {
					grants[place] = limits[place]!;
					left -= limits[place]!;
				} else {
					grants[place] = share;
					weight += weights[place]!;
					open[still++] = place;
				}
			}
			if (still === count || still === 0) return;
			count = still;
		}
	}

	/** Children of the root first, then theirs in the same order, and so on. */
	#layOut(): void {
		const firstOf = new Int32Array(this.#slots + 1).fill(NOBODY);
		const nextOf = new Int32Array(this.#slots);
		for (let group = this.#slots - 1; group >= 0; group--) {
			const parent = this.#parent[group]!;
			if (parent === GONE) continue;
			nextOf[group] = firstOf[parent + 1]!;
			firstOf[parent + 1] = group;
		}
		let places = 0;
		const lay = (parent: number) => {
			for (let group = firstOf[parent + 1]!; group !== NOBODY; group = nextOf[group]!) {
				this.#placeOf[group] = places;
				this.#weightAt[places] = this.#weight[group]!;
				this.#groupAt[places++] = group;
			}
		};
		lay(ROOT);
		for (let place = 0; place < places; place++) {
			this.#firstChild[place] = places;
			lay(this.#groupAt[place]!);
		}
		this.#firstChild[places] = places;
		this.#places = places;
		this.#laidOut = true;
	}

	#check(group: number): void {
		if (!(group >= 0 && group < this.#slots) || this.#parent[group] === GONE)
			throw new Error(`there is no group ${group}`);
	}

	#grow(): void {
		const slots = this.#parent.length * 2;
		this.#parent = grownInts(this.#parent, slots);
		this.#childCount = grownInts(this.#childCount, slots);
		this.#weight = grown(this.#weight, slots);
		this.#cap = grown(this.#cap, slots);
		this.#demand = grown(this.#demand, slots);
		this.#grant = grown(this.#grant, slots);
		// What a layout fills anew is not copied.
		this.#placeOf = new Int32Array(slots);
		this.#groupAt = new Int32Array(slots);
		this.#firstChild = new Int32Array(slots + 1);
		this.#limitAt = new Float64Array(slots);
		this.#weightAt = new Float64Array(slots);
		this.#grantAt = new Float64Array(slots);
		this.#open = new Int32Array(slots);
	}
}

function positive(weight: number): number {
	if (!(weight > 0)) throw new Error(`a group's weight is above 0, not ${weight}`);
	return weight;
}

function grown(values: Float64Array, length: number): Float64Array<ArrayBuffer> {
	const longer = new Float64Array(length);
	longer.set(values);
	return longer;
}

function grownInts(values: Int32Array, length: number): Int32Array<ArrayBuffer> {
	const longer = new Int32Array(length);
	longer.set(values);
	return longer;
}
