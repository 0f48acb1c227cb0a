import { createWriteStream } from "node:fs";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";

/** Text is handed on in pieces of this size, in characters. */
const PIECE = 1 << 16;

/** Writes lines, each of which ends as it says, as fast as they can be written; compressed if the name ends with `.gz`. */
export async function writeLines(file: string, lines: AsyncIterable<string>): Promise<void> {
	const text = Readable.from(pieces(lines), { objectMode: false });
	const target = createWriteStream(file);
	if (file.endsWith(".gz")) await pipeline(text, createGzip(), target);
	else await pipeline(text, target);
}

async function* pieces(lines: AsyncIterable<string>): AsyncGenerator<string> {
	let piece = "";
	for await (const line of lines) {
		piece += line;
		if (piece.length < PIECE) continue;
		yield piece;
		piece = "";
	}
	if (piece !== "") yield piece;
}
