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

export function omegaSuite(simulate: SimulateOmega, tolerance: Tolerance, exceptions: readonly Exception[]): Suite {
	return {
		cases: (folder) => {
			const golden = openOmegaGolden(folder);
			return RUN_FILES.flatMap((file) =>
				golden.runs(file).map((run): GoldenCase => {
					return { name: caseName(file, run), compare: () => compareCase(golden, file, run, simulate, tolerance) };
				}),
			);
		},
		exceptions,
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
	tolerance: Tolerance,
): Comparison {
	// Only the runs of the first file have traces and outcomes; the others may share their names.
	const goldenTrace = file === "runs" ? golden.trace(run) : null;
	const goldenOutcomes = file === "runs" ? golden.outcomes(run) : null;
	const trace: OmegaTraceLine[] = [];
	const got = simulate(golden, run, goldenTrace ? { onDecision: (line) => trace.push(line) } : {});
	const parts = [
		// The earliest cause first.
		...(goldenTrace ? [compareTraces(goldenTrace, trace, tolerance)] : []),
		compareRuns(run, got.run, tolerance),
		...(goldenOutcomes ? [compareOutcomes(goldenOutcomes, got.outcomes, tolerance)] : []),
	];
	return {
		decisions: parts.reduce((sum, { decisions }) => sum + decisions, 0),
		equal: parts.reduce((sum, { equal }) => sum + equal, 0),
		differences: parts.flatMap(({ differences }) => differences),
	};
}
