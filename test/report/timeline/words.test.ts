/** What is said of a place on a timeline. */
import { expect, test } from "vitest";
import { ABSENT, NOT_READY } from "../../../src/report/timeline/level.js";
import {
	levelWords,
	rowSpans,
	StayIndex,
	stayWords,
	waitingAt,
	waitingWords,
} from "../../../src/report/timeline/words.js";
import { historyOf } from "../../support/histories.js";

const base = historyOf({
	endUs: 100e6,
	nodes: [4000, 4000],
	stays: [
		{ node: 0, cpu: 500, fromUs: 10e6, toUs: 30e6 },
		{ node: 0, cpu: 1000, fromUs: 20e6, toUs: 100e6 },
		{ node: 1, cpu: 2000, fromUs: 5e6, toUs: 50e6 },
	],
});
const reason = "0/2 nodes are available: 2 Insufficient cpu.";
const history = {
	...base,
	pods: {
		...base.pods,
		attempts: Float64Array.of(1, 3, 0),
		reasons: [reason],
		reason: Int32Array.of(-1, 0, -1),
		submitUs: Float64Array.of(9e6, 1e6, 0),
	},
};

test("pods of a node at a time, the one that came first in front", () => {
	const index = new StayIndex(history);
	const at = (node: number, second: number) => index.between(node, second * 1e6, (second + 1) * 1e6);
	expect([at(0, 25), at(0, 9), at(0, 30), at(1, 25)]).toEqual([[0, 1], [], [1], [2]]);
});

test("why a pod is there", () => {
	expect(stayWords(history, 0)).toEqual({
		pod: "p-0",
		asksFor: "cpu 500m, memory 0Mi; priority 0",
		from: "10s",
		until: "30s (succeeded)",
		why: "placed by main 1s after it was submitted, at the first attempt",
	});
	expect(stayWords(history, 1)).toMatchObject({
		until: "the end of the run",
		why: `placed by main 19s after it was submitted, 3 attempts. Of its job, the last attempt in vain: ${reason}`,
	});
	expect(stayWords(history, 2).why).toBe("ran there already when the run began");
});

test("a pod that lost its node", () => {
	const { pods, stays } = history;
	const twice = {
		...history,
		pods: { ...pods, requeues: Float64Array.of(0, 1, 0) },
		stays: {
			...stays,
			length: 2,
			pod: Int32Array.of(1, 1),
			node: Int32Array.of(0, 1),
			fromUs: Float64Array.of(20e6, 60e6),
			toUs: Float64Array.of(40e6, 100e6),
		},
	};
	expect(stayWords(twice, 0).until).toBe("40s (lost its node)");
	expect(stayWords(twice, 1).why).toBe(
		`placed by main after it had lost its node, 3 attempts in all. Of its job, the last attempt in vain: ${reason}`,
	);
});

test("pods that wait, and why", () => {
	expect([0.5, 1, 9, 15, 20].map((second) => waitingAt(history, second * 1e6))).toEqual([[2], [1, 2], [0, 1], [1], []]);
	expect(waitingWords(history, 1)).toEqual({
		pod: "p-1",
		asksFor: "cpu 1, memory 0Mi; priority 0",
		since: "1s",
		until: "20s",
		why: `3 attempts. Of its job, the last in vain: ${reason}`,
	});
});

test.each([
	[{ id: "cpu", full: 1 }, 125, "CPU requested: 62.5 %"],
	[{ id: "cpu", full: 1 }, 250, "CPU requested: 125 % or more"],
	[{ id: "pods", full: 8 }, 75, "pods on the node: 3"],
	[{ id: "cpu", full: 1 }, NOT_READY, "CPU requested: none, the node is not ready"],
	[{ id: "gpu", full: 1 }, ABSENT, "GPU requested: none, there is no such node or resource at that time"],
] as const)("%j, level %d: %s", (layer, byte, words) => {
	expect(levelWords(layer, byte)).toBe(words);
});

test("a row as text: spans of one level", () => {
	const layer = { id: "cpu", full: 1, nodes: 2, steps: 3, bytes: Uint8Array.of(9, 9, 9, 1, 1, 254) } as const;
	expect([rowSpans(layer, 0), rowSpans(layer, 1)]).toEqual([
		[{ from: 0, to: 3, byte: 9 }],
		[
			{ from: 0, to: 2, byte: 1 },
			{ from: 2, to: 3, byte: 254 },
		],
	]);
});
