/** `cellsim sweep`: an experiment in pieces gives the bytes of the same experiment in one go. */
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { cellsim, filesIn, folderWith, SMALL, sha256 } from "./cellsim.js";

const SET = ["--set", "spec.clock.end=4m", "--set", "spec.faults=[]", "--set", "spec.seeds={base: 1, count: 3}"];

/** Everything but how long it took, and what only a sweep has. */
function bytesIn(folder: string): Record<string, string> {
	const files = filesIn(folder).filter((name) => !/performance\.json$|^sweep\.json$/.test(name));
	return Object.fromEntries(files.map((name) => [name, sha256(join(folder, name))]));
}

test("pieces in any order, twice, by a plan that nobody changed", async () => {
	const cwd = folderWith();
	const whole = await cellsim(["run", SMALL, "-o", "whole", ...SET], { cwd });
	expect(whole.code, whole.stderr).toBe(0);

	const planned = await cellsim(["sweep", "plan", SMALL, "-o", "parts", "--pieces", "4", ...SET], { cwd });
	expect(planned).toMatchObject({
		code: 0,
		stdout: "6 runs in 4 pieces, 0 to 3: cellsim sweep run parts/small --index 0\n",
	});
	const piece = (index: number) => cellsim(["sweep", "run", "parts/small", "--index", String(index)], { cwd });

	// Points 1 and 5, then 3: the rest is missing.
	expect((await piece(1)).stdout).toBe("piece 1: 2 made, 0 there already, 0 failed\n");
	expect((await piece(3)).stdout).toBe("piece 3: 1 made, 0 there already, 0 failed\n");
	const early = await cellsim(["sweep", "collect", "parts/small", "--json"], { cwd });
	expect(early.code).toBe(3);
	expect(JSON.parse(early.stdout)).toMatchObject({ missing: [0, 2], failed: 0 });
	expect(early.stderr).toContain("3 of 6 runs are missing, in the pieces 0,2\n");

	await Promise.all([piece(2), piece(0)]);
	expect((await piece(1)).stdout).toBe("piece 1: 0 made, 2 there already, 0 failed\n");
	const late = await cellsim(["sweep", "collect", "parts/small"], { cwd });
	expect(late.code, late.stderr).toBe(0);
	expect(late.stdout.replaceAll("parts/", "whole/")).toBe(whole.stdout);
	expect(bytesIn(join(cwd, "parts/small"))).toEqual(bytesIn(join(cwd, "whole/small")));

	// The same plan again is the same; another one has no place here, nor has one that was changed.
	expect((await cellsim(["sweep", "plan", SMALL, "-o", "parts", "--pieces", "4", ...SET], { cwd })).code).toBe(0);
	const other = await cellsim(["sweep", "plan", SMALL, "-o", "parts", "--pieces", "3", ...SET], { cwd });
	expect(other.code).toBe(2);
	expect(other.stderr).toContain("is another plan");
	const file = join(cwd, "parts/small/sweep.json");
	writeFileSync(file, readFileSync(file, "utf8").replace('"pieces":4', '"pieces":5'));
	const changed = await piece(0);
	expect(changed.code).toBe(2);
	expect(changed.stderr).toContain("is not the plan that was written");
}, 60_000);

test("a point that fails is noted, stops no other, and is named when all is collected", async () => {
	const cwd = folderWith({
		"broken.js": `export default { name: "broken", summary: "Throws.", create: () => ({ decide() { throw new Error("out of luck"); } }) };`,
		"e.yaml": readFileSync(SMALL, "utf8").replace("[best-fit, random-fit]", "[best-fit, ./broken.js]"),
	});
	await cellsim(["sweep", "plan", "e.yaml", "--pieces", "1", ...SET], { cwd });
	const { code, stdout } = await cellsim(["sweep", "run", "results/small", "--index", "0"], { cwd });
	expect({ code, stdout }).toEqual({ code: 3, stdout: "piece 0: 3 made, 0 there already, 3 failed\n" });
	const collected = await cellsim(["sweep", "collect", "results/small", "--json"], { cwd });
	expect(collected.code).toBe(3);
	expect(JSON.parse(collected.stdout)).toMatchObject({ missing: [], failed: 3 });
	expect(collected.stderr).toContain("out of luck");
}, 60_000);

test("a piece that is not named is that of the job array's environment", async () => {
	const cwd = folderWith();
	await cellsim(["sweep", "plan", SMALL, "--pieces", "6", ...SET], { cwd });
	const run = async (env: Readonly<Record<string, string>>, ...more: string[]) => {
		const { code, stdout, stderr } = await cellsim(["sweep", "run", "results/small", ...more], { cwd, env });
		return code === 0 ? stdout.split(":")[0] : { code, stderr };
	};
	expect(await run({ SLURM_ARRAY_TASK_ID: "4" })).toBe("piece 4");
	expect(await run({ JOB_COMPLETION_INDEX: "5" })).toBe("piece 5");
	expect(await run({ SLURM_ARRAY_TASK_ID: "4", JOB_COMPLETION_INDEX: "x" }, "--index", "2")).toBe("piece 2");
	expect(await run({})).toEqual({
		code: 2,
		stderr: "error which piece? Give --index, or run where SLURM_ARRAY_TASK_ID or JOB_COMPLETION_INDEX is set\n",
	});
	for (const wrong of ["", "1.5", "-1", "0x2", "%a"]) {
		expect(await run({ JOB_COMPLETION_INDEX: wrong })).toEqual({
			code: 2,
			stderr: `error the environment's JOB_COMPLETION_INDEX is '${wrong}': expected a whole number from 0 to 999999, or give --index\n`,
		});
	}
}, 60_000);

test("mistakes: no plan, no such piece", async () => {
	const cwd = folderWith();
	const none = await cellsim(["sweep", "collect", "."], { cwd });
	expect(none.code).toBe(2);
	expect(none.stderr).toContain("'.' holds no plan of a sweep (sweep.json): make one with cellsim sweep plan");
	await cellsim(["sweep", "plan", SMALL, "--pieces", "2", ...SET], { cwd });
	const beyond = await cellsim(["sweep", "run", "results/small", "--index", "2"], { cwd });
	expect(beyond.code).toBe(2);
	expect(beyond.stderr).toContain("there is no piece 2: this sweep has 2, from 0 to 1");
	rmSync(join(cwd, "results"), { recursive: true });
}, 60_000);
