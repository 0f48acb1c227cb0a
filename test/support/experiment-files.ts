/** Small experiment files in a folder that goes when the tests of a file are over, and what `cellsim check` says of them. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";
import { checkExperiment } from "../../src/experiment/check.js";

/** An experiment with this `spec`, YAML from column one: its first line is the fifth of the text, two columns in. */
export function experimentText(spec: string): string {
	const indented = spec.trim().replaceAll(/^/gm, "  ");
	return `apiVersion: cellsim/v1alpha1\nkind: Experiment\nmetadata: {name: e}\nspec:\n${indented}\n`;
}

/** Called while a file of tests is read. */
export function temporaryFolder(name: string): string {
	const folder = mkdtempSync(join(tmpdir(), `cellsim-${name}-`));
	afterAll(() => rmSync(folder, { recursive: true }));
	return folder;
}

/**
 * Writes the experiment, and documents `beside` it, into the folder; the first line of what is wrong with it, its path shortened to
 * `e.yaml`, or "".
 */
export async function refusal(folder: string, spec: string, beside = ""): Promise<string> {
	const file = join(folder, "e.yaml");
	writeFileSync(file, experimentText(spec) + beside);
	return checkExperiment(file).then(
		() => "",
		(error: Error) => error.message.replaceAll(file, "e.yaml").split("\n")[0]!,
	);
}
