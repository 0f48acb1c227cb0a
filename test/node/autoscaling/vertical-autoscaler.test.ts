import { describe, expect, test } from "vitest";
import { rowOf } from "../../../src/cell/ids.js";
import { SECOND } from "../../../src/engine/time.js";
import { recommenders } from "../../../src/node/autoscaling/index.js";
import type { Recommender } from "../../../src/node/autoscaling/recommender.js";
import { resizedContainer } from "../../../src/node/autoscaling/vertical-autoscaler.js";
import { job, node } from "../../support/cells.js";
import { machineOf, runningPod } from "../../support/machines.js";
import { simulate } from "../../support/simulations.js";

const MIB = 2 ** 20;
const GIB = 2 ** 30;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

function policyNamed(name: string, params: object = {}) {
	const definition = recommenders.all.get(name)!;
	return definition.create(definition.params?.parse(params));
}

const sample = (atUs: number, cpuMilli: number, memoryBytes: number, oomKilled = false) => ({
	atUs,
	cpuMilli,
	memoryBytes,
	requestMilli: 1000,
	oomKilled,
});

function watch(recommender: Recommender, hours: number, cpuMilli: number, memoryBytes: number): void {
	for (let minute = 0; minute <= hours * 60; minute += 5)
		recommender.observe(sample(minute * MINUTE, cpuMilli, memoryBytes));
}

describe("Autopilot's moving window", () => {
	test("recommends usage plus margin, after the warm-up", () => {
		const recommender = policyNamed("autopilot", { margin: 0.1, warmup: "1h" }).make();
		watch(recommender, 0.5, 400, GIB);
		expect(recommender.recommend(30 * MINUTE)).toBeNull();
		watch(recommender, 2, 400, GIB);
		const { cpuMilli, memoryBytes } = recommender.recommend(2 * HOUR)!;
		// Buckets are at most 5 % above the samples.
		expect(cpuMilli).toBeGreaterThanOrEqual(440);
		expect(cpuMilli).toBeLessThanOrEqual(440 * 1.05 + 12);
		expect(memoryBytes / GIB).toBeGreaterThanOrEqual(1.1);
		expect(memoryBytes / GIB).toBeLessThanOrEqual(1.1 * 1.06);
	});

	test("does not go below what a killed task needed", () => {
		const recommender = policyNamed("autopilot", { warmup: "0s" }).make();
		watch(recommender, 24, 400, 100 * MIB);
		recommender.observe(sample(24 * HOUR, 400, GIB, true));
		expect(recommender.recommend(24 * HOUR)!.memoryBytes).toBeGreaterThanOrEqual(1.2 * GIB);
	});
});

describe("VPA's recommender", () => {
	test("recommends the 90th percentile plus 15 %, and not less than its minimum", () => {
		const recommender = policyNamed("vpa").make();
		watch(recommender, 24, 400, GIB);
		const { cpuMilli, memoryBytes } = recommender.recommend(24 * HOUR)!;
		expect(cpuMilli).toBeGreaterThanOrEqual(460);
		expect(cpuMilli).toBeLessThanOrEqual(460 * 1.05 + 12);
		expect(memoryBytes / GIB).toBeGreaterThanOrEqual(1.15);
		const small = policyNamed("vpa").make();
		watch(small, 24, 1, MIB);
		expect(small.recommend(24 * HOUR)).toMatchObject({ cpuMilli: 25, memoryBytes: 250 * MIB });
	});

	test("leaves wide bounds while it knows little", () => {
		const recommender = policyNamed("vpa").make();
		watch(recommender, 1, 400, GIB);
		const early = recommender.recommend(HOUR)!;
		watch(recommender, 24 * 7, 400, GIB);
		const late = recommender.recommend(24 * 7 * HOUR)!;
		expect(early.high!.cpuMilli / early.cpuMilli).toBeGreaterThan(20);
		// 2,000 samples are as good as 1.4 days: 1 + 1 / 1.4.
		expect(late.high!.cpuMilli / late.cpuMilli).toBeLessThan(1.8);
	});
});

describe("a container is resized", () => {
	const [container] = runningPod({ requests: { cpu: 500, memory: GIB }, limits: { cpu: 1000, memory: 2 * GIB } }).spec
		.run!.containers;

	test("both to what is recommended, or requests with the limits in proportion", () => {
		const recommended = { cpuMilli: 250, memoryBytes: GIB };
		expect(resizedContainer(container!, recommended, "both")).toMatchObject({
			requests: { cpu: 250, memory: GIB },
			limits: { cpu: 250, memory: GIB },
		});
		expect(resizedContainer(container!, recommended, "requests")).toMatchObject({
			requests: { cpu: 250, memory: GIB },
			limits: { cpu: 500, memory: 2 * GIB },
		});
	});

	test("but not for a difference of little, or inside the bounds", () => {
		expect(resizedContainer(container!, { cpuMilli: 490, memoryBytes: GIB }, "requests")).toBeNull();
		const low = { cpuMilli: 300, memoryBytes: GIB / 2 };
		const high = { cpuMilli: 900, memoryBytes: 2 * GIB };
		expect(resizedContainer(container!, { cpuMilli: 700, memoryBytes: GIB, low, high }, "requests")).toBeNull();
	});
});

test("what pods count for, their quotas and memory limits follow their usage", async () => {
	const pod = runningPod({
		requests: { cpu: 2000, memory: 4 * GIB },
		limits: { cpu: 2000, memory: 4 * GIB },
		cpu: 400,
		memory: GIB,
	});
	const late = runningPod({ requests: { cpu: 3000, memory: GIB }, limits: { cpu: 3000, memory: GIB }, cpu: 100 });
	const { simulation, bindings } = await simulate({
		nodes: [node("n", { cpu: 4000, memory: 8 * GIB })],
		jobs: [job("p", { pods: [pod] }), job("late", { pods: [late], timeUs: SECOND })],
		machine: machineOf(),
		verticalAutoscaler: policyNamed("autopilot", { warmup: "30m", every: "5m", margin: 0.15 }),
		endUs: 2 * HOUR,
	});
	// The first sample is at the second look, at 10 min: 40 min. Then there is room for the other.
	expect(bindings.map((line) => line.split(" ")[0])).toEqual(["0", String(40 * MINUTE)]);
	const { cell } = simulation;
	const requested = [...cell.pods.all()].map((id) => cell.pod(id).podClass.request[0]!);
	expect(requested[0]).toBeGreaterThanOrEqual(460);
	expect(requested[0]).toBeLessThanOrEqual(500);
	// The other one, too: from 3000 to about 115.
	expect(requested[1]).toBeLessThan(150);
	// What they declare now is written down, for those who compare usage with it.
	const declared = [...cell.pods.all()].map((id) => cell.usage.resized.get(rowOf(id))!.containers[0]!);
	expect(declared.map(({ requests, limits }) => [requests["cpu"], limits["cpu"]])).toEqual(
		requested.map((milli) => [milli, milli]),
	);
	const memory = [...cell.pods.all()].map((id) => cell.pod(id).podClass.request[1]!);
	expect(declared.map(({ requests, limits }) => [requests["memory"], limits["memory"]])).toEqual(
		memory.map((bytes) => [bytes, bytes]),
	);
});
