/**
 * Apache Arrow's library as one file, which its package ships for web pages: loading its 150 modules takes five times as long, more
 * than many a run.
 */
import { createRequire } from "node:module";

/** What the library exports; types come from its modules. */
export type Arrow = typeof import("apache-arrow");

/** Loads the library; about 20 ms the first time. */
export function loadArrow(): Arrow {
	return createRequire(import.meta.url)("apache-arrow/Arrow.esnext.min");
}
