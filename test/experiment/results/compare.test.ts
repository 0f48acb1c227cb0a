import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { variantLabel } from "../../../src/experiment/file/matrix.js";
import { compareResults } from "../../../src/experiment/results/compare.js";
import type { RunManifest } from "../../../src/experiment/results/manifest.js";
import { writeRuns } from "../../../src/experiment/results/runs-table.js";
import { ArrowSink } from "../../../src/metrics/sinks/arrow.js";
import { type ColumnSpec, TableWriter } from "../../../src/metrics/table.js";

const root = mkdtempSync(join(tmpdir(), "cellsim-compare-"));
afterAll(() => rmSync(root, { recursive: true }));
let folders = 0;

type Summary = Readonly<Record<string, number>>;

/** A results folder: by variant, the summaries of seeds 1, 2, ...; null leaves a seed out. */
async function results(variants: readonly (readonly [Readonly<Record<string, string>>, ...(Summary | null)[]])[]) {
	const folder = join(root, String(folders++));
	const manifests = variants.flatMap(([variant, ...summaries]) =>
		summaries.flatMap((summary, i) => (summary === null ? [] : [manifest(variant, i + 1, summary)])),
	);
	await writeRuns(folder, manifests);
	return folder;
}

function manifest(variant: Readonly<Record<string, string>>, seed: number, summary: Summary): RunManifest {
	const label = variantLabel(variant);
	const plan = { experiment: "e", index: seed, variant, label, seed: String(seed) };
	return { id: `${label}-${seed}`, plan, digest: "d", events: 1, endTimeUs: 1, summary } as unknown as RunManifest;
}

const A = { policy: "a" };
const B = { policy: "b" };
const attempts = (...values: readonly number[]) => values.map((value) => ({ attempts: value }));

describe("verdicts", () => {
	test.each([
		["better", "fewer attempts on every seed", "attempts", [10, 20], [8, 17]],
		["worse", "more attempts on every seed", "attempts", [10, 20], [11, 25]],
		["better", "more allocation on every seed", "cpu_allocation", [0.5, 0.6], [0.55, 0.63]],
		["worse", "less allocation on every seed", "cpu_allocation", [0.5, 0.6], [0.45, 0.58]],
		["changed", "no direction is better", "pods_submitted", [10, 20], [11, 25]],
		["equal", "the same on every seed", "attempts", [10, 20], [10, 20]],
		["unclear", "once more, once less", "attempts", [10, 20], [12, 18]],
		["unclear", "one seed only", "attempts", [10], [5]],
		["same", "once more, once less, both within 1 % of the mean", "attempts", [1000, 2000], [1010, 1990]],
	] as const)("%s: %s", async (verdict, _why, metric, base, candidate) => {
		const summaries = (values: readonly number[]) => values.map((value) => ({ [metric]: value }));
		const folder = await results([
			[A, ...summaries(base)],
			[B, ...summaries(candidate)],
		]);
		const { rows } = await compareResults([folder], { metrics: [metric] });
		expect(rows.map((row) => row.verdict)).toEqual([verdict]);
	});
});

test("a row: means, the paired difference, percent of the base, interval and seeds", async () => {
	const folder = await results([
		[A, ...attempts(10, 30)],
		[B, ...attempts(12, 36)],
	]);
	// Differences 2 and 6: mean 4, which is 20 % of the base's mean 20; the interval of two pairs is their range.
	expect((await compareResults([folder], { metrics: ["attempts"] })).rows).toEqual([
		{
			metric: "attempts",
			unit: null,
			better: "lower",
			variant: "policy=b",
			baseMean: 20,
			mean: 24,
			difference: 4,
			percent: 20,
			interval: { low: 2, high: 6 },
			// Both above 0 by chance: 1/4, and as often both below.
			probability: 0.5,
			seeds: 2,
			verdict: "worse",
			most: null,
		},
	]);
});

