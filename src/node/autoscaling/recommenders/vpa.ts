/**
 * The recommender of Kubernetes' vertical pod autoscaler: requests are the 90th percentile of decaying histograms, plus 15 %; a pod is
 * changed when its request leaves the range from the 50th to the 95th percentile, which is wide while little is known.
 *
 * Source: kubernetes/autoscaler, vertical-pod-autoscaler/pkg/recommender (flags and their defaults: target-cpu-percentile 0.9,
 * recommendation-margin-fraction 0.15, half-lives 24 h, memory aggregation interval 24 h, pod-recommendation-min-cpu-millicores 25,
 * -memory-mb 250, oom-bump-up-ratio 1.2, oom-min-bump-up-bytes 100 MiB; confidence multipliers of logic/recommender.go).
 *
 * Divergence from VPA: histories begin with the run (no checkpoints), a container's memory peak of an interval counts when it is
 * seen and not at the end of the interval, and requests change in place where there is room (InPlaceOrRecreate), without evictions.
 */
import { z } from "zod";
import type { SimTime } from "../../../engine/time.js";
import { durationSchema } from "../../../objects/duration.js";
import { DecayingHistogram } from "../decaying-histogram.js";
import { defineRecommender, type Recommendation, type Recommender, type UsageSample } from "../recommender.js";

const DAY_US = 86_400_000_000;
const MINUTE_US = 60_000_000;
const MEBIBYTE = 2 ** 20;
/** A sample of CPU weighs as much as the request, and no less than this. */
const MIN_WEIGHT = 0.1;

const positive = durationSchema.refine((us) => us > 0, { error: "must be more than 0s" });

const params = z.strictObject({
	every: positive.prefault("1m").describe("Time between two looks"),
	halfLife: positive.prefault("24h").describe("Age at which a sample counts half"),
	memoryInterval: positive.prefault("24h").describe("Each pod gives one sample of memory in so long, its peak"),
	target: z.number().min(0).max(1).default(0.9).describe("Quantile that is recommended"),
	margin: z.number().min(0).default(0.15).describe("On top, as a share"),
	minimumCpu: z.number().min(0).default(25).describe("Least recommendation, milli-CPU"),
	minimumMemory: z.number().min(0).default(250).describe("Least recommendation, MiB"),
});

export const vpa = defineRecommender({
	name: "vpa",
	summary: "Requests as Kubernetes' vertical pod autoscaler recommends them; limits in proportion.",
	params,
	create: (options) => ({ periodUs: options.every, sets: "requests", make: () => new VpaRecommender(options) }),
});

class VpaRecommender implements Recommender {
	readonly #options: z.output<typeof params>;
	readonly #cpu: DecayingHistogram;
	readonly #memory: DecayingHistogram;
	#firstUs = Number.NaN;
	#lastUs = Number.NaN;
	#samples = 0;
	/** Memory peak of the present interval, already in the histogram. */
	#peakBytes = 0;
	#intervalEndUs = 0;

	constructor(options: z.output<typeof params>) {
		this.#options = options;
		const halfLifeUs = options.halfLife;
		this.#cpu = new DecayingHistogram({ first: 10, last: 1e6, ratio: 1.05, halfLifeUs });
		this.#memory = new DecayingHistogram({ first: 1e7, last: 1e12, ratio: 1.05, halfLifeUs });
	}

	observe({ atUs, cpuMilli, memoryBytes, requestMilli, oomKilled }: UsageSample): void {
		if (Number.isNaN(this.#firstUs)) this.#firstUs = atUs;
		this.#lastUs = atUs;
		this.#samples++;
		this.#cpu.add(cpuMilli, Math.max(MIN_WEIGHT, requestMilli / 1000), atUs);
		const needed = oomKilled ? Math.max(memoryBytes + 100 * MEBIBYTE, memoryBytes * 1.2) : memoryBytes;
		this.#observeMemory(needed, atUs);
	}

	recommend(): Recommendation | null {
		if (this.#cpu.isEmpty) return null;
		const { target } = this.#options;
		const days = this.#confidenceDays();
		return {
			...this.#at(target, 1),
			low: this.#at(0.5, (1 + 0.001 / days) ** -2),
			high: this.#at(0.95, 1 + 1 / days),
		};
	}

	/** The sample of an interval is its peak so far: a higher one takes the place of the one before. */
	#observeMemory(bytes: number, atUs: SimTime): void {
		if (atUs >= this.#intervalEndUs) {
			this.#intervalEndUs = atUs + this.#options.memoryInterval;
			this.#peakBytes = 0;
		}
		if (bytes <= this.#peakBytes) return;
		if (this.#peakBytes > 0) this.#memory.add(this.#peakBytes, -1, this.#intervalEndUs);
		this.#memory.add(bytes, 1, this.#intervalEndUs);
		this.#peakBytes = bytes;
	}

	/** Days of history, or what as many samples a minute would be, whichever is less. */
	#confidenceDays(): number {
		const byTime = (this.#lastUs - this.#firstUs) / DAY_US;
		const bySamples = (this.#samples * MINUTE_US) / DAY_US;
		return Math.max(1e-6, Math.min(byTime, bySamples));
	}

	#at(quantile: number, confidence: number): { readonly cpuMilli: number; readonly memoryBytes: number } {
		const { margin, minimumCpu, minimumMemory } = this.#options;
		const scaled = (value: number) => Math.ceil(value * (1 + margin) * confidence);
		return {
			cpuMilli: Math.max(minimumCpu, scaled(this.#cpu.quantile(quantile))),
			memoryBytes: Math.max(minimumMemory * MEBIBYTE, scaled(this.#memory.quantile(quantile))),
		};
	}
}
