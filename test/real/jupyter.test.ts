/** The notebooks, executed on fresh results of small runs: what changes the schema of results breaks them here first. */
import { execFile } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { cp, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const NOTEBOOKS = join(ROOT, "notebooks");
const PYTHON = join(ROOT, ".venv/bin/python");
const MAIN = join(ROOT, "dist/cli/main.js");
const run = promisify(execFile);

interface Notebook {
	readonly cells: readonly {
		readonly id: string;
		readonly cell_type: string;
		readonly execution_count?: number | null;
		readonly source: readonly string[];
		readonly outputs?: readonly {
			readonly output_type: string;
			readonly name?: string;
			readonly data?: Readonly<Record<string, string | readonly string[]>>;
		}[];
	}[];
}

/** By notebook: the marks of its charts, by the variants and seeds below, and what these runs must show whatever their seeds. */
const EXPECTED: Readonly<Record<string, readonly [charts: readonly object[], conclusion: RegExp]>> = {
	// Two architectures: two seeds each of the policy that is not the first; two policies and four classes of pods.
	"compare-policies": [
		[{ point: 4 }, { "line mark": 16 }],
		/Under shared-state, pods wait .* with worst-fit than with best-fit: .* over 2 seeds/,
	],
	// Three architectures: two classes of jobs; three decision times.
	"omega-figures": [
		[{ "line mark": 6 }, { "line mark": 3, point: 9 }],
		/a monolithic.* \*\*\S+ times as long\*\*(.|\n)*c shared state, cell B: .* is \*\*flat\*\*/,
	],
	// Two cells, two searches.
	"borg-compaction": [
		[
			{ "rule mark": 2, point: 2 },
			{ point: 2, "line mark": 1, bar: 2 },
		],
		/\*\*Every cell can be made smaller\*\*: to \d\d\.\d% .* over 2 cells/,
	],
	// Three settings, one seed; two charts side by side.
	overcommit: [
		[{ bar: 3, tick: 3 }, { point: 6 }],
		/\*\*aggressive\*\* reserves(.|\n)*With aggressive instead of base, waits are \*\*shorter\*\*/,
	],
	// Two surges with and without a hook: with and without a failure; servers and losses.
	rollouts: [
		[{ bar: 8 }, { "line mark": 8 }],
		/a quarter, a server goes on for 5 s: loses \*\*nothing\*\*(.|\n)*all at once.* \*\*[\d,]+ requests\*\*/,
	],
};

const only = (...values: readonly string[]) => values.flatMap((value) => ["--only", value]);
const set = (...values: readonly string[]) => values.flatMap((value) => ["--set", value]);

/** The small size that the heads of these files name, with fewer decision times. */
const OMEGA = [
	...set("spec.params.parts=10", "spec.cluster.prefill.fraction=0.1", "spec.clock.end=30m", "spec.clock.warmup=5m"),
	...set("spec.seeds=[1]"),
	...only("cell=B", "tJob=100ms", "tJob=1s", "tJob=10s"),
];

const COMMANDS = [
	[
		...["run", "experiments/quickstart.yaml", ...only("policy=best-fit", "policy=worst-fit")],
		...set("spec.clock.end=3h", "spec.clock.warmup=30m", "spec.seeds=[1,2]"),
	],
	["run", "experiments/omega/e01-monolithic-single-path.yaml", ...OMEGA],
	["run", "experiments/omega/e02-monolithic-multi-path.yaml", ...OMEGA],
	["run", "experiments/omega/e04-shared-state.yaml", ...OMEGA],
	[
		...["compact", "experiments/borg/e12-compaction.yaml", ...only("cell=1", "cell=2")],
		...set("spec.params.base=30", "spec.params.step=1", "spec.compaction.trials=5"),
	],
	[
		...["run", "experiments/overcommit/e18-aggressiveness.yaml"],
		...set("spec.params.parts=2", "spec.clock.end=4h", "spec.clock.warmup=1h", "spec.seeds=[1]"),
	],
	["run", "experiments/kubernetes/rollouts.yaml", ...only("ready=10s", "strategy=a quarter", "strategy=all at once")],
];

let folder: string;

/** Executes copies of the notebooks, which then hold their outputs; what pytest printed. */
async function execute(...names: readonly string[]): Promise<string> {
	for (const name of names) await cp(join(NOTEBOOKS, `${name}.ipynb`), join(folder, `${name}.ipynb`));
	const files = names.map((name) => join(folder, `${name}.ipynb`));
	const args = [
		"-B",
		"-m",
		"pytest",
		"--nbmake",
		"--overwrite",
		"-p",
		"no:cacheprovider",
		"--rootdir",
		folder,
		...files,
	];
	const { stdout } = await run(PYTHON, args, { env: { ...process.env, CELLSIM_RESULTS: join(folder, "results") } });
	return stdout;
}

async function executed(name: string): Promise<Notebook> {
	return JSON.parse(await readFile(join(folder, `${name}.ipynb`), "utf8"));
}

/** How many marks of each kind stand for data. */
function marks(svg: string): Readonly<Record<string, number>> {
	const counts: Record<string, number> = {};
	for (const [, mark] of svg.matchAll(/aria-roledescription="(point|bar|tick|line mark|rule mark)"/g))
		counts[mark!] = (counts[mark!] ?? 0) + 1;
	return counts;
}

beforeAll(async () => {
	if (!existsSync(PYTHON)) throw new Error("there is no .venv: run test/real/setup.sh first");
	if (!existsSync(MAIN)) throw new Error("there is no dist/: run npm run build first");
	folder = await mkdtemp(join(tmpdir(), "cellsim-jupyter-"));
	for (const command of COMMANDS)
		await run(process.execPath, [MAIN, ...command, "-o", join(folder, "results")], { cwd: ROOT });
	await cp(join(NOTEBOOKS, "cellsim_results.py"), join(folder, "cellsim_results.py"));
	await execute(...Object.keys(EXPECTED));
}, 240_000);
afterAll(async () => {
	if (folder !== undefined) await rm(folder, { recursive: true });
});

test("all notebooks are there, named in the README, and kept without outputs", () => {
	const files = readdirSync(NOTEBOOKS).filter((name) => name.endsWith(".ipynb"));
	expect(files.sort()).toEqual(
		Object.keys(EXPECTED)
			.map((name) => `${name}.ipynb`)
			.sort(),
	);
	const readme = readFileSync(join(NOTEBOOKS, "README.md"), "utf8");
	for (const file of files) {
		expect(readme).toContain(`(${file})`);
		const { cells } = JSON.parse(readFileSync(join(NOTEBOOKS, file), "utf8")) as Notebook;
		const code = cells.filter((cell) => cell.cell_type === "code");
		expect(code.map((cell) => [cell.outputs, cell.execution_count])).toEqual(code.map(() => [[], null]));
	}
});

describe.each(Object.entries(EXPECTED))("%s", (name, [charts, conclusion]) => {
	test("draws its charts as SVG, without a word on stderr and without anything that a browser would load", async () => {
		const outputs = (await executed(name)).cells.flatMap((cell) => cell.outputs ?? []);
		expect(outputs.filter((output) => output.name === "stderr")).toEqual([]);
		const drawn = outputs.flatMap(({ data }) => (data?.["image/svg+xml"] === undefined ? [] : [data["image/svg+xml"]]));
		expect(drawn.map((svg) => marks([svg].flat().join("")))).toEqual(charts);
		expect(JSON.stringify(outputs)).not.toMatch(/<script|<link|(src|href)=\\"http/);
	});

	test("comes to the conclusion that its runs support", async () => {
		const last = (await executed(name)).cells.at(-1)!;
		expect(last.id).toBe("conclusion");
		expect([last.outputs![0]!.data!["text/markdown"]].flat().join("")).toMatch(conclusion);
	});
});

test("a column that is called something else breaks the notebook that reads it", async () => {
	const script = `import sys
import polars as pl
with open(sys.argv[1], "rb") as file:
    frame = pl.read_ipc(file.read())
frame.rename({"overcommit_usage_over_limit.memory": "usage"}).write_ipc(sys.argv[1])`;
	await run(PYTHON, ["-c", script, join(folder, "results/e18-aggressiveness/runs.arrow")]);
	await expect(execute("overcommit")).rejects.toMatchObject({
		code: 1,
		stdout: expect.stringMatching(/ColumnNotFoundError.*unable to find column "overcommit_usage_over_limit\.memory"/),
	});
});
