/**
 * The experiments of the Omega paper and its kin at their small size, the second command in the head of each file: every claim must hold
 * that its definition does not say this size cannot tell (`notInCi`) or nobody can (`notAsserted`).
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { EXPERIMENTS, evaluate, type Run } from "../../experiments/omega/claims/index.mjs";
import { commandsOf, fileOf, loadRuns } from "../../experiments/omega/runs.mjs";
import { prepareExperiment } from "../../src/experiment/prepare.js";
import { readManifest } from "../../src/experiment/results/manifest.js";
import { readRuns } from "../../src/experiment/results/runs-table.js";
import { runExperiment } from "../../src/experiment/runner.js";
import { readTable } from "../../src/metrics/sinks/read.js";

let results = "";
const known = new Map<string, Promise<readonly Run[]>>();

beforeAll(async () => {
	results = await mkdtemp(join(tmpdir(), "cellsim-omega-"));
});

afterAll(() => rm(results, { recursive: true }));

test.each(EXPERIMENTS.map(({ id, title }) => [id, title]))("%s: %s", { timeout: 300_000 }, async (id) => {
	const { claims, comparesWith = [] } = byId(id);
	const others = new Map(await Promise.all(comparesWith.map(async (other) => [other, await runsOf(other)] as const)));
	const context = { runs: await runsOf(id), others: (other: string) => others.get(other) ?? null };
	const asserted = claims.filter(({ notInCi, notAsserted }) => notInCi === undefined && notAsserted === undefined);
	expect(asserted).not.toEqual([]);
	const outcomes = asserted.map((claim) => ({ claim: claim.id, ...evaluate(claim, context) }));
	expect(outcomes.filter(({ verdict }) => verdict !== "holds")).toEqual([]);
});

function runsOf(id: string): Promise<readonly Run[]> {
	const runs = known.get(id) ?? makeRuns(id);
	known.set(id, runs);
	return runs;
}

async function makeRuns(id: string): Promise<readonly Run[]> {
	const { name, needsJobs = false } = byId(id);
	const file = fileOf(name);
	const { plans } = await prepareExperiment(file, commandsOf(name).small);
	const folder = join(results, name);
	const { signal } = new AbortController();
	const options = { file, folder, workers: 1, force: false, paranoid: false, signal };
	const { failures } = await runExperiment(plans, { ...options, onEvent: () => {} });
	expect(failures).toEqual([]);
	return loadRuns(folder, needsJobs, { readRuns, readManifest, readTable });
}

function byId(id: string) {
	return EXPERIMENTS.find((experiment) => experiment.id === id)!;
}
