/**
 * `npm run --silent conformance -- SUITE DIR [--only REGEX]`: repeats the golden cases of a folder with the built code. Prints
 * a line for each case that differs and the totals last. Exit code 0 if all are equal but the reviewed exceptions, 1 if not,
 * 2 for bad usage or data.
 */
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { build } from "esbuild";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

if (!existsSync(join(ROOT, "dist", "index.js"))) refuse("there is no build: npm run build");
const { suites, runSuite } = await loadSuites();
const USAGE = `usage: npm run --silent conformance -- SUITE DIR [--only REGEX]; suites: ${Object.keys(suites).join(", ")}`;
const { name, folder, only } = asked();
if (name === undefined || folder === undefined || !Object.hasOwn(suites, name)) refuse(USAGE);
if (!existsSync(folder)) refuse(`there is no folder ${folder}`);

let told = performance.now();
try {
	const passed = runSuite(name, suites[name], folder, {
		...(only ? { only: (golden) => only.test(golden) } : {}),
		print: (line) => console.log(line),
		progress: (done, of) => {
			if (performance.now() - told < 5000) return;
			told = performance.now();
			console.error(`${name}: ${done} of ${of} cases`);
		},
	});
	process.exitCode = passed ? 0 : 1;
} catch (error) {
	if (error.name !== "InputError") throw error;
	const { file, line } = error.position ?? { file: folder, line: 0 };
	refuse(`${file}${line > 0 ? `:${line}` : ""}: ${error.message}`);
}

/** What the command line says. */
function asked() {
	try {
		const { values, positionals } = parseArgs({ allowPositionals: true, options: { only: { type: "string" } } });
		const only = values.only === undefined ? undefined : new RegExp(values.only);
		return { name: positionals[0], folder: positionals[1], only };
	} catch (error) {
		return refuse(`${error.message}\n${USAGE}`);
	}
}

/** The suites are TypeScript, which Node.js 20 does not run; what they import from src is the build instead. */
async function loadSuites() {
	const bundles = mkdtempSync(join(tmpdir(), "cellsim-conformance-"));
	const outfile = join(bundles, "suites.mjs");
	try {
		await build({
			entryPoints: [join(ROOT, "test/conformance/suites.ts")],
			outfile,
			bundle: true,
			platform: "node",
			format: "esm",
			target: "node20",
			sourcemap: "inline",
			plugins: [{ name: "built-code", setup: useBuild }],
		});
		return await import(pathToFileURL(outfile).href);
	} finally {
		rmSync(bundles, { recursive: true });
	}
}

function useBuild({ onResolve }) {
	onResolve({ filter: /\/src\/.*\.js$/ }, ({ path, importer }) => {
		if (importer.includes("node_modules")) return null;
		const built = join(ROOT, "dist", path.replace(/^.*\/src\//, ""));
		return { path: pathToFileURL(built).href, external: true };
	});
}

function refuse(message) {
	console.error(message);
	process.exit(2);
}
