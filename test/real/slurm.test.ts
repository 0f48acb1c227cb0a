/**
 * A sweep of 2,000 points as a job array of a real Slurm: two tasks are killed on the way and queued again, a job that depends on the
 * array collects, and the results are the bytes of a local run. The same through the script of `experiments/sweeps`.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, expect, test } from "vitest";
import { Slurm } from "./slurm.js";
import { bytesIn, EXPERIMENT } from "./sweep.js";

const MAIN = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));
const SCRIPT = fileURLToPath(new URL("../../experiments/sweeps/slurm.sh", import.meta.url));
const PIECES = 100;

const folder = mkdtempSync(join(tmpdir(), "cellsim-sweep-"));
const slurm = new Slurm();
afterAll(() => {
	slurm.stop();
	rmSync(folder, { recursive: true });
}, 60_000);

const cellsim = (...args: string[]) =>
	execFileSync(process.execPath, [MAIN, ...args], { cwd: folder, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });

test("2,000 points in 100 tasks, two of them killed and queued again, are the bytes of a local run", () => {
	writeFileSync(join(folder, "many.yaml"), EXPERIMENT);
	cellsim("sweep", "plan", "many.yaml", "-o", "array", "--pieces", String(PIECES));
	const piece = `${process.execPath} ${MAIN} sweep run array/many`;
	const array = slurm.submit(`--array=0-${PIECES - 1}`, `--chdir=${folder}`, "--requeue", `--wrap=${piece}`);
	const gather = `${process.execPath} ${MAIN} sweep collect array/many`;
	const last = slurm.submit(`--dependency=afterok:${array}`, `--chdir=${folder}`, `--wrap=${gather}`);
	const killed = new Set<string>();
	for (let i = 0; i < 2; i++) {
		const task = slurm.waitForRunning(array, killed);
		killed.add(task);
		slurm.run("scontrol", "requeue", `${array}_${task}`);
	}
	cellsim("run", "many.yaml", "-o", "local", "--workers", "1");
	slurm.waitForAll([array, last], 400);
	expect(killed.size).toBe(2);
	const local = bytesIn(join(folder, "local/many"));
	expect(Object.keys(local).length).toBeGreaterThan(2000);
	expect(bytesIn(join(folder, "array/many"))).toEqual(local);
}, 600_000);

test("slurm.sh brings an experiment through an array, and collects behind it", () => {
	writeFileSync(
		join(folder, "few.yaml"),
		EXPERIMENT.replace("name: many", "name: few").replace("count: 200", "count: 3"),
	);
	const program = `CELLSIM=${process.execPath} ${MAIN}`;
	const said = slurm.run("env", "-C", folder, program, "bash", SCRIPT, "few.yaml", "4", "2");
	const [, array, collect] = /^array (\d+), then collect (\d+)$/.exec(said)!;
	slurm.waitForAll([array!, collect!], 100);
	cellsim("run", "few.yaml", "-o", "local");
	expect(readFileSync(join(folder, `slurm-${collect}.out`), "utf8")).toContain("30 of 30 runs in results/few");
	expect(bytesIn(join(folder, "results/few"))).toEqual(bytesIn(join(folder, "local/few")));
}, 120_000);
