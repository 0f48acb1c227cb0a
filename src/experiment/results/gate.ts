/**
 * The gate: whether a candidate may go in, by the metrics that a file names. Each check is a test of the differences by seed
 * (`signed-rank.ts`), corrected for how many there are, so that among candidates that change nothing the stated share, at most, is
 * turned away.
 */
import { describeMetric } from "../../metrics/catalogue.js";
import { InputError } from "../../objects/input-error.js";
import { suggest } from "../../objects/suggest.js";
import type { Gate, GateCheck } from "./gate-file.js";
import type { RunRow } from "./runs-table.js";
import { holm, leastProbability, signedRankAbove } from "./signed-rank.js";
import { mean } from "./statistics.js";

/**
 * `identical`: every run did the same, event for event, or the metric is the same on every seed. `passed`: no worse than the margin
 * allows, as far as the rule asks for it. `inconclusive`: worse by more than the margin on average, which chance alone may have done; it
 * is let in. `regression`: shown to be worse by more than the margin. `not-shown`: the rule asks for proof that it is no worse, and there is
 * none.
 */
export type GateVerdict = "identical" | "passed" | "inconclusive" | "regression" | "not-shown";

/** Whether a check keeps the candidate out. */
export function shuts({ verdict }: Pick<CheckedMetric, "verdict">): boolean {
	return verdict === "regression" || verdict === "not-shown";
}

export interface CheckedMetric {
	readonly metric: string;
	readonly variant: string;
	readonly rule: GateCheck["rule"];
	readonly better: "lower" | "higher";
	readonly baseMean: number;
	readonly mean: number;
	/** How much worse it got on average, by the direction of the metric; below 0: better. */
	readonly worsening: number;
	/** How much worse it may get, in the metric's unit. */
	readonly margin: number;
	/** Of what the rule asks about, corrected for the number of checks; null if nothing differs. */
	readonly probability: number | null;
	/** Pairs. */
	readonly seeds: number;
	readonly verdict: GateVerdict;
}

export interface GateResult {
	readonly passed: boolean;
	/** Probability that anything is turned away although nothing got worse. */
	readonly falseAlarms: number;
	readonly checks: readonly CheckedMetric[];
	/** Runs of the base that the candidate lacks: it does not pass without them. */
	readonly missing: readonly string[];
}

/** One variant on both sides. */
export interface GatedPair {
	readonly variant: string;
	readonly base: readonly RunRow[];
	readonly candidate: readonly RunRow[];
}

/** InputError: a metric that there is not, that has no direction, or so few seeds that the gate could never close. */
export function runGate(gate: Gate, pairs: readonly GatedPair[], missing: readonly string[] = []): GateResult {
	const open = pairs.flatMap((pair) => gate.checks.map((check) => prepared(check, pair)));
	const tested = open.filter(({ identical }) => !identical);
	for (const { seeds, metric } of tested) {
		if (leastProbability(seeds) * tested.length <= gate.falseAlarms) continue;
		const needed = Math.ceil(Math.log2(tested.length / gate.falseAlarms));
		throw new InputError(
			`${metric}: with ${seeds} seeds and ${tested.length} checks nothing can be shown at ${gate.falseAlarms * 100} % false alarms: run ${needed} seeds or more`,
		);
	}
	const adjusted = holm(tested.map(({ probability }) => probability));
	const checks = open.map((check): CheckedMetric => {
		const { identical, ...rest } = check;
		if (identical) return { ...rest, probability: null, verdict: "identical" };
		const probability = adjusted[tested.indexOf(check)]!;
		const shown = probability <= gate.falseAlarms;
		return { ...rest, probability, verdict: verdictOf(rest, shown) };
	});
	const passed = !checks.some(shuts) && missing.length === 0;
	return { passed, falseAlarms: gate.falseAlarms, checks, missing };
}

function verdictOf({ rule, worsening, margin }: Omit<Prepared, "identical">, shown: boolean): GateVerdict {
	if (rule === "non-inferiority") return shown ? "passed" : "not-shown";
	if (shown) return "regression";
	return worsening > margin ? "inconclusive" : "passed";
}

type Prepared = Omit<CheckedMetric, "verdict" | "probability"> & {
	readonly identical: boolean;
	readonly probability: number;
};

function prepared(check: GateCheck, { variant, base, candidate }: GatedPair): Prepared {
	const { metric, rule } = check;
	const better = check.better ?? describeMetric(metric).better;
	if (better === null)
		throw new InputError(`${metric}: neither lower nor higher is better: say which with 'better: lower'`);
	const pairs = pairsOf(metric, base, candidate);
	const sign = better === "lower" ? 1 : -1;
	const baseMean = mean(pairs.map(({ before }) => before));
	const margin = "relative" in check.margin ? Math.abs(baseMean) * check.margin.relative : check.margin.absolute;
	const worse = pairs.map(({ before, after }) => sign * (after - before));
	// What is to be shown lies above 0: worse than the margin, or less bad than it.
	const shown = worse.map((by) => (rule === "no-regression" ? by - margin : margin - by));
	return {
		metric,
		variant,
		rule,
		better,
		baseMean,
		mean: mean(pairs.map(({ after }) => after)),
		worsening: mean(worse),
		margin,
		seeds: pairs.length,
		identical: worse.every((by) => by === 0) || sameRuns(base, candidate),
		probability: signedRankAbove(shown),
	};
}

function pairsOf(metric: string, base: readonly RunRow[], candidate: readonly RunRow[]) {
	const known = [...new Set([...base, ...candidate].flatMap(({ metrics }) => [...metrics.keys()]))];
	if (!known.includes(metric)) {
		const hint = suggest(metric, known, "metrics");
		throw new InputError(`unknown metric '${metric}'${hint === undefined ? "" : `; ${hint}`}`);
	}
	const after = new Map(candidate.map(({ seed, metrics }) => [seed, metrics.get(metric)]));
	const pairs = base.flatMap(({ seed, metrics }) => {
		const [one, other] = [metrics.get(metric), after.get(seed)];
		return one === undefined || other === undefined ? [] : [{ before: one, after: other }];
	});
	if (pairs.length === 0)
		throw new InputError(`${metric}: no seed has a value of it on both sides: run the same seeds`);
	return pairs;
}

/** Whether each run of the base has one of the candidate that did the same, event for event. */
function sameRuns(base: readonly RunRow[], candidate: readonly RunRow[]): boolean {
	const digests = new Map(candidate.map(({ seed, digest }) => [seed, digest]));
	return (
		base.length === candidate.length && base.every(({ seed, digest }) => digest !== "" && digests.get(seed) === digest)
	);
}
