/** Input files: where they are, whether they can be read, and the checksum that makes them part of a run's identity. */
import { createHash } from "node:crypto";
import { createReadStream, existsSync } from "node:fs";
import { isAbsolute, resolve } from "node:path";
import { InputError } from "../objects/input-error.js";

/**
 * Absolute path of `path`: a relative one is looked for in each of the folders in turn, which are that of the experiment file
 * and then the working directory. Where it exists in none, the first is meant, and reading it fails with a message.
 */
export function inputPath(path: string, baseDirs: readonly string[]): string {
	if (isAbsolute(path)) return path;
	const candidates = baseDirs.map((folder) => resolve(folder, path));
	return candidates.find((candidate) => existsSync(candidate)) ?? candidates[0] ?? resolve(path);
}

/** SHA-256 of the bytes of `file`, 64 hexadecimal digits, read as a stream. An unreadable file is an InputError. */
export async function checksum(file: string): Promise<string> {
	const hash = createHash("sha256");
	for await (const chunk of readChunks(file)) hash.update(chunk);
	return hash.digest("hex");
}

/** The bytes of `file` in order. An unreadable file is an InputError; leaving the loop early closes the file. */
export async function* readChunks(file: string): AsyncGenerator<Buffer> {
	try {
		for await (const chunk of createReadStream(file)) yield chunk as Buffer;
	} catch (error) {
		throw unreadable(file, error);
	}
}

/** What to tell somebody whose file could not be read; an error that is no file system error is returned as it is. */
export function unreadable(file: string, error: unknown): unknown {
	const code = (error as NodeJS.ErrnoException).code;
	if (code === undefined || (error as NodeJS.ErrnoException).syscall === undefined) return error;
	return new InputError(`cannot read '${file}': ${REASONS[code] ?? (error as Error).message}`);
}

const REASONS: Readonly<Record<string, string>> = {
	ENOENT: "no such file; relative paths start at the folder of the experiment file, or else at the working directory",
	ENOTDIR: "part of the path is a file, not a folder",
	EISDIR: "it is a folder, a file is wanted",
	EACCES: "permission denied",
	EMFILE: "too many files are open; close some, or raise the limit (ulimit -n)",
};
