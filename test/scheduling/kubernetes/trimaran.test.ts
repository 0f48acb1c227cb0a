/** The load-aware plugins of kubernetes-sigs/scheduler-plugins, each by table, with the arithmetic beside it. */
import { describe, expect, test } from "vitest";
import type { NodeId } from "../../../src/cell/ids.js";
import { type MeasuredLoad, NEVER_MEASURED } from "../../../src/cell/node-load.js";
import { kubernetesConfigurationSchema } from "../../../src/scheduling/kubernetes/configuration.js";
import { complaints } from "../../support/complaints.js";
import { KubeCell } from "../../support/kubernetes.js";

const SECOND = 1_000_000;

/** Amounts of one container: `{}` requests nothing. */
interface Container {
	readonly requests?: object;
	readonly limits?: object;
}

interface Scene {
	readonly args?: object;
	readonly load?: Partial<MeasuredLoad> | null;
	readonly pod: readonly Container[];
	readonly overhead?: object;
	/** Pods of one container each that are there, bound so many seconds before the window ended. */
	readonly there?: readonly (Container & { readonly secondsBefore: number })[];
}

const manifest = (containers: readonly Container[]) => containers.map((resources, i) => ({ name: `c${i}`, resources }));

/** What the plugin gives a node of 4 cpu and 8 Gi. */
function score(plugin: string, { args = {}, load = {}, pod, overhead = {}, there = [] }: Scene): number {
	const kube = new KubeCell({
		configuration: {
			profiles: [
				{
					plugins: { score: { disabled: [{ name: "*" }], enabled: [{ name: plugin }] } },
					pluginConfig: [{ name: plugin, args }],
				},
			],
		},
	});
	// Nothing is scored where there is one node only.
	kube.node("a").node("other");
	const untilUs = 3600 * SECOND;
	for (const { secondsBefore, ...container } of there) {
		kube.clock.nowUs = untilUs - secondsBefore * SECOND;
		kube.cell.adoptPod(kube.pod(`there-${secondsBefore}`, { containers: manifest([container]) }), 0 as NodeId);
	}
	kube.clock.nowUs = untilUs + 30 * SECOND;
	if (load !== null) kube.cell.nodes.load.report(0 as NodeId, { ...NEVER_MEASURED, untilUs, ...load });
	const { findings } = kube.try(kube.pod("asks", { containers: manifest(pod), overhead }));
	return findings!.scores[0]!.raw[findings!.feasible.indexOf(0 as NodeId)]!;
}

type Row = [what: string, scene: Scene, expected: number];
const cpu = (amount: string) => ({ cpu: amount });
/** A container that is taken to use nothing. */
const IDLE: Container = { limits: cpu("0") };

describe("TargetLoadPacking", () => {
	const idle = { cpuMean: 0 };
	test.each<Row>([
		["nobody has measured", { load: null, pod: [IDLE] }, 0],
		["an idle node", { load: idle, pod: [IDLE] }, 40],
		// 1000m x 1.5 = 1500 of 4000: 37.5 %. 60 x 37.5 / 40 + 40 = 96.25
		["a request counts 1.5 times", { load: idle, pod: [{ requests: cpu("1") }] }, 96],
		// 2000 of 4000: 50 %. Beyond the target: 40 x (100 - 50) / (100 - 40) = 33.3
		["a limit counts as it is", { load: idle, pod: [{ requests: cpu("1"), limits: cpu("2") }] }, 33],
		// 25 %: 60 x 25 / 40 + 40 = 77.5
		["neither counts as 1000m", { load: idle, pod: [{}] }, 78],
		// 400 + 1000 = 35 %: 60 x 35 / 40 + 40 = 92.5
		["containers add up", { load: idle, pod: [{ limits: cpu("400m") }, {}] }, 93],
		// 1400 + 200 = 40 %, the target
		["overhead is added", { load: idle, pod: [{ limits: cpu("1400m") }], overhead: cpu("200m") }, 100],
		// 50 % as above
		["a hot node", { load: { cpuMean: 0.5 }, pod: [IDLE] }, 33],
		// 30 % + 100 %
		["more than there is", { load: { cpuMean: 0.3 }, pod: [{ limits: cpu("4") }] }, 0],
		// 1500 missing of 4000, as with a request of its own
		[
			"a pod of the last minute is missing",
			{ load: idle, pod: [IDLE], there: [{ requests: cpu("1"), secondsBefore: 59 }] },
			96,
		],
		[
			"and one bound after the window",
			{ load: idle, pod: [IDLE], there: [{ requests: cpu("1"), secondsBefore: -5 }] },
			96,
		],
		[
			"not one of a full minute before",
			{ load: idle, pod: [IDLE], there: [{ requests: cpu("1"), secondsBefore: 60 }] },
			40,
		],
		// 20 % + 500m x 2 = 45 %: 40 x 45 / 60 + 60 = 90
		[
			"other arguments",
			{
				args: { targetUtilization: 60, defaultRequests: cpu("700m"), defaultRequestsMultiplier: "2" },
				load: { cpuMean: 0.2 },
				pod: [{ requests: cpu("500m") }],
			},
			90,
		],
		// 17.5 %: 40 x 17.5 / 60 + 60 = 71.7
		["another default", { args: { targetUtilization: 60, defaultRequests: cpu("700m") }, load: idle, pod: [{}] }, 72],
	])("%s", (_what, scene, expected) => {
		expect(score("TargetLoadPacking", scene)).toBe(expected);
	});
});

