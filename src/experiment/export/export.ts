/** Results in the forms of other tools: what `cellsim export` does. */
import { existsSync, statSync } from "node:fs";
import { readdir, rename, rm } from "node:fs/promises";
import { basename, join } from "node:path";
import { InputError } from "../../objects/input-error.js";
import { suggest } from "../../objects/suggest.js";
import { paramsFrom } from "../command-params.js";
import { emptyFolder, makeFolder } from "../folder.js";
import { MANIFEST, readManifest } from "../results/manifest.js";
import { readRuns } from "../results/runs-table.js";
import type { Exporter, FinishedRun } from "./format.js";
import { exportFormats } from "./index.js";

export interface ExportOptions {
	/** Where the files go: those of one run as they are, those of several in folders named after them. */
	readonly folder: string;
	/** `key=value` parameters of the format, values in YAML. */
	readonly params: readonly string[];
	/** Write into a folder that has something in it. */
	readonly force: boolean;
	/** Hears of each file that was written. */
	readonly written: (file: string) => void;
}

/**
 * Exports a table (`x.arrow`), the folder of a run, or an experiment's results. A file appears when it is complete. InputError: an
 * unknown format, wrong parameters, no results at `path`, a folder that is not empty.
 */
export async function exportResults(format: string, path: string, options: ExportOptions): Promise<void> {
	const exporter = exporterOf(format, options.params);
	const sources = await sourcesOf(path);
	if (exporter.of === "run" && sources.every(({ run }) => run === null))
		throw new InputError(`${format} is made of whole runs: name the folder of a run, or of an experiment's results`);
	const { folder, force, written } = options;
	await emptyFolder(folder, force);
	for (const { target, tables, run } of sources) {
		const home = join(folder, target);
		const write = async (file: string, make: (partial: string) => Promise<void>) => {
			await makeFolder(home);
			// Its extension stays, which says how it is written.
			const partial = join(home, `.partial-${process.pid}-${file}`);
			try {
				await make(partial);
				await rename(partial, join(home, file));
			} finally {
				await rm(partial, { force: true });
			}
			written(join(home, file));
		};
		if (exporter.of === "run") {
			if (run !== null) await write(exporter.file, (partial) => exporter.write(run, partial));
			continue;
		}
		for (const table of tables)
			await write(`${basename(table, ARROW)}${exporter.extension}`, (partial) => exporter.write(table, partial));
	}
}

const ARROW = ".arrow";

interface Source {
	/** Folder below the target, "" for itself. */
	readonly target: string;
	/** Arrow files. */
	readonly tables: readonly string[];
	/** Null for tables that belong to no run. */
	readonly run: FinishedRun | null;
}

function exporterOf(name: string, settings: readonly string[]): Exporter {
	const definition = exportFormats.all.get(name);
	if (definition === undefined)
		throw new InputError(`unknown export format '${name}'; ${suggest(name, exportFormats.all.keys(), "formats")}`);
	return definition.create(paramsFrom(definition, {}, settings) as never);
}

async function sourcesOf(path: string): Promise<readonly Source[]> {
	const stat = statSync(path, { throwIfNoEntry: false });
	if (stat === undefined) throw new InputError(`there is no file or folder '${path}'`);
	if (!stat.isDirectory()) return [{ target: "", tables: [path], run: null }];
	if (existsSync(join(path, MANIFEST))) return [await sourceOf(path, "")];
	const runs = await readRuns(path);
	const own = { target: "", tables: await tablesIn(path), run: null };
	const there = runs.filter(({ run }) => existsSync(join(path, run, MANIFEST)));
	return [own, ...(await Promise.all(there.map(({ run }) => sourceOf(join(path, run), run))))];
}

async function sourceOf(folder: string, target: string): Promise<Source> {
	return { target, tables: await tablesIn(folder), run: { folder, manifest: await readManifest(folder) } };
}

async function tablesIn(folder: string): Promise<readonly string[]> {
	const names = (await readdir(folder)).filter((name) => name.endsWith(ARROW)).sort();
	return names.map((name) => join(folder, name));
}
