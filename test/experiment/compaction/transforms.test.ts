/** What of a workload is packed, and as what. */
import { describe, expect, test } from "vitest";
import { roundedUp, transformed } from "../../../src/experiment/compaction/transforms.js";
import { compactionSchema } from "../../../src/experiment/file/compaction-schema.js";
import type { JobArrival } from "../../../src/objects/arrival.js";
import { job, node, podArrival } from "../../support/cells.js";

describe("rounding up to powers of two", () => {
	test.each([
		// 0.5 cores is the smallest size.
		[1, 500],
		[500, 500],
		[501, 1000],
		[1000, 1000],
		[2001, 4000],
	])("%d milli-CPU become %d", (cpu, rounded) => {
		expect(roundedUp({ cpu, memory: 7 }, { cpu: 500 })).toEqual({ cpu: rounded, memory: 7 });
	});

	/**
	 * Requests whose logarithm is uniform over whole powers of two, by the midpoint rule. Of X on [1, 2) with density 1 / (x ln 2): the
	 * sums grow by 2 / E[X] = 2 ln 2, and a request on average by E[2 / X] = 1 / ln 2.
	 */
	test("of log-uniform requests makes the sum 2 ln 2 times as large, and a request 1 / ln 2 times on average", () => {
		const points = 20_000;
		const smallest = 2 ** 40;
		let [sum, rounded, ratios] = [0, 0, 0];
		for (let octave = 0; octave < 3; octave++)
			for (let i = 0; i < points; i++) {
				const cpu = Math.round(smallest * 2 ** (octave + (i + 0.5) / points));
				const up = roundedUp({ cpu }, { cpu: smallest })["cpu"]!;
				sum += cpu;
				rounded += up;
				ratios += up / cpu;
			}
		expect(rounded / sum).toBeCloseTo(2 * Math.LN2, 8);
		expect(ratios / (3 * points)).toBeCloseTo(1 / Math.LN2, 8);
	});
});

function task(
	name: string,
	priority: number,
	[cpu, memory]: Pair,
	[cpuUsageFraction, memoryUsageFraction]: Pair,
): JobArrival {
	const pod = podArrival({ cpu, memory, facts: { priority } });
	return job(name, { pods: [{ ...pod, cpuUsageFraction, memoryUsageFraction }] });
}

type Pair = readonly [number, number];

const JOBS = [task("web", 200, [1500, 800], [0.5, 0.9]), task("batch", 100, [1000, 400], [0.25, 0.5])];
const NODES = [node("n", { cpu: 4000, memory: 1000 })];

function requestsOf(options: object) {
	const { nodes, jobs } = transformed({ nodes: NODES, jobs: JOBS }, compactionSchema.parse(options));
	return {
		node: nodes[0]!.allocatable,
		...Object.fromEntries(jobs.map(({ name, pods }) => [name, pods[0]!.spec.requests])),
	};
}

test("nothing asked for changes nothing", () => {
	expect(requestsOf({})).toEqual({
		node: { cpu: 4000, memory: 1000 },
		web: { cpu: 1500, memory: 800 },
		batch: { cpu: 1000, memory: 400 },
	});
});

test("only production, only the rest", () => {
	expect(Object.keys(requestsOf({ only: "production" }))).toEqual(["node", "web"]);
	expect(Object.keys(requestsOf({ only: "non-production" }))).toEqual(["node", "batch"]);
});

test("production alone is rounded, or all", () => {
	const from = { cpu: "500m", memory: "1" };
	expect(requestsOf({ roundUp: { tasks: "production", from } })).toMatchObject({
		web: { cpu: 2000, memory: 1024 },
		batch: { cpu: 1000, memory: 400 },
	});
	expect(requestsOf({ roundUp: { tasks: "all", from } })).toMatchObject({ batch: { cpu: 1000, memory: 512 } });
});

test("reclamation: reservations for all, whole requests of production among production", () => {
	expect(requestsOf({ reclamation: true, margin: 0.2 })).toEqual({
		node: { cpu: 4000, memory: 1000, "firm/cpu": 4000, "firm/memory": 1000 },
		// 1,500 x 0.5 x 1.2; 800 x 0.9 x 1.2 = 864 is more than the request.
		web: { cpu: 900, memory: 800, "firm/cpu": 1500, "firm/memory": 800 },
		// 1,000 x 0.25 x 1.2; 400 x 0.5 x 1.2.
		batch: { cpu: 300, memory: 240 },
	});
});
