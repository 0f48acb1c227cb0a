import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { assemble } from "../../../src/experiment/assemble.js";
import { eventLog } from "../../../src/experiment/results/event-log.js";
import { formatInstant } from "../../../src/experiment/results/instant.js";
import { Simulation } from "../../../src/experiment/simulation.js";
import { parseDuration } from "../../../src/objects/duration.js";
import { ImportReport } from "../../../src/workload/arrivals.js";
import { jobs, logOf, planOf, THREE_NODES } from "../../scenarios/scenario.js";

const BUSY = `
clock: {end: 10m}
${THREE_NODES}
workloads: [${jobs("batch", { cpu: "2", duration: "{dist: exponential, mean: 30s}", arrival: "poisson: {ratePerSecond: 0.3}", count: 500, more: ", pods: {dist: uniform, min: 1, max: 4}" })}]
scheduling: {architecture: shared-state, schedulers: [{scheduler: random-fit, replicas: 3, decisionTime: {perJob: 1s}}]}
node: {startDelay: {dist: exponential, mean: 2s}}
faults: [{at: 3m, action: fail, nodes: [n-0]}, {at: 4m, action: recover, nodes: [n-0]}, {at: 5m, action: remove, nodes: [n-1]}]
`;

test("a run is the same with and without a log", async () => {
	const run = async (logged: boolean) => {
		const assembled = await assemble(planOf(BUSY), new ImportReport());
		let lines = 0;
		const observers = logged ? [eventLog({ ...assembled, write: () => lines++ })] : [];
		const simulation = new Simulation({ ...assembled, observers });
		const endUs = await simulation.run();
		const { engine, cell } = simulation;
		return { endUs, digest: engine.digest.hex(), events: engine.fired, pods: cell.pods.submitted, logged: lines > 100 };
	};
	const logged = await run(true);
	expect(logged.events).toBeGreaterThan(300);
	expect({ ...(await run(false)), logged: true }).toEqual(logged);
});

test("every event has a line, and times do not fall", async () => {
	const lines = (await logOf(BUSY)).trim().split("\n");
	const times = lines.map((line) => parseDuration(line.split(" ")[0]!));
	expect(times).toEqual([...times].sort((a, b) => a - b));
	const words = new Set(lines.map((line) => line.split(" ")[1]));
	expect([...words].sort()).toEqual([
		"attempt",
		"bind",
		"decision-commit",
		"end",
		"fault-arriving",
		"fault-leaving",
		"job-arrival",
		"node-due",
		"node-not-ready",
		"node-ready",
		"node-removed",
		"requeue",
		"scheduler-wake",
		"start",
	]);
	expect(lines.filter((line) => /#|undefined|NaN/.test(line))).toEqual([]);
});

test("GPU devices are part of a binding", async () => {
	const log = await logOf(`
cluster: {nodeGroups: [{name: n, count: 1, gpu: {count: 4}, template: {status: {allocatable: {cpu: "4", memory: 16Gi}}}}]}
workloads: [${jobs("gpu", { cpu: "1", duration: "1s", arrival: "at: 0s", count: 2, more: "|, shapes: [{weight: 1, gpu: {count: 2}}]" })}]
scheduling: {architecture: monolithic, schedulers: [{scheduler: first-fit}]}
`);
	expect(log.split("\n").filter((line) => line.includes("bind"))).toEqual([
		"0s bind gpu-0-0 -> n-0 gpu 0,1",
		"0s bind gpu-1-0 -> n-0 gpu 2,3",
	]);
});

describe("formatInstant", () => {
	test.each([
		[0, "0s"],
		[1, "0.000001s"],
		[12_500_000, "12.5s"],
		[13_000_000, "13s"],
		[60_000_000, "1m"],
		[61_000_000, "1m1s"],
		[60_500_000, "1m0.5s"],
		[3_600_000_000, "1h"],
		[8_361_009_000, "2h19m21.009s"],
		[86_400_000_001, "1d0.000001s"],
	])("%i us is %s", (us, text) => {
		expect(formatInstant(us)).toBe(text);
	});

	test("parseDuration reads every instant back", () => {
		fc.assert(
			fc.property(
				fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }),
				(us) => parseDuration(formatInstant(us)) === us,
			),
			{ seed: 1 },
		);
	});
});
