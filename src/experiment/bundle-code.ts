/**
 * Puts the compiled modules together into a few dozen files in `bundle/` beside them: a module of its own takes Node.js 0.3 ms to load,
 * and a run needs hundreds. What several entries share is in one file, so that everybody has the same classes, and what is imported
 * late stays apart. Entries are found where they were, and lead to the bundle. The build runs this file.
 *
 * Single modules stay for tools of this repository that look behind the public API.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import type { Plugin } from "esbuild";

/** What is loaded by its path: the public API, the command, and the scripts of worker threads. */
const ENTRIES: readonly Entry[] = [
	{ module: "core", exports: "*" },
	{ module: "index", exports: "*" },
	{ module: "workload/index", exports: "*" },
	{ module: "cli/main", exports: "none" },
	{ module: "experiment/worker", exports: "default" },
	{ module: "experiment/compaction/worker", exports: "default" },
];

interface Entry {
	/** Its path in the compiled code, without `.js`. */
	readonly module: string;
	readonly exports: "*" | "default" | "none";
}

/** Bundles the compiled code in folder `root`; rejects for what esbuild refuses. */
export async function bundleCode(root: string): Promise<void> {
	const { build } = await import("esbuild");
	await build({
		absWorkingDir: root,
		entryPoints: Object.fromEntries(ENTRIES.map(({ module }) => [bundled(module), `${module}.js`])),
		outdir: "bundle",
		bundle: true,
		splitting: true,
		format: "esm",
		platform: "node",
		target: "node20",
		packages: "external",
		sourcemap: true,
		sourcesContent: false,
		logLevel: "warning",
		plugins: [ownPlaces(root)],
	});
	for (const entry of ENTRIES) writeFileSync(join(root, `${entry.module}.js`), leadOf(entry));
}

/** A module's name in the bundle, where all files lie beside each other. */
function bundled(module: string): string {
	return module.replaceAll("/", "-");
}

function leadOf({ module, exports }: Entry): string {
	const up = "../".repeat(module.split("/").length - 1) || "./";
	const target = `"${up}bundle/${bundled(module)}.js"`;
	switch (exports) {
		case "*":
			return `export * from ${target};\n`;
		case "default":
			return `export { default } from ${target};\n`;
		case "none":
			return `#!/usr/bin/env node\nimport ${target};\n`;
	}
}

/** Modules that look for files beside themselves go on doing so from where they were. */
function ownPlaces(root: string): Plugin {
	return {
		name: "own places",
		setup({ onLoad }) {
			onLoad({ filter: /\.js$/, namespace: "file" }, ({ path }) => {
				const text = readFileSync(path, "utf8");
				if (!text.includes("import.meta.url")) return undefined;
				const place = `new URL("../${relative(root, path).split(sep).join("/")}", import.meta.url).href`;
				return { contents: text.replaceAll("import.meta.url", place), loader: "js" };
			});
		},
	};
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await bundleCode(fileURLToPath(new URL("..", import.meta.url)));
