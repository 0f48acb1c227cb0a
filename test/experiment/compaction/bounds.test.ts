/** What is known of a packing without making it. */
import { expect, test } from "vitest";
import { Demand, offeredBy } from "../../../src/experiment/compaction/bounds.js";
import type { JobArrival } from "../../../src/objects/arrival.js";
import { job, node, podArrival as pod } from "../../support/cells.js";

const NODES = [node("a", { cpu: 2000 }), node("b", { cpu: 4000 }), node("c", { cpu: 4000 })];
const web = (cpus: readonly number[]): JobArrival => job("web", { pods: cpus.map((cpu) => pod({ cpu, memory: 100 })) });

test.each([
	// 2,000 + 4,000 hold 6,000.
	[[3000, 3000], 0, 2],
	// 6,001 do not.
	[[3000, 3001], 0, 3],
	[[5000, 5001], 0, null],
	// The largest may stay out: 5,000 are left.
	[[5000, 5001], 1, 2],
	// None left: no machine at all.
	[[5000, 5001], 2, 0],
	// 30 tasks of 100 bytes need 3,000 bytes: three nodes of 1,000.
	[Array(30).fill(1), 0, 3],
])("cpu %j, %d may stay out: %j machines at least", (cpus, spared, fewest) => {
	expect(new Demand([web(cpus as number[])], spared).fewest(NODES)).toBe(fewest);
});

test("pods and GPUs count, too", () => {
	expect(new Demand([web([1, 1, 1])], 0).fewest([node("a", { pods: 2 }), node("b", { pods: 2 })])).toBe(2);
	const gpus = job("train", { cpu: 1, gpu: { count: 2 } });
	expect(new Demand([gpus], 0).fewest([node("a", { gpus: 1 }), node("b", { gpus: 4 })])).toBe(2);
});

test("jobs can be added, and requests scaled", () => {
	const demand = new Demand([web([1000])], 0);
	demand.add(web([2000]));
	expect(demand.fewest(NODES)).toBe(2);
	expect(demand.times(3.2).exceeds(offeredBy(NODES))).toBe(false);
	// 3,000 x 3.4 = 10,200 of 10,000.
	expect(demand.times(3.4).exceeds(offeredBy(NODES))).toBe(true);
});
