/** Draws that a test writes down, so that it can say which nodes are probed. */
import { type Random, type RandomSource, SeededRandomSource } from "../../src/engine/random.js";

/** Streams by name that give these integers, one after the other; other streams are seeded. Running out is an error. */
export function scriptedRandom(draws: Readonly<Record<string, readonly number[]>>): RandomSource {
	const seeded = new SeededRandomSource("1");
	return {
		stream(name): Random {
			const script = draws[name];
			if (script === undefined) return seeded.stream(name);
			let at = 0;
			const integer = (bound: number) => {
				const drawn = script[at++];
				if (drawn === undefined || drawn >= bound)
					throw new Error(`draw ${at} below ${bound} of '${name}' is ${drawn}`);
				return drawn;
			};
			return { integer, next: () => integer(1) };
		},
	};
}
