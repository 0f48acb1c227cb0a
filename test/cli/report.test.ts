/** Figures from the experiment file to SVG, and folders of experiments. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { cellsim, edit, filesIn, folderWith, SMALL_TEXT, sha256 } from "./cellsim.js";

const FIGURES = `  figures:
    - name: wait
      title: Wait over the decision time
      kind: lines
      x: {key: perJob, scale: log, unit: s, min: 10ms, max: 10s}
      y: {metrics: [pending_time_mean_us, pending_time_p99_us.class_none], scale: log}
      series: policy
      error: minmax
      lines: [{y: 30s, label: 30 s SLO}]
    - {name: start, title: Time to start, kind: cdf, column: {table: jobs, name: full_start_time_us, minus: submit_time_us}, series: policy, filter: {perJob: 100ms}}
    - {name: never, title: Never measured, kind: lines, x: {key: perJob, unit: s}, y: {metrics: [pending_time_mean_us.class_none]}, series: policy}
`;
/** 2 policies x 2 decision times x 1 seed, ten minutes. */
const TEXT = [
	["[best-fit, random-fit]", "[best-fit, random-fit]\n      perJob: [100ms, 1s]"],
	["perJob: 500ms", 'perJob: "${{ matrix.perJob }}"'],
	["{base: 1, count: 2}", "[1]"],
	["end: 30m", "end: 10m"],
	["  faults:\n    - {at: 10m, action: fail, nodes: [n-0]}\n    - {at: 15m, action: recover, nodes: [n-0]}\n", ""],
].reduce((text, [from, to]) => edit(text, from!, to!), SMALL_TEXT);
const RUN = ["run", "e.yaml", "-o", "out"];

let cwd = "";
beforeAll(async () => {
	cwd = folderWith({ "e.yaml": TEXT + FIGURES });
	const { code, stderr } = await cellsim(RUN, { cwd });
	expect({ code, stderr: code === 0 ? "" : stderr }).toEqual({ code: 0, stderr: "" });
});

describe("report", () => {
	test("writes a page and one SVG a figure, the same bytes every time, and says what is missing", async () => {
		const first = await cellsim(["report", "out/small"], { cwd });
		const standard = ["summary", "pending-time", "utilisation", "queue", "transactions"];
		const figures = ["wait", "start", ...standard.map((name) => `report-${name}`)];
		expect(first).toEqual({
			code: 0,
			stdout: ["out/small/report.html", ...figures.map((name) => `out/small/figures/${name}.svg`), ""].join("\n"),
			stderr: [
				"note: figure 'wait': no run has a value of 'pending_time_p99_us.class_none': nothing is drawn of it\n",
				"note: figure 'never': no run has a value of 'pending_time_mean_us.class_none': nothing is drawn of it\n",
			].join(""),
		});
		const wait = readFileSync(join(cwd, "out/small/figures/wait.svg"), "utf8");
		expect(wait).toContain("<title>Wait over the decision time</title>");
		expect(wait.match(/class="point"/g)).toHaveLength(4);
		expect((await cellsim(["report", "out/small", "-o", "again"], { cwd })).code).toBe(0);
		for (const name of figures)
			expect(sha256(join(cwd, "again", `${name}.svg`))).toBe(sha256(join(cwd, `out/small/figures/${name}.svg`)));
		// Commands on the page name the folder as the reader did, so that -o changes nothing in it.
		expect(sha256(join(cwd, "again/report.html"))).toBe(sha256(join(cwd, "out/small/report.html")));
	});

	test("--figure and --json", async () => {
		const { code, stdout } = await cellsim(["report", "out/small", "--figure", "start", "-o", "one", "--json"], {
			cwd,
		});
		expect(code).toBe(0);
		expect(JSON.parse(stdout)).toEqual({
			schema: 1,
			page: null,
			figures: [{ name: "start", file: "one/start.svg", notes: [] }],
		});
		expect(filesIn(join(cwd, "one"))).toEqual(["start.svg"]);
	});

	test.each([
		[["--figure", "wiat"], "error unknown figure 'wiat'; did you mean 'wait'?\n"],
		[["nowhere"], "error there is no folder 'nowhere'\n"],
		[["--only", "policy"], "error --only 'policy': expected axis=value\n"],
		[["--only", "policy=x"], "error --only: none of the 4 runs in 'out/small' has these values\n"],
	])("%j: %s", async (args, message) => {
		const results = args[0]!.startsWith("--") ? ["out/small", ...args] : args;
		expect(await cellsim(["report", ...results], { cwd })).toEqual({ code: 2, stdout: "", stderr: message });
	});

	test("--only: the page tells of the chosen runs", async () => {
		const { code } = await cellsim(["report", "out/small", "--only", "perJob=1s", "-o", "some"], { cwd });
		expect(code).toBe(0);
		const html = readFileSync(join(cwd, "some/report.html"), "utf8");
		expect(html.includes("2 runs: 2 variants, 1 seed.")).toBe(true);
		expect(html.includes("perJob=100ms")).toBe(false);
	});

	test("what the tables lack is said, with what to write into the file", async () => {
		const bare = folderWith({
			"e.yaml": edit(TEXT, "[pods, jobs, attempts, changes, {name: nodes, every: 5m}]", "[jobs]"),
		});
		expect((await cellsim(RUN, { cwd: bare })).code).toBe(0);
		const { code, stdout } = await cellsim(["report", "out/small"], { cwd: bare });
		expect({ code, stdout }).toEqual({
			code: 0,
			stdout: "out/small/report.html\nout/small/figures/report-summary.svg\n",
		});
		const html = readFileSync(join(bare, "out/small/report.html"), "utf8");
		for (const entry of ["pods", "{name: nodes, every: 5m}", "attempts"])
			expect(
				html.includes(`<li>no run has the table for it: add ${entry} to spec.outputs.tables and run it again</li>`),
			).toBe(true);
	});

	test("other figures need no run to be made again; --figure without any says what to do", async () => {
		const later = folderWith({ "e.yaml": TEXT });
		expect((await cellsim(RUN, { cwd: later })).code).toBe(0);
		expect(existsSync(join(later, "out/small/figures.json"))).toBe(false);
		expect(await cellsim(["report", "out/small", "--figure", "f"], { cwd: later })).toEqual({
			code: 2,
			stdout: "",
			stderr:
				"error 'out/small' has no figures: declare them in the experiment file, under spec.figures, and run it again; runs that are complete are kept\n",
		});
		const figure = "{name: f, title: F, kind: bars, x: {key: policy}, y: {metrics: [conflicts]}, panels: perJob}";
		const again = await cellsim([...RUN, "--set", `spec.figures=[${figure}]`], { cwd: later });
		expect(again.stderr).toContain("4 of 4 runs, 4 found complete");
		expect((await cellsim(["report", "out/small", "--figure", "f"], { cwd: later })).stdout).toBe(
			"out/small/figures/f.svg\n",
		);
	});
});

