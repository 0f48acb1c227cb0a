/** The built command line as a child process. */
import { type ChildProcess, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import {
	existsSync,
	mkdirSync,
	mkdtempSync,
	readdirSync,
	readFileSync,
	rmSync,
	statSync,
	writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll } from "vitest";

export const MAIN = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));
/** The small experiment: 2 policies x 2 seeds, a fraction of a second each. */
export const SMALL = fileURLToPath(new URL("../fixtures/experiments/small.yaml", import.meta.url));
export const SMALL_TEXT = readFileSync(SMALL, "utf8");

export interface Outcome {
	readonly code: number | null;
	readonly stdout: string;
	readonly stderr: string;
}

export interface Options {
	/** Working directory. */
	readonly cwd?: string;
	/** Variables of the environment, beside those of the tests. */
	readonly env?: Readonly<Record<string, string>>;
	/** Gets the process when it has started. */
	readonly started?: (child: ChildProcess) => void;
}

/** Runs `cellsim` with these arguments to its end. */
export function cellsim(args: readonly string[], { cwd, env: more = {}, started }: Options = {}): Promise<Outcome> {
	if (!existsSync(MAIN)) throw new Error(`${MAIN} is missing: run npm run build before these tests`);
	const env = { ...process.env, NO_COLOR: "1", ...more };
	const child = spawn(process.execPath, [MAIN, ...args], { ...(cwd === undefined ? {} : { cwd }), env });
	const output = { stdout: "", stderr: "" };
	for (const name of ["stdout", "stderr"] as const) {
		child[name].setEncoding("utf8").on("data", (text: string) => {
			output[name] += text;
		});
	}
	started?.(child);
	return new Promise((resolve, reject) => {
		child.on("error", reject);
		child.on("close", (code) => resolve({ code, ...output }));
	});
}

const folders: string[] = [];
afterAll(() => {
	for (const folder of folders) rmSync(folder, { recursive: true });
});

/** A new folder with these files in it, removed after the tests. */
export function folderWith(files: Readonly<Record<string, string>> = {}): string {
	const folder = mkdtempSync(join(tmpdir(), "cellsim-cli-"));
	folders.push(folder);
	for (const [name, text] of Object.entries(files)) {
		mkdirSync(dirname(join(folder, name)), { recursive: true });
		writeFileSync(join(folder, name), text);
	}
	return folder;
}

/** Every file below a folder, sorted; none if there is no folder. */
export function filesIn(folder: string): readonly string[] {
	if (!existsSync(folder)) return [];
	return readdirSync(folder, { recursive: true, encoding: "utf8" })
		.filter((name) => statSync(join(folder, name)).isFile())
		.sort();
}

export function sha256(file: string): string {
	return createHash("sha256").update(readFileSync(file)).digest("hex");
}

/** The text with one part replaced, which must be there. */
export function edit(text: string, from: string, to: string): string {
	if (!text.includes(from)) throw new Error(`the text has no '${from}'`);
	return text.replace(from, to);
}