describe("one folder", () => {
	const variants = [
		[{ arch: "mono", policy: "a" }, ...attempts(10, 10)],
		[{ arch: "mono", policy: "b" }, ...attempts(11, 11)],
		[{ arch: "omega", policy: "b" }, ...attempts(12, 12)],
	] as const;

	test("every other variant is compared with the first", async () => {
		const { base, rows } = await compareResults([await results(variants)]);
		expect(base).toBe("arch=mono,policy=a");
		expect(rows.map(({ variant, difference }) => [variant, difference])).toEqual([
			["arch=mono,policy=b", 1],
			["arch=omega,policy=b", 2],
		]);
	});

	test("--rank puts the best first in each metric, the base among them", async () => {
		const summaries = [
			{ attempts: 10, cpu_allocation: 0.5 },
			{ attempts: 12, cpu_allocation: 0.7 },
			{ attempts: 8, cpu_allocation: 0.6 },
		];
		const folder = await results(
			["a", "b", "c"].map((policy, i) => [{ policy }, summaries[i]!, summaries[i]!] as const),
		);
		const { rows } = await compareResults([folder], { metrics: ["attempts", "cpu_allocation"], rank: true });
		// Fewer attempts are better, more allocation is.
		expect(rows.map(({ metric, variant, difference }) => [metric, variant, difference])).toEqual([
			["attempts", "policy=c", -2],
			["attempts", "policy=a", 0],
			["attempts", "policy=b", 2],
			["cpu_allocation", "policy=b", expect.closeTo(0.2)],
			["cpu_allocation", "policy=c", expect.closeTo(0.1)],
			["cpu_allocation", "policy=a", 0],
		]);
		await expect(compareResults([folder, folder], { rank: true })).rejects.toThrow(
			"--rank orders the variants of one folder; two folders are compared pair by pair",
		);
	});

	test("--base names another by its whole label, or by axis values that only it has, in any order", async () => {
		const folder = await results(variants);
		for (const base of ["arch=omega,policy=b", "policy=b,arch=omega", "arch=omega"]) {
			expect((await compareResults([folder], { base })).base).toBe("arch=omega,policy=b");
		}
	});

	test.each([
		[
			{ base: "policy=c" },
			"--base: no variant is 'policy=c'; variants: arch=mono,policy=a, arch=mono,policy=b, arch=omega,policy=b",
		],
		[{ base: "policy=b" }, "--base: 'policy=b' is not one variant but 2: arch=mono,policy=b; arch=omega,policy=b"],
		[{ metrics: ["atempts"] }, "unknown metric 'atempts'; did you mean 'attempts'?"],
	])("refuses %j", async (options, message) => {
		const folder = await results(variants);
		await expect(compareResults([folder], options)).rejects.toThrow(message);
	});

	test("refuses a folder with one variant", async () => {
		const folder = await results([[{}, ...attempts(1, 2)]]);
		await expect(compareResults([folder])).rejects.toThrow(
			`'${folder}' has one variant only: there is nothing to compare it with; give a second folder`,
		);
	});
});

