/** The last so many samples of something, and statistics over them. */
export class SampleWindow {
	readonly #samples: Float64Array;
	#count = 0;
	#next = 0;
	#sum = 0;

	/** Holds up to `size` samples, at least 1. */
	constructor(size: number) {
		this.#samples = new Float64Array(size);
	}

	get count(): number {
		return this.#count;
	}

	/** The oldest sample goes when there are too many. */
	add(value: number): void {
		const { length } = this.#samples;
		if (this.#count === length) this.#sum -= this.#samples[this.#next]!;
		else this.#count++;
		this.#samples[this.#next] = value;
		this.#sum += value;
		this.#next = (this.#next + 1) % length;
	}

	/** 0 without samples. */
	mean(): number {
		return this.#count === 0 ? 0 : this.#sum / this.#count;
	}

	/** Population standard deviation; 0 without samples. */
	deviation(): number {
		if (this.#count === 0) return 0;
		const mean = this.mean();
		let squares = 0;
		for (let i = 0; i < this.#count; i++) squares += (this.#samples[i]! - mean) ** 2;
		return Math.sqrt(squares / this.#count);
	}

	/** The smallest sample that at least the share `p`, 0 to 1, of all samples does not exceed (nearest rank); 0 without samples. */
	quantile(p: number): number {
		if (this.#count === 0) return 0;
		const sorted = this.#samples.slice(0, this.#count).sort();
		return sorted[Math.max(0, Math.ceil(p * this.#count) - 1)]!;
	}

	/** The largest sample; 0 without samples. */
	max(): number {
		let max = 0;
		for (let i = 0; i < this.#count; i++) max = Math.max(max, this.#samples[i]!);
		return max;
	}
}
