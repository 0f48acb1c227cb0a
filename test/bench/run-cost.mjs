/** Runs `cellsim` with the given arguments as a child, output to a folder of its own, and prints what the process cost. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ROOT } from "./measure.mjs";

const folder = mkdtempSync(join(tmpdir(), "cellsim-bench-"));
const args = process.argv.slice(2);
if (args[0] === "run") args.push("-o", folder);
const startedAt = performance.now();
// `time` counts the child alone, without this process.
const { status, stderr } = spawnSync(
	"/usr/bin/env",
	["bash", "-c", 'TIMEFORMAT="%U %S"; time node dist/cli/main.js "$@" > /dev/null', "bash", ...args],
	{ cwd: ROOT, encoding: "utf8" },
);
const wallSeconds = (performance.now() - startedAt) / 1000;
rmSync(folder, { recursive: true });
if (status !== 0) {
	process.stderr.write(stderr);
	process.exit(1);
}
const [user, system] = stderr.trim().split("\n").at(-1).split(" ").map(Number);
console.log(JSON.stringify({ cpuSeconds: user + system, wallSeconds }));
