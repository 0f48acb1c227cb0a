/**
 * A histogram whose samples lose weight as they age: a sample counts twice as much as one that is a half-life older. Buckets grow by
 * a constant ratio, so that memory is fixed and the error relative.
 *
 * Source: kubernetes/autoscaler, vertical-pod-autoscaler/pkg/recommender/util (histogram with exponential buckets, ratio 1.05,
 * decaying weights); the moving windows of Autopilot (EuroSys 2020, section 3.2) weigh samples in the same way.
 */
import type { SimTime } from "../../engine/time.js";

export interface HistogramOptions {
	/** Upper end of the first bucket, above 0. */
	readonly first: number;
	/** Where the last bucket begins, at least; larger samples count as that. */
	readonly last: number;
	/** Size of a bucket over that of the one before, above 1. */
	readonly ratio: number;
	readonly halfLifeUs: SimTime;
}

/** Half-lives after which weights are written relative to a new time, so that they stay small. */
const MAX_HALF_LIVES = 100;

export class DecayingHistogram {
	readonly #options: HistogramOptions;
	readonly #weights: Float64Array;
	#total = 0;
	/** Weights are relative to a sample of this time. */
	#referenceUs: SimTime = 0;

	constructor(options: HistogramOptions) {
		const { first, last, ratio } = options;
		this.#options = options;
		const buckets = Math.ceil(Math.log((last * (ratio - 1)) / first + 1) / Math.log(ratio)) + 1;
		this.#weights = new Float64Array(buckets);
	}

	get isEmpty(): boolean {
		return this.#total === 0;
	}

	/** Counts a sample of a time, which may be earlier than that of others; `weight` is above 0. */
	add(value: number, weight: number, atUs: SimTime): void {
		const { halfLifeUs } = this.#options;
		if (atUs - this.#referenceUs > MAX_HALF_LIVES * halfLifeUs) this.#moveTo(atUs);
		const counted = weight * 2 ** ((atUs - this.#referenceUs) / halfLifeUs);
		const bucket = this.#bucketOf(value);
		this.#weights[bucket] = Math.max(0, this.#weights[bucket]! + counted);
		this.#total += counted;
	}

	/** The upper end of the bucket in which the share `p`, 0 to 1, of the weight is reached; 0 if there are no samples. */
	quantile(p: number): number {
		if (this.#total === 0) return 0;
		let sum = 0;
		let last = 0;
		for (let bucket = 0; bucket < this.#weights.length; bucket++) {
			if (this.#weights[bucket] === 0) continue;
			sum += this.#weights[bucket]!;
			last = bucket;
			if (sum >= p * this.#total) break;
		}
		return this.#endOf(last);
	}

	/** Mean of the samples by the upper ends of their buckets; 0 if there are none. */
	mean(): number {
		if (this.#total === 0) return 0;
		let sum = 0;
		for (let bucket = 0; bucket < this.#weights.length; bucket++) sum += this.#weights[bucket]! * this.#endOf(bucket);
		return sum / this.#total;
	}

	#bucketOf(value: number): number {
		const { first, ratio } = this.#options;
		if (value <= first) return 0;
		const bucket = Math.ceil(Math.log((value * (ratio - 1)) / first + 1) / Math.log(ratio)) - 1;
		return Math.min(this.#weights.length - 1, bucket);
	}

	/** The first bucket is `first` wide, each next one `ratio` times as wide. */
	#endOf(bucket: number): number {
		const { first, ratio } = this.#options;
		return (first * (ratio ** (bucket + 1) - 1)) / (ratio - 1);
	}

	#moveTo(atUs: SimTime): void {
		const factor = 2 ** ((this.#referenceUs - atUs) / this.#options.halfLifeUs);
		for (let bucket = 0; bucket < this.#weights.length; bucket++) this.#weights[bucket]! *= factor;
		this.#total *= factor;
		this.#referenceUs = atUs;
	}
}
