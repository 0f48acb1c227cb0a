/** The real trace under every policy, through the experiment file that ships with cellsim. */
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { prepareExperiment } from "../../src/experiment/prepare.js";
import { runExperiment } from "../../src/experiment/runner.js";
import { column, readTable } from "../../src/metrics/sinks/read.js";
import { schedulers } from "../../src/scheduling/schedulers/index.js";

const EXPERIMENT = fileURLToPath(new URL("../../experiments/openb.yaml", import.meta.url));
const DATA = fileURLToPath(new URL("../../../shared/reference/openb/data", import.meta.url));

test.skipIf(!existsSync(DATA))(
	"every policy replays the openb trace (needs ../shared/reference/openb/data)",
	async () => {
		const folder = await mkdtemp(join(tmpdir(), "cellsim-openb-"));
		try {
			const { plans } = await prepareExperiment(EXPERIMENT, { set: [`spec.params.data=${DATA}`] });
			expect(plans.map(({ variant }) => variant["policy"]).sort()).toEqual([...schedulers.all.keys()].sort());
			const { signal } = new AbortController();
			const options = { file: EXPERIMENT, folder, workers: 1, force: false, paranoid: false, signal };
			const { manifests, failures } = await runExperiment(plans, { ...options, onEvent: () => {} });
			expect(failures).toEqual([]);
			for (const { id, pods, summary } of manifests) {
				// 8,152 rows less 897 that never ran.
				expect(pods).toBe(7255);
				expect(summary["pods_unscheduled"]).toBe(0);
				// Phase Failed in the trace.
				expect(summary["pods_failed"]).toBe(1870);
				const table = await readTable(join(folder, id, "pods.arrow"));
				// 34 were running at the trace's last instant, so they run for ever.
				expect(column(table, "outcome").filter((outcome) => outcome === "running")).toHaveLength(34);
			}
			// Where nobody makes offers, Marathon takes the first node that fits, as first-fit does.
			expect(new Set(manifests.map(({ digest }) => digest)).size).toBe(manifests.length - 1);
			const report = await readTable(join(folder, manifests[0]!.id, "import_report.arrow"));
			expect(column(report, "rows")).toEqual([5159, 34, 897]);
		} finally {
			await rm(folder, { recursive: true });
		}
	},
);
