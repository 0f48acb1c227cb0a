import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { runFolder } from "../../../src/experiment/results/manifest.js";

const root = mkdtempSync(join(tmpdir(), "cellsim-manifest-"));

test("a run is named by its folder: not by a file, nor by a folder without runs", async () => {
	const file = join(root, "pods.arrow");
	writeFileSync(file, "");
	await expect(runFolder(file)).rejects.toThrow(`'${file}' is a file: name the folder of a run`);
	for (const folder of [root, join(root, "nowhere")])
		await expect(runFolder(folder)).rejects.toThrow(
			`'${folder}' is not the folder of a finished run: it has no manifest.json`,
		);
});