describe("LoadVariationRiskBalancing", () => {
	// 400m are 10 % of the node.
	const pod = [{ requests: cpu("400m") }];
	const load = { cpuMean: 0.4, cpuDeviation: 0.36, memoryMean: 0, memoryDeviation: 0 };
	test.each<Row>([
		["nobody has measured", { load: null, pod }, 0],
		// (0.4 + 0.1 + 0.36) / 2 = 0.43
		["mean, request and deviation", { load, pod }, 57],
		// memory: (0.5 + 0.25 + 0.3) / 2 = 0.525, and cpu as before
		[
			"the worse of cpu and memory",
			{ load: { ...load, memoryMean: 0.5, memoryDeviation: 0.3 }, pod: [{ requests: { cpu: "400m", memory: "2Gi" } }] },
			48,
		],
		["one of them is not measured", { load: { ...load, memoryMean: Number.NaN }, pod }, 57],
		// (0.5 + 2 x 0.36) / 2 = 0.61
		["the margin is a factor", { args: { safeVarianceMargin: 2 }, load, pod }, 39],
		// (0.5 + 0.6) / 2 = 0.55
		["the sensitivity is a root", { args: { safeVarianceSensitivity: 2 }, load, pod }, 45],
		// (0.5 + 1) / 2
		["which is at most 1", { args: { safeVarianceMargin: 9 }, load, pod }, 25],
		["sensitivity 0: no deviation", { args: { safeVarianceSensitivity: 0 }, load, pod }, 75],
		["but for one of 1", { args: { safeVarianceSensitivity: 0 }, load: { ...load, cpuDeviation: 1 }, pod }, 25],
		// (1 + 0) / 2, not (1.1 + 0) / 2
		["a full node", { load: { ...load, cpuMean: 1, cpuDeviation: 0 }, pod }, 50],
	])("%s", (_what, scene, expected) => {
		expect(score("LoadVariationRiskBalancing", scene)).toBe(expected);
	});
});

