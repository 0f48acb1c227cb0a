/** `experiments/ci`: a policy's way through the gate, in a repository of its own. Needs git and bash. */
import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "cellsim-gate-"));
afterAll(() => rmSync(folder, { recursive: true }));

const git = (...args: string[]) => execFileSync("git", ["-C", folder, ...args], { stdio: "pipe" });

beforeAll(() => {
	cpSync(join(ROOT, "experiments/ci"), folder, { recursive: true });
	git("init", "--quiet", "--initial-branch", "main");
	git("add", ".");
	git("-c", "user.name=test", "-c", "user.email=test@example.org", "commit", "--quiet", "--message", "The policy");
});

function gate() {
	const env = { ...process.env, CELLSIM: `${process.execPath} ${join(ROOT, "dist/cli/main.js")}`, NO_COLOR: "1" };
	const { status, stdout, stderr } = spawnSync("bash", ["policy-gate.sh", "main"], {
		cwd: folder,
		env,
		encoding: "utf8",
	});
	const read = (name: string) => readFileSync(join(folder, name), "utf8");
	return { status, stdout, stderr, summary: read("summary.md"), junit: read("junit.xml") };
}

describe("a pull request", () => {
	test("that leaves the policy as it is passes, identical", () => {
		const { status, stdout, stderr, summary, junit } = gate();
		expect(status, stderr).toBe(0);
		expect(stdout).toMatch(/identical/);
		expect(summary).toMatch(/^\*\*gate passed: 3 checks\*\*/);
		expect(junit).toContain('tests="3" failures="0"');
	});

	test("that spreads pods where they were packed is turned away, and says why", () => {
		const policy = join(folder, "policy.js");
		const packed = readFileSync(policy, "utf8");
		const spread = packed.replace("100 - 50 *", "50 *");
		expect(spread).not.toBe(packed);
		writeFileSync(policy, spread);
		const { status, stdout, stderr, summary, junit } = gate();
		expect(status, stderr).toBe(1);
		expect(stdout).toMatch(/pending_time_mean_us +\(all\).* regression\n/);
		expect(summary).toMatch(/^\*\*gate shut by/);
		expect(junit).toContain('<failure type="regression"');
		const script = `import json
from junitparser import Failure, JUnitXml
cases = [case for suite in JUnitXml.fromfile("junit.xml") for case in suite]
failed = [result.type for case in cases for result in case.result if isinstance(result, Failure)]
print(json.dumps([len(cases), sorted(set(failed))]))`;
		const read = execFileSync(join(ROOT, ".venv/bin/python"), ["-c", script], { cwd: folder, encoding: "utf8" });
		expect(JSON.parse(read)).toEqual([3, ["regression"]]);
	});
});
