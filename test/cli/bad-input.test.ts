/** Every kind of bad input: one clear message with its place, exit code 2, and nothing written. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { cellsim, edit, filesIn, folderWith, SMALL_TEXT } from "./cellsim.js";

const PODS = readFileSync(new URL("../fixtures/openb/pods.csv", import.meta.url), "utf8");
const TRACE = SMALL_TEXT.replace(
	/ {4}- name: batch\n.*?(?= {2}scheduling)/s,
	"    - {name: trace, source: {format: openb, pods: pods.csv}}\n",
);
const MINE = edit(SMALL_TEXT, "[best-fit, random-fit]", "[best-fit, ./mine.ts]");

interface Case {
	readonly name: string;
	readonly experiment: string;
	/** Further files beside it. */
	readonly files?: Readonly<Record<string, string>>;
	/** The whole of stderr but progress; `<folder>` stands for the working directory. */
	readonly message: string;
}

const CASES: readonly Case[] = [
	{
		name: "a typo in a key",
		experiment: edit(SMALL_TEXT, "decisionTime", "decisonTime"),
		message: `e.yaml:23:58 error spec.scheduling.schedulers[0].decisonTime: unknown key 'decisonTime'; did you mean 'decisionTime'?
 23 |       - {scheduler: "\${{ matrix.policy }}", replicas: 2, decisonTime: {perJob: 500ms}}
    |                                                          ^^^^^^^^^^^`,
	},
	{
		name: "a typo in a key of a pod template",
		experiment: edit(SMALL_TEXT, "containers:", "tolerationz: [], containers:"),
		message: `e.yaml:18:25 error spec.workloads[0].template.spec.tolerationz: unknown key 'tolerationz'; did you mean 'tolerations'?
 18 |       template: {spec: {tolerationz: [], containers: [{name: main, resources: {requests: {cpu: "1", memory: 2Gi}}}]}}
    |                         ^^^^^^^^^^^`,
	},
	{
		name: "an unknown priority class",
		experiment: edit(SMALL_TEXT, "containers:", "priorityClassName: gold, containers:"),
		message: `e.yaml:18:44 error spec.workloads[0].template.spec.priorityClassName: there is no priority class 'gold': declare a PriorityClass, or use one of system-cluster-critical, system-node-critical
 18 |       template: {spec: {priorityClassName: gold, containers: [{name: main, resources: {requests: {cpu: "1", memory: 2Gi}}}]}}
    |                                            ^^^^`,
	},
	{
		name: "a workload without an end",
		experiment: edit(SMALL_TEXT, "  clock: {end: 30m}\n", ""),
		message: `e.yaml:14:7 error spec.workloads[0]: workload 'batch' never ends: give it count or until, or the experiment an end
 14 |     - name: batch
    |       ^^^^^^^^^^^`,
	},
	{
		name: "mistakes in the frame, elsewhere and in Kubernetes documents, all at once",
		experiment: `${edit(edit(SMALL_TEXT, "{base: 1, count: 2}", "[x]"), "decisionTime", "decisonTime")}---\n{kind: Pod, metadata: {name: p}, spec: {nodeName: 5}}\n`,
		message: `e.yaml:7:11 error spec.seeds[0]: expected a whole number from 0, such as 7, quoted beyond 2^53, got 'x'
  7 |   seeds: [x]
    |           ^
e.yaml:23:58 error spec.scheduling.schedulers[0].decisonTime: unknown key 'decisonTime'; did you mean 'decisionTime'?
 23 |       - {scheduler: "\${{ matrix.policy }}", replicas: 2, decisonTime: {perJob: 500ms}}
    |                                                          ^^^^^^^^^^^
e.yaml:32:34 error Pod p: spec: missing 'containers': a pod needs a list of containers
 32 | {kind: Pod, metadata: {name: p}, spec: {nodeName: 5}}
    |                                  ^^^^
e.yaml:32:51 error Pod p: spec.nodeName: expected text, got 5
 32 | {kind: Pod, metadata: {name: p}, spec: {nodeName: 5}}
    |                                                   ^`,
	},
	{
		name: "a bare number as duration",
		experiment: edit(SMALL_TEXT, "end: 30m", "end: 1800"),
		message: `e.yaml:6:16 error spec.clock.end: '1800' is a number without a unit: write 1800s for seconds or 1800m for minutes
  6 |   clock: {end: 1800}
    |                ^^^^`,
	},
	{
		name: "a negative quantity",
		experiment: edit(SMALL_TEXT, 'cpu: "8"', 'cpu: "-8"'),
		message: `e.yaml:13:97 error spec.cluster.nodeGroups[0].template.status.allocatable.cpu: '-8' is negative: write 0 or more
 13 |       - {name: n, count: 20, gpu: {count: 2, model: T4}, template: {status: {allocatable: {cpu: "-8", memory: 32Gi}}}}
    |                                                                                                 ^^^^`,
	},
	{
		name: "an unknown policy",
		experiment: edit(SMALL_TEXT, "random-fit]", "random-fitt]"),
		message: `e.yaml:23:21 error spec.scheduling.schedulers[0].scheduler: unknown scheduler 'random-fitt': expected <names>, or a path such as ./mine.ts (with policy=random-fitt); did you mean 'random-fit'?
 23 |       - {scheduler: "\${{ matrix.policy }}", replicas: 2, decisionTime: {perJob: 500ms}}
    |                     ^^^^^^^^^^^^^^^^^^^^^^`,
	},
	{
		name: "a seed beyond 2^53",
		experiment: edit(SMALL_TEXT, "{base: 1, count: 2}", "[9007199254740993]"),
		message: `e.yaml:7:11 error spec.seeds[0]: 9007199254740993 is beyond 2^53 and would be rounded; quote it: "9007199254740993"
  7 |   seeds: [9007199254740993]
    |           ^^^^^^^^^^^^^^^^`,
	},
	{
		name: "a key that is there twice",
		experiment: edit(SMALL_TEXT, "  node:\n", "  node: {startDelay: 1s}\n  node:\n"),
		message: `e.yaml:25:3 error the key 'node' is here twice
 25 |   node:
    |   ^^^^`,
	},
	{
		name: "a trace that is missing",
		experiment: TRACE,
		message:
			"error cannot read '<folder>/pods.csv': no such file; relative paths start at the folder of the experiment file, or else at the working directory",
	},
	{
		name: "a CSV truncated in its last cell",
		experiment: TRACE,
		files: { "pods.csv": PODS.slice(0, -2) },
		message:
			"<folder>/pods.csv:10 error the last line has no line end: the file may be cut off there; fetch it again, or end the line if it is complete (run policy=best-fit, seed 1 and 3 more)",
	},
	{
		name: "a truncated CSV",
		experiment: TRACE,
		files: { "pods.csv": PODS.slice(0, -40) },
		message:
			"<folder>/pods.csv:10 error 3 cells, but the header has 11 columns: the row ends before column 'num_gpu'; the file may be cut off here (run policy=best-fit, seed 1 and 3 more)",
	},
	{
		name: "a CSV with a wrong header",
		experiment: TRACE,
		files: { "pods.csv": edit(PODS, "cpu_milli", "cpu") },
		message:
			"<folder>/pods.csv:1 error the header is not that of this format: missing cpu_milli; unknown 'cpu'; it must be 'name,cpu_milli,memory_mib,num_gpu,gpu_milli,gpu_spec,qos,pod_phase,creation_time,deletion_time,scheduled_time' or 'name,cpu_milli,memory_mib,num_gpu,gpu_milli' (run policy=best-fit, seed 1 and 3 more)",
	},
	{
		name: "a row with a letter for a number",
		experiment: TRACE,
		files: { "pods.csv": edit(PODS, "2000", "2o00") },
		message:
			"<folder>/pods.csv:3 error cpu_milli: '2o00' is not a whole number of 0 or more (below 2^53) (run policy=best-fit, seed 1 and 3 more)",
	},
	{
		name: "a scheduler file that is missing",
		experiment: MINE,
		message: "e.yaml:22:5 error there is no scheduler file './mine.ts' (looked for <folder>/mine.ts)",
	},
	{
		name: "a scheduler file that throws at import",
		experiment: MINE,
		files: { "mine.ts": 'throw new Error("no licence");\n' },
		message: "e.yaml:22:5 error scheduler './mine.ts' cannot be loaded: no licence",
	},
	{
		name: "a scheduler file with a syntax error",
		experiment: MINE,
		files: { "mine.ts": "export default {\n  create( => 1\n};\n" },
		message: `mine.ts:2:11 error scheduler './mine.ts' cannot be loaded: Expected identifier but found "=>"`,
	},
	{
		name: "a scheduler file without a scheduler",
		experiment: MINE,
		files: { "mine.ts": "export const answer = 42;\n" },
		message:
			"e.yaml:22:5 error scheduler './mine.ts' has no scheduler as its default export: write export default defineScheduler({ name, summary, create })",
	},
];