describe("LowRiskOverCommitment", () => {
	const load = { cpuMean: 0.8, cpuDeviation: 0, memoryMean: 0.25, memoryDeviation: 0 };
	/** Of these the mean is 1/2 and the variance 1/20. */
	const beta22 = { cpuMean: 0.5, cpuDeviation: Math.sqrt(0.05), memoryMean: 0, memoryDeviation: 0 };
	const there = (request: string, limit: string) => [
		{ requests: cpu(request), limits: cpu(limit), secondsBefore: 600 },
	];
	const plain = { smoothingWindowSize: 1 };
	test.each<Row>([
		["nobody has measured", { load: null, pod: [{ requests: cpu("1") }] }, 0],
		["a pod that requests nothing and has no limits", { load, pod: [{}] }, 0],
		// cpu: limits of 3000 are less than 4000; 0.8 of the node are always used and 0.25 requested: 0.5 x 0 + 0.5 x 1.
		// memory: (12 - 8) / (12 - 4) of the limits are not there; nothing is requested or allowed so far: 0.5 x 0.5 + 0.5 x 0.
		[
			"limits and load weigh the same",
			{
				load,
				pod: [{ requests: { cpu: "1", memory: "4Gi" }, limits: { cpu: "1", memory: "12Gi" } }],
				there: there("1", "2"),
			},
			50,
		],
		// cpu: (5000 - 4000) / (5000 - 4000), and 0.75 requested of 0.8.
		["the worst", { load, pod: [{ requests: cpu("1"), limits: cpu("1") }], there: there("3", "4") }, 0],
		// As the first, but what was measured of cpu does not count; no memory is requested or allowed.
		[
			"limits alone",
			{ args: { riskLimitWeights: { cpu: 1 } }, load, pod: [{ requests: cpu("1") }], there: there("1", "2") },
			100,
		],
		// limits: (7000 - 4000) / (7000 - 3000) = 0.75. load: half of beta(2,2) lies above 0.5. 0.5 x 0.75 + 0.5 x 0.5 = 0.625
		[
			"a load that deviates",
			{ args: plain, load: beta22, pod: [{ requests: cpu("1"), limits: cpu("3") }], there: there("2", "4") },
			38,
		],
		// Below 0.75, the limit, lie 3 x 0.75^2 - 2 x 0.75^3 = 0.84375: 0.5 / 0.84375 = 0.593 lie below 0.5.
		[
			"given that limits hold",
			{
				args: { ...plain, riskLimitWeights: { cpu: 0, memory: 0 } },
				load: beta22,
				pod: [{ requests: cpu("1") }],
				there: there("2", "3"),
			},
			59,
		],
		// 0.1 x sqrt(5) is the deviation of before.
		[
			"smoothing hides part of the deviation",
			{
				args: { riskLimitWeights: { cpu: 0, memory: 0 } },
				load: { ...beta22, cpuDeviation: 0.1 },
				pod: [{ requests: cpu("1") }],
				there: there("2", "3"),
			},
			59,
		],
		// It is cut to that of the widest distribution, of which one half lies at 1 and the other at 0.
		[
			"a deviation larger than there can be",
			{
				args: { riskLimitWeights: { cpu: 0, memory: 0 } },
				load: { ...beta22, cpuDeviation: 1 },
				pod: [{ requests: cpu("1") }],
				there: there("2", "4"),
			},
			50,
		],
	])("%s", (_what, scene, expected) => {
		expect(score("LowRiskOverCommitment", scene)).toBe(expected);
	});
});

test.each<[string, object, string]>([
	["TargetLoadPacking", { targetUtilization: 0 }, "targetUtilization: must be at least 1, got 0"],
	[
		"TargetLoadPacking",
		{ defaultRequestsMultiplier: 2 },
		'defaultRequestsMultiplier: expected a number in quotes, such as "1.5", got 2',
	],
	[
		"TargetLoadPacking",
		{ defaultRequestsMultiplier: "-1" },
		"defaultRequestsMultiplier: expected a number from 0, got '-1'",
	],
	["LoadVariationRiskBalancing", { safeVarianceMargin: -1 }, "safeVarianceMargin: must be at least 0, got -1"],
	["LowRiskOverCommitment", { riskLimitWeights: { cpu: 2 } }, "riskLimitWeights.cpu: must be at most 1, got 2"],
])("%s refuses %j", (name, args, message) => {
	const given = {
		apiVersion: "kubescheduler.config.k8s.io/v1",
		kind: "KubeSchedulerConfiguration",
		profiles: [{ pluginConfig: [{ name, args }] }],
	};
	expect(complaints(kubernetesConfigurationSchema, given)).toEqual([`profiles[0].pluginConfig[0].args.${message}`]);
});

test("they are in no profile that does not enable them, and take the arguments that say where metrics come from", () => {
	const parse = (profile: object) =>
		kubernetesConfigurationSchema.parse({
			apiVersion: "kubescheduler.config.k8s.io/v1",
			kind: "KubeSchedulerConfiguration",
			profiles: [profile],
		}).profiles[0]!;
	const names = ({ scores }: ReturnType<typeof parse>) => scores.map(({ plugin }) => plugin.name);
	expect(names(parse({}))).not.toContain("TargetLoadPacking");
	const args = { watcherAddress: "http://127.0.0.1:2020", metricProvider: { type: "Prometheus" } };
	const enabled = parse({
		plugins: { score: { enabled: [{ name: "TargetLoadPacking", weight: 5 }] } },
		pluginConfig: [{ name: "TargetLoadPacking", args }],
	});
	expect(names(enabled).at(-1)).toBe("TargetLoadPacking");
});
