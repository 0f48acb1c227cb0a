/**
 * Makes the results that the notebooks read: small runs of the project's own experiments, which cellsim writes into data/ (or the
 * folder that is given). Runs that are there already are not made again.
 *
 *     node notebooks/gallery/prepare.mjs [FOLDER]
 */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const MAIN = join(ROOT, "dist/cli/main.js");

const set = (...values) => values.flatMap((value) => ["--set", value]);
const only = (...values) => values.flatMap((value) => ["--only", value]);

/** What differs from the files as they are; their heads say what they ask. */
const EXPERIMENTS = [
	["quickstart.yaml", ...set("spec.seeds=[1]", "spec.outputs.tables=[pods, {name: nodes, every: 30m}]")],
	// A cell of a tenth of the nodes, as full: seconds instead of hours, and the same shape.
	[
		"omega/e08-conflicts.yaml",
		...set("spec.strategy.matrix.cell=[{name: small, nodes: 1000, batchPerSecond: 0.1, serviceLifeHours: 52}]"),
		...set("spec.clock.end=2h", "spec.clock.warmup=10m", "spec.seeds=[1,2,3]", "spec.outputs.tables=[]"),
		...only("cell=small"),
	],
	["kubernetes/rollouts.yaml", ...set("spec.outputs.tables=[replicas, requests]"), ...only("ready=10s", "failure=20m")],
	// Each as it is today.
	[
		"orchestrators/declarative-imperative.yaml",
		...set("spec.strategy.matrix.orchestrator=[kubernetes, swarm, mesos, borg]", "spec.outputs.tables=[replicas]"),
		...set("spec.orchestrator=${{ matrix.orchestrator }}"),
	],
];

const folder = process.argv[2] ?? fileURLToPath(new URL("data", import.meta.url));
for (const [file, ...options] of EXPERIMENTS) {
	const args = [MAIN, "run", join(ROOT, "experiments", file), "-o", folder, ...options];
	const { status, error } = spawnSync(process.execPath, args, { stdio: "inherit" });
	if (error) throw error;
	if (status !== 0) process.exit(status ?? 1);
}
