// Calibrates the runtime of the nodes in field-2016.yaml on the four rows of three workers, and writes what comes of it into the file, and into
// mesos.yaml, which has the same runtimes; on built code:
//
//     node experiments/orchestrators/calibrate.mjs
//
// The two figures of a system, not below 0, are those for which the squares of the relative errors of its four rows, means over three seeds,
// are least: a pattern search to a millisecond for the start and a tenth of one for each container. Nothing else is changed.
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
const MESOS = fileURLToPath(new URL("mesos.yaml", import.meta.url));
const MAIN = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));
const MEASURED = {
	kubernetes: { 10: 2.3, 50: 11.6, 100: 27.8, 200: 83.2 },
	swarm: { 10: 7.0, 50: 14.3, 100: 22.2, 200: 63.2 },
};

/** What they are called in the file. */
const VERSIONS = { kubernetes: "kubernetes 1.4", swarm: "swarm 1.12" };
const ROWS = Object.keys(MEASURED.kubernetes).flatMap((count) => ["--only", `row=create ${count} on 3`]);

for (const [system, measured] of Object.entries(MEASURED)) {
	const known = new Map();
	const errorAt = async (figures) => {
		const key = figures.join(" ");
		if (!known.has(key)) known.set(key, await errorOf(system, measured, figures));
		return known.get(key);
	};
	const start = ["Start", "PerContainer"].map((what) => read(`${system}${what}`));
	const best = await patternSearch(errorAt, start, [64, 6.4], 1);
	["Start", "PerContainer"].forEach((what, i) => write(FILE, `^( +${system}${what}: ).*$`, `${best[i]}ms`));
	write(MESOS, `^( +- {name: that of ${system}, ).*$`, `start: ${best[0]}ms, perContainer: ${best[1]}ms}`);
	process.stdout.write(`${system}: start ${best[0]} ms, perContainer ${best[1]} ms\n`);
}

/** Goes to the best of the neighbours while one is better, with steps that are halved where none is, down to `least` of the first one. */
async function patternSearch(errorAt, start, steps, least) {
	let [at, error, step] = [start, await errorAt(start), steps];
	while (step[0] >= least) {
		let better = null;
		for (const [x, y] of [[1, 0], [-1, 0], [0, 1], [0, -1], [1, -1], [-1, 1]]) {
			const next = [at[0] + x * step[0], at[1] + y * step[1]].map((value) => Math.max(0, Number(value.toFixed(1))));
			const there = await errorAt(next);
			if (there < error) [better, error] = [next, there];
		}
		if (better === null) step = step.map((width) => width / 2);
		else at = better;
		process.stderr.write(`${at.join(" ms, ")} ms: ${error.toFixed(4)}\n`);
	}
	return at;
}

/** Sum of the squares of relative errors. */
async function errorOf(system, measured, [start, perContainer]) {
	const folder = mkdtempSync(join(tmpdir(), "cellsim-calibration-"));
	try {
		const figures = { Start: start, PerContainer: perContainer };
		const set = Object.entries(figures).flatMap(([what, ms]) => ["--set", `spec.params.${system}${what}=${ms}ms`]);
		const command = [MAIN, "run", FILE, "-o", folder, "--set", "spec.seeds.count=3", ...set, "--only", `system=${VERSIONS[system]}`, ...ROWS];
		const { status, stderr } = spawnSync(process.execPath, command, { encoding: "utf8" });
		if (status !== 0) throw new Error(`the runs failed with exit code ${status}:\n${stderr}`);
		const runs = await loadRuns(join(folder, "field-2016"), ["replicas"], { readRuns, readManifest, readTable });
		return Object.entries(measured).reduce((sum, [count, seconds]) => {
			// Kubelets look at their containers at times of their own.
			const settled = pick(runs, { system: VERSIONS[system], row: `create ${count} on 3` }).map((run) => settledUs(run, Number(count), 0) / 1e6);
			const mean = settled.reduce((total, one) => total + one, 0) / settled.length;
			return sum + ((mean - seconds) / seconds) ** 2;
		}, 0);
	} finally {
		rmSync(folder, { recursive: true, force: true });
	}
}

function read(name) {
	const [, milliseconds] = new RegExp(`^ +${name}: ([\\d.]+)ms$`, "m").exec(readFileSync(FILE, "utf8"));
	return Number(milliseconds);
}

/** Puts a text after what a line begins with. */
function write(file, line, written) {
	const text = readFileSync(file, "utf8");
	writeFileSync(file, text.replace(new RegExp(line, "m"), (_, begin) => begin + written));
}
