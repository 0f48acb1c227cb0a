/** Measures of HorizontalPodAutoscalers: each size that they choose and when, what they say of it, and what they measured. */
import type { TimelineEvent } from "./golden.js";
import type { Put, World } from "./measures.js";

const SAID = ["c.AbleToScale", "c.ScalingActive", "c.ScalingLimited"] as const;

export class AutoscalingMeasures {
	readonly #sizes: number[] = [];
	readonly #timesMs: number[] = [];
	readonly #said: string[] = [];
	readonly #measured: number[] = [];

	see(event: TimelineEvent): void {
		if (event.k !== "HPA" || event.op !== "M") return;
		if (event["des"] !== undefined) {
			this.#sizes.push(Number(event["des"]));
			this.#timesMs.push(event.t);
		}
		if (event["m.cpu"] !== undefined) this.#measured.push(Number(event["m.cpu"]));
		for (const name of SAID) if (event[name] !== undefined) this.#said.push(`${name} ${event[name]}`);
	}

	end(put: Put, world: World, startMs: number): void {
		for (const [name, { cur, des }] of world.of("HPA")) put(`HPA ${name}`, `${cur} of ${des}`);
		if (this.#measured.length > 0) put("HPA measured", this.#measured.join(" "));
		if (this.#said.length > 0) put("HPA said", this.#said.join("\n"));
		if (this.#sizes.length === 0) return;
		put("HPA sizes", this.#sizes.join(" "));
		this.#timesMs.forEach((t, i) => {
			put(`HPA size ${i + 1} Ms`, t - startMs);
		});
	}
}
