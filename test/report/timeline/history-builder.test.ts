/** From the tables of a run to where its pods were. */
import { describe, expect, test } from "vitest";
import { ABSENCE_KINDS } from "../../../src/report/timeline/history.js";
import { HISTORY_TABLES, HistoryBuilder, type HistoryTable } from "../../../src/report/timeline/history-builder.js";

type Cells = Readonly<Record<string, readonly (number | string | boolean | null)[]>>;

/** Each table in one batch, the columns of `given`. */
function built(tables: Partial<Record<HistoryTable, Cells>>, endUs = 100) {
	const builder = new HistoryBuilder({ endUs, schedulers: ["a", "b"], tables: Object.keys(tables) });
	for (const table of HISTORY_TABLES) {
		const cells = tables[table];
		if (cells === undefined) continue;
		builder.add(table, { length: Object.values(cells)[0]!.length, column: (name) => cells[name] ?? null });
	}
	return builder.build();
}

/** Rows in the order in which pods ended: `second` before `first`. */
const PODS = {
	pod: [1, 0],
	name: ["second", "first"],
	job: [8, 7],
	class: ["web", ""],
	priority: [10, 0],
	submit_time_us: [5, 0],
	bound_time_us: [20, 10],
	start_time_us: [21, 60],
	end_time_us: [50, null],
	node: ["n1", "n2"],
	outcome: ["succeeded", "running"],
	attempts: [3, 2],
	requeues: [0, 1],
	cpu_request_milli: [100, 200],
	memory_request_bytes: [1, 2],
	gpu_request_milli: [0, 0],
} as const;
/** `node-0` fails from 40 to 60, when the first pod, on n1 until then, moves to n2. */
const CHANGES = {
	time_us: [0, 0, 10, 20, 40, 40, 50, 60, 60],
	change: [
		"node-added",
		"node-added",
		"pod-bound",
		"pod-bound",
		"pod-requeued",
		"node-not-ready",
		"pod-ended",
		"node-ready",
		"pod-bound",
	],
	pod: [null, null, 0, 1, 0, null, 1, null, 0],
	node: ["n1", "n2", "n1", "n1", "n1", "n1", "n1", "n1", "n2"],
} as const;
const NODES = {
	time_us: [0, 0, 50, 50],
	node: ["n1", "n2", "n1", "n2"],
	ready: [true, true, false, true],
	cpu_allocatable_milli: [1000, 2000, 1000, 3000],
	memory_allocatable_bytes: [10, 20, 10, 20],
	gpu_allocatable_milli: [0, 0, 0, 0],
} as const;

const staysIn = ({ stays, pods, nodes }: ReturnType<typeof built>) =>
	Array.from(stays.pod, (pod, row) => [pods.names[pod], nodes[stays.node[row]!], stays.fromUs[row], stays.toUs[row]]);
const absencesIn = ({ absences, nodes }: ReturnType<typeof built>) =>
	Array.from(absences.node, (node, row) => [
		nodes[node],
		ABSENCE_KINDS[absences.kind[row]!],
		absences.fromUs[row],
		absences.toUs[row],
	]);

describe("where pods were", () => {
	test("is every stay, with the table changes", () => {
		const history = built({ nodes: NODES, changes: CHANGES, pods: PODS });
		expect(staysIn(history)).toEqual([
			["first", "n1", 10, 40],
			["second", "n1", 20, 50],
			["first", "n2", 60, 100],
		]);
		expect(absencesIn(history)).toEqual([["n1", "not ready", 40, 60]]);
		expect(history.notes).toEqual([
			"why pods waited is not known: add attempts to spec.outputs.tables and run it again",
		]);
	});

	test("is the latest one, without; and absences are as exact as the samples", () => {
		const history = built({ nodes: NODES, pods: PODS });
		expect(staysIn(history)).toEqual([
			["first", "n2", 60, 100],
			["second", "n1", 20, 50],
		]);
		expect(absencesIn(history)).toEqual([["n1", "not ready", 50, 100]]);
		expect(history.capacity!.cpu).toEqual(Float64Array.of(1000, 3000));
		expect(history.notes[1]).toBe(
			"1 pods lost their node, of which only the last stay is drawn: add changes to spec.outputs.tables and run it again",
		);
	});

	test("is told without the table nodes, too", () => {
		const history = built({ pods: PODS });
		expect(history.nodes).toEqual(["n2", "n1"]);
		expect([history.capacity, history.samples, history.absences.length]).toEqual([null, null, 0]);
		expect(history.notes[0]).toBe(
			"how large the nodes are, and when they were away, is not known: add {name: nodes, every: 5m} to spec.outputs.tables and run it again",
		);
	});

	test("leaves out pods in allocs, whose nodes are none of the machines", () => {
		const inAlloc = { ...PODS, node: ["alloc-1", "n2"] };
		expect(staysIn(built({ nodes: NODES, pods: inAlloc })).map(([pod]) => pod)).toEqual(["first"]);
	});

	test("is nothing without pods and changes", () => {
		expect(built({ nodes: NODES }).stays.length).toBe(0);
	});
});

test("nodes that come later and go for good are not there before and after", () => {
	const changes = {
		time_us: [0, 30, 70],
		change: ["node-added", "node-added", "node-removed"],
		pod: [null, null, null],
		node: ["n1", "n2", "n1"],
	};
	expect(absencesIn(built({ changes }))).toEqual([
		["n2", "not there", 0, 30],
		["n1", "not there", 70, 100],
	]);
	const nodes = { ...NODES, time_us: [0, 20, 20, 60], node: ["n1", "n1", "n2", "n2"], ready: [true, true, true, true] };
	expect(absencesIn(built({ nodes }))).toEqual([
		["n1", "not there", 60, 100],
		["n2", "not there", 0, 20],
	]);
});

test("why a pod waited is what the last attempt in vain said, by its job; who placed it, the last that placed one", () => {
	const attempts = {
		job: [7, 8, 7, 8, 8],
		scheduler: [0, 0, 0, 0, 1],
		placed: [0, 0, 1, 0, 1],
		conflicts: [0, 0, 0, 1, 0],
		unplaced: [1, 1, 0, 0, 0],
		nodes: [2, 2, 0, 0, 0],
		rejections: ["2 Insufficient cpu", null, null, null, null],
		conflict_reasons: [null, null, null, "1 no-longer-fits", null],
	};
	const { pods } = built({ pods: PODS, attempts });
	expect(Array.from(pods.reason, (reason) => pods.reasons[reason])).toEqual([
		"0/2 nodes are available: 2 Insufficient cpu.",
		"conflict at commit: 1 no-longer-fits",
	]);
	expect([...pods.scheduler]).toEqual([0, 1]);
	expect(pods.shapes[pods.shape[0]!]).toEqual({ className: "", priority: 0, cpu: 200, memory: 2, gpu: 0 });
});

test("use is sampled as a share of what there is then", () => {
	const nodes = { ...NODES, cpu_used_milli: [500, null, 250, 3000], memory_used_bytes: [5, null, 0, 40] };
	const { samples } = built({ nodes });
	expect(samples).toEqual({
		timesUs: Float64Array.of(0, 50),
		cpu: Uint8Array.of(100, 50, 255, 200),
		memory: Uint8Array.of(100, 0, 255, 250),
	});
});
