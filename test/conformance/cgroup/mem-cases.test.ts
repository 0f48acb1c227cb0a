import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { InputError } from "../../../src/objects/input-error.js";
import { memoryCases } from "./mem-cases.js";

const given = new URL("given", import.meta.url).pathname;
const scenarios = readFileSync(join(given, "mem-scenarios.jsonl"), "utf8").trim().split("\n");
const folders: string[] = [];
afterEach(() => {
	for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

/** A folder with one scenario, whose text was changed. */
function folderWith(id: string, change: (text: string) => string): string {
	const folder = mkdtempSync(join(tmpdir(), "cellsim-memory-"));
	folders.push(folder);
	writeFileSync(
		join(folder, "mem-more.jsonl"),
		`${change(scenarios.find((text) => text.includes(`"id": "${id}"`))!)}\n`,
	);
	return folder;
}

function firstDifference(id: string, from: string, to: string) {
	const [golden] = memoryCases(folderWith(id, (text) => text.replaceAll(from, to)));
	return golden!.compare().differences[0];
}

describe("a measured memory scenario", () => {
	test.each([
		["m12", '[["b"],', '[["b"],', undefined],
		["m11", '"oom_score_adj": 0, "start_ms": 300', '"oom_score_adj": 250, "start_ms": 300', ["killed[0]", "a", "b"]],
		["m02", '"limit_mb": 64', '"limit_mb": 50', ["killed[0]", undefined, "p"]],
		["m21", '"b", "e"', '"e", "b"', ["killed[0]", "e", "b"]],
		["m03", '"median": 510', '"median": 520', ["reached_mb.p.anon", 520, 511]],
		[
			"m18",
			'"max_usage": {"median": 52428800',
			'"max_usage": {"median": 59428800',
			["max_usage.B", 59428800, 52269056],
		],
		["m17", '"oom_kill": {"median": 1', '"oom_kill": {"median": 0', ["oom_kill.A", 0, 1]],
		["m24", '"ok"', '"EBUSY"', ["set_limit", "EBUSY", "ok"]],
	])("%s with %s as %s differs where it should", (id, from, to, difference) => {
		const [path, expected, got] = difference ?? [];
		expect(firstDifference(id, from, to)).toEqual(difference && { path, expected, got });
	});

	test.each([
		[
			'"anon:128"',
			'"swap:128"',
			"procs.0.steps.0: 'swap' of step 'swap:128' is not known: a step is one of anon, shm, read, write, fork, free, wait, pace",
		],
		['"anon:128"', '"anon"', "procs.0.steps.0: step 'anon' must end with a whole number, as in anon:30"],
		['"group": "A", "oom', '"group": "B", "oom', "group of process 'p': there is no group 'B' before it"],
		['"parent": ""', '"parent": "P"', "parent of group 'A': there is no group 'P' before it"],
		['"limit_mb": 64', '"low_mb": 1, "limit_mb": 64', 'groups.0: Unrecognized key: "low_mb"'],
	])("with %s as %s is refused", (from, to, message) => {
		const folder = folderWith("m01", (text) => text.replace(from, to));
		expect(() => memoryCases(folder)).toThrow(
			new InputError(message, { file: join(folder, "mem-more.jsonl"), line: 1, column: 0 }),
		);
	});

	test("that is not JSON is refused with its line", () => {
		const folder = folderWith("m01", (text) => `${text}\n\n{"id"`);
		expect(() => memoryCases(folder)).toThrow(/^not a JSON object: /);
	});
});
