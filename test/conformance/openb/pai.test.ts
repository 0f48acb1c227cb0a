/** The PAI part of the suite: on invented data, whose figures can be worked out by hand, and on those that are recorded. */
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { paiCases } from "./pai.js";

const RECORDED = fileURLToPath(new URL("../../../../shared/reference/openb", import.meta.url));
const HEADER = "job_id,user,num_gpu,num_cpu,submit_time,duration,num_inst,gpu_type,user_dur,group_dur,group_gpu_dur";

describe("on one GPU", () => {
	let folder = "";
	beforeAll(() => {
		folder = mkdtempSync(join(tmpdir(), "cellsim-pai-"));
		mkdirSync(join(folder, "pai"));
		const write = (name: string, text: string) => writeFileSync(join(folder, "pai", name), text);
		// Two halves of a gang and two whole jobs, all at time 0: only the order of 0, 1 and 2 differs.
		write(
			"toy.csv",
			`${HEADER}\n0,ann,1,1,0,30,1,T4,30,10,20\n1,bob,0.5,1,1,20,2,T4,20,30,10\n2,cat,1,1,2,10,1,T4,10,20,30\n`,
		);
		const row = (policy: string, completion: string, wait: string) => `${policy},${completion},${wait},61,4\n`;
		write(
			"toy_n3_g1_results.csv",
			`policy,avg_jct_s,avg_wait_s,makespan_s,instances_done\n${
				// cat 0-10, bob 10-30 twice, ann 30-60: (10 + 30 + 30 + 60) / 4, (0 + 10 + 10 + 30) / 4.
				row("SJF", "32.50", "12.50") +
				row("SJU", "32.50", "12.50") +
				// ann 0-30, cat 30-40, bob 40-60 twice: (30 + 40 + 60 + 60) / 4.
				row("SJG", "47.50", "27.50") +
				// bob 0-20 twice, ann 20-50, cat 50-60: (20 + 20 + 50 + 60) / 4.
				row("SJGG", "37.50", "17.50") +
				// ann 0-30, bob 30-50 twice, cat 50-60: (30 + 50 + 50 + 60) / 4.
				row("FIFO", "47.50", "27.50")
			}`,
		);
		write("toy_n2_g1_results.csv", "policy,avg_jct_s,avg_wait_s,makespan_s,instances_done\nSJF,1.00,1.00,1,1\n");
	});
	afterAll(() => rmSync(folder, { recursive: true }));

	test("every figure is the one worked out", () => {
		const cases = paiCases(folder).filter(({ name }) => name.includes("n3"));
		expect(cases.map(({ name, compare }) => [name, compare().differences])).toEqual(
			["SJF", "SJU", "SJG", "SJGG", "FIFO"].map((policy) => [`pai toy_n3_g1 ${policy}`, []]),
		);
	});

	test("where it is not recorded which jobs were taken, the case is not equal", () => {
		const { compare } = paiCases(folder).find(({ name }) => name.includes("n2"))!;
		expect(compare()).toEqual({
			decisions: 4,
			equal: 0,
			differences: [{ path: "sample", expected: "toy_n2_sample.csv", got: null }],
		});
	});
});

describe.skipIf(!existsSync(RECORDED))("on the jobs made of openb (needs ../shared/reference/openb)", () => {
	const cases = existsSync(RECORDED) ? paiCases(RECORDED).filter(({ name }) => name.includes("_n1200_")) : [];

	test("there are five policies, plain and with gangs", () => {
		expect(cases.length).toBe(10);
	});

	test.each(cases)("$name", ({ compare }) => {
		expect(compare()).toEqual({ decisions: 4, equal: 4, differences: [] });
	});
});
