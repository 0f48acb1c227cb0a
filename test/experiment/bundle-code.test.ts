import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { bundleCode } from "../../src/experiment/bundle-code.js";

/**
 * Compiled code in small: all entries, a class that they share, a module that looks for a file beside itself; and two packages, one
 * of those that are bundled, in CommonJS, and another.
 */
const MODULES: Readonly<Record<string, string>> = {
	"package.json": '{ "type": "module" }',
	"cell/cell.js": "export class Cell {}\n",
	"cli/version.js":
		'import { readFileSync } from "node:fs";\nexport const version = () => readFileSync(new URL("./version.txt", import.meta.url), "utf8");\n',
	"cli/version.txt": "1.2.3",
	"core.js": 'export { Cell } from "./cell/cell.js";\n',
	"node_modules/yaml/package.json": '{ "main": "index.js" }',
	"node_modules/yaml/index.js": 'const { basename } = require("path");\nexports.nameOf = (path) => basename(path);\n',
	"node_modules/yaml/LICENSE": "Do as you like.",
	"node_modules/d3/package.json": '{ "main": "index.js" }',
	"node_modules/d3/index.js": "exports.max = Math.max;\n",
	"index.js":
		'import { max } from "d3";\nimport { nameOf } from "yaml";\nexport * from "./core.js";\nexport const more = max(0, Number(nameOf("a/1")));\n',
	"workload/index.js": 'export { Cell } from "../cell/cell.js";\n',
	"cli/main.js":
		'#!/usr/bin/env node\nimport { version } from "./version.js";\nconst { Cell } = await import("../cell/cell.js");\nconsole.log(version(), Cell.name);\n',
	"experiment/worker.js": 'import { Cell } from "../cell/cell.js";\nexport default () => new Cell();\n',
	"experiment/compaction/worker.js": 'import { Cell } from "../../cell/cell.js";\nexport default () => new Cell();\n',
};

let root: string;

beforeAll(async () => {
	root = mkdtempSync(join(tmpdir(), "cellsim-bundle-"));
	for (const [path, text] of Object.entries(MODULES)) {
		mkdirSync(dirname(join(root, path)), { recursive: true });
		writeFileSync(join(root, path), text);
	}
	await bundleCode(root, ["yaml", "d3"]);
});

afterAll(() => rmSync(root, { recursive: true }));

/** The exports of an entry, found where it was before. */
async function entry(path: string): Promise<Record<string, unknown>> {
	return { ...((await import(pathToFileURL(join(root, path)).href)) as object) };
}

test("every entry exports what it did, and all have the same classes", async () => {
	const { Cell, ...none } = await entry("core.js");
	expect(none).toEqual({});
	expect(await entry("index.js")).toEqual({ Cell, more: 1 });
	expect(await entry("workload/index.js")).toEqual({ Cell });
	for (const worker of ["experiment/worker.js", "experiment/compaction/worker.js"]) {
		const { default: work } = (await entry(worker)) as { default: () => unknown };
		expect(work()).toBeInstanceOf(Cell);
	}
});

test("the command runs from its place, modules find the files beside them, and classes keep their names", () => {
	expect(execFileSync(process.execPath, [join(root, "cli/main.js")], { encoding: "utf8" })).toBe("1.2.3 Cell\n");
});

test("of packages that come in the bundle nothing is loaded but it, and their licences lie beside it", () => {
	const files = readdirSync(join(root, "bundle")).filter((name) => !name.endsWith(".map"));
	expect(files.filter((name) => !name.endsWith(".js"))).toEqual(["yaml-LICENSE"]);
	const code = files.map((name) => readFileSync(join(root, "bundle", name), "utf8")).join("");
	expect([/from "yaml"/.test(code), /from "d3"/.test(code)]).toEqual([false, true]);
});

test("nothing tells where the code lay when it was bundled, so that its hash is the same everywhere", () => {
	for (const name of ["core", "index", "workload-index", "cli-main"])
		expect(readFileSync(join(root, "bundle", `${name}.js`), "utf8")).not.toContain(root);
});
