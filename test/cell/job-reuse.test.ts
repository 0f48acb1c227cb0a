/** Objects of jobs are used again where nobody can tell. */
import fc from "fast-check";
import { expect, test } from "vitest";
import type { CellListener } from "../../src/cell/changes.js";
import type { Job } from "../../src/cell/job.js";
import { NO_SCHEDULING } from "../../src/metrics/observed-scheduling.js";
import { PROBE_NAMES, PROBES } from "../../src/metrics/probes/index.js";
import type { TableProbe } from "../../src/metrics/probes/probe.js";
import { MemorySink } from "../../src/metrics/sinks/memory.js";
import { SummaryProbe } from "../../src/metrics/summary.js";
import type { JobArrival } from "../../src/objects/arrival.js";
import { architectures } from "../../src/scheduling/architectures/index.js";
import { crowds, faultLists } from "../support/arbitraries.js";
import { cellOf, commit, job, node, placementOf } from "../support/cells.js";
import { architectureNamed, replicasOf, type SimulateOptions, simulate } from "../support/simulations.js";

type Observer = NonNullable<SimulateOptions["observers"]>[number];

interface Story {
	readonly pods?: number;
	readonly attempts?: number;
	/** Whether its submitter asked for it. */
	readonly asked?: boolean;
	readonly parked?: boolean;
	readonly told?: boolean;
	readonly ends?: "succeeded" | "failed";
	readonly listener?: CellListener;
}

/** Whether a job that comes after another has ended has the object of that one. */
function usedAgain({ pods = 1, attempts = 1, asked, parked, told, ends = "succeeded", listener = {} }: Story): boolean {
	const cell = cellOf([node("n")]);
	cell.leavingTakesTime = true;
	cell.watch(listener);
	const coming = (arrival: JobArrival): Job => {
		if (asked) cell.submit(arrival);
		else cell.enter(arrival);
		return cell.pod([...cell.pods.all()][0]!).job;
	};
	const first = coming(job("first", { pods }));
	for (let i = 0; i < attempts; i++) cell.countAttempt(first);
	if (parked) first.stay = 1;
	const { accepted } = commit(
		cell,
		first.pending.map((pod) => placementOf(cell, pod, 0)),
	);
	for (const { pod } of accepted) cell.startPod(pod);
	if (told) cell.stopPod(accepted[0]!.pod, "preempted");
	for (const { pod } of accepted) cell.endPod(pod, ends);
	const { ordinal, name, started, attempts: tries, fullStartUs, pending } = coming(job("second"));
	expect([ordinal, name, started, tries, fullStartUs, pending.length]).toEqual([1, "second", 0, 0, Number.NaN, 1]);
	return cell.pod(pending[0]!).job === first;
}

test.each<[string, boolean, Story]>([
	["went straight", true, {}],
	["went straight, and its listener forgets it", true, { listener: { jobEnded() {}, forgetsJobs: true } }],
	["may be kept by a listener that hears of its end", false, { listener: { jobEnded() {} } }],
	["may be kept by a listener that hears of its attempts", false, { listener: { attempted() {} } }],
	["was handed out", false, { asked: true }],
	["was tried twice", false, { attempts: 2 }],
	["was placed by nobody who counts attempts", false, { attempts: 0 }],
	["was parked, and may be in its heap yet", false, { parked: true }],
	["was told to go, and ended before", false, { told: true }],
	["failed", false, { ends: "failed" }],
	["had two pods", false, { pods: 2 }],
])("a job that %s is used again: %s", (_story, expected, story) => {
	expect(usedAgain(story)).toBe(expected);
});

/** Every table and the summary of a run that is watched for them, and its digest. */
async function told(options: SimulateOptions, ...observers: readonly Observer[]): Promise<unknown> {
	const sink = new MemorySink();
	const probes: TableProbe[] = [];
	const summaries: SummaryProbe[] = [];
	const watch: Observer = (_engine, cell) => {
		summaries.push(new SummaryProbe(cell, 0));
		probes.push(...PROBE_NAMES.map((name) => PROBES[name](cell, sink, () => NO_SCHEDULING)));
	};
	const { simulation, endedUs } = await simulate({ ...options, observers: [watch, ...observers] });
	for (const probe of probes) {
		probe.sample?.(endedUs);
		probe.finish(endedUs);
	}
	const tables = sink.tables.map(({ name }) => [name, sink.rows(name)]);
	return { digest: simulation.engine.digest.hex(), tables, summary: summaries[0]!.result(endedUs) };
}

test("runs, tables and summaries are the same whether jobs are used again or kept by somebody", async () => {
	const setting = fc.record({
		cell: crowds({ maxJobs: 40, maxPods: 2, gangs: true }),
		faults: faultLists,
		architecture: fc.constantFrom(...architectures.all.keys()),
		scheduler: fc.constantFrom("first-fit", "random-fit", "kube-scheduler"),
		perJobUs: fc.constantFrom(0, 5),
	});
	await fc.assert(
		fc.asyncProperty(setting, async ({ cell, architecture, ...rest }) => {
			const options = {
				...cell,
				...rest,
				quiet: true,
				replicas: replicasOf(architecture),
				architecture: architectureNamed(architecture),
			};
			const reusing = await told(options);
			expect(reusing).toEqual(await told(options, (_engine, watched) => watched.watch({ jobEnded() {} })));
		}),
		{ seed: 808, numRuns: 50 },
	);
});
