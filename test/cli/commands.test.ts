/** The commands that look at experiments and results, each through its whole way once. */
import { execFileSync } from "node:child_process";
import { copyFileSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { KINDS } from "../../src/cli/list.js";
import { experimentJsonSchema } from "../../src/experiment/file/json-schema.js";
import { registries } from "../../src/experiment/registries.js";
import { gateJsonSchema } from "../../src/experiment/results/gate-file.js";
import { cellsim, edit, filesIn, folderWith, MAIN, SMALL, SMALL_TEXT } from "./cellsim.js";

let cwd = "";
let runs: readonly string[] = [];

beforeAll(async () => {
	cwd = folderWith();
	const { code, stderr } = await cellsim(["run", SMALL, "-o", "."], { cwd });
	expect({ code, stderr: code === 0 ? "" : stderr }).toEqual({ code: 0, stderr: "" });
	runs = readdirSync(join(cwd, "small")).filter((name) => /^[0-9a-f]{12}$/.test(name));
});

/** The folder of the run of a policy and a seed. */
function runOf(policy: string, seed: string): string {
	const found = runs.find((run) => {
		const { plan } = JSON.parse(readFileSync(join(cwd, "small", run, "manifest.json"), "utf8")) as {
			readonly plan: { readonly label: string; readonly seed: string };
		};
		return plan.label === `policy=${policy}` && plan.seed === seed;
	});
	return join("small", found!);
}

const json = (text: string) => JSON.parse(text) as Record<string, unknown>;

test("--help is quick: nothing heavy is loaded before it is needed", () => {
	const loaded = execFileSync(process.execPath, ["--experimental-loader", loaderOf(), MAIN, "--help"], {
		encoding: "utf8",
		stdio: ["ignore", "pipe", "pipe"],
	});
	expect(loaded).toContain("Usage: cellsim");
	const packages = [...loaded.matchAll(/^loads (?!file:)(.*)$/gm)].map(([, name]) => name!);
	// Packages that were bundled with our code: each module of theirs begins with its path.
	const texts = [...loaded.matchAll(/^loads (file:.*)$/gm)].map(([, url]) => readFileSync(new URL(url!), "utf8"));
	const bundled = texts.flatMap((text) =>
		[...text.matchAll(/^\/\/ .*node_modules\/([^/]+)/gm)].map(([, name]) => name!),
	);
	expect([...new Set([...packages, ...bundled])]).toEqual(["commander"]);
});

/** A module loader, as a data URL, that prints every package that is imported, and every file of our own. */
function loaderOf(): string {
	const source = `import { writeSync } from "node:fs";
export async function resolve(specifier, context, next) {
	const resolved = await next(specifier, context);
	const own = /^[./]/.test(specifier);
	if (own || (/^[a-z@]/.test(specifier) && !specifier.includes(":"))) writeSync(1, "loads " + (own ? resolved.url : specifier) + "\\n");
	return resolved;
}`;
	return `data:text/javascript,${encodeURIComponent(source)}`;
}

describe("compare", () => {
	test("a metric may be named by its title in the table of run", async () => {
		const { stdout, code } = await cellsim(["compare", "small", "--json", "--metric", "cpu alloc"], { cwd });
		expect(code).toBe(0);
		expect(json(stdout)).toMatchObject({ rows: [{ metric: "cpu_allocation" }] });
	});

	test("variants of one folder, as a table, JSON, Markdown and CSV", async () => {
		const table = await cellsim(["compare", "small", "--metric", "conflicts"], { cwd });
		expect(table.code).toBe(0);
		expect(table.stdout).toMatch(
			/^base: policy=best-fit\n\nmetric +variant +base +mean +difference +% +95 % interval +p +seeds +verdict\nconflicts +policy=random-fit .* 2 +better\n$/,
		);
		expect(table.stderr).toBe(
			"note: intervals of 2 seeds are too narrow to be 95 % intervals: run 10 seeds or more before you trust a small difference\n",
		);
		const printed = json((await cellsim(["compare", "small", "--json"], { cwd })).stdout);
		expect(printed).toMatchObject({ schema: 1, base: "policy=best-fit" });
		const markdown = (await cellsim(["compare", "small", "--format", "markdown"], { cwd })).stdout.split("\n");
		expect(markdown.slice(0, 4)).toEqual([
			"Base: policy=best-fit",
			"",
			"| metric | variant | base | mean | difference | % | 95 % interval | p | seeds | verdict |",
			"| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | --- |",
		]);
		const csv = (await cellsim(["compare", "small", "--format", "csv"], { cwd })).stdout.split("\n");
		expect(csv[0]).toBe(
			"metric,unit,better,variant,base_mean,mean,difference,percent,low,high,probability,most_in,seeds,verdict",
		);
		expect(csv[1]).toMatch(/^pending_time_mean_us,us,lower,policy=random-fit,[\d.]+,[\d.]+,-/);
	});

	test("a folder with itself is equal in everything", async () => {
		const { code, stdout } = await cellsim(["compare", "small", "small", "--all", "--json"], { cwd });
		const { rows } = json(stdout) as {
			readonly rows: readonly { readonly verdict: string; readonly metric: string }[];
		};
		expect(code).toBe(0);
		expect(rows.filter(({ verdict }) => verdict !== "equal")).toEqual([]);
		expect(rows.length).toBeGreaterThan(40);
	});

	test("an unknown metric", async () => {
		expect(await cellsim(["compare", "small", "--metric", "conflict"], { cwd })).toEqual({
			code: 2,
			stdout: "",
			stderr: "error unknown metric 'conflict'; did you mean 'conflicts'?\n",
		});
	});
});

describe("diff", () => {
	test("exit code 0 and the number of events for a run and itself", async () => {
		const run = runOf("best-fit", "1");
		const { code, stdout, stderr } = await cellsim(["diff", run, run], { cwd });
		expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
		expect(stdout).toMatch(/^The manifests say the same\.\nThe runs are identical: [\d,]+ events\.\n$/);
	});

	test("exit code 1 and the first difference for two policies", async () => {
		const args = ["diff", runOf("best-fit", "1"), runOf("random-fit", "1"), "--context", "1"];
		const { code, stdout } = await cellsim(args, { cwd });
		expect(code).toBe(1);
		expect(stdout).toMatch(
			/^The manifests differ \(first \| second\):\n {2}variant: policy=best-fit \| policy=random-fit\n {2}spec\.scheduling\.schedulers\[0\]\.scheduler: best-fit \| random-fit\nThe runs are the same for \d+ events, then they part \(- first, \+ second\):\n {2}\S+ decision-commit main-[01]\n- \S+ bind (\S+) -> n-\d+\n- .*\n\+ \S+ bind \1 -> n-\d+\n\+ .*\n\nThe first run's decision about \1, begun \S+, by main-[01]: node n-\d+\nnode +total +best-fit x1 +cpu free +memory free\n(?:n-\d+ .*\n){2}\nThe second run's decision about \1, begun \S+, by main-[01]: node n-\d+\nnode +cpu free +memory free\n(?:n-\d+ .*\n){2}\nOn other nodes: [\d,]+ of [\d,]+ pods\.\npod +first run +second run\n(?:batch-\S+ +(?:n-\d+|-) +(?:n-\d+|-)\n)+(?:\.\.\. and [\d,]+ more \(--moves shows more lines\)\n)?$/,
		);
		const parted = json((await cellsim([...args, "--json"], { cwd })).stdout);
		expect(parted).toMatchObject({ schema: 1, faults: [], parting: { before: [expect.any(String)] } });
	});
});

describe("explain", () => {
	test("the history of a pod as a table and as JSON", async () => {
		const { code, stdout } = await cellsim(["explain", runOf("best-fit", "1"), "batch-0-0"], { cwd });
		expect(code).toBe(0);
		expect(stdout).toMatch(
			/^pod batch-0-0 \(number 0\): succeeded, pending for \S+\n.*priority 0; requests cpu 1, memory 2Gi\n\ntime +event +detail\n\S+ +submitted\n\S+ +attempt +by main-0, begun \S+, placed.*\n\S+ +bound +to n-\d+\n\S+ +started +on n-\d+\n\S+ +ended +succeeded on n-\d+\n$/,
		);
		const printed = json((await cellsim(["explain", runOf("best-fit", "1"), "0", "--json"], { cwd })).stdout);
		expect(printed).toMatchObject({ schema: 1, pod: { name: "batch-0-0" }, notes: [] });
	});

	test("an unknown pod", async () => {
		const { code, stderr } = await cellsim(["explain", runOf("best-fit", "1"), "bacth-0-0"], { cwd });
		expect(code).toBe(2);
		expect(stderr).toMatch(
			/^error there is no pod 'bacth-0-0' in this run; did you mean 'batch-0-0'\? \(they are numbered from 0 to \d+\)\n$/,
		);
	});
});

describe("check", () => {
	test("tells of every file, and fails if one is wrong", async () => {
		const folder = folderWith({
			"good.yaml": SMALL_TEXT,
			"bad.yaml": edit(SMALL_TEXT, "replicas: 2", "replicas: -1"),
			"trace.yaml": edit(
				SMALL_TEXT,
				"    - name: batch",
				"    - {name: t, source: {format: openb, pods: no.csv}}\n    - name: batch",
			),
		});
		const { code, stdout, stderr } = await cellsim(["check", "bad.yaml", "good.yaml", "trace.yaml"], { cwd: folder });
		expect({ code, stdout }).toEqual({ code: 2, stdout: "good.yaml: ok, 4 runs\n" });
		expect(stderr).toBe(`bad.yaml:23:55 error spec.scheduling.schedulers[0].replicas: must be at least 0, got -1
 23 |       - {scheduler: "\${{ matrix.policy }}", replicas: -1, decisionTime: {perJob: 500ms}}
    |                                                       ^^
error cannot read '${folder}/no.csv': no such file; relative paths start at the folder of the experiment file, or else at the working directory
`);
	});

	test("takes --set and --only, and prints JSON", async () => {
		const args = ["check", SMALL, "--set", "spec.seeds=[1, 2, 3]", "--only", "policy=best-fit", "--json"];
		const { code, stdout } = await cellsim(args);
		expect({ code, ...json(stdout) }).toEqual({
			code: 0,
			schema: 1,
			files: [{ file: SMALL, ok: true, runs: 3, diagnostics: [] }],
		});
	});

	test("the quickstart is right", async () => {
		const cwd = new URL("../../experiments/", import.meta.url).pathname;
		expect(await cellsim(["check", "quickstart.yaml"], { cwd })).toEqual({
			code: 0,
			stdout: "quickstart.yaml: ok, 24 runs\n",
			stderr: "",
		});
	});
});

describe("schema", () => {
	test.each([
		{ document: "experiment", args: ["schema"], schema: experimentJsonSchema(registries) },
		{ document: "gate", args: ["schema", "gate"], schema: gateJsonSchema() },
	])("is what experiments/$document.schema.json holds", async ({ document, args, schema }) => {
		const { code, stdout } = await cellsim(args);
		expect(code).toBe(0);
		expect(json(stdout)).toEqual(schema);
		const file = `experiments/${document}.schema.json`;
		const checkedIn = readFileSync(new URL(`../../${file}`, import.meta.url), "utf8");
		const hint = `run: node dist/cli/main.js ${args.join(" ")} > ${file}`;
		expect(checkedIn === stdout, `${file} is not what the code says; ${hint}`).toBe(true);
	});
});

describe("list", () => {
	test("schedulers with parameters and defaults; everything as JSON", async () => {
		expect((await cellsim(["list", "schedulers"])).stdout).toContain(
			"  random-fit: A node drawn uniformly from those that the pod fits on.\n",
		);
		expect((await cellsim(["list", "architectures"])).stdout).toMatch(
			/^ {6}atomicity +Whether .* \(incremental \| all-or-nothing, default "incremental"\)$/m,
		);
		const all = json((await cellsim(["list", "--json"])).stdout);
		expect(Object.keys(all)).toEqual(["schema", ...KINDS]);
	});

	test("tables with columns, metrics with direction", async () => {
		expect((await cellsim(["list", "tables"])).stdout).toMatch(
			/^ {6}bound_time_us +First binding to a node \(us or null\)$/m,
		);
		expect((await cellsim(["list", "metrics"])).stdout).toContain(
			"  *_allocation: Requested over allocatable, weighted by time (higher is better)\n",
		);
		// Which resource stands before the underscore is left open in some.
		expect((await cellsim(["list", "metrics"])).stdout).toContain("\n  *_usage_over_request: ");
	});

	test("as Markdown is what experiments/REFERENCE.md holds; a single kind is its section", async () => {
		const { code, stdout } = await cellsim(["list", "--format", "markdown"]);
		expect(code).toBe(0);
		const checkedIn = readFileSync(new URL("../../experiments/REFERENCE.md", import.meta.url), "utf8");
		const hint = "run: node dist/cli/main.js list --format markdown > experiments/REFERENCE.md";
		expect(checkedIn === stdout, `experiments/REFERENCE.md is not what the code says; ${hint}`).toBe(true);
		const sections = stdout.split(/^(?=## )/m).slice(1);
		expect(sections.map((section) => section.split("\n")[0])).toEqual(KINDS.map((kind) => `## ${kind}`));
		const exports = await cellsim(["list", "exports", "--format", "markdown"]);
		expect(exports.stdout).toBe(sections.at(-1));
	});
});

describe("import", () => {
	const fixture = new URL("../fixtures/openb/", import.meta.url).pathname;

	test("a trace becomes Arrow files that an experiment can read, with a report", async () => {
		const folder = folderWith();
		for (const name of ["nodes.csv", "pods.csv"]) copyFileSync(join(fixture, name), join(folder, name));
		const args = ["import", "openb", ".", "-o", "trace", "--param", "neverScheduled=drop"];
		const { code, stdout, stderr } = await cellsim(args, { cwd: folder });
		expect(code).toBe(0);
		expect(stderr).toBe("4 nodes, 7 pods in 7 jobs, written to trace/nodes.arrow and trace/pods.arrow\n");
		expect(stdout).toMatch(
			/^rows +action +rule +source +first\n +1 +repaired +card model on a node without GPU: ignored /,
		);
		expect(filesIn(join(folder, "trace"))).toEqual(["nodes.arrow", "pods.arrow"]);
		const again = await cellsim(["import", "cellsim", "trace", "-o", "copy", "--json"], { cwd: folder });
		expect(json(again.stdout)).toMatchObject({ schema: 1, nodes: 4, jobs: 7, pods: 7, report: [] });
		for (const name of ["nodes.arrow", "pods.arrow"]) {
			expect(readFileSync(join(folder, "copy", name)).equals(readFileSync(join(folder, "trace", name)))).toBe(true);
		}
	});

	test("refuses a folder with something in it, unless forced, and wrong parameters", async () => {
		const folder = folderWith({ "out/notes.txt": "mine" });
		const args = ["import", "openb", join(fixture, "pods.csv"), "-o", "out"];
		expect(await cellsim(args, { cwd: folder })).toEqual({
			code: 2,
			stdout: "",
			stderr: "error 'out' is not empty (it has 'notes.txt'): choose another folder, or write over it with --force\n",
		});
		const mistaken = await cellsim([...args, "--force", "--param", "maxPod=3"], { cwd: folder });
		expect(mistaken.code).toBe(2);
		expect(mistaken.stderr).toContain("--param 1 error maxPod: unknown key 'maxPod'; did you mean 'maxPods'?\n");
		expect(filesIn(join(folder, "out"))).toEqual(["notes.txt"]);
		expect((await cellsim([...args, "--force", "--param", "maxPods=3"], { cwd: folder })).code).toBe(0);
		expect(filesIn(join(folder, "out"))).toEqual(["nodes.arrow", "notes.txt", "pods.arrow"]);
	});

	test("leaves nothing behind when a row is wrong", async () => {
		const pods = edit(readFileSync(join(fixture, "pods.csv"), "utf8"), "2000", "2o00");
		const folder = folderWith({ "pods.csv": pods });
		const { code, stderr } = await cellsim(["import", "openb", "pods.csv", "-o", "deep/trace"], { cwd: folder });
		expect({ code, stderr }).toEqual({
			code: 2,
			stderr: `${folder}/pods.csv:3 error cpu_milli: '2o00' is not a whole number of 0 or more (below 2^53)\n`,
		});
		expect(readdirSync(folder)).toEqual(["pods.csv"]);
	});

	test("a folder with several pod lists: which one?", async () => {
		const { code, stderr } = await cellsim(["import", "openb", fixture, "-o", join(folderWith(), "out")]);
		expect({ code, stderr }).toEqual({
			code: 2,
			stderr: `error '${fixture}' has several lists of pods (pods-five-columns.csv, pods-unsorted.csv, pods.csv): choose one, such as --param pods=${fixture}pods-five-columns.csv\n`,
		});
	});
});

test("help says what is the default, but not that a switch is off or a list empty", async () => {
	const { stdout } = await cellsim(["run", "--help"]);
	expect(stdout).toContain('(default: "results")');
	expect(stdout).not.toMatch(/default: (false|\[\])/);
});
