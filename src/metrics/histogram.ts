/**
 * Counts of non-negative integers in buckets whose width grows with the value: exact below 2048, within 0.05 % above
 * (1024 buckets per power of two, the idea of HdrHistogram). Memory does not depend on how many values were added.
 */
const SUB_BITS = 10;
const SUB = 2 ** SUB_BITS;

export class Histogram {
	count = 0;
	sum = 0;
	max = Number.NaN;
	#counts = new Float64Array(2 * SUB);

	/** Adds an integer of 0 .. 2^53. */
	add(value: number): void {
		this.count++;
		this.sum += value;
		if (!(value <= this.max)) this.max = value;
		const bucket = bucketOf(value);
		if (bucket >= this.#counts.length) {
			const larger = new Float64Array(Math.max(2 * this.#counts.length, bucket + 1));
			larger.set(this.#counts);
			this.#counts = larger;
		}
		this.#counts[bucket]!++;
	}

	/** Arithmetic mean, exact; NaN if empty. */
	get mean(): number {
		return this.sum / this.count;
	}

	/** The value at rank ceil(q x count), as the middle of its bucket; NaN if empty. `q` is 0 .. 1. */
	quantile(q: number): number {
		if (this.count === 0) return Number.NaN;
		let rank = Math.max(1, Math.ceil(q * this.count));
		for (let bucket = 0; bucket < this.#counts.length; bucket++) {
			rank -= this.#counts[bucket]!;
			if (rank <= 0) return Math.min(this.max, middleOf(bucket));
		}
		return this.max;
	}
}

function bucketOf(value: number): number {
	if (value < 2 * SUB) return value;
	const exponent = Math.floor(Math.log2(value));
	// log2 may round up just below a power of two.
	const power = value < 2 ** exponent ? exponent - 1 : exponent;
	return (power - SUB_BITS) * SUB + Math.floor(value / 2 ** (power - SUB_BITS));
}

function middleOf(bucket: number): number {
	if (bucket < 2 * SUB) return bucket;
	const power = Math.floor(bucket / SUB) - 1;
	const width = 2 ** power;
	return ((bucket % SUB) + SUB) * width + Math.floor((width - 1) / 2);
}
