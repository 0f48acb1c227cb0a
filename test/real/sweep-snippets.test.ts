/** What `experiments/sweeps/README.md` says of GNU parallel and Snakemake, run as it stands there: the bytes of a local run. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { bytesIn, EXPERIMENT } from "./sweep.js";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const MAIN = join(ROOT, "dist/cli/main.js");
const SNAKEMAKE = join(ROOT, ".venv/snakemake/bin/snakemake");

const folder = mkdtempSync(join(tmpdir(), "cellsim-snippets-"));
const bin = join(folder, "bin");
const RESULTS = join(folder, "results/mine");
afterAll(() => rmSync(folder, { recursive: true }));

/** Thirty points. */
const MINE = EXPERIMENT.replace("name: many", "name: mine").replace("count: 200", "count: 3");
let local: Record<string, string>;

beforeAll(() => {
	mkdirSync(bin);
	writeFileSync(join(bin, "cellsim"), `#!/bin/sh\nexec "${process.execPath}" "${MAIN}" "$@"\n`, { mode: 0o755 });
	writeFileSync(join(folder, "mine.yaml"), MINE);
	run("cellsim", "run", "mine.yaml");
	local = bytesIn(RESULTS);
	expect(Object.keys(local).length).toBeGreaterThan(30);
}, 60_000);

/** Manifests say where the experiment is: all of it happens in one folder. */
beforeEach(() => rmSync(RESULTS, { recursive: true }));

/** As a user would who has cellsim on the path; what it prints. */
function run(program: string, ...args: readonly string[]): string {
	const env = { ...process.env, PATH: `${bin}:${process.env["PATH"]}` };
	return execFileSync(program, args, { cwd: folder, env, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
}

/** The first block of code under a heading, in six pieces instead of a hundred. */
function snippet(heading: string): string {
	const readme = readFileSync(join(ROOT, "experiments/sweeps/README.md"), "utf8");
	const [, code] = new RegExp(`\\n## ${heading}\\n[^#]*?\`\`\`\\w+\\n(.*?)\`\`\``, "s").exec(readme)!;
	expect(code).toMatch(/\b100\b/);
	return code!.replaceAll(/\b100\b/g, "6").replaceAll(/\b99\b/g, "5");
}

test("GNU parallel, on the hosts of a file: this one", () => {
	writeFileSync(join(folder, "hosts"), ":\n");
	const said = run("bash", "-euc", snippet("GNU parallel"));
	expect(said).toContain("30 of 30 runs in results/mine");
	expect(bytesIn(RESULTS)).toEqual(local);
	// Two columns before the last are the exit codes and signals of the six.
	const log = readFileSync(join(folder, "sweep.log"), "utf8").trim().split("\n").slice(1);
	expect(log.map((line) => line.split("\t").slice(6, 8))).toEqual(Array(6).fill(["0", "0"]));
});

test("Snakemake, which makes again only what a change asks for", () => {
	if (!existsSync(SNAKEMAKE)) throw new Error("there is no snakemake: run test/real/setup.sh");
	writeFileSync(join(folder, "Snakefile"), snippet("Snakemake"));
	const snakemake = (...args: readonly string[]) => run(SNAKEMAKE, "--cores", "2", "--quiet", "rules", ...args);
	expect(snakemake()).toContain("30 of 30 runs in results/mine");
	expect(bytesIn(RESULTS)).toEqual(local);
	rmSync(join(folder, "done/3"));
	rmSync(join(RESULTS, "runs.arrow"));
	const again = snakemake();
	expect(again).toContain("piece 3: 0 made, 5 there already, 0 failed");
	expect(again).not.toContain("piece 2:");
	expect(bytesIn(RESULTS)).toEqual(local);
});
