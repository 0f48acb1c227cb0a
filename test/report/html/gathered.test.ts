/** What a report gathers of a run: lines over time, waits, transactions, and how much of it a page can hold. */
import { gunzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { cellSeries, meanSeries } from "../../../src/report/html/cell-series.js";
import { embed } from "../../../src/report/html/embed.js";
import { codeInScript, dataInScript } from "../../../src/report/html/markup.js";
import { TransactionCounter } from "../../../src/report/html/transactions.js";
import { addWaits, waitGroups, waitsOf } from "../../../src/report/html/waits.js";
import { unpackHistory } from "../../../src/report/timeline/packed-history.js";
import { onGrid, unpackPicture } from "../../../src/report/timeline/packed-picture.js";
import { historyOf } from "../../support/histories.js";

const grid = { stepUs: 10, steps: 4 };
const history = historyOf({
	endUs: 30,
	nodes: [1000, 3000],
	stays: [
		{ node: 0, cpu: 1000, fromUs: 5, toUs: 20 },
		{ node: 1, cpu: 2000, fromUs: 10, toUs: 30 },
	],
	away: [{ node: 1, kind: "not there", fromUs: 0, toUs: 10 }],
});

describe("lines over time", () => {
	test("of what the nodes that are there have, and nothing behind the end of the run", () => {
		const { cpu, memory, gpu, cpu_used } = cellSeries(history, grid);
		// 1000 of 1000 half of the time; then 3000 and 2000 of 4000.
		expect([...cpu!]).toEqual([0.5, 0.75, 0.5, Number.NaN]);
		expect(memory).toEqual(cpu);
		expect([gpu, cpu_used]).toEqual([undefined, undefined]);
	});

	test("pods that wait: those that there are less those on a node", () => {
		// Each comes a microsecond before it is bound.
		const [first, ...rest] = cellSeries(history, grid).waiting!;
		expect(first).toBeCloseTo(0.2, 12);
		expect(rest).toEqual([0, 0, Number.NaN]);
	});

	test("what is in use, of all that there is", () => {
		const samples = {
			timesUs: Float64Array.of(0, 10),
			cpu: Uint8Array.of(100, 200, 255, 100),
			memory: Uint8Array.of(0, 0, 255, 0),
		};
		// 500 of 1000; then 1000 and 1500 of 4000.
		expect([...cellSeries({ ...history, samples }, grid).cpu_used!]).toEqual([0.5, 0.625, 0.625, Number.NaN]);
	});

	test("without the tables there are none; the mean is over the runs that go on", () => {
		const none = historyOf({ endUs: 30, nodes: [], stays: [] });
		expect(cellSeries({ ...none, capacity: null }, grid)).toEqual({});
		expect([...meanSeries([Float64Array.of(1, 2), undefined, Float64Array.of(3, Number.NaN)])!]).toEqual([2, 2]);
		expect(meanSeries([undefined])).toBeNull();
	});
});

test("waits by priority, pods without a node counted, those that ran before left out", () => {
	const shape = (priority: number) => ({ className: "", priority, cpu: 1, memory: 1, gpu: 0 });
	const { pods } = historyOf({
		endUs: 9,
		nodes: [1],
		stays: [1, 2, 3, 4].map((us) => ({ node: 0, cpu: 1, fromUs: us, toUs: 9 })),
	});
	const some = {
		...history,
		pods: {
			...pods,
			shapes: [shape(200), shape(0), shape(0), shape(0)],
			boundUs: Float64Array.of(5, Number.NaN, 7, 8),
			submitUs: Float64Array.of(1, 2, 3, 4),
			attempts: Float64Array.of(1, 1, 1, 0),
		},
	};
	const waits = new Map();
	addWaits(waits, some);
	const groups = waitGroups([waits]);
	expect(groups.map(({ title }) => title)).toEqual(["priority 200", "priority 0"]);
	expect(groups.map((group) => waitsOf(waits, group))).toEqual([
		{ boundUs: [4], never: 0 },
		{ boundUs: [4], never: 1 },
	]);
	const many = new Map(Array.from({ length: 7 }, (_, i) => [90 + 10 * i, { boundUs: [i], never: 0 }]));
	const bands = waitGroups([many]);
	expect(bands.map((group) => [group.title, waitsOf(many, group).boundUs])).toEqual([
		["production", [3, 4, 5, 6]],
		["batch", [1, 2]],
		["best-effort", [0]],
	]);
});

test("transactions by outcome, reason and time", () => {
	const columns: Readonly<Record<string, readonly (number | string | null)[]>> = {
		commit_time_us: [0, 9, 10, 40],
		placed: [1, 0, 1, 0],
		conflicts: [0, 0, 2, 3],
		withdrawn: [0, 0, 0, 1],
		outcome: ["placed", "unschedulable", "conflict", "conflict"],
		conflict_reasons: [null, null, "1 no-longer-fits, 1 node-not-ready", "3 no-longer-fits"],
	};
	const counter = new TransactionCounter(grid);
	counter.add({ length: 4, column: (name) => columns[name] ?? null });
	const { outcomes, reasons, attemptsOver, conflictedOver, ...counts } = counter.counted();
	expect(counts).toEqual({ attempts: 4, transactions: 3, conflicted: 2 });
	expect(Object.fromEntries(outcomes)).toEqual({ placed: 1, unschedulable: 1, conflict: 2 });
	expect(Object.fromEntries(reasons)).toEqual({ "no-longer-fits": 4, "node-not-ready": 1 });
	// What is settled at the very end belongs to the last step.
	expect([[...attemptsOver], [...conflictedOver]]).toEqual([
		[2, 1, 0, 1],
		[0, 1, 0, 1],
	]);
});

describe("a page holds", () => {
	const run = { variant: "", seed: "1", run: "r", folder: "results/r" };
	const pods = 3000;
	const busy = historyOf({
		endUs: 1e9,
		nodes: [4000, 4000, 4000, 4000],
		// Primes, so that gzip finds no pattern that spares it the work.
		stays: Array.from({ length: pods }, (_, i) => {
			const fromUs = ((i * 7919) % 997) * 1e6 + ((i * 104_729) % 999_983);
			return {
				node: (i * 31) % 4,
				cpu: 100 + ((i * 17) % 900),
				fromUs,
				toUs: Math.min(1e9, fromUs + ((i * 3571) % 101) * 1e6 + i),
			};
		}),
	});
	const told = {
		...busy,
		pods: {
			...busy.pods,
			reasons: Array.from({ length: pods }, (_, i) => `${(i * 7907) % 3001} reasons`),
			reason: Int32Array.from({ length: pods }, (_, i) => i),
		},
	};
	const unzipped = (text: string) => new Uint8Array(gunzipSync(Buffer.from(text, "base64")));

	test("the whole history where there is room, to the millisecond", () => {
		const { run: held, text } = embed(run, told, "e", 1e6)!;
		expect(held).toEqual({ ...run, data: { kind: "history", element: "e" }, notes: [] });
		const back = unpackHistory(unzipped(text));
		expect(back.pods.names).toEqual(told.pods.names);
		expect(back.stays.fromUs[7]).toBe(Math.round(told.stays.fromUs[7]! / 1000) * 1000);
	});

	test("less and less of it where there is less; what is left out is said", () => {
		const full = embed(run, told, "e", 1e6)!.text.length;
		const seen: string[] = [];
		for (let room = full; room > 100; room = Math.floor(room * 0.9)) {
			const embedding = embed(run, told, "e", room);
			if (embedding === null) {
				seen.push("nothing");
				continue;
			}
			expect(embedding.text.length).toBeLessThanOrEqual(room);
			seen.push([embedding.run.data.kind, ...embedding.run.notes.map((note) => note.split(",")[0])].join(", "));
			if (embedding.run.data.kind !== "picture") continue;
			const { nodes, grid: own, layers } = unpackPicture(unzipped(embedding.text));
			expect([nodes.length, layers.length, layers[0]!.bytes.length]).toEqual([4, 1, 4 * own.steps]);
		}
		expect([...new Set(seen)]).toEqual([
			"history",
			"history, times of pods are to the second",
			"history, times of pods are to the second, why pods waited is left out",
			"picture, the pods are left out",
			"nothing",
		]);
	});
});

test("a picture on a finer grid repeats its steps, and has nothing behind its end", () => {
	const layer = { id: "cpu", full: 1, nodes: 2, steps: 2, bytes: Uint8Array.of(1, 2, 3, 4) } as const;
	const finer = onGrid(layer, { stepUs: 10, steps: 2 }, { stepUs: 5, steps: 5 });
	expect([...finer.bytes]).toEqual([1, 1, 2, 2, 255, 3, 3, 4, 4, 255]);
});

test("nothing in a script element ends it", () => {
	const data = dataInScript({ name: "</script><!--" });
	expect(data).not.toContain("<");
	expect(JSON.parse(data)).toEqual({ name: "</script><!--" });
	expect(codeInScript('a("</SCRIPT>","<!--")')).toBe('a("<\\/SCRIPT>","<\\!--")');
});
