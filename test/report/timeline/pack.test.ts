/** Packed columns come back as they were. */
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { expect, test } from "vitest";
import { Packer, unpack } from "../../../src/report/timeline/pack.js";
import { packHistory, unpackHistory } from "../../../src/report/timeline/packed-history.js";
import { historyOf } from "../../support/histories.js";

test("numbers and texts, whatever they are", () => {
	const number = fc.oneof(
		fc.integer(),
		fc.maxSafeInteger().map((value) => Math.trunc(value / 8) + 0),
		fc.constant(Number.NaN),
	);
	const name = fc.oneof(
		fc.string(),
		fc.tuple(fc.nat(), fc.nat(20)).map(([job, pod]) => `batch-${job}-${pod}`),
		fc.stringMatching(/^[0-9"\\-]{0,30}$/),
	);
	const property = fc.property(fc.array(number), fc.array(name), (numbers, texts) => {
		const packer = new Packer({ some: "facts" });
		packer.numbers("n", numbers);
		packer.texts("t", texts);
		packer.bytes("b", Uint8Array.of(1, 2, 3));
		const packed = unpack(packer.pack());
		expect(packed.facts).toEqual({ some: "facts" });
		expect([...packed.numbers("n")]).toEqual(numbers);
		expect(packed.texts("t")).toEqual(texts);
		expect([...packed.bytes("b")]).toEqual([1, 2, 3]);
		expect(() => packed.bytes("c")).toThrow("there is no column 'c'");
	});
	fc.assert(property, { seed: 7, numRuns: 300 });
});

test("names that count cost next to nothing", () => {
	const packer = new Packer({});
	packer.texts(
		"names",
		Array.from({ length: 100_000 }, (_, i) => `batch-${i >> 1}-${i & 1}`),
	);
	expect(gzipSync(packer.pack()).length).toBeLessThan(1000);
});

test("a history comes back, its times to the quantum", () => {
	const history = historyOf({
		endUs: 9_000_000,
		nodes: [4000, 8000],
		stays: [
			{ node: 1, cpu: 100, fromUs: 1_499_999, toUs: 3_500_001 },
			{ node: 0, cpu: 200, fromUs: 2_000_000, toUs: 9_000_000 },
		],
		away: [{ node: 1, kind: "not ready", fromUs: 3, toUs: 4_000_003 }],
	});
	expect(unpackHistory(packHistory(history, 1))).toEqual(history);
	const { stays, pods, absences } = unpackHistory(packHistory(history, 1_000_000));
	expect([...stays.fromUs, ...stays.toUs]).toEqual([1e6, 2e6, 4e6, 9e6]);
	expect([...pods.boundUs, ...pods.endUs]).toEqual([1e6, 2e6, 4e6, Number.NaN]);
	expect(absences).toEqual(history.absences);
	const samples = {
		timesUs: Float64Array.of(0, 5),
		cpu: Uint8Array.of(1, 2, 3, 255),
		memory: Uint8Array.of(5, 6, 7, 8),
	};
	expect(unpackHistory(packHistory({ ...history, capacity: null, samples, notes: ["n"] }, 1))).toEqual({
		...history,
		capacity: null,
		samples,
		notes: ["n"],
	});
});
