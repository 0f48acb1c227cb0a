/** Folders for results, made so that a place where none can be made is told at once, and kept apart by experiment file. */
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, realpath, stat, writeFile } from "node:fs/promises";
import { dirname, join, relative, resolve } from "node:path";
import { InputError } from "../objects/input-error.js";

const REASONS: Readonly<Record<string, string>> = {
	EACCES: "permission denied",
	EPERM: "not permitted",
	EROFS: "the file system is read-only",
	ENOSPC: "no space left on the device",
	ENOENT: "no folder can be made there",
	ENOTDIR: "part of the path is a file, not a folder",
	EEXIST: "there is a file of that name",
};

/**
 * Makes a folder and those above it, one after the other: `mkdir` with `recursive` never returns in places such as /proc
 * (Node.js 20). The outermost folder that had to be made, null if all were there. InputError if it cannot be made.
 */
export async function makeFolder(folder: string): Promise<string | null> {
	try {
		return await makeLevel(folder);
	} catch (error) {
		const { code, message } = error as NodeJS.ErrnoException;
		throw new InputError(
			`cannot write to '${folder}': ${REASONS[code ?? ""] ?? message}; choose another folder with --output`,
		);
	}
}

/** Makes a folder that is to be empty, unless `force`; the outermost folder made, null if it was there. InputError as above. */
export async function emptyFolder(folder: string, force: boolean): Promise<string | null> {
	const outermost = await makeFolder(folder);
	if (outermost !== null) return outermost;
	const [inside] = await readdir(folder);
	if (inside !== undefined && !force)
		throw new InputError(
			`'${folder}' is not empty (it has '${inside}'): choose another folder, or write over it with --force`,
		);
	return null;
}

const MARKER = "experiment.json";

/**
 * InputError if a folder of results is marked as that of another experiment file that is still there: two experiments of one
 * name would otherwise share a folder, and `runs.arrow` would hold the runs of whichever came last.
 */
export async function refuseForeign(folder: string, file: string): Promise<void> {
	const owner = await ownerOf(folder);
	if (owner === null || (await real(owner)) === (await real(file))) return;
	throw new InputError(
		`'${folder}' holds the results of another experiment file, ${relative(".", owner)}: write these elsewhere with --output, or give one of the two another metadata.name`,
	);
}

/** Marks a folder of results as that of an experiment file, in `experiment.json`. */
export async function markFolder(folder: string, file: string): Promise<void> {
	// Relative, so that a project that moves takes its results along.
	const path = relative(await real(folder), await real(file));
	await writeFile(join(folder, MARKER), `${JSON.stringify({ file: path })}\n`);
}

/** The experiment file that a folder is marked with; null where there is no mark, or no such file any more. */
async function ownerOf(folder: string): Promise<string | null> {
	const marker = join(folder, MARKER);
	if (!existsSync(marker)) return null;
	try {
		const { file } = JSON.parse(await readFile(marker, "utf8")) as { readonly file?: unknown };
		const owner = resolve(await real(folder), String(file));
		return existsSync(owner) ? owner : null;
	} catch {
		throw new InputError(
			`'${marker}' is not what cellsim wrote there: remove it, or choose another folder with --output`,
		);
	}
}

/** The path without links; as it is for a file that has none, such as a pipe. */
function real(path: string): Promise<string> {
	return realpath(path).catch(() => resolve(path));
}

async function makeLevel(folder: string): Promise<string | null> {
	const there = await stat(folder).catch(() => null);
	if (there?.isDirectory()) return null;
	const above = dirname(folder);
	const outermost = above === folder ? null : await makeLevel(above);
	await mkdir(folder).catch(async (error: NodeJS.ErrnoException) => {
		// Another process may have been faster.
		if (error.code !== "EEXIST" || !(await stat(folder)).isDirectory()) throw error;
	});
	return outermost ?? folder;
}
