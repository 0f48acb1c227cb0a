/**
 * A recommender in the manner of Autopilot's moving windows (Rzadca et al., EuroSys 2020, section 3.2): samples weigh less as they age,
 * by half-lives of 12 h for CPU and 48 h for memory; the limit is a statistic of them plus a margin. Limits of all tasks of a job are
 * one.
 *
 * Divergence from Autopilot: of its recommenders only the moving windows are here, not the ensemble of models; the statistic is the
 * same for all jobs, where Autopilot takes another for batch jobs and for jobs that must not run out of memory.
 */
import { z } from "zod";
import { durationSchema } from "../../../objects/duration.js";
import { DecayingHistogram } from "../decaying-histogram.js";
import { defineRecommender, type Recommendation, type Recommender, type UsageSample } from "../recommender.js";

const positive = durationSchema.refine((us) => us > 0, { error: "must be more than 0s" });
const quantile = z.number().min(0).max(1);

const params = z.strictObject({
	every: positive.prefault("5m").describe("Time between two looks"),
	cpuHalfLife: positive.prefault("12h").describe("Age at which a sample of CPU counts half"),
	memoryHalfLife: positive.prefault("48h").describe("Age at which a sample of memory counts half"),
	cpuQuantile: quantile.default(0.95).describe("Of the samples of CPU"),
	memoryQuantile: quantile.default(0.98).describe("Of the samples of memory; 1 is the peak"),
	margin: z.number().min(0).default(0.15).describe("On top, as a share"),
	warmup: durationSchema.prefault("30m").describe("How long a job is watched until its limits change"),
});

export const autopilot = defineRecommender({
	name: "autopilot",
	summary: "Limits follow a moving window of usage, with half-lives, as in Autopilot.",
	params,
	create: (options) => ({ periodUs: options.every, sets: "both", make: () => new MovingWindow(options) }),
});

class MovingWindow implements Recommender {
	readonly #options: z.output<typeof params>;
	readonly #cpu: DecayingHistogram;
	readonly #memory: DecayingHistogram;
	#sinceUs = Number.NaN;
	/** After a kill for want of memory: at least so much. */
	#floorBytes = 0;

	constructor(options: z.output<typeof params>) {
		this.#options = options;
		this.#cpu = new DecayingHistogram({ first: 10, last: 1e6, ratio: 1.05, halfLifeUs: options.cpuHalfLife });
		this.#memory = new DecayingHistogram({ first: 1e6, last: 1e13, ratio: 1.05, halfLifeUs: options.memoryHalfLife });
	}

	observe({ atUs, cpuMilli, memoryBytes, oomKilled }: UsageSample): void {
		if (Number.isNaN(this.#sinceUs)) this.#sinceUs = atUs;
		this.#cpu.add(cpuMilli, 1, atUs);
		this.#memory.add(memoryBytes, 1, atUs);
		if (oomKilled) this.#floorBytes = Math.max(this.#floorBytes, memoryBytes * 1.2);
	}

	recommend(nowUs: number): Recommendation | null {
		const { warmup, cpuQuantile, memoryQuantile, margin } = this.#options;
		if (this.#cpu.isEmpty || nowUs - this.#sinceUs < warmup) return null;
		const memoryBytes = Math.max(this.#floorBytes, this.#memory.quantile(memoryQuantile) * (1 + margin));
		return { cpuMilli: Math.ceil(this.#cpu.quantile(cpuQuantile) * (1 + margin)), memoryBytes: Math.ceil(memoryBytes) };
	}
}
