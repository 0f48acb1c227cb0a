/** Bundles the script of a report's page into one file beside the compiled code, `report/page.js`. The build runs this file. */
import { fileURLToPath } from "node:url";

/** Bundles `src/report/page/main.ts`; rejects for what esbuild refuses. */
export async function bundlePage(): Promise<void> {
	const { build } = await import("esbuild");
	await build({
		entryPoints: [fileURLToPath(new URL("../../../src/report/page/main.ts", import.meta.url))],
		outfile: fileURLToPath(new URL("../page.js", import.meta.url)),
		bundle: true,
		format: "iife",
		minify: true,
		target: "es2022",
		legalComments: "eof",
		charset: "utf8",
		logLevel: "warning",
	});
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await bundlePage();
