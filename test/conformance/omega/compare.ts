/** Compares a run with a golden one: counters must be equal, times and shares within a tolerance. */
import type { Comparison, Difference } from "../suite.js";
import type { OmegaJobOutcome, OmegaRun, OmegaTraceLine } from "./golden.js";

/** How far apart two times (seconds) or shares may be: a fraction of the golden one, or `absolute`, whichever is wider. */
export interface Tolerance {
	readonly relative: number;
	readonly absolute: number;
}

/** For a clock of microseconds. */
export const MICROSECONDS: Tolerance = { relative: 1e-6, absolute: 1e-6 };
/** For the same arithmetic in another order of summation. */
export const DOUBLES: Tolerance = { relative: 1e-12, absolute: 1e-12 };

/** What a run was asked to do, not what came of it. */
const PARAMETERS = [
	"cell",
	"seed",
	"arch",
	"tJobService",
	"tJobBatch",
	"tTask",
	"nBatchSched",
	"blackListFrac",
	"minOffer",
];
/** Fields that hold times, shares or amounts; all others must be equal. */
const MEASURES =
	/^(t|submitted|endTime|allocTime|useful|wasted|cpus|mem|wait.*|think.*|queueTill.*|.*(Time|Frac|Mean|Util|Locked|Cpus|Mem|AttemptUseful|AttemptWasted|PerTxn))$/;

/** Every value of the golden run but its parameters is one decision. */
export function compareRuns(golden: Partial<OmegaRun>, got: Partial<OmegaRun>, tolerance: Tolerance): Comparison {
	const walk = new Walk(tolerance);
	for (const [key, value] of Object.entries(golden)) {
		if (PARAMETERS.includes(key)) continue;
		if (key === "error") walk.visit(key, asserted(golden.error), asserted(got.error));
		else walk.visit(key, value, got[key as keyof OmegaRun]);
	}
	return walk;
}

/** Each job is one decision. */
export function compareOutcomes(
	golden: readonly OmegaJobOutcome[],
	got: readonly OmegaJobOutcome[],
	tolerance: Tolerance,
): Comparison {
	return compareLines("jobs", golden, got, tolerance);
}

/** Each line is one decision; only the first line that differs is told, for the ones behind it follow from it. */
export function compareTraces(
	golden: readonly OmegaTraceLine[],
	got: readonly OmegaTraceLine[],
	tolerance: Tolerance,
): Comparison {
	const { decisions, equal, differences } = compareLines("trace", golden, got, tolerance);
	const line = lineOf(differences[0]);
	return { decisions, equal, differences: differences.filter((difference) => lineOf(difference) === line) };
}

/** `trace[17]` of `trace[17].m[0]`. */
function lineOf(difference: Difference | undefined): string | undefined {
	return difference?.path.match(/^\w+\[\d+\]/)?.[0];
}

function compareLines(
	name: string,
	golden: readonly object[],
	got: readonly object[],
	tolerance: Tolerance,
): Comparison {
	const differences: Difference[] = [];
	let equal = 0;
	for (let i = 0; i < Math.max(golden.length, got.length); i++) {
		const walk = new Walk(tolerance);
		walk.visit(`${name}[${i}]`, golden[i], got[i]);
		if (walk.differences.length === 0) equal++;
		differences.push(...walk.differences);
	}
	return { decisions: golden.length, equal, differences };
}

/** Walks two values in step. */
class Walk implements Comparison {
	decisions = 0;
	equal = 0;
	readonly differences: Difference[] = [];
	readonly #tolerance: Tolerance;

	constructor(tolerance: Tolerance) {
		this.#tolerance = tolerance;
	}

	visit(path: string, expected: unknown, got: unknown): void {
		if (isBranch(expected) && isBranch(got)) {
			// Keys in the order of the golden data, then those that it does not have.
			for (const key of new Set([...Object.keys(expected), ...Object.keys(got)])) {
				const below = Array.isArray(expected) ? `${path}[${key}]` : `${path}.${key}`;
				this.visit(below, expected[key], got[key]);
			}
			return;
		}
		this.decisions++;
		if (this.#same(path, expected, got)) this.equal++;
		else this.differences.push({ path, expected, got });
	}

	#same(path: string, expected: unknown, got: unknown): boolean {
		if (Object.is(expected, got)) return true;
		if (typeof expected !== "number" || typeof got !== "number") return false;
		const field = path.slice(path.lastIndexOf(".") + 1);
		if (!MEASURES.test(field)) return expected === got;
		const { relative, absolute } = this.#tolerance;
		return Math.abs(expected - got) <= Math.max(absolute, relative * Math.abs(expected));
	}
}

function isBranch(value: unknown): value is Record<string, unknown> {
	return typeof value === "object" && value !== null;
}

/** The message without the JVM's words around it and the address of the scheduler. */
function asserted(error: string | null | undefined): string | null {
	return error === null || error === undefined
		? null
		: error.replace(/^java\.lang\.AssertionError: assertion failed: /, "").replace(/ \(\d+\)/, "");
}
