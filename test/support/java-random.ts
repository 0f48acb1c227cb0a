/**
 * `java.util.Random` as the product's source of randomness, for replays of simulators that run on the JVM: the linear
 * congruential generator state' = state x 0x5DEECE66D + 11 modulo 2^48 of the class's documentation. The state lies in two
 * halves of 24 bits, so that all products stay exact doubles.
 */
import type { Random, RandomSource } from "../../src/engine/random.js";

const HALF = 2 ** 24;
const HALF_MASK = HALF - 1;
const MULTIPLIER_HIGH = 0x5de;
const MULTIPLIER_LOW = 0xece66d;
const ADDEND = 0xb;

export class JavaRandom implements Random {
	#high: number;
	#low: number;

	/** `seed` as given to `new Random(long)`: an integer; numbers beyond 2^53 as bigint. */
	constructor(seed: number | bigint) {
		const state = BigInt.asUintN(48, BigInt(seed) ^ 0x5deece66dn);
		this.#high = Number(state >> 24n);
		this.#low = Number(state & 0xffffffn);
	}

	/** `nextDouble()`. */
	next(): number {
		this.#step();
		const high = this.#high * 4 + (this.#low >>> 22);
		this.#step();
		const low = this.#high * 8 + (this.#low >>> 21);
		return (high * 2 ** 27 + low) / 2 ** 53;
	}

	/** `nextInt(bound)`; `bound` is a positive integer below 2^31. */
	integer(bound: number): number {
		let bits = this.#next31();
		if ((bound & (bound - 1)) === 0) return Math.floor((bound * bits) / 2 ** 31);
		let value = bits % bound;
		// The last, incomplete block of `bound` values is drawn again.
		while (bits - value + (bound - 1) >= 2 ** 31) {
			bits = this.#next31();
			value = bits % bound;
		}
		return value;
	}

	#next31(): number {
		this.#step();
		return this.#high * 128 + (this.#low >>> 17);
	}

	#step(): void {
		const product = this.#low * MULTIPLIER_LOW + ADDEND;
		const low = product & HALF_MASK;
		this.#high = (this.#high * MULTIPLIER_LOW + this.#low * MULTIPLIER_HIGH + (product - low) / HALF) & HALF_MASK;
		this.#low = low;
	}
}

/** Every stream starts at the same seed, whatever its name: so do the schedulers of the Omega paper's simulator. */
export class JavaRandomSource implements RandomSource {
	readonly #seed: number | bigint;

	constructor(seed: number | bigint) {
		this.#seed = seed;
	}

	stream(_name: string): Random {
		return new JavaRandom(this.#seed);
	}
}
