// Calibrates the runtime of the nodes in field-2016.yaml on the four rows of three workers, and writes what comes of it into the file; on
// built code:
//
//     node experiments/orchestrators/calibrate.mjs
//
// What a row takes is what the orchestrator takes, and for a node with n containers start x n + perContainer x n (n - 1) / 2. The two figures of
// a system are those, not below 0, for which the squares of the relative errors of its four rows are least. Nothing else is changed.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { readManifest } from "../../dist/experiment/results/manifest.js";
import { readRuns } from "../../dist/experiment/results/runs-table.js";
import { readTable } from "../../dist/metrics/sinks/read.js";
import { pick } from "../lib/measure.mjs";
import { loadRuns } from "../lib/runs.mjs";
import { settledUs } from "./claims/settled.mjs";

const FILE = fileURLToPath(new URL("field-2016.yaml", import.meta.url));
const MAIN = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));
const MEASURED = {
	kubernetes: { 10: 2.3, 50: 11.6, 100: 27.8, 200: 83.2 },
	swarm: { 10: 7.0, 50: 14.3, 100: 22.2, 200: 63.2 },
};

for (let round = 0; round < 5; round++) {
	const runs = await simulate();
	for (const [system, measured] of Object.entries(MEASURED)) {
		const [start, perContainer] = ["Start", "PerContainer"].map((what) => read(`${system}${what}`));
		const rows = Object.entries(measured).map(([count, seconds]) => {
			const n = Math.ceil(Number(count) / 3);
			// Kubelets look at their containers at times of their own.
			const settled = pick(runs, { system, row: `create ${count} on 3` }).map((run) => settledUs(run, Number(count), 0) / 1e6);
			const mean = settled.reduce((sum, seconds) => sum + seconds, 0) / settled.length;
			const pairs = (n * (n - 1)) / 2;
			const own = mean - start * n - perContainer * pairs;
			return { x: [n / seconds, pairs / seconds], y: (seconds - own) / seconds };
		});
		const [a, b] = leastSquares(rows);
		write(`${system}Start`, a);
		write(`${system}PerContainer`, b);
		process.stdout.write(`${system}: start ${a.toFixed(3)} s, perContainer ${b.toFixed(4)} s\n`);
	}
}

async function simulate() {
	const folder = mkdtempSync(join(tmpdir(), "cellsim-calibration-"));
	try {
		const only = [10, 50, 100, 200].flatMap((count) => ["--only", `row=create ${count} on 3`]);
		const command = [MAIN, "run", FILE, "-o", folder, "--set", "spec.seeds.count=11", ...only];
		const { status } = spawnSync(process.execPath, command, { stdio: ["ignore", "ignore", "inherit"] });
		if (status !== 0) throw new Error(`the runs failed with exit code ${status}`);
		return await loadRuns(join(folder, "field-2016"), ["replicas"], { readRuns, readManifest, readTable });
	} finally {
		rmSync(folder, { recursive: true, force: true });
	}
}

/** Both coefficients, or one alone where the other would be negative. */
function leastSquares(rows) {
	const sum = (of) => rows.reduce((total, row) => total + of(row), 0);
	const [aa, ab, bb] = [sum(({ x: [a] }) => a * a), sum(({ x: [a, b] }) => a * b), sum(({ x: [, b] }) => b * b)];
	const [ay, by] = [sum(({ x: [a], y }) => a * y), sum(({ x: [, b], y }) => b * y)];
	const determinant = aa * bb - ab * ab;
	const [a, b] = [(ay * bb - by * ab) / determinant, (by * aa - ay * ab) / determinant];
	if (b < 0) return [ay / aa, 0];
	return a < 0 ? [0, by / bb] : [a, b];
}

function read(name) {
	const [, milliseconds] = new RegExp(`^ +${name}: ([\\d.]+)ms$`, "m").exec(readFileSync(FILE, "utf8"));
	return Number(milliseconds) / 1000;
}

/** To the tenth of a millisecond. */
function write(name, seconds) {
	const text = readFileSync(FILE, "utf8");
	const line = new RegExp(`^( +${name}: ).*$`, "m");
	writeFileSync(FILE, text.replace(line, `$1${Number((1000 * seconds).toFixed(1))}ms`));
}
