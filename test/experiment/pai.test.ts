/** `experiments/pai-queues.yaml` on the jobs made of openb, through the whole way: the averages that are recorded for them. */
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { prepareExperiment } from "../../src/experiment/prepare.js";
import { readManifest } from "../../src/experiment/results/manifest.js";
import { runFolder } from "../scenarios/run-folder.js";
import { temporaryFolder } from "../support/experiment-files.js";

const EXPERIMENT = fileURLToPath(new URL("../../experiments/pai-queues.yaml", import.meta.url));
const PAI = fileURLToPath(new URL("../../../shared/reference/openb/pai/", import.meta.url));
/** All five are in the conformance suite. */
const ORDERS = [
	["SJG", "shortest-by-group"],
	["FIFO", "fifo"],
] as const;

const folder = temporaryFolder("pai");

test.skipIf(!existsSync(PAI))(
	"an order by estimates, and that of arrival (needs ../shared/reference/openb)",
	async () => {
		const set = [
			`spec.params.jobs=${PAI}openb_as_pai_jobs.csv`,
			"spec.params.gpus=60",
			`spec.workloads[0].source={format: pai, jobs: ${PAI}openb_as_pai_jobs.csv, sample: ${PAI}openb_as_pai_jobs_n1200_sample.csv, gpus: 60}`,
		];
		const { plans } = await prepareExperiment(EXPERIMENT, { set });
		const rows = readFileSync(`${PAI}openb_as_pai_jobs_n1200_g60_results.csv`, "utf8").split("\n");
		for (const [policy, order] of ORDERS) {
			const [, completion, wait] = rows.find((row) => row.startsWith(`${policy},`))!.split(",");
			const plan = plans.find(({ label }) => label === `order=${order}`)!;
			const { summary } = await readManifest(await runFolder(plan, folder));
			const seconds = ["job_completion_time_mean_us", "pending_time_mean_us"].map((name) => summary[name]! / 1e6);
			expect(seconds.map((value) => value.toFixed(2))).toEqual([completion, wait]);
		}
	},
);
