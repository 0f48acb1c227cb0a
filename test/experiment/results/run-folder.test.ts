import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { runFolder } from "../../../src/experiment/results/run-folder.js";

const root = mkdtempSync(join(tmpdir(), "cellsim-run-folder-"));
afterAll(() => rmSync(root, { recursive: true }));

test("a run is named by its folder: not by a file, nor by a folder without runs", async () => {
	const file = join(root, "pods.arrow");
	writeFileSync(file, "");
	await expect(runFolder(file)).rejects.toThrow(`'${file}' is a file: name the folder of a run`);
	for (const folder of [root, join(root, "nowhere")])
		await expect(runFolder(folder)).rejects.toThrow(
			`'${folder}' is not the folder of a finished run: it has no manifest.json`,
		);
});

describe("by variant and seed", () => {
	const results = join(root, "mine");
	const runs = [
		["aaaaaaaaaaaa", "policy=./a.ts,size=1", "1"],
		["bbbbbbbbbbbb", "policy=./a.ts,size=1", "2"],
		["cccccccccccc", "policy=b,size=1", "1"],
	] as const;
	for (const [index, [id, label, seed]] of runs.entries()) {
		mkdirSync(join(results, id), { recursive: true });
		writeFileSync(
			join(results, id, "manifest.json"),
			JSON.stringify({ kind: "RunManifest", id, plan: { index, label, seed } }),
		);
	}

	test.each([
		["policy=./a.ts,size=1,seed=2", "bbbbbbbbbbbb"],
		["seed=2", "bbbbbbbbbbbb"],
		["policy=b", "cccccccccccc"],
		["seed=1,policy=b", "cccccccccccc"],
		["aaaaaaaaaaaa", "aaaaaaaaaaaa"],
	])("%s", async (name, id) => {
		expect(await runFolder(join(results, name))).toBe(join(results, id));
	});

	test("what fits several, or none, is answered with those that there are", async () => {
		await expect(runFolder(join(results, "seed=1"))).rejects.toThrow(
			`'${results}/seed=1' holds 2 runs; name one of them:
  ${results}/policy=./a.ts,size=1,seed=1  (aaaaaaaaaaaa)
  ${results}/policy=b,size=1,seed=1  (cccccccccccc)`,
		);
		await expect(runFolder(join(results, "policy=c"))).rejects.toThrow(
			`no run in '${results}' is called 'policy=c'; there are
  ${results}/policy=./a.ts,size=1,seed=1  (aaaaaaaaaaaa)
  ${results}/policy=./a.ts,size=1,seed=2  (bbbbbbbbbbbb)
  ${results}/policy=b,size=1,seed=1  (cccccccccccc)`,
		);
	});
});
