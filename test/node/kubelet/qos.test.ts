import { describe, expect, test } from "vitest";
import { memoryHigh, memoryMin, oomScoreAdj, qosClass } from "../../../src/node/kubelet/qos.js";
import type { ContainerRun } from "../../../src/objects/pod-run.js";
import { containerRun } from "../../support/pod-runs.js";

const MIB = 2 ** 20;
const GIB = 2 ** 30;

const full = { requests: { cpu: 500, memory: GIB }, limits: { cpu: 500, memory: GIB } };

describe("the quality-of-service class", () => {
	test.each<[string, readonly Partial<ContainerRun>[], string]>([
		["no container asks for anything", [{}, {}], "BestEffort"],
		[
			"other resources do not count",
			[{ requests: { "nvidia.com/gpu": 1 }, limits: { "nvidia.com/gpu": 1 } }],
			"BestEffort",
		],
		["a request of 0 is none", [{ requests: { cpu: 0 } }], "BestEffort"],
		["one request is enough", [{}, { requests: { memory: 1 } }], "Burstable"],
		["one limit is enough", [{}, { limits: { cpu: 100 } }], "Burstable"],
		["requests and limits are equal", [full, full], "Guaranteed"],
		["limits alone imply equal requests", [{ limits: { cpu: 500, memory: GIB } }], "Guaranteed"],
		["every container must say both", [full, { limits: { cpu: 500 } }], "Burstable"],
		["init containers and sidecars count, too", [{ kind: "init" }, full], "Burstable"],
		["a request below the limit", [{ ...full, requests: { cpu: 400, memory: GIB } }], "Burstable"],
	])("%s", (_, containers, expected) => {
		expect(qosClass(containers.map((each) => containerRun("c", each)))).toBe(expected);
	});
});

describe("oom_score_adj", () => {
	/** Of containers with these memory requests (main ones unless `sidecar`), on a node of 16 GiB. */
	function scores(given: readonly (number | { sidecar: number } | { init: number })[], options = {}): number[] {
		const containers = given.map((each, i) => {
			if (typeof each === "number") return containerRun(`c${i}`, { requests: { memory: each } });
			const [kind, memory] = "sidecar" in each ? (["sidecar", each.sidecar] as const) : (["init", each.init] as const);
			return containerRun(`c${i}`, { kind, requests: { memory } });
		});
		return containers.map((container) => oomScoreAdj(containers, container, 16 * GIB, options));
	}

	test.each<[string, Parameters<typeof scores>, readonly number[]]>([
		["BestEffort: first of all", [[0]], [1000]],
		["1000 - floor(1000 x 4 / 16), 1000 - floor(1000 x 1 / 16 = 62.5)", [[4 * GIB, GIB]], [750, 938]],
		["a request too small to count is still not BestEffort: 1000 - 0 becomes 999", [[16 * MIB, 0]], [999, 999]],
		["1000 - floor(1000 x 16.384 MiB / 16 GiB = 1) = 999, 1000 - 2 = 998", [[17_179_870, 34_359_739]], [999, 998]],
		["a request of the whole node: 0 is raised to 3", [[16 * GIB]], [3]],
		["1000 - floor(1000 x 15.95 / 16 = 996.9) = 4, 997.5 -> 3", [[15.95 * GIB, 15.96 * GIB]], [4, 3]],
		[
			"a sidecar is not above the regular container with the smallest request: 4 of 16, not 0.5",
			[[{ sidecar: GIB / 2 }, 4 * GIB, 8 * GIB]],
			[750, 750, 500],
		],
		["a sidecar with a larger request keeps its own", [[{ sidecar: 8 * GIB }, 4 * GIB]], [500, 750]],
		["an init container has its own", [[{ init: 8 * GIB }, 4 * GIB]], [500, 750]],
		["system-node-critical pods are as Guaranteed ones", [[GIB], { nodeCritical: true }], [-997]],
		[
			"of 8 GiB of the pod 2 are allocated: 3 more for each of two, 1 + 3 of 16",
			[[GIB, GIB], { podMemoryRequestBytes: 8 * GIB }],
			[750, 750],
		],
		["the same where the pod alone requests: 4 for each", [[0, 0], { podMemoryRequestBytes: 8 * GIB }], [750, 750]],
		[
			"with an init container of 6 the pod's 8 leave 2: 1 for each",
			[[{ init: 6 * GIB }, 3 * GIB], { podMemoryRequestBytes: 8 * GIB }],
			[563, 750],
		],
		[
			"a sidecar counts with the share of the regular one",
			[[{ sidecar: GIB }, 3 * GIB], { podMemoryRequestBytes: 6 * GIB }],
			[750, 750],
		],
	])("%s", (_, given, expected) => {
		expect(scores(...given)).toEqual(expected);
	});

	test("Guaranteed: last of all", () => {
		const container = containerRun("c", full);
		expect(oomScoreAdj([container], container, 16 * GIB)).toBe(-997);
	});
});

describe("MemoryQoS", () => {
	const allocatable = 10_000 * 4096;

	// Pages of 4096 bytes: floor(request + 0.9 x (limit or 10,000 pages - request)).
	test.each<[string, number | null, number | null, number, number]>([
		["request 1000, limit 2000 pages: 1000 + 900", 1000, 2000, 1000, 1900],
		["request 1000, limit 1001: 1000.9 is 1000, which does not exceed the request", 1000, 1001, 1000, Infinity],
		["request 1000, limit 1005: 1004.5 is 1004", 1000, 1005, 1000, 1004],
		["request 1000 without a limit: 1000 + 0.9 x 9000", 1000, null, 1000, 9100],
		["request equals limit", 1000, 1000, 1000, Infinity],
		["a limit alone is also the request", null, 1000, 1000, Infinity],
		["neither", null, null, 0, Infinity],
	])("%s", (_, request, limit, min, high) => {
		const container = containerRun("c", {
			requests: request === null ? {} : { memory: request * 4096 },
			limits: limit === null ? {} : { memory: limit * 4096 },
		});
		expect([memoryMin(container) / 4096, memoryHigh(container, allocatable) / 4096]).toEqual([min, high]);
	});

	test("takes another throttling factor", () => {
		const container = containerRun("c", { requests: { memory: 1000 * 4096 }, limits: { memory: 2000 * 4096 } });
		expect(memoryHigh(container, allocatable, 0.5)).toBe(1500 * 4096);
	});
});
