import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { sortRows } from "../../src/workload/sort.js";

interface Row {
	readonly timeUs: number;
	readonly order: number;
	readonly text: string;
}

let tempDir = "";
beforeAll(async () => {
	tempDir = await mkdtemp(join(tmpdir(), "cellsim-sort-test-"));
});
afterAll(() => rm(tempDir, { recursive: true }));

async function* batches(rows: readonly Row[], size = 7): AsyncGenerator<readonly Row[]> {
	for (let i = 0; i < rows.length; i += size) yield rows.slice(i, i + size);
}

describe("sortRows", () => {
	test("equals a stable sort in memory, whatever the chunk size", async () => {
		const row = fc.record({ timeUs: fc.nat(9), order: fc.nat(3), text: fc.string({ unit: "binary", maxLength: 4 }) });
		await fc.assert(
			fc.asyncProperty(fc.array(row, { maxLength: 60 }), fc.integer({ min: 1, max: 70 }), async (rows, chunkRows) => {
				const sorted: Row[] = [];
				for await (const batch of sortRows(batches(rows), { chunkRows, tempDir })) sorted.push(...batch);
				expect(sorted).toEqual(rows.toSorted((a, b) => a.timeUs - b.timeUs || a.order - b.order));
				expect(await readdir(tempDir)).toEqual([]);
			}),
			{ seed: 4, numRuns: 60 },
		);
	});

	const falling = Array.from({ length: 5000 }, (_, i): Row => ({ timeUs: 5000 - i, order: i, text: "" }));

	test("spills to disk, and removes that when the consumer leaves early", async () => {
		for await (const batch of sortRows(batches(falling), { chunkRows: 600, tempDir })) {
			expect(batch).toHaveLength(1024);
			const [folder] = await readdir(tempDir);
			// 5,000 rows are 8 chunks of 600 on disk and 200 rows in memory.
			expect(await readdir(join(tempDir, folder!))).toHaveLength(8);
			break;
		}
		expect(await readdir(tempDir)).toEqual([]);
	});

	test("removes its files when the source fails", async () => {
		async function* failing() {
			yield* batches(falling);
			throw new Error("source broke");
		}
		const run = async () => {
			for await (const _ of sortRows(failing(), { chunkRows: 600, tempDir }));
		};
		await expect(run()).rejects.toThrow("source broke");
		expect(await readdir(tempDir)).toEqual([]);
	});
});
