/** The golden runs of the Omega paper's simulator as a suite: counters of each run, and where they were kept, decisions and jobs. */
import type { Comparison, Exception, GoldenCase, Suite } from "../suite.js";
import { compareOutcomes, compareRuns, compareTraces, type Tolerance } from "./compare.js";
import {
	type OmegaGolden,
	type OmegaResult,
	type OmegaRun,
	type OmegaTraceLine,
	openOmegaGolden,
	RUN_FILES,
	type RunFile,
} from "./golden.js";

/** Repeats a run of the golden data; `onDecision` is asked for where there is a trace to compare with. */
export type SimulateOmega = (
	golden: OmegaGolden,
	parameters: OmegaRun,
	options: { readonly onDecision?: (line: OmegaTraceLine) => void },
) => OmegaResult;

export interface OmegaSuiteOptions {
	readonly tolerance: Tolerance;
	readonly exceptions?: readonly Exception[];
	/**
	 * What is compared of a run that an assertion stopped: all its metrics, or only the instant at which it stopped. Its metrics
	 * are those of half an event.
	 */
	readonly stopped: "metrics" | "instant";
	/** Another way to repeat the runs, and what it is called. */
	readonly beside?: { readonly name: string; readonly simulate: SimulateOmega };
}

export function omegaSuite(simulate: SimulateOmega, options: OmegaSuiteOptions): Suite {
	const { exceptions = [], beside } = options;
	return {
		cases: (folder) => {
			const golden = openOmegaGolden(folder);
			return RUN_FILES.flatMap((file) =>
				golden.runs(file).map((run): GoldenCase => {
					return {
						name: caseName(file, run),
						compare: () => compareCase(golden, file, run, simulate, options),
						...(beside && {
							beside: () => decidesAlike(run, beside.simulate(golden, run, {}).run, options.tolerance),
						}),
					};
				}),
			);
		},
		exceptions,
		...(beside && { beside: beside.name }),
	};
}

/** `runs/c100-s1-mesos-t0.1`, `runs-multibatch/mid1000-s1-omega-fine-gang-t1-b4`, `runs-blacklist/mid1000-s1-mesos-t1-l0.25`. */
export function caseName(
	file: RunFile,
	{ cell, seed, arch, tJobService, nBatchSched, blackListFrac }: OmegaRun,
): string {
	const suffix = { runs: "", "runs-multibatch": `-b${nBatchSched}`, "runs-blacklist": `-l${blackListFrac}` }[file];
	return `${file}/${cell}-s${seed}-${arch}-t${tJobService}${suffix}`;
}

function compareCase(
	golden: OmegaGolden,
	file: RunFile,
	run: OmegaRun,
	simulate: SimulateOmega,
	options: OmegaSuiteOptions,
): Comparison {
	const { tolerance } = options;
	// Only the runs of the first file have traces and outcomes; the others may share their names.
	const goldenTrace = file === "runs" ? golden.trace(run) : null;
	const whole = run.ok || options.stopped === "metrics";
	const goldenOutcomes = file === "runs" && whole ? golden.outcomes(run) : null;
	const trace: OmegaTraceLine[] = [];
	const got = simulate(golden, run, goldenTrace ? { onDecision: (line) => trace.push(line) } : {});
	const parts = [
		// The earliest cause first.
		...(goldenTrace ? [compareTraces(goldenTrace, trace, tolerance)] : []),
		compareRun(run, got.run, options),
		...(goldenOutcomes ? [compareOutcomes(goldenOutcomes, got.outcomes, tolerance)] : []),
	];
	return {
		decisions: parts.reduce((sum, { decisions }) => sum + decisions, 0),
		equal: parts.reduce((sum, { equal }) => sum + equal, 0),
		differences: parts.flatMap(({ differences }) => differences),
	};
}

function compareRun(golden: OmegaRun, got: OmegaRun, { tolerance, stopped }: OmegaSuiteOptions): Comparison {
	if (golden.ok || stopped === "metrics") return compareRuns(golden, got, tolerance);
	const instant = ({ ok, endTime, events }: OmegaRun) => ({ ok, endTime, events });
	return compareRuns(instant(golden), instant(got), tolerance);
}

/** Whether schedulers and jobs fared the same; when the last event was, and what is divided by that, is left out. */
function decidesAlike(golden: OmegaRun, got: OmegaRun, tolerance: Tolerance): boolean {
	const fates = ({ ok, workloads, schedulers }: OmegaRun) => ({
		ok,
		workloads,
		schedulers: schedulers.map((scheduler) => ({ ...scheduler, busyFrac: 0, usefulFrac: 0, wastedFrac: 0 })),
	});
	return golden.ok ? compareRuns(fates(golden), fates(got), tolerance).differences.length === 0 : !got.ok;
}
