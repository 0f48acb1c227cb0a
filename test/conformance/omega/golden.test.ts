import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, expect, test } from "vitest";
import { InputError } from "../../../src/objects/input-error.js";
import { microseconds, nanoseconds, openOmegaGolden, UNITS, units } from "./golden.js";

const FOLDER = mkdtempSync(join(tmpdir(), "omega-golden-"));
afterAll(() => rmSync(FOLDER, { recursive: true }));
mkdirSync(join(FOLDER, "prefill"));
mkdirSync(join(FOLDER, "jobs"));
writeFileSync(
	join(FOLDER, "cells.json"),
	'{"cells":[{"name":"tiny","machines":2,"cpus":4,"mem":16,"runTime":60,"generator":"made-up"}]}',
);

function write(name: string, text: string): void {
	writeFileSync(join(FOLDER, name), gzipSync(text));
}

/** `file:line message` of the InputError that reading throws. */
function complaint(read: () => unknown): string {
	try {
		read();
	} catch (error) {
		if (!(error instanceof InputError)) throw error;
		return `${error.position!.file.slice(FOLDER.length + 1)}:${error.position!.line} ${error.message}`;
	}
	return "nothing";
}

test("columns are found by name and numbers read in any notation", () => {
	write(
		"jobs/tiny-s1.csv.gz",
		"id,workload,submitted,numTasks,taskDuration,cpusPerTask,memPerTask,isRigid\n1,Batch,0.5,2,3.25,1.5E-4,2.0,false\n",
	);
	const golden = openOmegaGolden(FOLDER);
	expect(golden.cells.get("tiny")).toEqual({ name: "tiny", machines: 2, cpus: 4, mem: 16, runTime: 60 });
	expect(golden.jobs("tiny", 1)).toEqual([
		{ id: 1, workload: "Batch", submitted: 0.5, numTasks: 2, taskDuration: 3.25, cpusPerTask: 0.00015, memPerTask: 2 },
	]);
});

test("what cannot be read is told with file, line and column", () => {
	const golden = openOmegaGolden(FOLDER);
	write("prefill/tiny-s1-claims.csv.gz", "machine,cpus,mem,endTime\n0,1,2,9\n1,x,2,9\n");
	expect(complaint(() => golden.prefillClaims("tiny", 1))).toBe(
		"prefill/tiny-s1-claims.csv.gz:3 column 'cpus': 'x' is not a number",
	);
	write("prefill/tiny-s2-claims.csv.gz", "machine,cpus,endTime\n0,1,9\n");
	expect(complaint(() => golden.prefillClaims("tiny", 2))).toBe("prefill/tiny-s2-claims.csv.gz:1 no column 'mem'");
	write("runs.jsonl.gz", '{"cell":"tiny","seed":"one"}\n');
	expect(complaint(() => golden.runs("runs"))).toBe(
		"runs.jsonl.gz:1 seed: Invalid input: expected number, received string",
	);
	writeFileSync(join(FOLDER, "runs-blacklist.jsonl.gz"), "plain");
	expect(complaint(() => golden.runs("runs-blacklist"))).toBe(
		"runs-blacklist.jsonl.gz:0 not gzip: incorrect header check",
	);
	expect(complaint(() => golden.runs("runs-multibatch"))).toMatch(
		/^runs-multibatch.jsonl.gz:0 cannot be read: ENOENT: no such file or directory/,
	);
});

test("times and amounts become the nearest integers", () => {
	expect([microseconds(7.429218986409262), nanoseconds(7.429218986409262)]).toEqual([7429219, 7429218986]);
	// 0.25 cpus are 2^32 units; the cell of 10,000 machines of 16 GB stays an exact integer.
	expect(units(0.25)).toBe(2 ** 32);
	expect(Number.isSafeInteger(10_000 * 16 * UNITS)).toBe(true);
});
