/**
 * Randomness by name: each consumer draws from its own stream, so that adding one never shifts the draws of another.
 *
 * Streams are seedrandom's `tychei`, the generator that kept neighbouring keys independent in our tests; a caller may swap
 * the whole source, as conformance tests against simulators with other generators do.
 */
import tychei from "seedrandom/lib/tychei.js";

/** One stream of draws. */
export interface Random {
	/** Uniform in [0, 1), 53 bits. */
	next(): number;
	/** Uniform integer in 0 .. bound - 1; `bound` is a positive integer below 2^31. */
	integer(bound: number): number;
}

/** Streams by name; the same name gives a fresh stream with the same draws, so ask once and keep it. */
export interface RandomSource {
	/** `name` is `component/entity`, e.g. `arrivals/web`. */
	stream(name: string): Random;
}

/** Streams keyed by `seed/component/entity`. `seed` is text, so that 64-bit seeds survive. */
export class SeededRandomSource implements RandomSource {
	readonly #seed: string;

	constructor(seed: string) {
		this.#seed = seed;
	}

	stream(name: string): Random {
		const generator = tychei(`${this.#seed}/${name}`);
		const next = generator.double;
		return { next, integer: (bound) => Math.floor(next() * bound) };
	}
}
