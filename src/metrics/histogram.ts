/**
 * Counts of non-negative integers in buckets whose width grows with the value: exact below 2048, within 0.05 % above
 * (1024 buckets per power of two, the idea of HdrHistogram). Memory does not depend on how many values were added.
 *
 * Values are collected and put into their buckets together: they come from many places, and each of these then holds but a store.
 */
const FINE_BITS = 10;
/** 64 buckets per power of two: exact below 128, within 0.8 % above, in a sixteenth of the memory. */
export const COARSE_BITS = 6;
/** Values that are collected before they are counted. */
const COLLECTED = 128;

export class Histogram {
	readonly #bits: number;
	/** Values that are not counted yet. */
	readonly #values = new Float64Array(COLLECTED);
	#collected = 0;
	#count = 0;
	/** A double from the start, as `Engine.nowUs` is. */
	#sum = Number.NaN;
	#max = Number.NaN;
	/** Empty at first, so that code which makes them longer runs before any is compiled. */
	#counts = new Float64Array(0);

	/** With 2^`bits` buckets per power of two. */
	constructor(bits = FINE_BITS) {
		this.#bits = bits;
		this.#sum = 0;
	}

	/** Adds an integer of 0 .. 2^53. */
	add(value: number): void {
		const at = this.#collected;
		this.#values[at] = value;
		this.#collected = at + 1;
		if (at + 1 === COLLECTED) this.#countAll();
	}

	/** Adds all values of another histogram with as many bits. */
	addAll(other: Histogram): void {
		this.#countAll();
		other.#countAll();
		if (other.#count === 0) return;
		this.#count += other.#count;
		this.#sum += other.#sum;
		if (!(other.#max <= this.#max)) this.#max = other.#max;
		if (other.#counts.length > this.#counts.length) this.#reserve(other.#counts.length);
		for (let bucket = 0; bucket < other.#counts.length; bucket++) this.#counts[bucket]! += other.#counts[bucket]!;
	}

	/** Forgets all values. */
	clear(): void {
		this.#collected = 0;
		this.#count = 0;
		this.#sum = 0;
		this.#max = Number.NaN;
		this.#counts.fill(0);
	}

	get count(): number {
		this.#countAll();
		return this.#count;
	}

	get sum(): number {
		this.#countAll();
		return this.#sum;
	}

	/** NaN if empty. */
	get max(): number {
		this.#countAll();
		return this.#max;
	}

	/** Arithmetic mean, exact; NaN if empty. */
	get mean(): number {
		this.#countAll();
		return this.#sum / this.#count;
	}

	/** The value at rank ceil(q x count), as the middle of its bucket; NaN if empty. `q` is 0 .. 1. */
	quantile(q: number): number {
		this.#countAll();
		if (this.#count === 0) return Number.NaN;
		let rank = Math.max(1, Math.ceil(q * this.#count));
		for (let bucket = 0; bucket < this.#counts.length; bucket++) {
			rank -= this.#counts[bucket]!;
			if (rank <= 0) return Math.min(this.#max, middleOf(bucket, this.#bits));
		}
		return this.#max;
	}

	#countAll(): void {
		for (let at = 0; at < this.#collected; at++) this.#countOne(this.#values[at]!);
		this.#collected = 0;
	}

	#countOne(value: number): void {
		this.#count++;
		this.#sum += value;
		if (!(value <= this.#max)) this.#max = value;
		const bucket = bucketOf(value, this.#bits);
		if (bucket >= this.#counts.length) this.#reserve(bucket + 1);
		this.#counts[bucket]!++;
	}

	#reserve(buckets: number): void {
		const larger = new Float64Array(Math.max(buckets, 2 * this.#counts.length, 2 * 2 ** this.#bits));
		larger.set(this.#counts);
		this.#counts = larger;
	}
}

/** Powers of two by exponent: looked up, because `**` is a call into a library of mathematics, and every pod is counted several times. */
const POWERS = Float64Array.from({ length: 54 }, (_, exponent) => 2 ** exponent);

/** Values that have a bucket of their own are their bucket. No branch: one that is seen late would have all compiled again. */
function bucketOf(value: number, bits: number): number {
	const shift = Math.max(0, exponentOf(value) - bits);
	return shift * POWERS[bits]! + Math.floor(value / POWERS[shift]!);
}

const DOUBLE = new Float64Array(1);
const HALVES = new Uint32Array(DOUBLE.buffer);

/** The largest power of two that is not above a positive number; far below 0 for 0. Read from its bits, the upper half second. */
function exponentOf(value: number): number {
	DOUBLE[0] = value;
	return (HALVES[1]! >>> 20) - 1023;
}

function middleOf(bucket: number, bits: number): number {
	const sub = 2 ** bits;
	if (bucket < 2 * sub) return bucket;
	const power = Math.floor(bucket / sub) - 1;
	const width = 2 ** power;
	return ((bucket % sub) + sub) * width + Math.floor((width - 1) / 2);
}
