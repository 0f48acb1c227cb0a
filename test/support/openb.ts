/** What a replay of openb gives, read to the end. */
import { fileURLToPath } from "node:url";
import type { RandomSource } from "../../src/engine/random.js";
import { ImportReport, type JobArrival } from "../../src/workload/arrivals.js";
import { type OpenbParams, openbFormat, openbParams } from "../../src/workload/formats/openb.js";

export const FIXTURES = fileURLToPath(new URL("../fixtures/openb/", import.meta.url));

/** Parameters as they stand in an experiment file. */
export type OpenbInput = Partial<Record<keyof OpenbParams, unknown>>;

/** Paths start at the first of the folders that has the file. */
export async function readOpenb(params: OpenbInput, baseDirs = [FIXTURES], random?: RandomSource) {
	const trace = openbFormat.create(openbParams.parse(params), { baseDirs, ...(random && { random }) });
	const report = new ImportReport();
	const jobs: JobArrival[] = [];
	for await (const batch of trace.jobs(report)) jobs.push(...batch);
	return { jobs, nodes: await trace.nodes(report), report: report.rows };
}