describe("two folders", () => {
	test("pair the same variants and seeds, whatever their order, and say what is left out", async () => {
		const before = await results([
			[A, ...attempts(10, 20, 30)],
			[B, ...attempts(1, 1)],
		]);
		const after = await results([
			[{ policy: "c" }, ...attempts(0, 0)],
			[A, null, { attempts: 22 }, { attempts: 33 }, { attempts: 99 }],
		]);
		const { base, rows, notes } = await compareResults([before, after]);
		// Common are seeds 2 and 3: differences 2 and 3 of a base mean of 25 there, 10 %.
		expect(base).toBe(before);
		expect(rows).toMatchObject([{ variant: "policy=a", seeds: 2, difference: 2.5, percent: 10 }]);
		expect(notes).toEqual([
			`only in '${before}', so left out: policy=b`,
			`only in '${after}', so left out: policy=c`,
			"policy=a: differences are over 2 common seeds; 1 are in the base only, 1 in the candidate only",
			"intervals of 2 seeds are too narrow to be 95 % intervals: run 10 seeds or more before you trust a small difference",
		]);
	});

	test("refuse --base, and folders without a common variant", async () => {
		const [one, other] = [await results([[A, ...attempts(1)]]), await results([[B, ...attempts(1)]])];
		await expect(compareResults([one, other], { base: "policy=a" })).rejects.toThrow(
			"--base chooses among the variants of one folder; with more, the first folder is the base",
		);
		await expect(compareResults([one, other])).rejects.toThrow(
			`no variant is in both folders: '${one}' has policy=a; '${other}' has policy=b`,
		);
	});

	test("or more: each candidate is told by its folder", async () => {
		const [one, two, three] = await Promise.all([10, 12, 7].map((value) => results([[A, ...attempts(value, value)]])));
		const { rows } = await compareResults([one!, two!, three!]);
		expect(rows.map(({ variant, difference }) => [variant, difference])).toEqual([
			[`${two}: policy=a`, 2],
			[`${three}: policy=a`, -3],
		]);
	});
});

describe("some variants, and along an axis", () => {
	const variants = ["mono", "omega"].flatMap((arch, i) =>
		["a", "b", "c"].map((policy, j) => [{ arch, policy }, ...attempts(10 * i + j, 10 * i + j)] as const),
	);
	const told = async (options: Parameters<typeof compareResults>[1]) => {
		const { base, rows } = await compareResults([await results(variants)], options);
		return [base, ...rows.map(({ variant, difference }) => `${variant} ${difference}`)];
	};

	test("--only leaves out what has other values", async () => {
		expect(await told({ only: ["arch=omega", "policy=b", "policy=c"] })).toEqual([
			"arch=omega,policy=b",
			"arch=omega,policy=c 1",
		]);
		await expect(told({ only: ["policy=d"] })).rejects.toThrow("--only: no variant has 'policy=d'");
	});

	test("--by compares the values of an axis, everything else equal; --base names the value to compare with", async () => {
		const [a, b] = ["1", "2"];
		expect(await told({ by: "policy" })).toEqual([
			"policy=a",
			`arch=mono,policy=b ${a}`,
			`arch=mono,policy=c ${b}`,
			`arch=omega,policy=b ${a}`,
			`arch=omega,policy=c ${b}`,
		]);
		expect(await told({ by: "arch", base: "omega", only: ["policy=a"] })).toEqual([
			"arch=omega",
			"arch=mono,policy=a -10",
		]);
		await expect(told({ by: "polcy" })).rejects.toThrow("--by: unknown axis 'polcy'; did you mean 'policy'?");
		await expect(told({ by: "arch", base: "arch=x" })).rejects.toThrow("--base: 'arch' has no value 'x'");
	});
});

test("probabilities are Wilcoxon's, either way, corrected after Holm for all rows", async () => {
	const ten = (by: number) => Array.from({ length: 10 }, (_, i) => ({ attempts: 10 + i * by, conflicts: 10 - i * by }));
	const { rows } = await compareResults([
		await results([
			[A, ...ten(0)],
			[B, ...ten(1)],
		]),
	]);
	// Nine differences of one sign: 2 / 2^9 each, times two rows.
	expect(rows.map(({ metric, probability }) => [metric, probability])).toEqual([
		["attempts", 2 * 2 ** -8],
		["conflicts", 2 * 2 ** -8],
	]);
});

test("the class of which a metric moved most is named, if it surely moved", async () => {
	const metric = "pending_time_mean_us";
	const summary = (all: number, large: number, small: number) => ({
		[metric]: all,
		[`${metric}.class_large`]: large,
		[`${metric}.class_small`]: small,
	});
	const folder = await results([
		[A, summary(10, 20, 5), summary(12, 20, 7)],
		[B, summary(40, 90, 4), summary(44, 95, 9)],
	]);
	const { rows } = await compareResults([folder], { metrics: [metric] });
	// 70 and 75 more; of the small ones 1 less and 2 more.
	expect(rows.map(({ most }) => most)).toEqual([{ of: "class_large", difference: 72.5 }]);
});