describe.concurrent("run refuses", () => {
	test.each(CASES)("$name", async ({ experiment, files = {}, message }) => {
		const cwd = folderWith({ "e.yaml": experiment, ...files });
		const { code, stdout, stderr } = await cellsim(["run", "e.yaml", "-o", "out", "-w", "1"], { cwd });
		const said = stderr
			.replaceAll(/^\d+ of \d+ runs, .*\n/gm, "")
			.replaceAll(cwd, "<folder>")
			.replace(/expected first-fit.*kube-scheduler/, "expected <names>")
			.trimEnd();
		expect({ code, stdout, said }).toEqual({ code: 2, stdout: "", said: message });
		expect(filesIn(`${cwd}/out`)).toEqual([]);
	});

	test("an experiment file that is missing", async () => {
		const cwd = folderWith();
		expect(await cellsim(["run", "e.yaml", "-o", "out"], { cwd })).toEqual({
			code: 2,
			stdout: "",
			stderr: "error there is no file 'e.yaml'\n",
		});
		expect(filesIn(cwd)).toEqual([]);
	});

	test("results of two experiment files of one name in one folder", async () => {
		const cwd = folderWith({ "a.yaml": SMALL_TEXT, "b.yaml": SMALL_TEXT });
		const run = (file: string) => cellsim(["run", file, "-o", "out", "--only", "policy=best-fit"], { cwd });
		expect((await run("a.yaml")).code).toBe(0);
		const before = filesIn(join(cwd, "out"));
		expect(await run("b.yaml")).toEqual({
			code: 2,
			stdout: "",
			stderr:
				"error 'out/small' holds the results of another experiment file, a.yaml: write these elsewhere with --output, or give one of the two another metadata.name\n",
		});
		expect(filesIn(join(cwd, "out"))).toEqual(before);
		writeFileSync(join(cwd, "a.yaml"), edit(SMALL_TEXT, "end: 30m", "end: 20m"));
		expect((await run("a.yaml")).code).toBe(0);
	});

	test("an output folder that cannot be one", async () => {
		const cwd = folderWith({ out: "a file\n", "e.yaml": SMALL_TEXT });
		expect(await cellsim(["run", "e.yaml", "-o", "out"], { cwd })).toEqual({
			code: 2,
			stdout: "",
			stderr: "error cannot write to 'out/small': there is a file of that name; choose another folder with --output\n",
		});
		expect(readFileSync(`${cwd}/out`, "utf8")).toBe("a file\n");
	});
});

