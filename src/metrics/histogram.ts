/**
 * Counts of non-negative integers in buckets whose width grows with the value: exact below 2048, within 0.05 % above
 * (1024 buckets per power of two, the idea of HdrHistogram). Memory does not depend on how many values were added.
 */
const FINE_BITS = 10;
/** 64 buckets per power of two: exact below 128, within 0.8 % above, in a sixteenth of the memory. */
export const COARSE_BITS = 6;

export class Histogram {
	count = 0;
	sum = 0;
	max = Number.NaN;
	readonly #bits: number;
	/** Up to here values have buckets of their own. */
	readonly #exact: number;
	#counts: Float64Array<ArrayBuffer>;

	/** With 2^`bits` buckets per power of two. */
	constructor(bits = FINE_BITS) {
		this.#bits = bits;
		this.#exact = 2 * 2 ** bits;
		this.#counts = new Float64Array(this.#exact);
	}

	/** Adds an integer of 0 .. 2^53. */
	add(value: number): void {
		this.count++;
		this.sum += value;
		if (!(value <= this.max)) this.max = value;
		const bucket = value < this.#exact ? value : bucketOf(value, this.#bits);
		if (bucket >= this.#counts.length) this.#reserve(Math.max(2 * this.#counts.length, bucket + 1));
		this.#counts[bucket]!++;
	}

	/** Adds all values of another histogram with as many bits. */
	addAll(other: Histogram): void {
		if (other.count === 0) return;
		this.count += other.count;
		this.sum += other.sum;
		if (!(other.max <= this.max)) this.max = other.max;
		if (other.#counts.length > this.#counts.length) this.#reserve(other.#counts.length);
		for (let bucket = 0; bucket < other.#counts.length; bucket++) this.#counts[bucket]! += other.#counts[bucket]!;
	}

	/** Forgets all values. */
	clear(): void {
		this.count = 0;
		this.sum = 0;
		this.max = Number.NaN;
		this.#counts.fill(0);
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
			if (rank <= 0) return Math.min(this.max, middleOf(bucket, this.#bits));
		}
		return this.max;
	}

	#reserve(buckets: number): void {
		const larger = new Float64Array(buckets);
		larger.set(this.#counts);
		this.#counts = larger;
	}
}

/** Powers of two by exponent: looked up, because `**` is a call into a library of mathematics, and every pod is counted several times. */
const POWERS = Float64Array.from({ length: 54 }, (_, exponent) => 2 ** exponent);

/** The bucket of a value that has none of its own. */
function bucketOf(value: number, bits: number): number {
	const shift = exponentOf(value) - bits;
	return shift * POWERS[bits]! + Math.floor(value / POWERS[shift]!);
}

/** The largest power of two that is not above a positive integer below 2^53. */
function exponentOf(value: number): number {
	return value < 2 ** 32 ? 31 - Math.clz32(value) : 63 - Math.clz32(value / 2 ** 32);
}

function middleOf(bucket: number, bits: number): number {
	const sub = 2 ** bits;
	if (bucket < 2 * sub) return bucket;
	const power = Math.floor(bucket / sub) - 1;
	const width = 2 ** power;
	return ((bucket % sub) + sub) * width + Math.floor((width - 1) / 2);
}
