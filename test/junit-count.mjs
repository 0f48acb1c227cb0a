/**
 * Counts the outcome of several steps: `node test/junit-count.mjs NAME:EXIT_CODE[:JUNIT_REPORT]...`
 *
 * Prints `N passed, N failed` and, if there are any, `, N skipped` as its last line, summed over the reports. A step counts as one
 * failure when its report is missing, and when it failed although its report (if it has one) holds no failure. Exits with 1 if
 * anything failed or nothing passed.
 */
import { existsSync, readFileSync } from "node:fs";

const total = { passed: 0, failed: 0, skipped: 0 };
for (const argument of process.argv.slice(2)) {
	const [name, exitCode, report] = argument.split(":");
	const count = report === undefined ? { passed: 0, failed: 0, skipped: 0 } : countReport(report);
	if (count.failed === 0 && exitCode !== "0") {
		count.failed = 1;
		console.log(`${name}: exit code ${exitCode}`);
	}
	for (const key of Object.keys(total)) total[key] += count[key];
}
console.log(`${total.passed} passed, ${total.failed} failed${total.skipped > 0 ? `, ${total.skipped} skipped` : ""}`);
process.exitCode = total.failed > 0 || total.passed === 0 ? 1 : 0;

/** Sums the attributes of every test suite. */
function countReport(file) {
	if (!existsSync(file)) {
		console.log(`no report ${file}`);
		return { passed: 0, failed: 1, skipped: 0 };
	}
	const sum = { tests: 0, failures: 0, errors: 0, skipped: 0 };
	for (const [suite] of readFileSync(file, "utf8").matchAll(/<testsuite\s[^>]*>/g))
		for (const key of Object.keys(sum)) sum[key] += Number(suite.match(`\\s${key}="(\\d+)"`)?.[1] ?? 0);
	const failed = sum.failures + sum.errors;
	return { passed: sum.tests - failed - sum.skipped, failed, skipped: sum.skipped };
}
