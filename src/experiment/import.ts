/** From any trace format to cellsim's own: what `cellsim import` does. */
import { readdirSync, statSync } from "node:fs";
import { readdir, rename, rm, rmdir } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { InputError } from "../objects/input-error.js";
import { suggest } from "../objects/suggest.js";
import { type ArrivalStream, ImportReport, type JobArrival, type OpenedTrace } from "../workload/arrivals.js";
import { writeCellsim } from "../workload/formats/cellsim.js";
import { traceFormats } from "../workload/formats/index.js";
import { mergeStreams } from "../workload/merge.js";
import { paramsFrom } from "./command-params.js";
import { paramsOf } from "./file/component.js";
import { emptyFolder } from "./folder.js";

export interface ImportOptions {
	/** Folder for nodes.arrow and pods.arrow. */
	readonly folder: string;
	/** `key=value` parameters of the format, values in YAML. */
	readonly params: readonly string[];
	/** Write into a folder that has something in it. */
	readonly force: boolean;
}

export interface Imported {
	readonly nodes: number;
	readonly jobs: number;
	readonly pods: number;
	/** Files written. */
	readonly files: readonly string[];
	/** What the reader did to rows that it could not take as they are. */
	readonly report: ImportReport["rows"];
}

/**
 * Reads the trace at `path` and writes it as `nodes.arrow` and `pods.arrow`; both appear when both are complete. Relative paths
 * start at the working directory. InputError: an unknown format, wrong parameters, unreadable files and rows, a folder that is
 * not empty.
 */
export async function importTrace(format: string, path: string, options: ImportOptions): Promise<Imported> {
	const trace = openTrace(format, path, options.params);
	const { folder, force } = options;
	const made = await emptyFolder(folder, force);
	const partial = join(folder, `.partial-${process.pid}`);
	try {
		const report = new ImportReport();
		const nodes = await trace.nodes(report);
		const count = { jobs: 0, pods: 0 };
		const running = trace.running?.(report).map(({ job }) => job) ?? [];
		const jobs = mergeStreams([[running], trace.jobs(report)], ["running pods", path]);
		await writeCellsim(partial, nodes, counted(jobs, count));
		const files: string[] = [];
		for (const name of await readdir(partial)) {
			await rename(join(partial, name), join(folder, name));
			files.push(join(folder, name));
		}
		await rmdir(partial);
		return { nodes: nodes.length, ...count, files, report: report.rows };
	} catch (error) {
		await rm(made ?? partial, { recursive: true, force: true });
		throw error;
	}
}

function openTrace(format: string, path: string, settings: readonly string[]): OpenedTrace {
	const definition = traceFormats.all.get(format);
	if (definition === undefined)
		throw new InputError(`unknown trace format '${format}'; ${suggest(format, traceFormats.all.keys(), "formats")}`);
	const form = z.toJSONSchema(paramsOf(definition), { io: "input", unrepresentable: "any" });
	const keys = Object.keys(form.properties ?? {});
	const params = paramsFrom(definition, located(path, keys, settings), settings);
	return definition.create(params, { baseDirs: [process.cwd()] });
}

/**
 * The parameters that name the trace at `path`. A format that takes one place has a parameter for it; one that takes a node
 * list and a pod list gets the files in a folder whose names say so, or else the path is its pod list.
 */
function located(path: string, keys: readonly string[], settings: readonly string[]): Readonly<Record<string, string>> {
	const key = ["path", "folder", "file"].find((name) => keys.includes(name));
	if (key !== undefined) return { [key]: path };
	const stat = statSync(path, { throwIfNoEntry: false });
	if (stat === undefined) throw new InputError(`there is no file or folder '${path}'`);
	if (!stat.isDirectory()) return { pods: path };
	const names = readdirSync(path);
	return Object.fromEntries(
		["nodes", "pods"].flatMap((list) => {
			if (settings.some((setting) => setting.startsWith(`${list}=`))) return [];
			const files = names.filter((name) => name.includes(list.slice(0, -1)) && name.endsWith(".csv")).sort();
			if (files.length > 1) {
				const choice = `--param ${list}=${join(path, files[0]!)}`;
				throw new InputError(
					`'${path}' has several lists of ${list} (${files.join(", ")}): choose one, such as ${choice}`,
				);
			}
			return files.map((file) => [list, join(path, file)] as const);
		}),
	);
}

/** Passes jobs on and counts them. */
async function* counted(
	jobs: ArrivalStream,
	count: { jobs: number; pods: number },
): AsyncGenerator<readonly JobArrival[]> {
	for await (const batch of jobs) {
		for (const job of batch) {
			count.jobs++;
			count.pods += job.pods.length;
		}
		yield batch;
	}
}
