/** `experiments/sweeps/job.yaml` against Kubernetes' own schemas. Needs the Python packages of `setup.sh`. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, expect, test } from "vitest";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "cellsim-job-"));
afterAll(() => rmSync(folder, { recursive: true }));

const manifest = readFileSync(join(ROOT, "experiments/sweeps/job.yaml"), "utf8");

function validate(text: string, version: string) {
	const file = join(folder, "job.yaml");
	writeFileSync(file, text);
	const args = ["--strict", "--kubernetes-version", version, file];
	const { status, stdout, stderr, error } = spawnSync(join(ROOT, ".venv/bin/kubernetes-validate"), args, {
		encoding: "utf8",
	});
	if (error !== undefined) throw error;
	return { status, said: stdout + stderr };
}

test.each(["1.33", "1.37"])("the Jobs are Kubernetes %s's", (version) => {
	const { status, said } = validate(manifest, version);
	expect(status, said).toBe(0);
	for (const resource of ["persistentvolumeclaim/sweep-results", "job/sweep-plan", "job/sweep", "job/sweep-collect"])
		expect(said).toContain(`passed for resource ${resource} against version ${version}`);
});

test("a misspelt field is refused", () => {
	const { status, said } = validate(manifest.replace("maxFailedIndexes", "maxFailedIndices"), "1.37");
	expect(status).toBe(1);
	expect(said).toContain("'maxFailedIndices' was unexpected");
});
