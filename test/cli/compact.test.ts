import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { readTable } from "../../src/metrics/sinks/read.js";
import { cellsim, edit, filesIn, folderWith, sha256 } from "./cellsim.js";

/** 12 tasks of 2 cpu, which need 6 machines of 4; tasks of 3 cpu need 12. */
const TEXT = `apiVersion: cellsim/v1alpha1
kind: Experiment
metadata: {name: tight}
spec:
  strategy: {matrix: {policy: [best-fit, random-fit], cpu: [2, 3]}}
  cluster: {nodeGroups: [{name: n, count: 20, template: {status: {allocatable: {cpu: "4", memory: 16Gi}}}}]}
  workloads:
    - name: web
      arrival: {at: 0s}
      count: 12
      template: {spec: {containers: [{name: c, resources: {requests: {cpu: "\${{ matrix.cpu }}", memory: 1Gi}}}]}}
      sim: {duration: forever}
  scheduling: {architecture: monolithic, schedulers: [{scheduler: "\${{ matrix.policy }}"}]}
  compaction: {trials: 3}
`;
/** A cell on which a trial takes a while. */
const SLOW = edit(
	edit(
		TEXT,
		'cluster: {nodeGroups: [{name: n, count: 20, template: {status: {allocatable: {cpu: "4", memory: 16Gi}}}}]}',
		"cluster: {source: {format: borg-cell, machines: 300}}",
	),
	TEXT.slice(TEXT.indexOf("    - name: web"), TEXT.indexOf("  scheduling:")),
	"    - {name: cell, source: {format: borg-cell, machines: 300}}\n",
);
const tight = () => folderWith({ "e.yaml": TEXT });

describe("compact", () => {
	test("shows the compact size of every variant with its spread, and writes a row a trial", async () => {
		const cwd = tight();
		const { code, stdout, stderr } = await cellsim(["compact", "e.yaml", "-o", "out", "-w", "1"], { cwd });
		expect(code, stderr).toBe(0);
		expect(stdout).toMatch(/^policy=best-fit,cpu=2 +compact +3 +20 +6 +6 +6 +6 +30\.0 % +1 +12 +0 +0 +3/m);
		expect(stdout).toMatch(/^policy=random-fit,cpu=3 +compact +3 +20 +12 +12 +12 +12 +60\.0 %/m);
		expect(stdout).toContain(
			"12 trials in out/tight/compaction: a folder each, out/tight/compaction/compaction.arrow over all.",
		);
		expect(stderr).toMatch(/12 of 12 trials, \d+ packings in/);
		const { length, columns } = await readTable(join(cwd, "out/tight/compaction/compaction.arrow"));
		expect(length).toBe(12);
		expect(columns.get("matrix_cpu")).toEqual(["2", "2", "2", "3", "3", "3", "2", "2", "2", "3", "3", "3"]);
		expect(columns.get("trial")).toEqual([0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2]);
		expect(columns.get("machines")!.slice(0, 6)).toEqual([6, 6, 6, 12, 12, 12]);
		expect(columns.get("machines_share")!.slice(0, 2)).toEqual([0.3, 0.3]);
		// What comes of it can be compared as runs can.
		const compared = await cellsim(["compare", "out/tight/compaction", "--metric", "machines", "--json"], { cwd });
		expect(compared.code, compared.stderr).toBe(0);
		expect(JSON.parse(compared.stdout).rows[0]).toMatchObject({ metric: "machines", baseMean: 6, mean: 12, seeds: 3 });
	});

	test("one worker and two write the same bytes; what is there is not made again", async () => {
		const cwd = tight();
		const bytes = async (output: string, workers: string) => {
			const { code } = await cellsim(["compact", "e.yaml", "-o", output, "-w", workers], { cwd });
			expect(code).toBe(0);
			const files = filesIn(join(cwd, output)).filter((name) => !name.endsWith("performance.json"));
			return Object.fromEntries(files.map((name) => [name, sha256(join(cwd, output, name))]));
		};
		const one = await bytes("one", "1");
		// A file for each of 12 trials, compaction.arrow and experiment.json over all.
		expect(Object.keys(one)).toHaveLength(14);
		expect(await bytes("two", "2")).toEqual(one);
		const again = await cellsim(["compact", "e.yaml", "-o", "two"], { cwd });
		expect(again.stderr).toContain("12 of 12 trials, 12 found complete, 0 packings in");
		// More trials are made beside those, and fewer are a part of them.
		const more = await cellsim(["compact", "e.yaml", "-o", "two", "--trials", "4"], { cwd });
		expect(more.stderr).toContain("16 of 16 trials, 12 found complete");
		const some = await cellsim(["compact", "e.yaml", "-o", "two", "--trials", "2", "--only", "cpu=3"], { cwd });
		expect(some.stderr).toContain("4 of 4 trials, 4 found complete");
	});

	test.each([
		"1",
		"2",
	])("SIGINT keeps whole trials, exit code 130, and the same command goes on from there: %s workers", async (workers) => {
		const cwd = folderWith({ "e.yaml": SLOW });
		const args = [
			"compact",
			"e.yaml",
			"-o",
			"out",
			"-w",
			workers,
			"--trials",
			"8",
			"--only",
			"policy=best-fit",
			"--only",
			"cpu=2",
		];
		const interrupted = await cellsim(args, {
			cwd,
			started: (child) => child.stderr!.once("data", () => child.kill("SIGINT")),
		});
		expect(interrupted.code).toBe(130);
		expect(interrupted.stderr).toContain("interrupted; finished trials are kept, the same command goes on from here");
		const made = filesIn(join(cwd, "out")).filter((name) => name.endsWith("trial.json")).length;
		expect(made).toBeGreaterThan(0);
		expect(made).toBeLessThan(8);
		const resumed = await cellsim(args, { cwd });
		expect(resumed.code).toBe(0);
		expect(resumed.stderr).toContain(`8 of 8 trials, ${made} found complete`);
		expect(filesIn(join(cwd, "out")).filter((name) => name.includes(".partial"))).toEqual([]);
	});

	test("--json prints the trials and nothing else on stdout; --method says what is found out", async () => {
		const cwd = tight();
		const args = [
			"compact",
			"e.yaml",
			"-o",
			"out",
			"--json",
			"--trials",
			"1",
			"--only",
			"cpu=2",
			"--only",
			"policy=best-fit",
		];
		const { stdout } = await cellsim([...args, "--method", "fill"], { cwd });
		// 28 more tasks of 2 cpu: 20 machines hold 40.
		expect(JSON.parse(stdout)).toMatchObject({
			schema: 1,
			experiment: "tight",
			folder: "out/tight/compaction",
			trials: [{ variant: { policy: "best-fit", cpu: 2 }, seed: "1", trial: 0, machines: 20, addedTasks: 28 }],
			failures: [],
		});
	});
});

