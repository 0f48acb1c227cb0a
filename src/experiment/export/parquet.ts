/**
 * Tables as Parquet files, compressed with Zstandard: a fifth of the size, types, nulls, units and descriptions kept. Written by
 * parquet-wasm, an optional dependency, batch by batch; a file is as large in memory as one row group (a million rows).
 */
import { createWriteStream } from "node:fs";
import { open, writeFile } from "node:fs/promises";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { ReadableStream } from "node:stream/web";
import type { RecordBatch } from "apache-arrow";
import type { RecordBatch as WasmBatch, Table as WasmTable } from "parquet-wasm";
import { loadArrow } from "../../metrics/sinks/apache-arrow.js";
import { InputError } from "../../objects/input-error.js";
import { defineExport } from "./format.js";

type ParquetWasm = typeof import("parquet-wasm");

export const parquet = defineExport({
	name: "parquet",
	summary: "Every table as a Parquet file, compressed with Zstandard.",
	create: () => ({ of: "table", extension: ".parquet", write }),
});

async function write(table: string, file: string): Promise<void> {
	const wasm = await load();
	const properties = new wasm.WriterPropertiesBuilder()
		.setCompression(wasm.Compression.ZSTD)
		.setCreatedBy("cellsim")
		.build();
	const arrow = loadArrow();
	const handle = await open(table, "r");
	try {
		const reader = await arrow.RecordBatchReader.from(handle);
		await reader.open();
		const crossed = (batches: RecordBatch[]) =>
			wasm.Table.fromIPCStream(arrow.tableToIPC(new arrow.Table(reader.schema, batches), "stream"));
		if (reader.isFile() && reader.numRecordBatches === 0) {
			// A stream without batches has no schema.
			await writeFile(file, wasm.writeParquet(crossed([]), properties));
			return;
		}
		const batches = ReadableStream.from(wasmBatches(reader, crossed));
		const bytes = await wasm.transformParquetStream(batches as never, properties);
		await pipeline(Readable.fromWeb(bytes as never), createWriteStream(file));
	} finally {
		await handle.close();
	}
}

/** Each batch crosses into the other memory as a table of its own. */
async function* wasmBatches(
	batches: AsyncIterable<RecordBatch>,
	crossed: (batches: RecordBatch[]) => WasmTable,
): AsyncGenerator<WasmBatch> {
	for await (const batch of batches) yield* crossed([batch]).recordBatches();
}

async function load(): Promise<ParquetWasm> {
	try {
		return await import("parquet-wasm");
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code !== "ERR_MODULE_NOT_FOUND") throw error;
		throw new InputError(
			"Parquet files are written by the package parquet-wasm, which is not installed: npm install parquet-wasm@0.8.0",
		);
	}
}
