/**
 * `experiments/openb-fgd` at its small size, the second command in the head of its file: every claim must hold that its definition does
 * not say this size cannot tell.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { evaluate } from "../../experiments/lib/claims.mjs";
import { commandsOf, loadRuns } from "../../experiments/lib/runs.mjs";
import { EXPERIMENTS } from "../../experiments/openb-fgd/claims/index.mjs";
import { prepareExperiment } from "../../src/experiment/prepare.js";
import { readManifest } from "../../src/experiment/results/manifest.js";
import { readRuns } from "../../src/experiment/results/runs-table.js";
import { runExperiment } from "../../src/experiment/runner.js";
import { readTable } from "../../src/metrics/sinks/read.js";
import { temporaryFolder } from "../support/experiment-files.js";

const DATA = fileURLToPath(new URL("../../../shared/reference/openb/data", import.meta.url));
const FILE = fileURLToPath(new URL("../../experiments/openb-fgd/e27-fgd.yaml", import.meta.url));
const results = temporaryFolder("fgd");

test.skipIf(!existsSync(DATA))("e27 (needs ../shared/reference/openb/data)", { timeout: 120_000 }, async () => {
	const [{ name, claims }] = EXPERIMENTS as [(typeof EXPERIMENTS)[number]];
	const { set, only } = commandsOf(FILE).small;
	const { plans } = await prepareExperiment(FILE, { set: [...set, `spec.params.data=${DATA}`], only });
	const folder = join(results, name);
	const { signal } = new AbortController();
	const options = { file: FILE, folder, workers: 1, force: false, paranoid: false, signal };
	const { failures } = await runExperiment(plans, { ...options, onEvent: () => {} });
	expect(failures).toEqual([]);
	const runs = await loadRuns(folder, [], { readRuns, readManifest, readTable });
	expect(runs).toHaveLength(12);
	const asserted = claims.filter(({ notInCi, notAsserted }) => notInCi === undefined && notAsserted === undefined);
	const outcomes = asserted.map((claim) => ({ claim: claim.id, ...evaluate(claim, { runs, others: () => null }) }));
	expect(outcomes.length).toBeGreaterThan(0);
	expect(outcomes.filter(({ verdict }) => verdict !== "holds")).toEqual([]);
});
