import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { cellsim, edit, filesIn, folderWith, SMALL, SMALL_TEXT, sha256 } from "./cellsim.js";

describe("run", () => {
	test("one worker and two write the same bytes; a second run finds all complete", async () => {
		const cwd = folderWith();
		const arrows = async (output: string, workers: string) => {
			const { code } = await cellsim(["run", SMALL, "-o", output, "-w", workers], { cwd });
			expect(code).toBe(0);
			const files = filesIn(join(cwd, output)).filter((name) => !name.endsWith("performance.json"));
			return Object.fromEntries(files.map((name) => [name, sha256(join(cwd, output, name))]));
		};
		const one = await arrows("one", "1");
		// 4 runs of pods, jobs, attempts, changes, nodes, import_report and the manifest; runs.arrow and experiment.json over all.
		expect(Object.keys(one)).toHaveLength(4 * 7 + 2);
		expect(await arrows("two", "2")).toEqual(one);
		const again = await cellsim(["run", SMALL, "-o", "two"], { cwd });
		expect(again.code).toBe(0);
		expect(again.stderr).toContain("4 of 4 runs, 4 found complete, 0 events in");
	});

	test("--json prints the runs and nothing else on stdout", async () => {
		const cwd = folderWith();
		const { code, stdout } = await cellsim(["run", SMALL, "-o", "out", "--only", "policy=best-fit", "--json"], { cwd });
		const result = JSON.parse(stdout) as { readonly runs: readonly object[] };
		expect(code).toBe(0);
		expect(result).toMatchObject({ schema: 1, experiment: "small", folder: "out/small", failures: [] });
		expect(result.runs).toMatchObject([
			{ variant: { policy: "best-fit" }, seed: "1", digest: expect.stringMatching(/^[0-9a-f]{16}$/) },
			{ variant: { policy: "best-fit" }, seed: "2" },
		]);
	});

	test("a policy that throws fails its runs only, with exit code 3, and is named with the pod", async () => {
		const decide = `(pods) => {
			if (pods[0].name.startsWith("batch-3-")) throw new RangeError("cannot count to four");
			return { placements: [], unplaced: pods.map((pod) => ({ pod, rejections: new Map(), nodes: 0 })) };
		}`;
		const cwd = folderWith({
			"e.yaml": edit(SMALL_TEXT, "[best-fit, random-fit]", "[best-fit, ./mine.js]"),
			"mine.js": `export default { name: "mine", summary: "Fails.", create: () => ({ decide: ${decide} }) };`,
		});
		const { code, stdout, stderr } = await cellsim(["run", "e.yaml", "-o", "out"], { cwd });
		expect(code).toBe(3);
		expect(stderr).toMatch(
			/^error scheduler 'main-[01]' \(\.\/mine\.js\) failed on pod 'batch-3-0': RangeError: cannot count to four \(run policy=\.\/mine\.js, seed 1 and 1 more\)$/m,
		);
		expect(stdout).toContain("2 of 4 runs in out/small");
		expect(filesIn(join(cwd, "out")).filter((name) => name.endsWith("manifest.json"))).toHaveLength(2);
		expect(filesIn(join(cwd, "out")).filter((name) => name.includes(".partial"))).toEqual([]);
	});

	test("SIGINT keeps whole runs, exit code 130, and the same command goes on from there", async () => {
		const cwd = folderWith();
		const args = ["run", SMALL, "-o", "out", "-w", "2", "--set", "spec.seeds={count: 8}", "--set", "spec.clock.end=1h"];
		const interrupted = await cellsim(args, {
			cwd,
			started: (child) =>
				child.stderr!.on("data", (text: string) => {
					if (/^[1-9]\d* of 16 runs/m.test(text)) child.kill("SIGINT");
				}),
		});
		expect(interrupted.code).toBe(130);
		expect(interrupted.stderr).toContain("interrupted; finished runs are kept, the same command goes on from here");
		const files = filesIn(join(cwd, "out"));
		const whole = new Set(files.filter((name) => name.endsWith("manifest.json")).map((name) => name.split("/")[1]));
		expect(whole.size).toBeGreaterThan(0);
		expect(whole.size).toBeLessThan(16);
		const folders = new Set(files.filter((name) => name.split("/").length > 2).map((name) => name.split("/")[1]));
		expect(folders).toEqual(whole);
		const resumed = await cellsim(args, { cwd });
		expect(resumed.code).toBe(0);
		expect(resumed.stderr).toContain(`16 of 16 runs, ${whole.size} found complete`);
		expect(existsSync(join(cwd, "out/small/runs.arrow"))).toBe(true);
	});
});
