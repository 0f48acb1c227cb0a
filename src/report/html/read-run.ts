/** A run's tables, read for a report. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { namedProcesses } from "../../experiment/assemble.js";
import { specOf } from "../../experiment/registries.js";
import type { RunManifest } from "../../experiment/results/manifest.js";
import { readBatches } from "../../metrics/sinks/read.js";
import type { TimeGrid } from "../timeline/grid.js";
import type { CellHistory } from "../timeline/history.js";
import { HISTORY_TABLES, HistoryBuilder, type HistoryTable, type RunFacts } from "../timeline/history-builder.js";
import { TransactionCounter, type Transactions } from "./transactions.js";

export interface ReadRun {
	readonly history: CellHistory;
	/** Null where the table `attempts` was not written. */
	readonly transactions: Transactions | null;
}

/** What the tables of a run tell. InputError: a table that is damaged. */
export async function readRun(folder: string, manifest: RunManifest, grid: TimeGrid): Promise<ReadRun> {
	const facts = factsOf(folder, manifest);
	const builder = new HistoryBuilder(facts);
	const counter = new TransactionCounter(grid);
	for (const table of HISTORY_TABLES) {
		if (!facts.tables.includes(table)) continue;
		for await (const batch of readBatches(join(folder, `${table}.arrow`))) {
			const rows = { length: batch.length, column: (name: string) => batch.columns.get(name) ?? null };
			builder.add(table, rows);
			if (table === "attempts") counter.add(rows);
		}
	}
	return {
		history: builder.build(),
		transactions: facts.tables.includes("attempts") ? counter.counted() : null,
	};
}

/** What has to be known of a run before its tables are read. */
export function factsOf(
	folder: string,
	{ plan, endTimeUs }: RunManifest,
): RunFacts & { readonly tables: readonly HistoryTable[] } {
	return {
		endUs: endTimeUs,
		schedulers: namedProcesses(specOf(plan.document)).map(({ name }) => name),
		tables: HISTORY_TABLES.filter((table) => existsSync(join(folder, `${table}.arrow`))),
	};
}
