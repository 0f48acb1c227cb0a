/**
 * Puts the compiled modules together into a few files in `bundle/` beside them: a module of its own takes Node.js 0.3 ms to load, and a
 * run needs hundreds. What several entries share is in files of its own, so that everybody has the same classes, and what is
 * imported late stays apart. Entries are found where they were, and lead to the bundle. The build runs this file.
 *
 * Single modules stay for tools of this repository that look behind the public API.
 */
import { copyFileSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import type { BuildOptions, Metafile, Plugin } from "esbuild";

interface Entry {
	/** Its path in the compiled code, without `.js`. */
	readonly module: string;
	readonly exports: "*" | "default" | "none";
}

const CORE: Entry = { module: "core", exports: "*" };
const COMMAND: Entry = { module: "cli/main", exports: "none" };
/** What is loaded by its path: the public API, the command, and the scripts of worker threads. */
const ENTRIES: readonly Entry[] = [
	CORE,
	{ module: "index", exports: "*" },
	{ module: "workload/index", exports: "*" },
	COMMAND,
	{ module: "experiment/worker", exports: "default" },
	{ module: "experiment/compaction/worker", exports: "default" },
];
/** Packages that nearly every run loads: they go into the bundle. */
const BUNDLED_PACKAGES = ["apache-arrow", "commander", "d3-random", "jsep", "papaparse", "yaml", "zod"];
/** Bundled packages in CommonJS ask for modules of Node.js with it. */
const REQUIRE =
	'import { createRequire as requireFrom } from "node:module"; const require = requireFrom(import.meta.url);';

/** Bundles the compiled code in folder `root`, which uses these packages; rejects for what esbuild refuses. */
export async function bundleCode(root: string, packages: readonly string[]): Promise<void> {
	const { build } = await import("esbuild");
	const common = {
		absWorkingDir: root,
		outdir: "bundle",
		bundle: true,
		splitting: true,
		format: "esm",
		platform: "node",
		target: "node20",
		// Where packages really lie is nobody's business: the bundle is the same everywhere.
		preserveSymlinks: true,
		banner: { js: REQUIRE },
		external: packages.filter((name) => !BUNDLED_PACKAGES.includes(name)),
		logLevel: "warning",
	} satisfies BuildOptions;
	const loading = async (entry: Entry) => {
		const { metafile } = await build({ ...common, entryPoints: [fileOf(entry)], write: false, metafile: true });
		return loadedAtOnce(metafile, fileOf(entry));
	};
	const [core, command] = await Promise.all([loading(CORE), loading(COMMAND)]);
	const together = new Set([...core].filter((module) => module !== fileOf(CORE) && !command.has(module)));
	const { metafile } = await build({
		...common,
		entryPoints: Object.fromEntries(ENTRIES.map((entry) => [bundleOf(entry), fileOf(entry)])),
		sourcemap: true,
		sourcesContent: false,
		metafile: true,
		plugins: [moduleTexts(root, together)],
	});
	for (const entry of ENTRIES) writeFileSync(join(root, fileOf(entry)), leadOf(entry));
	copyLicences(root, metafile);
}

function fileOf({ module }: Entry): string {
	return `${module}.js`;
}

/** An entry's name in the bundle, where all files lie beside each other. */
function bundleOf({ module }: Entry): string {
	return module.replaceAll("/", "-");
}

/** What is left of an entry in its place. */
function leadOf(entry: Entry): string {
	const up = "../".repeat(entry.module.split("/").length - 1) || "./";
	const target = `"${up}bundle/${bundleOf(entry)}.js"`;
	switch (entry.exports) {
		case "*":
			return `export * from ${target};\n`;
		case "default":
			return `export { default } from ${target};\n`;
		case "none":
			return `#!/usr/bin/env node\nimport ${target};\n`;
	}
}

/** The modules that an entry cannot do without, itself included; those that it imports late are not among them. */
function loadedAtOnce({ inputs }: Metafile, entry: string): ReadonlySet<string> {
	const found = new Set([entry]);
	for (const module of found)
		for (const { path, kind, external } of inputs[module]!.imports)
			if (kind === "import-statement" && !external) found.add(path);
	return found;
}

/**
 * Two changes to the text of modules. Those that look for files beside themselves go on doing so from where they were. And those to load
 * `together` import the core: esbuild makes a file of modules that the same entries need, and whoever needs one of these then
 * needs them all. Otherwise the core would be two dozen files, and take 10 ms more to load.
 */
function moduleTexts(root: string, together: ReadonlySet<string>): Plugin {
	return {
		name: "module texts",
		setup({ onLoad }) {
			onLoad({ filter: /\.js$/, namespace: "file" }, ({ path }) => {
				const module = relative(root, path).split(sep).join("/");
				const text = readFileSync(path, "utf8").replaceAll(
					"import.meta.url",
					`new URL("../${module}", import.meta.url).href`,
				);
				return { contents: together.has(module) ? `${text}\nimport "${join(root, fileOf(CORE))}";\n` : text };
			});
		},
	};
}

/** Puts the licences of the packages in the bundle beside it, and what else these want to be passed on. */
function copyLicences(root: string, { inputs }: Metafile): void {
	const packages = new Map(
		Object.keys(inputs).flatMap((path) => {
			const [folder, name] = /^.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path) ?? [];
			return folder === undefined ? [] : [[folder, name!.replace("/", "-")] as const];
		}),
	);
	for (const [folder, name] of packages)
		for (const file of readdirSync(join(root, folder)))
			if (/^(LICENSE|NOTICE)/.test(file))
				copyFileSync(join(root, folder, file), join(root, "bundle", `${name}-${file}`));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
	const root = fileURLToPath(new URL("..", import.meta.url));
	const { dependencies, optionalDependencies } = JSON.parse(readFileSync(join(root, "../package.json"), "utf8")) as {
		dependencies: Record<string, string>;
		optionalDependencies: Record<string, string>;
	};
	await bundleCode(root, Object.keys({ ...dependencies, ...optionalDependencies }));
}
