/**
 * Apache Arrow's library, loaded when it is needed.
 *
 * To read, as one file, which its package ships for web pages: loading its 150 modules takes five times as long, more than many a run.
 * To write, only its modules for types, schemas and metadata, which the build bundles: a record batch is a few hundred bytes of
 * these, and the columns as they lie in memory.
 */
import { createRequire } from "node:module";

/** What the library exports; types come from its modules. */
export type Arrow = typeof import("apache-arrow");
/** What of the library writes. */
export type ArrowWriting = typeof import("./arrow-writing.js");

/** Loads the library; about 10 ms the first time. */
export function loadArrow(): Arrow {
	return createRequire(import.meta.url)("apache-arrow/Arrow.esnext.min");
}

/** Loads what of the library writes; about 4 ms the first time. */
export function loadArrowWriting(): Promise<ArrowWriting> {
	return import("./arrow-writing.js");
}
