import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { checksum, inputPath } from "../../src/workload/inputs.js";

let folder = "";
beforeAll(async () => {
	folder = await mkdtemp(join(tmpdir(), "cellsim-inputs-"));
});
afterAll(() => rm(folder, { recursive: true }));

describe("checksum", () => {
	test.each([
		// Test vectors of FIPS 180-4: the empty message, "abc", and a million times "a".
		["", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"],
		["abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"],
		["a".repeat(1_000_000), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"],
	])("of %.5s...", async (text, expected) => {
		const file = join(folder, "input");
		await writeFile(file, text);
		expect(await checksum(file)).toBe(expected);
	});

	test("of what cannot be read", async () => {
		const absent = join(folder, "absent.csv");
		await expect(checksum(absent)).rejects.toThrow(
			`cannot read '${absent}': no such file; relative paths start at the folder of the experiment file, or else at the working directory`,
		);
		await expect(checksum(folder)).rejects.toThrow(`cannot read '${folder}': it is a folder, a file is wanted`);
	});
});

test("a relative path is looked for in each folder in turn; where it is in none, the first is meant", async () => {
	const file = join(folder, "here.csv");
	await writeFile(file, "x");
	expect(inputPath("here.csv", ["/home/me", folder])).toBe(file);
	expect(inputPath("data/pods.csv", ["/home/me", folder])).toBe("/home/me/data/pods.csv");
	expect(inputPath("../pods.csv", ["/home/me"])).toBe("/home/pods.csv");
	expect(inputPath("/data/pods.csv", ["/home/me"])).toBe("/data/pods.csv");
});
