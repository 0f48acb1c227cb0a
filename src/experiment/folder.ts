/** Folders for results, made so that a place where none can be made is told at once. */
import { mkdir, stat } from "node:fs/promises";
import { dirname } from "node:path";
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
