/**
 * A layer at every height: each level has half as many rows as the one below it, so that a picture of ten thousand nodes looks at a few
 * bytes a pixel. A row of a higher level is the mean of the two below it; nodes without a level do not count, so that one that is
 * away shows where no other of its rows has a level: from close by.
 */
import type { Layer } from "./layers.js";
import { ABSENT, MOST, NOT_READY } from "./level.js";
import type { View } from "./view.js";

export interface Pyramid {
	readonly steps: number;
	/** From the rows themselves to one row. */
	readonly levels: readonly { readonly rows: number; readonly bytes: Uint8Array }[];
}

/** The rows of a picture: node `order[row]` of the layer in each row, -1 for a node that this run does not have. */
export function pyramidOf({ steps, bytes }: Layer, order: Int32Array): Pyramid {
	const first = new Uint8Array(order.length * steps).fill(ABSENT);
	for (const [row, node] of order.entries())
		if (node >= 0) first.set(bytes.subarray(node * steps, (node + 1) * steps), row * steps);
	const levels = [{ rows: order.length, bytes: first }];
	for (let below = levels[0]!; below.rows > 1; below = levels.at(-1)!) levels.push(halved(below, steps));
	return { steps, levels };
}

function halved({ rows, bytes }: Pyramid["levels"][number], steps: number) {
	const half = Math.ceil(rows / 2);
	const means = new Uint8Array(half * steps);
	for (let row = 0; row < half; row++) {
		const upper = 2 * row * steps;
		// The last of an odd number of rows stands alone.
		const lower = 2 * row + 1 < rows ? upper + steps : upper;
		for (let step = 0; step < steps; step++)
			means[row * steps + step] = meanOfTwo(bytes[upper + step]!, bytes[lower + step]!);
	}
	return { rows: half, bytes: means };
}

function meanOfTwo(a: number, b: number): number {
	if (a <= MOST && b <= MOST) return (a + b + 1) >> 1;
	// One that has a level tells more than one that has none, and one that is away more than one that is not there.
	return Math.min(a, b);
}

/** What each pixel of a picture shows: a level, `NOT_READY` or `ABSENT`, row by row from the top. */
export function sampled({ steps, levels }: Pyramid, view: View, width: number, height: number, into: Uint8Array): void {
	const perPixel = (view.toRow - view.fromRow) / height;
	const height2 = Math.max(0, Math.min(levels.length - 1, Math.floor(Math.log2(perPixel))));
	const { rows, bytes } = levels[height2]!;
	const columns = places(view.fromStep, view.toStep, width, steps);
	const lines = places(view.fromRow / 2 ** height2, view.toRow / 2 ** height2, height, rows);
	for (let y = 0; y < height; y++) {
		const [firstRow, lastRow] = [lines[2 * y]!, lines[2 * y + 1]!];
		for (let x = 0; x < width; x++) {
			const [firstStep, lastStep] = [columns[2 * x]!, columns[2 * x + 1]!];
			let [sum, count, least] = [0, 0, ABSENT];
			for (let row = firstRow; row <= lastRow; row++) {
				for (let step = firstStep; step <= lastStep; step++) {
					const byte = bytes[row * steps + step]!;
					if (byte <= MOST) {
						sum += byte;
						count++;
					} else if (byte === NOT_READY) least = NOT_READY;
				}
			}
			into[y * width + x] = count === 0 ? least : Math.round(sum / count);
		}
	}
}

/** The first and the last of `all` cells that each of `pixels` covers. */
function places(from: number, to: number, pixels: number, all: number): Int32Array {
	const ends = new Int32Array(2 * pixels);
	const size = (to - from) / pixels;
	for (let pixel = 0; pixel < pixels; pixel++) {
		const first = Math.floor(from + pixel * size);
		const last = Math.ceil(from + (pixel + 1) * size) - 1;
		ends[2 * pixel] = Math.max(0, Math.min(all - 1, first));
		ends[2 * pixel + 1] = Math.max(0, Math.min(all - 1, Math.max(first, last)));
	}
	return ends;
}
