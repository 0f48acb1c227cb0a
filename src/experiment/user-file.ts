/**
 * Code that somebody wrote in a file of their own: a scheduler, a controller. The file and what it imports are bundled into one module
 * by esbuild, so that TypeScript works, `cellsim` can be imported from anywhere, and the text to hash is complete.
 */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { z } from "zod";
import { InputError } from "../objects/input-error.js";
import { paramsOf } from "./file/component.js";

/** What the file defines, in messages. */
export type UserCode = "scheduler" | "controller";

/** A file made ready to import. */
export interface BundledFile {
	/** As written in the experiment. */
	readonly path: string;
	/** Where the file was found, absolute. */
	readonly file: string;
	/** The bundle, absolute. */
	readonly bundle: string;
	/** SHA-256 of the bundle: part of a run's identity. */
	readonly sha256: string;
}

const BUNDLES = join(tmpdir(), "cellsim-schedulers");
const ENTRY = fileURLToPath(new URL("../index.js", import.meta.url));

/** Where a path of an experiment leads, tried from one folder after the other. InputError if nowhere. */
export function findFile(what: UserCode, path: string, baseDirs: readonly string[]): string {
	const candidates = baseDirs.map((folder) => resolve(folder, path));
	const found = candidates.find((candidate) => existsSync(candidate));
	if (found === undefined)
		throw new InputError(`there is no ${what} file '${path}' (looked for ${[...new Set(candidates)].join(" and ")})`);
	return found;
}

/** Bundles the file. InputError with the place of the mistake if it cannot be read or compiled. */
export async function bundleFile(what: UserCode, path: string, file: string): Promise<BundledFile> {
	const { build } = await import("esbuild");
	const result = await build({
		entryPoints: [file],
		bundle: true,
		write: false,
		platform: "node",
		format: "esm",
		target: "node20",
		logLevel: "silent",
		sourcemap: "inline",
		// Nothing is written there; the source map's paths are relative to it.
		outfile: join(BUNDLES, "bundle.mjs"),
		plugins: [
			{
				name: "cellsim",
				setup({ onResolve }) {
					onResolve({ filter: /^cellsim$/ }, () => ({ path: pathToFileURL(ENTRY).href, external: true }));
				},
			},
		],
	}).catch(
		(error: {
			errors?: readonly { text: string; location: { file: string; line: number; column: number } | null }[];
		}) => {
			const first = error.errors?.[0];
			const at = first?.location;
			throw new InputError(
				`${what} '${path}' cannot be loaded: ${first?.text ?? String(error)}`,
				at ? { file: at.file, line: at.line, column: at.column + 1 } : null,
			);
		},
	);
	const { text } = result.outputFiles[0]!;
	// What decides about decisions: the code, wherever it and cellsim lie.
	const code = text.replace(/\n\/\/# sourceMappingURL=.*/, "").replaceAll(pathToFileURL(ENTRY).href, "cellsim");
	const sha256 = createHash("sha256").update(code).digest("hex");
	mkdirSync(BUNDLES, { recursive: true });
	const bundle = join(BUNDLES, `${createHash("sha256").update(text).digest("hex")}.mjs`);
	writeFileSync(bundle, text);
	return { path, file, bundle, sha256 };
}

/** What every definition has. */
interface UserDefinition {
	readonly name: string;
	readonly params?: z.ZodType;
	readonly create: (...args: never[]) => unknown;
}

/** The definition that a bundled file exports. InputError if it exports none; `write` says what it should export. */
export async function importDefinition<Definition extends UserDefinition>(
	what: UserCode,
	{ path, bundle }: BundledFile,
	write: string,
): Promise<Definition> {
	// Stack traces then name the lines of the file itself.
	process.setSourceMapsEnabled(true);
	const module = (await import(pathToFileURL(bundle).href).catch((error: Error) => {
		throw new InputError(`${what} '${path}' cannot be loaded: ${error.message}`);
	})) as { default?: Partial<UserDefinition> };
	const definition = module.default;
	if (
		typeof definition?.create !== "function" ||
		(definition.params !== undefined && typeof definition.params.safeParse !== "function") ||
		typeof definition.name !== "string"
	)
		throw new InputError(`${what} '${path}' has no ${what} as its default export: write ${write}`);
	return definition as Definition;
}

/** Checks parameters that a file's own definition describes. */
export function fileParams(what: UserCode, definition: UserDefinition, path: string, params: unknown): unknown {
	const checked = paramsOf(definition).safeParse(params);
	if (checked.success) return checked.data;
	const issue = checked.error.issues[0]!;
	throw new InputError(`${what} '${path}', parameter ${issue.path.join(".") || "list"}: ${issue.message}`);
}
