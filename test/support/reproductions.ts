/** The experiments that reproduce papers, at their small size: the second command in the head of each file. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll } from "vitest";
import { type Experiment, evaluate, type Run } from "../../experiments/lib/claims.mjs";
import { commandsOf, loadRuns, loadTrials, resultsOf as resultsIn } from "../../experiments/lib/runs.mjs";
import { runCompaction } from "../../src/experiment/compaction/runner.js";
import { prepareExperiment } from "../../src/experiment/prepare.js";
import { readManifest } from "../../src/experiment/results/manifest.js";
import { readRuns } from "../../src/experiment/results/runs-table.js";
import { runExperiment } from "../../src/experiment/runner.js";
import { readTable } from "../../src/metrics/sinks/read.js";

export interface Reproductions {
	/** The folder where the runs of an experiment are, made once. */
	readonly resultsOf: (id: string) => Promise<string>;
	/** The same runs again, in another folder. */
	readonly repeat: (id: string) => Promise<string>;
	/** What does not hold of the claims that this size is to show, and how many those are. */
	readonly failures: (id: string) => Promise<{ readonly asserted: number; readonly failed: readonly unknown[] }>;
}

/** To be made once in a test file: results are in a folder that goes with it. */
export function reproductions(folder: URL, experiments: readonly Experiment[]): Reproductions {
	let results = "";
	beforeAll(async () => {
		results = await mkdtemp(join(tmpdir(), "cellsim-reproductions-"));
	});
	afterAll(() => rm(results, { recursive: true }));
	const known = new Map<string, Promise<string>>();
	const byId = (id: string) => experiments.find((experiment) => experiment.id === id)!;
	const resultsOf = (id: string) => {
		const made = known.get(id) ?? makeRuns(folder, byId(id).name, join(results, "once"));
		known.set(id, made);
		return made;
	};
	const runsOf = async (id: string): Promise<readonly Run[]> => {
		const made = await resultsOf(id);
		const { verb } = commandsOf(fileOf(folder, byId(id).name)).small;
		if (verb === "compact") return loadTrials(resultsIn(made, verb), { readRuns });
		return loadRuns(made, byId(id).tables ?? [], { readRuns, readManifest, readTable });
	};
	return {
		resultsOf,
		repeat: (id) => makeRuns(folder, byId(id).name, join(results, "again")),
		async failures(id) {
			const { claims, comparesWith = [] } = byId(id);
			const others = new Map(
				await Promise.all(comparesWith.map(async (other) => [other, await runsOf(other)] as const)),
			);
			const context = { runs: await runsOf(id), others: (other: string) => others.get(other) ?? null };
			const asserted = claims.filter(({ notInCi, notAsserted }) => notInCi === undefined && notAsserted === undefined);
			const outcomes = asserted.map((claim) => ({ claim: claim.id, ...evaluate(claim, context) }));
			return { asserted: asserted.length, failed: outcomes.filter(({ verdict }) => verdict !== "holds") };
		},
	};
}

async function makeRuns(folder: URL, name: string, results: string): Promise<string> {
	const file = fileOf(folder, name);
	const { verb, ...chosen } = commandsOf(file).small;
	const { plans } = await prepareExperiment(file, chosen);
	const made = join(results, name);
	const { signal } = new AbortController();
	const options = { file, workers: 1, force: false, signal, onEvent: () => {} };
	const { failures } =
		verb === "compact"
			? await runCompaction(plans, { ...options, folder: resultsIn(made, verb), others: async () => [], figures: [] })
			: await runExperiment(plans, { ...options, folder: made, paranoid: false });
	if (failures.length > 0) throw new Error(`${name}: ${JSON.stringify(failures)}`);
	return made;
}

function fileOf(folder: URL, name: string): string {
	return fileURLToPath(new URL(`${name}.yaml`, folder));
}