describe("run on a folder", () => {
	const small = (name: string) => edit(TEXT, "{name: small}", `{name: ${name}}`);

	test("runs every file by name, each into a folder of its own; options go where they are known", async () => {
		const folder = folderWith({
			"set/b.yaml": edit(small("second"), "spec:\n", "spec:\n  params: {unused: 1}\n"),
			"set/a.yaml": small("first"),
			"set/read.me": "",
		});
		const args = ["run", "set", "-o", "out", "--only", "perJob=1s", "--set", "spec.params.unused=2", "--json"];
		const { code, stdout, stderr } = await cellsim(args, { cwd: folder });
		expect(code).toBe(0);
		expect(stderr.split("\n").filter((line) => line.includes(" of 2), "))).toEqual([
			"first (1 of 2), set/a.yaml",
			"second (2 of 2), set/b.yaml",
		]);
		expect(JSON.parse(stdout)).toMatchObject({
			schema: 1,
			experiments: [
				{ experiment: "first", folder: "out/first", runs: [{}, {}], failures: [] },
				{ experiment: "second", folder: "out/second", runs: [{}, {}], failures: [] },
			],
		});
	});

	test("mistakes of all files are told before anything runs", async () => {
		const folder = folderWith({
			"set/a.yaml": edit(small("first"), "decisionTime", "decisonTime"),
			"set/b.yaml": small("same"),
			"set/c.yaml": small("same"),
		});
		const { code, stderr } = await cellsim(["run", "set", "-o", "out"], { cwd: folder });
		expect(code).toBe(2);
		expect(stderr).toMatch(/^set\/a\.yaml:\d+:\d+ error spec\.scheduling\.schedulers\[0\]\.decisonTime: unknown key/);
		expect(stderr).toContain(
			"error 'set/b.yaml' and 'set/c.yaml' both are called 'same': give one another metadata.name\n",
		);
		expect(existsSync(join(folder, "out"))).toBe(false);
	});

	test("one that fails does not stop the next; the exit code is the worst", async () => {
		const failing = `export default { name: "mine", summary: "Fails.", create: () => ({ decide: () => { throw new Error("no"); } }) };`;
		const folder = folderWith({
			"set/a.yaml": edit(small("first"), "[best-fit, random-fit]", "[./mine.js]"),
			"set/b.yaml": small("second"),
			"set/mine.js": failing,
		});
		const { code, stdout } = await cellsim(["run", "set", "-o", "out", "--only", "perJob=1s"], { cwd: folder });
		expect(code).toBe(3);
		expect(stdout).toContain("2 of 2 runs in out/second");
	});

	test("an empty folder, and an option that no file knows", async () => {
		const folder = folderWith({ "empty/read.me": "", "set/a.yaml": small("first") });
		expect((await cellsim(["run", "empty"], { cwd: folder })).stderr).toBe(
			"error there is no experiment file, *.yaml, in the folder 'empty'\n",
		);
		expect(await cellsim(["run", "set", "--only", "polici=x"], { cwd: folder })).toEqual({
			code: 2,
			stdout: "",
			stderr: "error --only 1: none of the experiments has an axis 'polici'; did you mean 'policy'?\n",
		});
	});
});
