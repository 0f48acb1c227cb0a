/** What a gate found, in the forms that CI systems read. */
import { describeMetric } from "../../metrics/catalogue.js";
import { type CheckedMetric, type GateResult, shuts } from "./gate.js";

/** JUnit XML, a test case a check, and one for what is missing (the schema of the Jenkins xUnit plugin: testsuites, testsuite, testcase, failure). */
export function junitOf({ checks, missing }: GateResult): string {
	const failures = checks.filter(shuts).length;
	const cases = checks.map((check) => {
		const open = `    <testcase classname="gate.${escaped(check.metric)}" name="${escaped(nameOf(check))}"`;
		if (!shuts(check)) return `${open}/>`;
		const message = escaped(sentence(check));
		return `${open}>\n      <failure type="${check.verdict}" message="${message}">${message}</failure>\n    </testcase>`;
	});
	const lacking = missing.map(
		(runs) =>
			`    <testcase classname="gate.runs" name="${escaped(runs)}">\n      <error type="missing" message="the candidate lacks these runs of the base"/>\n    </testcase>`,
	);
	const counts = `tests="${checks.length + missing.length}" failures="${failures}"`;
	const errors = missing.length;
	return [
		`<?xml version="1.0" encoding="UTF-8"?>`,
		`<testsuites name="cellsim" ${counts}${errors === 0 ? "" : ` errors="${errors}"`}>`,
		`  <testsuite name="cellsim gate" ${counts} errors="${errors}" skipped="0">`,
		...cases,
		...lacking,
		`  </testsuite>`,
		`</testsuites>`,
		"",
	].join("\n");
}

/**
 * github-action-benchmark's `customSmallerIsBetter`: what the candidate measured. Metrics of which more is better are left out:
 * that tool wants them in a file of their own.
 */
export function githubBenchmarkOf({ checks }: GateResult): string {
	const entries = checks
		.filter(({ better }) => better === "lower")
		.map((check) => ({
			name: nameOf(check),
			unit: describeMetric(check.metric).unit ?? "count",
			value: check.mean,
			extra: sentence(check),
		}));
	return `${JSON.stringify(entries, null, 2)}\n`;
}

/** Bencher's metric format: by benchmark (the variant) and measure (the metric) what the candidate measured. */
export function bencherOf({ checks }: GateResult): string {
	const benchmarks: Record<string, Record<string, { readonly value: number }>> = {};
	for (const check of checks) {
		const name = check.variant === "" ? "all" : check.variant;
		benchmarks[name] ??= {};
		benchmarks[name][check.metric] = { value: check.mean };
	}
	return `${JSON.stringify(benchmarks, null, 2)}\n`;
}

/** What there is to say of a check: `pending_time_mean_us (a): 12 % worse, margin 1 %, p = 0.0002`. */
export function sentence(check: CheckedMetric): string {
	const { worsening, baseMean, margin, probability, verdict, seeds } = check;
	if (verdict === "identical") return `${nameOf(check)}: identical`;
	const way = worsening > 0 ? "worse" : "better";
	const share = baseMean === 0 ? String(Math.abs(worsening)) : `${percent(Math.abs(worsening / baseMean))} %`;
	const allowed = baseMean === 0 ? String(margin) : `${percent(margin / Math.abs(baseMean))} %`;
	return `${nameOf(check)}: ${share} ${way} over ${seeds} seeds, margin ${allowed}, p = ${probability!.toPrecision(2)}`;
}

export function nameOf({ metric, variant }: CheckedMetric): string {
	return variant === "" ? metric : `${metric} (${variant})`;
}

function percent(share: number): string {
	return String(Number((share * 100).toPrecision(3)));
}

function escaped(text: string): string {
	return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}
