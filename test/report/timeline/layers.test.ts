/** The picture of a cell against one drawn pod by pod and step by step. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { timeGrid } from "../../../src/report/timeline/grid.js";
import { layerOf, layersThere, meanLevels, StepMeans } from "../../../src/report/timeline/layers.js";
import { ABSENT, FULL, levelOf, MOST, NOT_READY } from "../../../src/report/timeline/level.js";
import { type Away, historyOf, type Stay } from "../../support/histories.js";

const MINUTE = 60e6;
const grid = { stepUs: MINUTE, steps: 4 };

test("levels: half percents up to 125 %, and nothing to tell of what is not there", () => {
	expect([0, 0.0024, 0.0026, 0.5, 1, 1.25, 7, Number.NaN].map(levelOf)).toEqual([
		0,
		0,
		1,
		100,
		FULL,
		MOST,
		MOST,
		ABSENT,
	]);
});

describe("four minutes of two nodes with 4 CPUs each", () => {
	const history = historyOf({
		endUs: 3.5 * MINUTE,
		nodes: [4000, 4000],
		stays: [
			// A minute and a half from half past on: half of step 0, all of step 1.
			{ node: 0, cpu: 2000, fromUs: 0.5 * MINUTE, toUs: 2 * MINUTE },
			{ node: 0, cpu: 1000, fromUs: MINUTE, toUs: 1.25 * MINUTE },
			// Until the end of the run, in the middle of step 3.
			{ node: 1, cpu: 6000, fromUs: 2 * MINUTE, toUs: 3.5 * MINUTE },
		],
	});

	test("requested CPU: means over each step, of the last one only over what the run has of it", () => {
		const { full, bytes } = layerOf(history, grid, "cpu");
		expect(full).toBe(1);
		// 0: 2000 of 4000 half of the time, 25 %; then 50 % and a quarter of the time another 25 %. 1: 150 %, shown as 125 %.
		expect([...bytes]).toEqual([50, 112 + 1, 0, 0, 0, 0, MOST, MOST]);
	});

	test("pods: of the most in any step, here 1.25 and so 2", () => {
		const { full, bytes } = layerOf(history, grid, "pods");
		expect(full).toBe(2);
		expect([...bytes]).toEqual([50, 125, 0, 0, 0, 0, 100, 100]);
	});

	test("layers are those that there is something of", () => {
		expect(layersThere(history)).toEqual(["cpu", "memory", "pods"]);
		expect(layersThere({ ...history, capacity: null })).toEqual(["pods"]);
		expect(layersThere(historyOf({ endUs: 1, nodes: [1], stays: [] }))).toEqual([]);
	});
});

test("a node that was away for more than half of a step has no level there, nor has a run after its end", () => {
	const away: readonly Away[] = [
		{ node: 0, kind: "not ready", fromUs: 0.4 * MINUTE, toUs: MINUTE },
		{ node: 0, kind: "not ready", fromUs: 2 * MINUTE, toUs: 2.5 * MINUTE },
		{ node: 1, kind: "not there", fromUs: 0, toUs: 2 * MINUTE },
		{ node: 1, kind: "not ready", fromUs: 2 * MINUTE, toUs: 2.6 * MINUTE },
	];
	const stays = [{ node: 0, cpu: 1000, fromUs: 0, toUs: 3 * MINUTE }];
	const layer = layerOf(historyOf({ endUs: 3 * MINUTE, nodes: [1000, 1000], stays, away }), grid, "cpu");
	expect([...layer.bytes]).toEqual([NOT_READY, FULL, FULL, ABSENT, ABSENT, ABSENT, NOT_READY, ABSENT]);
	expect([...meanLevels(layer)]).toEqual([FULL, Number.NaN]);
});

test("what is in use holds from a sample to the next", () => {
	const history = historyOf({ endUs: 4 * MINUTE, nodes: [1000, 1000], stays: [] });
	const samples = {
		timesUs: Float64Array.of(MINUTE, 3 * MINUTE),
		cpu: Uint8Array.of(10, 20, 30, ABSENT),
		memory: Uint8Array.of(1, 2, 3, 4),
	};
	const { bytes } = layerOf({ ...history, samples }, grid, "cpu_used");
	expect([...bytes]).toEqual([ABSENT, 10, 10, 20, ABSENT, 30, 30, ABSENT]);
});

test("means over steps are those of a sum taken span by span", () => {
	const span = fc.record({
		from: fc.integer({ min: -50, max: 450 }),
		length: fc.integer({ min: 0, max: 400 }),
		amount: fc.nat(1e6),
	});
	const property = fc.property(fc.array(span, { maxLength: 12 }), fc.integer({ min: 1, max: 400 }), (spans, endUs) => {
		const steps = { stepUs: 40, steps: 10 };
		const sums = new StepMeans(steps, endUs);
		for (const { from, length, amount } of spans) sums.add(from, from + length, amount);
		const means = new Float64Array(10);
		sums.take(means);
		for (let step = 0; step < 10; step++) {
			let [sum, time] = [0, 0];
			for (let us = step * 40; us < Math.min(endUs, step * 40 + 40); us++) {
				time++;
				for (const { from, length, amount } of spans) if (us >= from && us < from + length) sum += amount;
			}
			expect(means[step]).toBeCloseTo(time === 0 ? 0 : sum / time, 4);
		}
		sums.take(means);
		expect([...means]).toEqual(new Array(10).fill(0));
	});
	fc.assert(property, { seed: 5, numRuns: 200 });
});

test("a layer is a row of means a node, whatever the order of the stays", () => {
	const stay = fc.record({ node: fc.nat(3), cpu: fc.nat(2000), from: fc.nat(3000), length: fc.nat(3000) });
	const property = fc.property(fc.array(stay, { maxLength: 30 }), (drawn) => {
		const endUs = 4000;
		const stays = drawn.map(
			({ node, cpu, from, length }): Stay => ({ node, cpu, fromUs: from, toUs: Math.min(endUs, from + length) }),
		);
		const some = timeGrid(endUs, 4);
		const { bytes } = layerOf(historyOf({ endUs, nodes: [1000, 2000, 3000, 4000], stays }), some, "cpu");
		for (let node = 0; node < 4; node++) {
			for (let step = 0; step < some.steps; step++) {
				const [begin, end] = [step * some.stepUs, (step + 1) * some.stepUs];
				const held = stays.filter((one) => one.node === node);
				const area = held.reduce(
					(sum, { cpu, fromUs, toUs }) => sum + cpu * Math.max(0, Math.min(end, toUs) - Math.max(begin, fromUs)),
					0,
				);
				expect(
					Math.abs(bytes[node * some.steps + step]! - levelOf(area / some.stepUs / (1000 * (node + 1)))),
				).toBeLessThanOrEqual(1);
			}
		}
	});
	fc.assert(property, { seed: 6, numRuns: 100 });
});
