/** `experiments/sweeps`: the script for Slurm, with an sbatch that does at once what it is told, and the Jobs for Kubernetes. */
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { parseAllDocuments } from "yaml";
import { jobKind } from "../../src/control/kinds/job.js";
import { formatPath, validate } from "../../src/objects/issues.js";
import { cellsim, folderWith, MAIN, sha256 } from "./cellsim.js";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const SWEEPS = join(ROOT, "experiments/sweeps");
const EXPERIMENT = `apiVersion: cellsim/v1alpha1
kind: Experiment
metadata: {name: mine}
spec:
  clock: {end: 5m}
  seeds: {base: 1, count: 3}
  cluster: {nodeGroups: [{name: n, count: 3, template: {status: {allocatable: {cpu: "8", memory: 32Gi}}}}]}
  workloads:
    - name: batch
      arrival: {poisson: {ratePerSecond: 0.5}}
      template: {spec: {containers: [{name: main, resources: {requests: {cpu: "1", memory: 2Gi}}}]}}
      sim: {duration: {dist: exponential, mean: 20s}}
  scheduling: {architecture: monolithic, schedulers: [{scheduler: best-fit}]}
`;

/** Does each task of an array, the last first and without $LOST, and what it is to wrap; says the number of the job as Slurm does. */
const SBATCH = `#!/usr/bin/env bash
set -euo pipefail
echo "$*" >>asked.txt
for option in "$@"; do
	case "$option" in
	--array=*)
		last=\${option#--array=0-}
		for task in $(seq "\${last%%%*}" -1 0); do
			[ "$task" = "\${LOST:-}" ] || SLURM_ARRAY_TASK_ID=$task bash "\${@: -2}"
		done >tasks.txt 2>&1
		;;
	--wrap=*) bash -c "\${option#--wrap=}" >collected.txt 2>&1 || echo "exit code $?" >>collected.txt ;;
	esac
done
echo "$((40 + $(wc -l <asked.txt)));cluster"
`;

describe("slurm.sh", () => {
	const script = (env: Readonly<Record<string, string>>) => {
		const cwd = folderWith({ "mine.yaml": EXPERIMENT, "bin/sbatch": SBATCH });
		spawnSync("chmod", ["+x", join(cwd, "bin/sbatch")]);
		const PATH = `${join(cwd, "bin")}:${process.env["PATH"]}`;
		const { status, stdout, stderr } = spawnSync("bash", [join(SWEEPS, "slurm.sh"), "mine.yaml", "100", "4"], {
			cwd,
			encoding: "utf8",
			env: { ...process.env, PATH, CELLSIM: `${process.execPath} ${MAIN}`, ...env },
		});
		expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: "array 41, then collect 42\n", stderr: "" });
		return { cwd, read: (name: string) => readFileSync(join(cwd, name), "utf8") };
	};

	test("submits as many tasks as there are pieces, and a job behind them that collects", async () => {
		const { cwd, read } = script({});
		const wrap = `--wrap=${process.execPath} ${MAIN} sweep collect results/mine`;
		expect(read("asked.txt").split("\n")).toEqual([
			`--parsable --array=0-2%4 ${join(SWEEPS, "slurm.sh")} results/mine`,
			`--parsable --dependency=afterany:41 --job-name=cellsim-collect ${wrap}`,
			"",
		]);
		expect(read("tasks.txt")).toMatch(/^made .*\npiece 2: .*\nmade .*\npiece 1: .*\nmade .*\npiece 0: 1 made/);
		expect(read("collected.txt")).toContain("3 of 3 runs in results/mine");
		const local = await cellsim(["run", "mine.yaml", "-o", "local"], { cwd });
		expect(local.code, local.stderr).toBe(0);
		expect(sha256(join(cwd, "results/mine/runs.arrow"))).toBe(sha256(join(cwd, "local/mine/runs.arrow")));
	}, 60_000);

	test("a task that was lost is named when all is collected", () => {
		const { read } = script({ LOST: "1" });
		expect(read("collected.txt")).toMatch(/1 of 3 runs are missing, in the pieces 1\nexit code 3\n$/);
	}, 60_000);
});

describe("job.yaml", () => {
	interface Manifest {
		readonly kind: string;
		readonly metadata: { readonly name: string };
		readonly spec: JobManifest;
	}
	interface JobManifest {
		readonly completions?: number;
		readonly suspend?: boolean;
		readonly template: { readonly spec: { readonly containers: readonly [{ readonly args: readonly string[] }] } };
	}
	const text = readFileSync(join(SWEEPS, "job.yaml"), "utf8");
	const jobsIn = (text: string) =>
		parseAllDocuments(text)
			.map((document) => document.toJS() as Manifest)
			.filter(({ kind }) => kind === "Job");
	const mistakesIn = (text: string) =>
		jobsIn(text).flatMap(({ metadata, spec }) => {
			const checked = validate(jobKind.spec, spec);
			return checked.ok
				? []
				: checked.mistakes.map(({ path, message }) => `${metadata.name} ${formatPath(path)} ${message}`);
		});

	test("is what cellsim knows as Jobs, and a misspelt field is not", () => {
		expect(jobsIn(text)).toHaveLength(3);
		expect(mistakesIn(text)).toEqual([]);
		const misspelt = text.replace("maxFailedIndexes", "maxFailedIndices");
		expect(mistakesIn(misspelt)).toEqual(["sweep maxFailedIndices unknown key 'maxFailedIndices'"]);
	});

	test("its commands do, where the volumes are, what the Job in the middle waits for", async () => {
		const [plan, sweep, collect] = jobsIn(text);
		const argsOf = ({ spec }: Manifest) => spec.template.spec.containers[0].args;
		expect(argsOf(plan!)[argsOf(plan!).indexOf("--pieces") + 1]).toBe(String(sweep!.spec.completions));
		expect([plan, sweep, collect].map((job) => job!.spec.suspend ?? false)).toEqual([false, true, true]);
		const cwd = folderWith({ "experiment/mine.yaml": EXPERIMENT });
		const inPod = (job: Manifest, env: Readonly<Record<string, string>> = {}) =>
			cellsim(
				argsOf(job).map((arg) => arg.replace(/^\/(?=experiment|results)/, `${cwd}/`)),
				{ cwd, env },
			);
		expect((await inPod(plan!)).stdout).toMatch(/^3 runs in 3 pieces/);
		for (const index of ["0", "1", "2"]) expect((await inPod(sweep!, { JOB_COMPLETION_INDEX: index })).code).toBe(0);
		expect((await inPod(collect!)).code).toBe(0);
	}, 60_000);
});

test("the Containerfile copies what there is", () => {
	const text = readFileSync(join(SWEEPS, "Containerfile"), "utf8");
	const copied = [...text.matchAll(/^COPY (?!--from)(.*) \S+$/gm)].flatMap(([, names]) => names!.split(" "));
	expect(copied).toContain("src");
	expect(copied.filter((name) => !existsSync(join(ROOT, name)))).toEqual([]);
});