test("--worst names the seed that lost most, and its pods whose waits changed most", async () => {
	const folder = await results([
		[A, ...attempts(10, 20, 30)],
		[B, ...attempts(11, 29, 31)],
	]);
	for (const [run, waits] of [
		["policy=a-2", [5, 7, null, 100]],
		["policy=b-2", [5, 107, null, NaN]],
	] as const) {
		const sink = await ArrowSink.create(join(folder, run));
		const columns: readonly ColumnSpec[] = [
			{ name: "name", type: "utf8", description: "" },
			{ name: "pending_time_us", type: "int64", description: "", nullable: true },
		];
		const table = new TableWriter({ name: "pods", description: "", columns }, sink);
		waits.forEach((wait, i) => {
			table.row(`pod-${i}`, wait ?? Number.NaN);
		});
		table.flush();
		await sink.close();
	}
	const { worst } = await compareResults([folder], { worst: 3 });
	expect(worst).toEqual([
		{
			metric: "attempts",
			variant: "policy=b",
			seed: "2",
			before: 20,
			after: 29,
			runs: [`${folder}/policy=a,seed=2`, `${folder}/policy=b,seed=2`],
			pods: [
				{ pod: "pod-3", before: 100, after: null },
				{ pod: "pod-1", before: 7, after: 107 },
			],
		},
	]);
});

describe("metrics", () => {
	test("the headlines by default, in their order; all on request; those named otherwise, each once", async () => {
		const summary = { odd: 1, conflicts: 2, attempts: 3, pending_time_mean_us: 4 };
		const folder = await results([
			[A, summary],
			[B, summary],
		]);
		const compared = async (options: Parameters<typeof compareResults>[1]) =>
			(await compareResults([folder], options)).rows.map(({ metric }) => metric);
		expect(await compared({})).toEqual(["pending_time_mean_us", "attempts", "conflicts"]);
		expect(await compared({ all: true })).toEqual(["odd", "conflicts", "attempts", "pending_time_mean_us"]);
		expect(await compared({ metrics: ["odd", "attempts", "odd"] })).toEqual(["odd", "attempts"]);
	});

	test("one that a run has no value of is paired over the seeds that have one", async () => {
		const folder = await results([
			[A, { attempts: 1, makespan_us: 10 }, { attempts: 1 }, { attempts: 1 }],
			[B, { attempts: 1, makespan_us: 12 }, { attempts: 1, makespan_us: 50 }, { attempts: 1 }],
		]);
		expect((await compareResults([folder], { metrics: ["makespan_us"] })).rows).toMatchObject([
			{ baseMean: 10, mean: 31, difference: 2, percent: 20, interval: null, seeds: 1, verdict: "unclear" },
		]);
	});

	test("no percent of a base of 0", async () => {
		const folder = await results([
			[A, ...attempts(0, 0)],
			[B, ...attempts(1, 2)],
		]);
		expect((await compareResults([folder])).rows).toMatchObject([{ difference: 1.5, percent: null }]);
	});
});

describe("folders without results", () => {
	test("a missing one, and the folder above one with results", async () => {
		await expect(compareResults([join(root, "nowhere")])).rejects.toThrow(`there is no folder '${root}/nowhere'`);
		const folder = await results([[A, ...attempts(1)]]);
		const table = join(folder, "runs.arrow");
		await expect(compareResults([table])).rejects.toThrow(
			`'${table}' is a file: name the folder of an experiment's results`,
		);
		await expect(compareResults([root])).rejects.toThrow(
			`'${root}' holds no runs.arrow, so no results of an experiment; did you mean '${join(root, "0")}'?`,
		);
	});
});
