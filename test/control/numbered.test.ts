import fc from "fast-check";
import { expect, test } from "vitest";
import { Numbered } from "../../src/control/numbered.js";

test("things are where a Map by number would have them, however long one of them stays", () => {
	// Adds one, or takes out one of those that are there.
	const step = fc.oneof(fc.constant(null), fc.nat());
	fc.assert(
		fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
			const numbered = new Numbered<{ readonly name: number }>();
			const map = new Map<number, { readonly name: number }>();
			for (const [name, which] of steps.entries()) {
				const numbers = [...map.keys()];
				if (which === null || numbers.length === 0) map.set(numbered.add({ name }), { name });
				else {
					const number = numbers[which % numbers.length]!;
					expect(numbered.take(number)).toEqual(map.get(number));
					map.delete(number);
				}
				expect(numbered.numbers()).toEqual([...map.keys()]);
			}
			for (const [number, thing] of map) expect(numbered.get(number)).toEqual(thing);
			const visited: number[] = [];
			numbered.forEach(({ name }) => {
				visited.push(name);
			});
			expect(visited.sort((a, b) => a - b)).toEqual([...map.values()].map(({ name }) => name));
		}),
		{ seed: 1, numRuns: 200 },
	);
});

test("numbers go on where 24 digits end", () => {
	const numbered = new Numbered<string>();
	for (let i = 0; i < 2 ** 24 - 1; i++) numbered.take(numbered.add("gone"));
	expect([numbered.add("last"), numbered.add("first")]).toEqual([0xff_ff_ff, 0]);
	expect([numbered.get(0xff_ff_ff), numbered.get(0), numbered.numbers()]).toEqual(["last", "first", [0xff_ff_ff, 0]]);
});
