import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { ArrivalStream, JobArrival } from "../../src/workload/arrivals.js";
import { mergeStreams } from "../../src/workload/merge.js";

function jobs(prefix: string, times: readonly number[]): JobArrival[] {
	return times.map((timeUs, i) => ({ timeUs, name: `${prefix}${i}`, pods: [], gang: false }));
}

async function collect(streams: readonly ArrivalStream[], names: readonly string[] = []) {
	const batches: (readonly JobArrival[])[] = [];
	for await (const batch of mergeStreams(streams, names)) batches.push(batch);
	return batches;
}

function cut<T>(items: readonly T[], size: number): T[][] {
	const out: T[][] = [];
	for (let i = 0; i < items.length; i += size) out.push(items.slice(i, i + size));
	return out;
}

describe("mergeStreams", () => {
	test("by time, then by stream", async () => {
		const streams = [[jobs("a", [1, 5, 5])], [jobs("b", [0, 5, 9])], [[], jobs("c", [5]), []]];
		const names = (await collect(streams)).flat().map((job) => job.name);
		expect(names).toEqual(["b0", "a0", "a1", "a2", "b1", "c0", "b2"]);
	});

	test("equals a stable sort of everything, in batches of at most 1,024", async () => {
		const stream = fc.tuple(fc.array(fc.nat(40), { maxLength: 60 }), fc.integer({ min: 1, max: 20 }));
		await fc.assert(
			fc.asyncProperty(fc.array(stream, { maxLength: 5 }), async (given) => {
				const all = given.map(([times], i) =>
					jobs(
						`${i}-`,
						times.toSorted((a, b) => a - b),
					),
				);
				const streams = given.map(([, size], i) => {
					const batches = cut(all[i]!, size);
					return i % 2 === 0 ? batches : fromArray(batches);
				});
				const expected = all.flat().sort((a, b) => a.timeUs - b.timeUs);
				expect((await collect(streams)).flat()).toEqual(expected);
			}),
			{ seed: 3, numRuns: 200 },
		);
	});

	test.each([1, 2])("cuts long batches (%d streams)", async (count) => {
		const long = jobs("a", new Array<number>(3000).fill(7));
		const batches = await collect([[long], [jobs("b", [8])]].slice(0, count));
		expect(batches.map((batch) => batch.length)).toEqual(count === 1 ? [1024, 1024, 952] : [1024, 1024, 953]);
	});

	test("a single stream passes its batches on as they are", async () => {
		const batch = jobs("a", [1, 2]);
		expect((await collect([[batch]]))[0]).toBe(batch);
	});

	test.each([1, 2])("a stream that goes back in time is named (%d streams)", async (count) => {
		const streams = [[jobs("a", [3]), jobs("x", [2])], [jobs("b", [1])]].slice(0, count);
		await expect(collect(streams, ["web", "batch"])).rejects.toThrow(
			"workload 'web' goes back in time: job 'x0' arrives at 2 us, after one at 3 us",
		);
	});

	test("leaving early ends every stream, also those not yet read to their first job", async () => {
		const ended: string[] = [];
		async function* stream(name: string) {
			try {
				for (let t = 0; ; t++) yield jobs(name, [t]);
			} finally {
				ended.push(name);
			}
		}
		for await (const _ of mergeStreams([stream("a"), stream("b")], ["a", "b"])) break;
		expect(ended).toEqual(["a", "b"]);
	});
});

async function* fromArray<T>(items: readonly T[]): AsyncGenerator<T> {
	yield* items;
}
