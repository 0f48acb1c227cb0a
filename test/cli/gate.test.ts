/** `cellsim compare --gate`, through its whole way. */
import { type ChildProcess, spawnSync } from "node:child_process";
import { closeSync, existsSync, openSync } from "node:fs";
import { beforeAll, expect, test } from "vitest";
import { cellsim, folderWith, MAIN, SMALL } from "./cellsim.js";

const GATE = `apiVersion: cellsim/v1alpha1
kind: Gate
spec:
  checks:
    - {metric: pending_time_mean_us, margin: 1%}
    - {metric: cpu_stranded, margin: 0.01}
`;
let cwd = "";

beforeAll(async () => {
	cwd = folderWith({ "gate.yaml": GATE, "bad.yaml": GATE.replace("1%", "much") });
	const set = ["--set", "spec.seeds={base: 1, count: 8}", "--set", "spec.clock.end=6m"];
	const { code, stderr } = await cellsim(["run", SMALL, "-o", ".", "--set", "spec.faults=[]", ...set], { cwd });
	expect(code, stderr).toBe(0);
}, 60_000);

test("the same results are identical", async () => {
	const { code, stdout } = await cellsim(["compare", "small", "small", "--gate", "gate.yaml"], { cwd });
	expect(code).toBe(0);
	expect(stdout).toMatch(/identical\n/);
	expect(stdout).toMatch(/\ngate passed: 4 checks\n$/);
});

test("variants of one folder: the others against the base, exit code 1 where one is worse", async () => {
	const args = ["compare", "small", "--gate", "gate.yaml", "--json", "--base"];
	const outcomes = await Promise.all(
		["policy=best-fit", "policy=random-fit"].map((base) => cellsim([...args, base], { cwd })),
	);
	const passed = outcomes.map(({ stdout }) => (JSON.parse(stdout) as { passed: boolean }).passed);
	expect(outcomes.map(({ code }) => code)).toEqual(passed.map((yes) => (yes ? 0 : 1)));
	// Random draws conflict less: waits are shorter. Best fit leaves less stranded.
	expect(passed).toContain(false);
});

test("a candidate that lacks runs of the base, as those that failed, does not pass: exit code 3 says what is missing", async () => {
	const set = ["--set", "spec.seeds={base: 1, count: 7}", "--set", "spec.clock.end=6m", "--set", "spec.faults=[]"];
	const one = ["--only", "policy=best-fit"];
	expect((await cellsim(["run", SMALL, "-o", "fewer", ...one, ...set], { cwd })).code).toBe(0);
	const { code, stdout } = await cellsim(["compare", "small", "fewer/small", "--gate", "gate.yaml"], { cwd });
	expect(code).toBe(3);
	const lacks = "the candidate lacks runs that the base has: policy=random-fit; policy=best-fit, seed 8";
	expect(stdout).toContain(`\ngate undecided: ${lacks}\n`);
	const junit = await cellsim(["compare", "small", "fewer/small", "--gate", "gate.yaml", "--format", "junit"], { cwd });
	expect(junit.stdout).toContain('<testsuite name="cellsim gate" tests="4" failures="0" errors="2" skipped="0">');
	// More than the base has is no fault.
	expect((await cellsim(["compare", "fewer/small", "small", "--gate", "gate.yaml"], { cwd })).code).toBe(0);
}, 60_000);

test("a reader that has left changes nothing of the verdict, and is nothing to complain of", async () => {
	const verdict = async (...args: string[]) => {
		const gate = ["compare", "small", ...args, "--gate", "gate.yaml"];
		const read = await cellsim(gate, { cwd });
		const unread = await cellsim(gate, { cwd, started: ({ stdout }) => stdout!.destroy() });
		expect(unread).toEqual({ ...read, stdout: "" });
		return (await cellsim(gate, { cwd, started: closeBoth })).code === read.code ? read.code : "another";
	};
	const closeBoth = ({ stdout, stderr }: ChildProcess) => {
		stdout!.destroy();
		stderr!.destroy();
	};
	expect(await verdict("small")).toBe(0);
	expect(await verdict("fewer/small")).toBe(3);
	expect([await verdict("--base", "policy=best-fit"), await verdict("--base", "policy=random-fit")]).toContain(1);
}, 60_000);

test.skipIf(!existsSync("/dev/full"))("a verdict that cannot be written is an error (needs /dev/full)", () => {
	const args = [MAIN, "compare", "small", "small", "--gate", "gate.yaml"];
	const full = openSync("/dev/full", "w");
	const { status, stderr } = spawnSync(process.execPath, args, {
		cwd,
		stdio: ["ignore", full, "pipe"],
		encoding: "utf8",
	});
	closeSync(full);
	const message = "error cannot write to standard output: ENOSPC: no space left on device, write\n";
	expect({ status, stderr }).toEqual({ status: 2, stderr: message });
});

test("mistakes are exit code 2: a gate that cannot be read, a form that only a gate has", async () => {
	const bad = await cellsim(["compare", "small", "small", "--gate", "bad.yaml"], { cwd });
	expect(bad.code).toBe(2);
	expect(bad.stderr).toContain("bad.yaml:5:46 error spec.checks[0].margin: 'much' is no margin");
	const form = await cellsim(["compare", "small", "small", "--format", "junit"], { cwd });
	expect(form).toMatchObject({ code: 2, stdout: "" });
	expect(form.stderr).toContain("--format junit is for what a gate found: add --gate FILE");
});
