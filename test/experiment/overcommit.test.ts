/**
 * The experiments about overcommit at their small size, the second command in the head of each file: every claim must hold that its
 * definition does not say this size cannot tell (`notInCi`) or nobody can (`notAsserted`), and a second run of each writes the same bytes.
 */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { EXPERIMENTS } from "../../experiments/overcommit/claims/index.mjs";
import { reproductions } from "../support/reproductions.js";

const small = reproductions(new URL("../../experiments/overcommit/", import.meta.url), EXPERIMENTS);

test.each(EXPERIMENTS.map(({ id, title }) => [id, title]))("%s: %s", { timeout: 300_000 }, async (id) => {
	const { asserted, failed } = await small.failures(id);
	expect(asserted).toBeGreaterThan(0);
	expect(failed).toEqual([]);
});

test.each(EXPERIMENTS.map(({ id }) => [id]))("%s: two runs are the same, byte by byte", {
	timeout: 300_000,
}, async (id) => {
	const [first, second] = [await small.resultsOf(id), await small.repeat(id)];
	const files = await filesUnder(first);
	expect(files.length).toBeGreaterThan(0);
	expect(await filesUnder(second)).toEqual(files);
	for (const file of files) {
		const [one, other] = [await readFile(join(first, file)), await readFile(join(second, file))];
		expect(one.equals(other), file).toBe(true);
	}
});

/** Relative paths of what a run's outcome is; how fast it went is left out. */
async function filesUnder(folder: string): Promise<readonly string[]> {
	const entries = await readdir(folder, { recursive: true, withFileTypes: true });
	return entries
		.filter((entry) => entry.isFile() && entry.name !== "performance.json")
		.map(({ parentPath, name }) => join(parentPath, name).slice(folder.length + 1))
		.sort();
}
