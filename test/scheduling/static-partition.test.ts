import { describe, expect, test } from "vitest";
import { staticPartition } from "../../src/scheduling/architectures/static-partition.js";
import { job, node } from "../support/cells.js";
import { architectureNamed, simulate } from "../support/simulations.js";

const BATCH = { name: "batch", classes: ["batch"] };
const SERVICE = { name: "service", classes: ["service"] };
const FOR_EVER = { durationUs: Number.POSITIVE_INFINITY };
const ofClass = (className: string, pods: number) => job(className, { facts: { className }, pods, ...FOR_EVER });

describe("static-partition", () => {
	test("deals every group of nodes out in the same proportions, and no node twice", async () => {
		const nodes = Array.from({ length: 1000 }, (_, i) => node(`n${i}`, { cpu: 1000 }));
		const { simulation } = await simulate({
			nodes,
			jobs: [ofClass("batch", 1000), ofClass("service", 1000)],
			architecture: architectureNamed("static-partition", { slices: { batch: 0.7, service: 0.3 } }),
			schedulers: [BATCH, SERVICE],
			quiet: true,
		});
		const placed = (className: string, from: number, to: number) =>
			[...simulation.cell.pods.all()]
				.map((pod) => simulation.cell.pod(pod))
				.filter(({ job: { name }, node: at }) => name === className && at >= from && at < to).length;
		expect([placed("batch", 0, 1000), placed("service", 0, 1000)]).toEqual([700, 300]);
		for (const from of [0, 100, 500, 900]) {
			// The golden-ratio sequence is never off by more than two or three in any stretch.
			expect(Math.abs(placed("batch", from, from + 100) - 70)).toBeLessThanOrEqual(3);
		}
	});

	test("a job that does not fit its slice waits, whatever is free elsewhere", async () => {
		const { bindings, attempts } = await simulate({
			nodes: [node("a", { cpu: 1000, labels: { pool: "b" } }), node("b", { cpu: 9000, labels: { pool: "s" } })],
			jobs: [ofClass("batch", 2)],
			architecture: architectureNamed("static-partition", {
				slices: { batch: { matchLabels: { pool: "b" } }, service: { matchLabels: { pool: "s" } } },
			}),
			schedulers: [BATCH, SERVICE],
		});
		expect(bindings).toEqual(["0 bound batch-0 a"]);
		// Its scheduler knows of one node only.
		expect(attempts[0]).toMatchObject({ placed: 1, unplaced: 1, nodes: 1 });
	});

	test.each([
		[{ batch: 0.5 }, ["batch", "service"], "scheduler 'service' has no slice: add it to the slices"],
		[
			{ batch: 0.5, service: 0.6 },
			["batch", "service"],
			"the fractions of the slices sum to 1.1, which is more than 1",
		],
		[{ batch: 0.5, web: 0.1 }, ["batch"], "the slice 'web' belongs to no scheduler"],
	])("refuses %j", (slices, names, message) => {
		const processes = names.map((name) => ({ name, entry: name }));
		expect(staticPartition.refuses!({ slices }, processes)).toBe(message);
	});

	test("refuses replicas", () => {
		const processes = ["batch-0", "batch-1"].map((name) => ({ name, entry: "batch" }));
		expect(staticPartition.refuses!({ slices: { batch: 1 } }, processes)).toBe(
			"each scheduler of a static partition has one process: set replicas of 'batch' to 1",
		);
	});
});