describe("compact refuses", () => {
	test("a workload that does not fit, with exit code 2, and keeps the variants that do", async () => {
		const cwd = tight();
		const args = ["compact", "e.yaml", "-o", "out", "-w", "1", "--only", "policy=best-fit"];
		const { code, stdout, stderr } = await cellsim(
			[...args, "--set", "spec.cluster.nodeGroups[0].count=6", "--set", "spec.compaction.clones=1"],
			{ cwd },
		);
		expect(code).toBe(2);
		expect(stderr).toContain(
			"error 12 tasks of 12 jobs do not fit on the 6 machines of the cell: raise spec.compaction.clones, or see with --method pack what stays pending (run policy=best-fit,cpu=3, seed 1 and 2 more)",
		);
		expect(stdout).toMatch(/^policy=best-fit,cpu=2 /m);
		expect(stdout).not.toContain("cpu=3");
	});

	test.each([
		[
			"an option of the file that there is not",
			["--set", "spec.compaction.trails=5"],
			/--set 1 error spec\.compaction\.trails: unknown key 'trails'; did you mean 'trials'\?/,
		],
		[
			"a method that there is not",
			["--method", "squeeze"],
			/error: option '--method <method>' argument 'squeeze' is invalid\. Allowed choices are compact, fill, inflate, pack/,
		],
		["trials that are no number", ["--trials", "few"], /expected a whole number from 1 to 10000/],
	])("%s", async (_, args, message) => {
		const { code, stderr } = await cellsim(["compact", "e.yaml", ...args], { cwd: tight() });
		expect(code).toBe(2);
		expect(stderr).toMatch(message);
	});

	test("trials in its folder that it did not write", async () => {
		const cwd = tight();
		const args = [
			"compact",
			"e.yaml",
			"-o",
			"out",
			"-w",
			"1",
			"--trials",
			"1",
			"--only",
			"cpu=2",
			"--only",
			"policy=best-fit",
		];
		await cellsim(args, { cwd });
		const file = filesIn(join(cwd, "out")).find((name) => name.endsWith("trial.json"))!;
		writeFileSync(join(cwd, "out", file), "nothing");
		const { code, stderr } = await cellsim(args, { cwd });
		expect(code).toBe(2);
		expect(stderr).toContain(
			`error 'out/${file}' is not what cellsim wrote there: remove its folder, and the trial is made again`,
		);
	});
});