describe.concurrent("usage", () => {
	test.each([
		[["rnu"], "error: unknown command 'rnu'\n(Did you mean run?)"],
		[["run", "--wrokers", "2", "e.yaml"], "error: unknown option '--wrokers'\n(Did you mean --workers?)"],
		[["run"], "error: missing required argument 'experiment'"],
		[
			["run", "e.yaml", "-w", "0"],
			"error: option '-w, --workers <count>' argument '0' is invalid. expected a whole number from 1 to 1024",
		],
		[
			["compare", "results", "--format", "xml"],
			"error: option '--format <format>' argument 'xml' is invalid. Allowed choices are table, json, markdown, csv, junit, github-benchmark, bencher.",
		],
		[
			["diff", "a", "b", "--context", "many"],
			"error: option '--context <lines>' argument 'many' is invalid. expected a whole number from 0 to 1000",
		],
		[["list", "scheduler"], "error unknown kind 'scheduler'; did you mean 'schedulers'?"],
		[["import", "openbb", "x", "-o", "y"], "error unknown trace format 'openbb'; did you mean 'openb'?"],
	])("%j", async (args, message) => {
		const { code, stdout, stderr } = await cellsim(args);
		expect({ code, stdout, said: stderr.replace("(add --help for the options)\n", "").trimEnd() }).toEqual({
			code: 2,
			stdout: "",
			said: message,
		});
	});
});
