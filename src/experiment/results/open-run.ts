/** Results for a program: what a run says of itself, and its tables. */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import type { Table } from "apache-arrow";
import { type ColumnFacts, columnsOf, type Rows, readArrow, readBatches, readTable } from "../../metrics/sinks/read.js";
import { InputError } from "../../objects/input-error.js";
import { suggest } from "../../objects/suggest.js";
import { type RunManifest, readManifest } from "./manifest.js";
import { runFolder } from "./run-folder.js";

const ARROW = ".arrow";

/**
 * A finished run. Each table is read when it is asked for, and not kept. Methods answer with an InputError where the run has no such table
 * (it lists those there are), and where a file is damaged.
 */
export interface OpenedRun {
	/** Where it is. */
	readonly folder: string;
	/** What was run, on what, by what code, and its summary metrics. */
	readonly manifest: RunManifest;
	/** Names of its tables, sorted: `pods`, `jobs` and so on, as `spec.outputs.tables` asked for them. */
	readonly tables: readonly string[];
	/** What the columns of a table are called and mean, with their units. */
	columns(table: string): Promise<readonly ColumnFacts[]>;
	/** A whole table as columns of plain values: numbers, booleans, text, null. InputError for an integer beyond 2^53. */
	read(table: string): Promise<Rows>;
	/** The same in pieces, one in memory at a time; of the columns `names` where given, those of them that there are. */
	batches(table: string, names?: readonly string[]): AsyncIterable<Rows>;
	/** A whole table in Arrow's own form, for whatever takes that (Observable Plot, Arquero, DuckDB); 64-bit integers are BigInts. */
	arrow(table: string): Promise<Table>;
}

/**
 * Opens a run by its folder, or by the name that tells it from the others of its experiment: `results/mine/policy=best-fit,seed=1`,
 * of a single run `results/mine`. InputError where there is no such run, or are several: it lists those there are.
 *
 *     const run = await openRun("results/quickstart/architecture=monolithic,policy=best-fit,seed=1");
 *     const { columns } = await run.read("pods");
 *     const waits = columns.get("pending_time_us");
 */
export async function openRun(path: string): Promise<OpenedRun> {
	const folder = await runFolder(path);
	const manifest = await readManifest(folder);
	const files = (await readdir(folder)).filter((name) => name.endsWith(ARROW));
	const tables = files.map((name) => name.slice(0, -ARROW.length)).sort();
	const fileOf = (table: string) => {
		if (tables.includes(table)) return join(folder, `${table}${ARROW}`);
		const hint = suggest(table, tables, "it has") ?? "spec.outputs.tables asked for none";
		throw new InputError(`the run in '${folder}' has no table '${table}'; ${hint}`);
	};
	return {
		folder,
		manifest,
		tables,
		columns: async (table) => columnsOf(fileOf(table)),
		read: async (table) => readTable(fileOf(table)),
		async *batches(table, names) {
			yield* readBatches(fileOf(table), names);
		},
		arrow: async (table) => readArrow(fileOf(table)),
	};
}
