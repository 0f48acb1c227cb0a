/** When nodes were not ready or not there: from the changes of the cell, exactly, or else from samples, as exactly as they come. */
import { ABSENCE_KINDS, type Absences } from "./history.js";
import { SAMPLED, type SampledNodes } from "./node-sampler.js";
import { Numbers } from "./numbers.js";

const KIND = { notReady: ABSENCE_KINDS.indexOf("not ready"), notThere: ABSENCE_KINDS.indexOf("not there") } as const;

export class AbsenceBuilder {
	readonly #endUs: number;
	readonly #rows = { node: new Numbers(), kind: new Numbers(), from: new Numbers(), to: new Numbers() };
	/** By node, what it is at and since when; nodes that are ready have no entry. */
	readonly #away = new Map<number, { readonly kind: number; readonly sinceUs: number }>();
	readonly #seen = new Set<number>();

	constructor(endUs: number) {
		this.#endUs = endUs;
	}

	/** A change of a node, by its name in the table `changes`; others than those that matter here are let pass. */
	addChange(node: number, change: string, timeUs: number): void {
		if (node < 0) return;
		if (change === "node-added" && !this.#seen.has(node) && timeUs > 0) this.#put(node, KIND.notThere, 0, timeUs);
		this.#seen.add(node);
		if (change === "node-ready" || change === "node-added") this.#back(node, timeUs);
		if (change === "node-not-ready") this.#gone(node, KIND.notReady, timeUs);
		if (change === "node-removed") this.#gone(node, KIND.notThere, timeUs);
	}

	/** What holds at a sample holds until the next. */
	addSamples(sampled: SampledNodes | null): void {
		if (sampled === null) return;
		const { timesUs, ready } = sampled;
		const samples = timesUs.length;
		for (let place = 0; place < ready.length; place++) {
			const [node, sample] = [Math.floor(place / samples), place % samples];
			if (ready[place] === SAMPLED.ready) this.#back(node, timesUs[sample]!);
			else this.#gone(node, ready[place] === SAMPLED.notReady ? KIND.notReady : KIND.notThere, timesUs[sample]!);
			if (sample === samples - 1) this.#back(node, this.#endUs);
		}
	}

	build(): Absences {
		for (const node of [...this.#away.keys()]) this.#back(node, this.#endUs);
		const { node, kind, from, to } = this.#rows;
		return {
			length: node.length,
			node: Int32Array.from(node.values),
			kind: Int32Array.from(kind.values),
			fromUs: from.values,
			toUs: to.values,
		};
	}

	#gone(node: number, kind: number, timeUs: number): void {
		if (this.#away.get(node)?.kind === kind) return;
		this.#back(node, timeUs);
		this.#away.set(node, { kind, sinceUs: timeUs });
	}

	#back(node: number, timeUs: number): void {
		const away = this.#away.get(node);
		if (away === undefined) return;
		this.#away.delete(node);
		if (timeUs > away.sinceUs) this.#put(node, away.kind, away.sinceUs, timeUs);
	}

	#put(node: number, kind: number, fromUs: number, toUs: number): void {
		this.#rows.node.push(node);
		this.#rows.kind.push(kind);
		this.#rows.from.push(fromUs);
		this.#rows.to.push(toUs);
	}
}
