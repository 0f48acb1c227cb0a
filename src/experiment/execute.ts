/** Executes one run: simulates, writes its tables and its manifest, and lets the finished folder appear by one rename. */
import { rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Cell } from "../cell/cell.js";
import { checkInvariants } from "../cell/invariants.js";
import type { Engine } from "../engine/engine.js";
import { SECOND } from "../engine/time.js";
import { GpuFragmentation } from "../metrics/gpu-fragmentation.js";
import type { ObservedScheduling } from "../metrics/observed-scheduling.js";
import { PROBES, type ProbeName } from "../metrics/probes/index.js";
import type { TableProbe } from "../metrics/probes/probe.js";
import { ArrowSink } from "../metrics/sinks/arrow.js";
import { type RunSummary, SummaryProbe } from "../metrics/summary.js";
import type { MetricSink } from "../metrics/table.js";
import { typicalOf } from "../scheduling/gpu/typical-pods-schema.js";
import { noSchedulerNamed } from "../scheduling/scheduler.js";
import { ImportReport } from "../workload/arrivals.js";
import { assemble } from "./assemble.js";
import { makeFolder } from "./folder.js";
import { writeImportReport } from "./import-report.js";
import { podsLeftAlone } from "./left-alone.js";
import type { RunIdentity, RunPlan } from "./plan.js";
import type { Spec } from "./registries.js";
import { MANIFEST, PERFORMANCE, type RunManifest } from "./results/manifest.js";
import { type RunHooks, Simulation } from "./simulation.js";

export interface ExecuteOptions {
	/** Where the experiment's runs lie; the run's folder is made in it. */
	readonly folder: string;
	/** Check every invariant of the cell after each attempt. */
	readonly paranoid: boolean;
	readonly hooks: Pick<RunHooks, "progress" | "signal">;
}

/** Runs a plan to its end. On any failure nothing is left behind. */
export async function executeRun(plan: RunPlan, identity: RunIdentity, options: ExecuteOptions): Promise<RunManifest> {
	const partial = join(options.folder, `.partial-${identity.id}-${process.pid}`);
	const startedAt = process.hrtime.bigint();
	const cpuBefore = process.cpuUsage();
	await makeFolder(partial);
	try {
		const sink = await ArrowSink.create(partial);
		const manifest = await simulate(plan, identity, sink, options).finally(() => sink.close());
		const wallSeconds = Number(process.hrtime.bigint() - startedAt) / 1e9;
		const { user, system } = process.cpuUsage(cpuBefore);
		const eventsPerSecond = Math.round(manifest.events / wallSeconds);
		const performance = {
			wallSeconds,
			cpuSeconds: (user + system) / 1e6,
			eventsPerSecond,
			maxRssBytes: process.resourceUsage().maxRSS * 1024,
		};
		await writeFile(join(partial, PERFORMANCE), `${JSON.stringify(performance, null, "\t")}\n`);
		await writeFile(join(partial, MANIFEST), `${JSON.stringify(manifest, null, "\t")}\n`);
		await appear(partial, join(options.folder, identity.id));
		return manifest;
	} catch (error) {
		await rm(partial, { recursive: true, force: true });
		throw error;
	}
}

async function simulate(
	plan: RunPlan,
	identity: RunIdentity,
	sink: MetricSink,
	{ paranoid, hooks }: ExecuteOptions,
): Promise<RunManifest> {
	const report = new ImportReport();
	const { spec, ...assembled } = await assemble(plan, report);
	const observing = observe(spec, sink, paranoid, () => simulation.architecture);
	const simulation: Simulation = new Simulation({ ...assembled, observers: [observing.attach] });
	observing.begin(simulation.engine);
	const endUs = await simulation.run({ ...hooks, drain: () => sink.drain() });
	for (const probe of observing.probes) probe.finish(endUs);
	const { engine, cell } = simulation;
	const leftAlone = podsLeftAlone(cell, simulation.architecture);
	for (const { schedulerName, pods, example } of leftAlone)
		report.count("schedulers", `${noSchedulerNamed(schedulerName)}: pods that nobody tries`, "noted", example, pods);
	writeImportReport(report, sink);
	return {
		apiVersion: "cellsim/v1alpha1",
		kind: "RunManifest",
		id: identity.id,
		plan,
		inputs: identity.inputs,
		versions: identity.versions,
		digest: engine.digest.hex(),
		events: engine.fired,
		endTimeUs: endUs,
		jobs: cell.jobsSubmitted,
		pods: cell.pods.submitted,
		summary: { ...observing.summary(endUs), ...simulation.nodeMetrics() },
		...(leftAlone.length > 0 && {
			leftAlone: Object.fromEntries(leftAlone.map(({ schedulerName, pods }) => [schedulerName, pods])),
		}),
	};
}

interface Observing {
	readonly probes: TableProbe[];
	attach(engine: Engine, cell: Cell): void;
	/** Called once everything is made. */
	begin(engine: Engine): void;
	summary(endUs: number): RunSummary;
}

/** The summary and the tables asked for. The summary does not depend on which tables are written. */
function observe(spec: Spec, sink: MetricSink, paranoid: boolean, scheduling: () => ObservedScheduling): Observing {
	const probes: TableProbe[] = [];
	let summary: SummaryProbe | null = null;
	let gpu: GpuFragmentation | null = null;
	const { gpuFragmentation } = spec.outputs;
	return {
		probes,
		attach(engine, cell) {
			const summaryProbe = new SummaryProbe(cell, spec.clock.warmup, scheduling);
			summary = summaryProbe;
			engine.every(spec.outputs.sampleEvery, (timeUs) => summaryProbe.sample(timeUs));
			if (gpuFragmentation !== undefined)
				gpu = new GpuFragmentation(cell, spec.clock.warmup, typicalOf(gpuFragmentation.typicalPods));
			for (const { name, everyUs } of spec.outputs.tables) {
				const probe: TableProbe = PROBES[name as ProbeName](cell, sink, scheduling);
				probes.push(probe);
				if (probe.sample) engine.every(everyUs ?? spec.outputs.sampleEvery, (timeUs) => probe.sample!(timeUs));
			}
			if (paranoid) cell.watch({ attempted: () => checkInvariants(cell) });
		},
		begin(engine) {
			if (scheduling().locked) engine.every(SECOND, (timeUs) => summary!.sampleLocked(timeUs));
		},
		summary: (endUs) => ({
			...summary!.result(endUs),
			...gpu?.result(endUs, gpuFragmentation!.loads),
		}),
	};
}

/** Moves a finished folder into place; one that is there already came from the same plan and is as good. */
async function appear(partial: string, final: string): Promise<void> {
	try {
		await rename(partial, final);
	} catch (error) {
		const { code } = error as NodeJS.ErrnoException;
		if (code !== "ENOTEMPTY" && code !== "EEXIST") throw error;
		await rm(partial, { recursive: true, force: true });
	}
}
