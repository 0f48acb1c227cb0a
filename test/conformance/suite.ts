/**
 * A suite of golden cases: what was recorded of a real system, and how to have it repeated and compared.
 *
 * A difference that is understood and accepted is an exception: it stands in the suite's reviewed list with its cause. An
 * exception that does not differ any more, or differs otherwise than reviewed, is a failure like any other difference.
 */
import { InputError } from "../../src/objects/input-error.js";

/** One value that is not the golden one; undefined where there is none. */
export interface Difference {
	/** `schedulers[0].txnOk`, `trace[17].m[0]`. */
	readonly path: string;
	readonly expected: unknown;
	readonly got: unknown;
}

export interface Comparison {
	/** What the golden data record one by one: counters, lines of a trace, outcomes of jobs. */
	readonly decisions: number;
	readonly equal: number;
	/** In the order of the golden data; empty when the case is equal. */
	readonly differences: readonly Difference[];
}

export interface GoldenCase {
	readonly name: string;
	/** Repeats the case and compares. */
	readonly compare: () => Comparison;
	/** Repeats it in the way that the suite's `beside` names: whether it is equal then, too. */
	readonly beside?: () => boolean;
}

export interface Exception {
	readonly case: string;
	/** The path of the first difference. */
	readonly first: string;
	/** Why it differs, and why that is right. */
	readonly cause: string;
}

export interface Suite {
	/** The cases of a folder of golden data. InputError for data that cannot be read. */
	readonly cases: (folder: string) => readonly GoldenCase[];
	readonly exceptions: readonly Exception[];
	/** Another way to repeat the cases, which is reported and decides nothing. */
	readonly beside?: string;
}

export interface SuiteOptions {
	/** Cases to run; all without it. */
	readonly only?: (name: string) => boolean;
	/** Takes a line for each case that differs, then the totals. */
	readonly print: (line: string) => void;
	/** Called after each case. */
	readonly progress: (done: number, of: number) => void;
}

/** True if every case was equal, or an exception that differs as reviewed. */
export function runSuite(name: string, suite: Suite, folder: string, options: SuiteOptions): boolean {
	const { only = () => true, print, progress } = options;
	const exceptions = new Map(suite.exceptions.map((exception) => [exception.case, exception]));
	const cases = suite.cases(folder).filter((golden) => only(golden.name));
	if (cases.length === 0) throw new InputError(`no golden cases of '${name}' here: name the folder that holds them`);
	const totals = { equal: 0, excepted: 0, decisions: 0, equalDecisions: 0, beside: 0 };
	cases.forEach((golden, i) => {
		const { decisions, equal, differences } = golden.compare();
		totals.decisions += decisions;
		totals.equalDecisions += equal;
		const exception = exceptions.get(golden.name);
		const [first] = differences;
		if (first && exception?.first === first.path) totals.excepted++;
		else if (first) print(`${golden.name}: ${told(first)}${more(differences)}${reviewed(exception)}`);
		else if (exception) print(`${golden.name}: does not differ any more; take it off the exceptions`);
		else totals.equal++;
		if (golden.beside?.()) totals.beside++;
		progress(i + 1, cases.length);
	});
	const { equal, excepted, decisions, equalDecisions } = totals;
	if (suite.beside !== undefined) print(`${name} ${suite.beside}: ${totals.beside} of ${cases.length} cases equal`);
	print(
		`${name}: ${equal} of ${cases.length} cases equal, ${equalDecisions} of ${decisions} decisions equal, ${excepted} exceptions`,
	);
	return equal + excepted === cases.length;
}

function told({ path, expected, got }: Difference): string {
	return `${path}: expected ${JSON.stringify(expected)}, got ${JSON.stringify(got)}`;
}

function more(differences: readonly Difference[]): string {
	return differences.length === 1 ? "" : ` (first of ${differences.length} differences)`;
}

function reviewed(exception: Exception | undefined): string {
	return exception ? `; the exception was reviewed for ${exception.first}` : "";
}
