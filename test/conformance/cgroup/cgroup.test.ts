import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { runSuite } from "../suite.js";
import { cgroupSuite } from "./suite.js";

const given = new URL("given", import.meta.url).pathname;
const folders: string[] = [];
afterEach(() => {
	for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

test("the model gives groups what the kernel gave them, but for the reviewed exceptions", () => {
	const lines: string[] = [];
	const passed = runSuite("cgroup", cgroupSuite, given, { print: (line) => lines.push(line), progress() {} });
	// Only the totals: no case that differs otherwise than reviewed.
	expect(lines).toHaveLength(1);
	expect(passed).toBe(true);
});

/** A folder with the first CPU scenario, changed. */
function folderWith(name: string, change: (scenario: Record<string, unknown>) => unknown): string {
	const folder = mkdtempSync(join(tmpdir(), "cellsim-cgroup-"));
	folders.push(folder);
	const [first] = readFileSync(join(given, "cpu-scenarios.jsonl"), "utf8").split("\n");
	writeFileSync(join(folder, name), `${JSON.stringify(change(JSON.parse(first!)))}\n`);
	return folder;
}

test.each([
	["cpu-more.jsonl", { id: 7 }, "id: Invalid input: expected string, received number"],
	[
		"cpu-more.jsonl",
		{ children: [{ name: "A", weight: 100 }] },
		"children.0.shares: Invalid input: expected number, received undefined",
	],
	[
		"cpu-more.jsonl",
		{
			children: [
				{ name: "A", shares: 1024, threads: [{ n: 1, demand: 1, cpus: [1] }] },
				{ name: "B", shares: 512 },
			],
		},
		"threads are tied to CPU 1; there are CPUs 0 to 0",
	],
	["cpu-more.jsonl", { children: [{ name: "A", shares: 1024 }] }, "measured.leaf: there is no group 'B'; there are A"],
	["io-more.jsonl", {}, "'io-more.jsonl' is of no known form; there are cpu-*.jsonl and mem-*.jsonl"],
	["README.md", {}, "no scenarios: there is no cpu-*.jsonl and no mem-*.jsonl"],
])("%s with %j is refused", (name, change, message) => {
	const folder = folderWith(name, (scenario) => ({ ...scenario, ...change }));
	expect(() => cgroupSuite.cases(folder)).toThrow(message);
});
