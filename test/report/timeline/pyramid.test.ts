/** Pictures at every height, against one made pixel by pixel from the rows themselves. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ABSENT, isLevel, NOT_READY } from "../../../src/report/timeline/level.js";
import { pyramidOf, sampled } from "../../../src/report/timeline/pyramid.js";
import { largestFirst, sharedRows } from "../../../src/report/timeline/rows.js";
import { moved, showing, wholeView, zoomed } from "../../../src/report/timeline/view.js";

const layer = (nodes: number, steps: number, bytes: readonly number[]) =>
	({ id: "cpu", full: 1, nodes, steps, bytes: Uint8Array.from(bytes) }) as const;
const inOrder = (rows: number) => Int32Array.from({ length: rows }, (_, row) => row);

test("a level is the mean of two rows; one without a level does not count, and one that is not there least", () => {
	const { levels } = pyramidOf(layer(5, 2, [10, 20, 30, 255, 254, 254, 255, 7, 8, 254]), inOrder(5));
	expect(levels.map(({ rows, bytes }) => [rows, [...bytes]])).toEqual([
		[5, [10, 20, 30, 255, 254, 254, 255, 7, 8, 254]],
		[3, [20, 20, 254, 7, 8, 254]],
		[2, [20, 14, 8, 254]],
		[1, [14, 14]],
	]);
});

test("rows are put into an order, and those that a run lacks are not there", () => {
	const { levels } = pyramidOf(layer(2, 1, [5, 6]), Int32Array.of(1, -1, 0));
	expect([...levels[0]!.bytes]).toEqual([6, ABSENT, 5]);
});

describe("what a pixel shows", () => {
	test("is the mean of its cells, where no height is passed over", () => {
		const into = new Uint8Array(4);
		// 4 x 4 cells in 2 x 2 pixels: means of four.
		const cells = [0, 4, 8, 8, 8, 12, 8, 8, 255, 255, 254, 255, 255, 255, 254, 255];
		sampled(pyramidOf(layer(4, 4, cells), inOrder(4)), wholeView({ steps: 4, rows: 4 }), 2, 2, into);
		expect([...into]).toEqual([6, 8, ABSENT, NOT_READY]);
	});

	test("lies between the least and the most of the cells that it covers, for any view", () => {
		const size = { steps: 13, rows: 29 };
		const view = fc.record({
			x: fc.double({ min: 0, max: 1, noNaN: true }),
			y: fc.double({ min: 0, max: 1, noNaN: true }),
			time: fc.double({ min: 1, max: 9, noNaN: true }),
			nodes: fc.double({ min: 1, max: 9, noNaN: true }),
		});
		const byte = fc.oneof(fc.integer({ min: 0, max: 250 }), fc.constantFrom(NOT_READY, ABSENT));
		const bytes = fc.array(byte, { minLength: 13 * 29, maxLength: 13 * 29 });
		const property = fc.property(
			bytes,
			view,
			fc.integer({ min: 1, max: 9 }),
			(cells, { x, y, time, nodes }, height) => {
				const seen = zoomed(wholeView(size), size, { time, nodes }, x, y);
				const width = 7;
				const into = new Uint8Array(width * height);
				const pyramid = pyramidOf(layer(29, 13, cells), inOrder(29));
				sampled(pyramid, seen, width, height, into);
				const perRow = (seen.toRow - seen.fromRow) / height;
				const block = 2 ** Math.max(0, Math.min(pyramid.levels.length - 1, Math.floor(Math.log2(perRow))));
				for (let py = 0; py < height; py++) {
					for (let px = 0; px < width; px++) {
						const covered: number[] = [];
						const [fromRow, toRow] = [seen.fromRow + py * perRow, seen.fromRow + (py + 1) * perRow];
						const perStep = (seen.toStep - seen.fromStep) / width;
						const [fromStep, toStep] = [seen.fromStep + px * perStep, seen.fromStep + (px + 1) * perStep];
						for (
							let row = block * Math.floor(fromRow / block - 1e-9);
							row < Math.min(29, block * Math.ceil(toRow / block + 1e-9));
							row++
						)
							for (let step = Math.floor(fromStep - 1e-9); step < Math.min(13, Math.ceil(toStep + 1e-9)); step++)
								covered.push(cells[Math.max(0, row) * 13 + Math.max(0, step)]!);
						const levels = covered.filter(isLevel);
						const shown = into[py * width + px]!;
						if (!isLevel(shown)) expect(covered).toContain(shown);
						else {
							// Each height rounds up by half at most.
							expect(shown).toBeGreaterThanOrEqual(Math.min(...levels) - 1);
							expect(shown).toBeLessThanOrEqual(Math.max(...levels) + 5);
						}
					}
				}
			},
		);
		fc.assert(property, { seed: 8, numRuns: 100 });
	});
});

describe("views", () => {
	const all = { steps: 100, rows: 40 };

	test("zoom keeps what is under the pointer, and ends at the whole and at a few cells", () => {
		const once = zoomed(wholeView(all), all, { time: 2, nodes: 4 }, 0.25, 0.5);
		expect(once).toEqual({ fromStep: 12.5, toStep: 62.5, fromRow: 15, toRow: 25 });
		expect(zoomed(once, all, { time: 0.01, nodes: 1 }, 0.5, 0.5)).toEqual({
			fromStep: 0,
			toStep: 100,
			fromRow: 15,
			toRow: 25,
		});
		expect(zoomed(once, all, { time: 1e9, nodes: 1e9 }, 0, 0)).toEqual({
			fromStep: 12.5,
			toStep: 18.5,
			fromRow: 15,
			toRow: 19,
		});
	});

	test("moving ends at the edges", () => {
		const view = { fromStep: 10, toStep: 20, fromRow: 0, toRow: 40 };
		expect(moved(view, all, 0.5, 3)).toEqual({ fromStep: 15, toStep: 25, fromRow: 0, toRow: 40 });
		expect(moved(view, all, -5, 0)).toEqual({ fromStep: 0, toStep: 10, fromRow: 0, toRow: 40 });
	});

	test("a cell comes into view with the least move", () => {
		const view = { fromStep: 10, toStep: 20, fromRow: 5, toRow: 15 };
		expect(showing(view, all, 20, 2)).toEqual({ fromStep: 11, toStep: 21, fromRow: 2, toRow: 12 });
		expect(showing(view, all, 15, 14)).toEqual(view);
	});
});

test("rows are shared by name, in the cell's order or the fullest first", () => {
	const rows = sharedRows([{ nodes: ["a", "b"] }, { nodes: ["c", "b"] }]);
	expect(rows).toEqual({ names: ["a", "b", "c"], nodes: [Int32Array.of(0, 1, -1), Int32Array.of(-1, 1, 0)] });
	expect(largestFirst(rows, Float64Array.of(1, Number.NaN, 1))).toMatchObject({ names: ["a", "c", "b"] });
	expect(largestFirst(rows, Float64Array.of(1, 2, 3)).nodes[0]).toEqual(Int32Array.of(-1, 1, 0));
});
