/** What README.md promises, held against the code: its example, its links, its commands, its figures. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { HEADLINES } from "../src/experiment/results/headlines.js";
import { readBlock } from "../src/report/generated-block.js";
import { cellsim, folderWith } from "./cli/cellsim.js";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const README = readFileSync(join(ROOT, "README.md"), "utf8");

test("the scheduler of the README and its experiment run in a folder of their own", async () => {
	const scheduler = blocks("js", README.slice(README.indexOf("`mine.js`")))[0]!;
	const experiment = blocks("yaml").find((block) => block.includes("./mine.js"))!;
	const cwd = folderWith({ "mine.js": scheduler, "mine.yaml": experiment });
	const { code, stdout, stderr } = await cellsim(["run", "mine.yaml", "--json"], { cwd });
	expect(code, stderr).toBe(0);
	const { runs } = JSON.parse(stdout) as { readonly runs: readonly { readonly summary: Record<string, number> }[] };
	expect(runs).toMatchObject([
		...Array(3).fill({ variant: { scheduler: "./mine.js" } }),
		...Array(3).fill({ variant: { scheduler: "best-fit" } }),
	]);
	// It is there to show a difference: spreading leaves no room for the large pods.
	const unscheduled = runs.map(({ summary }) => summary["pods_unscheduled"]!);
	expect(Math.min(...unscheduled.slice(0, 3))).toBeGreaterThan(10 * Math.max(...unscheduled.slice(3)));
});

test("what it shows of machines is part of an experiment that runs", async () => {
	const part = blocks("yaml").find((block) => block.includes("verticalAutoscaler"))!;
	const rest = `  clock: {end: 2h}
  cluster:
    nodeGroups:
      - {name: node, count: 20, template: {status: {allocatable: {cpu: "16", memory: 64Gi}}}}
  scheduling: {architecture: monolithic, schedulers: [{scheduler: best-fit}]}
`;
	const experiment = `apiVersion: cellsim/v1alpha1\nkind: Experiment\nmetadata: {name: machines}\n${part}\n${rest}`;
	const cwd = folderWith({ "machines.yaml": experiment });
	const { code, stdout, stderr } = await cellsim(["run", "machines.yaml", "--json"], { cwd });
	expect(code, stderr).toBe(0);
	const { runs } = JSON.parse(stdout) as { readonly runs: readonly { readonly summary: Record<string, number> }[] };
	// Usage is 0.6 of the limit at noon at most, and some memory demands exceed the request.
	expect(runs[0]!.summary["cpu_usage_over_limit"]).toBeLessThan(1);
	expect(runs[0]!.summary["cpu_offered_over_capacity"]).toBeGreaterThanOrEqual(1);
	expect(runs[0]!.summary["slowdown_mean"] ?? 1).toBeGreaterThanOrEqual(1);
});

describe("what it points to exists", () => {
	const links = [...README.matchAll(/\]\((?!https?:|#)([^)\s]+)\)/g)].map(([, target]) => target!.split("#")[0]!);
	// Paths in commands and code spans: everything below a folder that is part of the repository.
	const folders = readdirSync(ROOT, { withFileTypes: true }).filter((entry) => entry.isDirectory());
	const names = folders.map(({ name }) => name).filter((name) => !["dist", "results"].includes(name));
	const paths = [...README.matchAll(/(?<![\w./-])[\w-]+\/[\w./-]*\w/g)].map(([path]) => path);
	const own = paths.filter((path) => names.includes(path.split("/")[0]!));
	test.each([...new Set([...links, ...own])].sort())("%s", (path) => {
		expect(existsSync(join(ROOT, path))).toBe(true);
	});
});

describe("its commands", () => {
	const lines = blocks("sh").flatMap((block) => block.split("\n"));
	const commands = lines.filter((line) => line.startsWith("cellsim ")).map((line) => line.split(" #")[0]!.trim());
	test.each([...new Set(commands)])("%s", async (line) => {
		const [, group, ...rest] = line.split(/\s+/);
		const [command, words] = group === "sweep" ? [[group, rest[0]!], rest.slice(1)] : [[group!], rest];
		const { code, stdout } = await cellsim([...command, "--help"]);
		expect(code).toBe(0);
		expect(stdout).toContain(`Usage: cellsim ${command.join(" ")} `);
		const known = [...stdout.matchAll(/^ {2}(?:(-\w), )?(--[\w-]+)/gm)].flatMap(([, short, long]) => [short, long]);
		const used = words.filter((word) => /^--?[a-z]/.test(word));
		expect(known).toEqual(expect.arrayContaining(used.map((word) => word.split("=")[0])));
	});

	test("npm scripts", () => {
		const { scripts } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as { scripts: object };
		const used = [...README.matchAll(/\bnpm (?:run (?:--silent )?)?([\w:]+)/g)].map(([, name]) => name!);
		expect(used).toContain("test");
		expect(Object.keys(scripts)).toEqual(expect.arrayContaining(used.filter((name) => name !== "ci")));
	});
});

// Six of the quickstart's 24 runs are made again; `npm run readme` renews what is stale.
test("its figures are those of the quickstart", async () => {
	const table = readBlock(README, "quickstart-table").split("\n").slice(1, -1);
	const digests = readBlock(README, "quickstart-digest");
	const [, all, part] = /over all runs: `(\w{16})`; with `--only policy=best-fit`: `(\w{16})`/.exec(digests) ?? [];

	const experiment = join(ROOT, "experiments/quickstart.yaml");
	const { code, stdout } = await cellsim(["run", experiment, "--only", "policy=best-fit"], { cwd: folderWith() });
	expect(code).toBe(0);
	expect(/Digest over all runs: (\w+)/.exec(stdout)![1]).toBe(part);
	const [header, ...rows] = stdout.slice(0, stdout.indexOf("\n\n")).split("\n").map(cells);
	expect(cells(table[0]!)).toEqual(header);
	expect(header).toEqual(["variant", "runs", ...HEADLINES.map(([, title]) => title)]);
	expect(rows).toHaveLength(2);
	expect(table.map(cells)).toEqual(expect.arrayContaining(rows));

	const chart = readFileSync(join(ROOT, "experiments/quickstart.svg"), "utf8");
	expect(chart).toContain(`digest over all runs ${all}.`);
}, 30_000);

/** Contents of the fenced blocks of a language. */
function blocks(language: string, markdown = README): readonly string[] {
	return [...markdown.matchAll(/^```(\w+)\n(.*?)^```$/gms)].flatMap(([, word, text]) =>
		word === language ? [text!] : [],
	);
}

/** Cells of a line of a plain table: two spaces apart at least. */
function cells(line: string): readonly string[] {
	return line.trim().split(/ {2,}/);
}
