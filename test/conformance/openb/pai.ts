/**
 * The queue policies of Alibaba's PAI simulator, as recorded in `pai/`: `<jobs>_n<jobs>_g<GPUs>_results.csv` has a row for each policy,
 * with averages over instances. Which jobs arrived when is in `<jobs>_n<jobs>_sample.csv`; where that is absent, all of them, 100 a minute.
 *
 * The product decides: the trace format's jobs and node, the orders of the waiting room, first fit, and the cell. The simulator works
 * in ticks of 1 s, and so all times are whole seconds; its makespan ends a tick after the last job.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Cell } from "../../../src/cell/cell.js";
import { Engine } from "../../../src/engine/engine.js";
import { SeededRandomSource } from "../../../src/engine/random.js";
import { NodeAgent } from "../../../src/node/node-agent.js";
import { InputError } from "../../../src/objects/input-error.js";
import { monolithic } from "../../../src/scheduling/architectures/monolithic.js";
import { queueOrders } from "../../../src/scheduling/queue-orders.js";
import { firstFitScheduler } from "../../../src/scheduling/schedulers/first-fit.js";
import type { CsvRow } from "../../../src/workload/formats/csv.js";
import { arrivalsOf, type PaiArrival, PaiJobs, paiNode, sampled } from "../../../src/workload/formats/pai-jobs.js";
import { JOB_COLUMNS, paiRow, SAMPLE_COLUMNS, sampleRow } from "../../../src/workload/formats/pai-rows.js";
import type { Comparison, Difference, GoldenCase } from "../suite.js";

const RESULTS = /^(.+)_n(\d+)_g(\d+)_results\.csv$/;
const COLUMNS = ["policy", "avg_jct_s", "avg_wait_s", "makespan_s", "instances_done"] as const;

/** The orders by the names that the simulator has for them. */
const ORDERS: Readonly<Record<string, string>> = {
	SJF: "shortest-job",
	SJU: "shortest-by-user",
	SJG: "shortest-by-group",
	SJGG: "shortest-by-group-gpu",
	FIFO: "fifo",
};

/** A case for each row of each file of results under `pai/` of the folder; none if there is no such folder. InputError for other data. */
export function paiCases(folder: string): readonly GoldenCase[] {
	const pai = join(folder, "pai");
	if (!existsSync(pai)) return [];
	return readdirSync(pai)
		.sort()
		.flatMap((name) => {
			const match = RESULTS.exec(name);
			return match === null ? [] : casesOf(pai, name, match[1]!, Number(match[2]), Number(match[3]));
		});
}

function casesOf(pai: string, results: string, jobs: string, count: number, gpus: number): readonly GoldenCase[] {
	const file = join(pai, results);
	let arrivals: readonly PaiArrival[] | string | undefined;
	return rowsOf(file, COLUMNS).map(({ line, cells: [policy = "", ...expected] }): GoldenCase => {
		const order = ORDERS[policy];
		if (order === undefined)
			throw new InputError(`policy: '${policy}' is none of ${Object.keys(ORDERS).join(", ")}`, {
				file,
				line,
				column: 0,
			});
		return {
			name: `pai ${results.replace("_results.csv", "")} ${policy}`,
			compare: () => {
				arrivals ??= arrivalsIn(pai, jobs, count);
				if (typeof arrivals !== "string") return compared(expected, simulated(arrivals, order, gpus));
				return {
					decisions: expected.length,
					equal: 0,
					differences: [{ path: "sample", expected: arrivals, got: null }],
				};
			},
		};
	});
}

/** Equal as printed, column by column. */
function compared(expected: readonly string[], got: readonly string[]): Comparison {
	const differences = expected.flatMap((value, i): Difference[] =>
		value === got[i] ? [] : [{ path: COLUMNS[i + 1]!, expected: value, got: got[i] }],
	);
	return { decisions: expected.length, equal: expected.length - differences.length, differences };
}

/** The name of the file that is missing, if it is not known which jobs were taken. */
function arrivalsIn(pai: string, jobs: string, count: number): readonly PaiArrival[] | string {
	const jobFile = join(pai, `${jobs}.csv`);
	const rows = rowsOf(jobFile, JOB_COLUMNS).map((row) => paiRow(jobFile, row));
	const name = `${jobs}_n${count}_sample.csv`;
	const sampleFile = join(pai, name);
	if (existsSync(sampleFile)) {
		const sample = rowsOf(sampleFile, SAMPLE_COLUMNS).map((row) => sampleRow(sampleFile, row));
		return sampled(rows, sample, sampleFile);
	}
	return count === rows.length ? arrivalsOf(rows, 100) : name;
}

/** Rows of a file without quotes: these are read at once, as cases are. */
function rowsOf(file: string, columns: readonly string[]): readonly CsvRow[] {
	const [header, ...lines] = readFileSync(file, "utf8").trimEnd().split(/\r?\n/);
	if (header !== columns.join(","))
		throw new InputError(`the header must be '${columns.join(",")}'`, { file, line: 1, column: 0 });
	return lines.map((line, i) => ({ line: i + 2, cells: line.split(",") }));
}

const SECOND = 1e6;
const PHASES = { due: 1, arrival: 2, retry: 3, commit: 4, wake: 5 };

/** What the results have, as printed. */
function simulated(arrivals: readonly PaiArrival[], order: string, gpus: number): readonly string[] {
	const engine = new Engine();
	const cell = new Cell(engine);
	const totals = { completionS: 0, waitS: 0, instances: 0, lastEndS: 0 };
	cell.watch({
		podEnded(pod) {
			const { job, startUs } = cell.pod(pod);
			totals.instances++;
			totals.completionS += (engine.nowUs - job.submitUs) / SECOND;
			totals.waitS += (startUs - job.submitUs) / SECOND;
			totals.lastEndS = engine.nowUs / SECOND;
		},
	});
	new NodeAgent(engine, cell, PHASES.due, { startDelayUs: null, onLoss: "resubmit" });
	const random = new SeededRandomSource("1");
	monolithic.create(monolithic.params?.parse({}) as never, {
		engine,
		cell,
		phases: PHASES,
		random,
		router: () => 0,
		processes: [
			{
				...{ index: 0, name: "main", entry: "main", sees: null },
				scheduler: firstFitScheduler.create(undefined as never),
				decisionTime: { perJobUs: 0, perPodUs: 0 },
				queue: {
					discipline: "skip",
					order: () => queueOrders.all.get(order)!.create(),
					backoff: { initialUs: 0, maxUs: 0 },
				},
				random: random.stream("scheduler/main"),
			},
		],
	});
	cell.addNode(paiNode(gpus));
	const jobs = new PaiJobs(gpus);
	const arrival = engine.kind("job-arrival", PHASES.arrival, (i) => {
		cell.submit(jobs.job(arrivals[i]!));
	});
	for (const [i, { atS }] of arrivals.entries()) engine.schedule(atS * SECOND, arrival, i);
	while (engine.step());
	const { completionS, waitS, instances, lastEndS } = totals;
	return [
		(completionS / instances).toFixed(2),
		(waitS / instances).toFixed(2),
		String(lastEndS + 1),
		String(instances),
	];
}
