import { describe, expect, test } from "vitest";
import {
	DEFAULT_CONFIGURATION,
	kubernetesConfigurationSchema,
} from "../../../src/scheduling/kubernetes/configuration.js";
import { complaints } from "../../support/complaints.js";

const written = (parts: object) => ({
	apiVersion: "kubescheduler.config.k8s.io/v1",
	kind: "KubeSchedulerConfiguration",
	...parts,
});
const profile = (parts: object) => written({ profiles: [{ schedulerName: "default-scheduler", ...parts }] });
const read = (parts: object) => kubernetesConfigurationSchema.parse(profile(parts)).profiles[0]!;
const args = (name: string, given: object) => profile({ pluginConfig: [{ name, args: given }] });
const strategy = (given: object) => args("NodeResourcesFit", { scoringStrategy: given });

describe("profiles", () => {
	test("the default one has Kubernetes' plugins, order and weights", () => {
		const [only] = DEFAULT_CONFIGURATION.profiles;
		expect(only!.schedulerName).toBe("default-scheduler");
		expect(only!.filters.map(({ name }) => name)).toEqual([
			...["NodeUnschedulable", "NodeName", "TaintToleration", "NodeAffinity", "NodePorts", "NodeResourcesFit"],
			...["VolumeRestrictions", "NodeVolumeLimits", "VolumeBinding", "VolumeZone", "PodTopologySpread"],
			...["InterPodAffinity", "DynamicResources"],
		]);
		expect(only!.scores.map(({ plugin, weight }) => `${plugin.name} ${weight}`)).toEqual([
			...["TaintToleration 3", "NodeAffinity 2", "NodeResourcesFit 1", "VolumeBinding 1", "PodTopologySpread 2"],
			...["InterPodAffinity 2", "NodeResourcesBalancedAllocation 1", "ImageLocality 1"],
		]);
		expect(only!.postFilters.map(({ preempts }) => preempts)).toEqual([
			{ minCandidateNodesPercentage: 10, minCandidateNodesAbsolute: 100 },
		]);
	});

	test("a weight at one point goes before a weight for all, and puts the plugin first", () => {
		const { scores } = read({
			plugins: {
				multiPoint: { enabled: [{ name: "NodeAffinity", weight: 5 }] },
				score: { enabled: [{ name: "ImageLocality", weight: 7 }], disabled: [{ name: "InterPodAffinity" }] },
			},
		});
		expect(scores.map(({ plugin, weight }) => `${plugin.name} ${weight}`)).toEqual([
			...["ImageLocality 7", "TaintToleration 3", "NodeAffinity 5", "NodeResourcesFit 1", "VolumeBinding 1"],
			...["PodTopologySpread 2", "NodeResourcesBalancedAllocation 1"],
		]);
	});

	test("a star switches off all, but what is enabled beside it", () => {
		const { filters, scores, postFilters } = read({
			plugins: {
				filter: { disabled: [{ name: "*" }], enabled: [{ name: "NodeResourcesFit" }] },
				multiPoint: { disabled: [{ name: "DefaultPreemption" }] },
				score: { disabled: [{ name: "*" }] },
			},
		});
		expect(filters.map(({ name }) => name)).toEqual(["NodeResourcesFit"]);
		expect(scores).toEqual([]);
		expect(postFilters).toEqual([]);
	});

	test("each profile has its own share of nodes to look at, or that of all", () => {
		const { profiles } = kubernetesConfigurationSchema.parse(
			written({
				percentageOfNodesToScore: 30,
				profiles: [{ schedulerName: "a" }, { schedulerName: "b", percentageOfNodesToScore: 70 }],
			}),
		);
		expect(profiles.map((p) => p.percentageOfNodesToScore)).toEqual([30, 70]);
	});
});

test.each<[string, object, string]>([
	["another kind", { apiVersion: "v1", kind: "KubeSchedulerConfiguration" }, "apiVersion: "],
	["an unknown field", written({ percentage: 3 }), "percentage: unknown key 'percentage'; allowed: "],
	[
		"no profile name among several",
		written({ profiles: [{}, { schedulerName: "a" }] }),
		"profiles[0]: missing 'schedulerName': with several profiles each needs a schedulerName",
	],
	[
		"a profile twice",
		written({ profiles: [{ schedulerName: "a" }, { schedulerName: "a" }] }),
		"profiles[1].schedulerName: there is a profile for 'a' already",
	],
	[
		"a backoff that shrinks",
		written({ podInitialBackoffSeconds: 20 }),
		"missing 'podMaxBackoffSeconds': must be at least podInitialBackoffSeconds, 20",
	],
	[
		"extenders",
		written({ extenders: [{ urlPrefix: "http://x" }] }),
		"extenders: extenders are not simulated: leave them out",
	],
	[
		"an unknown plugin",
		profile({ plugins: { score: { enabled: [{ name: "NodeResourceFit" }] } } }),
		"profiles[0].plugins.score.enabled[0].name: there is no plugin 'NodeResourceFit'; did you mean 'NodeResourcesFit'?",
	],
	[
		"a plugin out of place",
		profile({ plugins: { score: { enabled: [{ name: "NodeName" }] } } }),
		"profiles[0].plugins.score.enabled[0].name: NodeName has nothing to say at score",
	],
	[
		"two orders of one queue",
		profile({ plugins: { multiPoint: { enabled: [{ name: "Coscheduling" }] } } }),
		"profiles[0].plugins: one plugin sorts the queue, not PrioritySort and Coscheduling: disable the others, as in multiPoint: {disabled: [{name: PrioritySort}]}",
	],
	[
		"an argument of Coscheduling out of range",
		args("Coscheduling", { permitWaitingTimeSeconds: 0 }),
		"profiles[0].pluginConfig[0].args.permitWaitingTimeSeconds: must be at least 1, got 0",
	],
	[
		"an argument that CapacityScheduling does not take",
		args("CapacityScheduling", { minCandidateNodesAbsolute: 1 }),
		"profiles[0].pluginConfig[0].args.minCandidateNodesAbsolute: unknown key 'minCandidateNodesAbsolute'; allowed: apiVersion, kind",
	],
	[
		"an unknown argument",
		args("InterPodAffinity", { hardWeight: 1 }),
		"profiles[0].pluginConfig[0].args.hardWeight: unknown key 'hardWeight'; allowed: ",
	],
	[
		"a plugin configured twice",
		profile({ pluginConfig: [{ name: "NodeName" }, { name: "NodeName" }] }),
		"profiles[0].pluginConfig[1].name: 'NodeName' is configured twice in this profile",
	],
	[
		"a weight out of range",
		args("InterPodAffinity", { hardPodAffinityWeight: 101 }),
		"profiles[0].pluginConfig[0].args.hardPodAffinityWeight: must be at most 100, got 101",
	],
	[
		"a preferred term of weight 0",
		args("NodeAffinity", {
			addedAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 0, preference: {} }] },
		}),
		"preferredDuringSchedulingIgnoredDuringExecution[0].weight: must be at least 1, got 0",
	],
	[
		"a shape that falls back",
		strategy({
			type: "RequestedToCapacityRatio",
			requestedToCapacityRatio: {
				shape: [
					{ utilization: 50, score: 1 },
					{ utilization: 50, score: 2 },
				],
			},
		}),
		"shape[1].utilization: the points must come by rising utilization",
	],
	[
		"no shape",
		strategy({ type: "RequestedToCapacityRatio" }),
		"scoringStrategy.type: RequestedToCapacityRatio needs requestedToCapacityRatio with a shape",
	],
	[
		"a weighted balance",
		args("NodeResourcesBalancedAllocation", { resources: [{ name: "cpu", weight: 2 }] }),
		"resources[0].weight: must be 1",
	],
	[
		"constraints beside the system's",
		args("PodTopologySpread", {
			defaultConstraints: [{ maxSkew: 1, topologyKey: "zone", whenUnsatisfiable: "DoNotSchedule" }],
		}),
		"args.defaultConstraints: System comes with its own constraints: write defaultingType: List to use these",
	],
	[
		"maxSkew 0",
		args("PodTopologySpread", {
			defaultingType: "List",
			defaultConstraints: [{ maxSkew: 0, topologyKey: "zone", whenUnsatisfiable: "DoNotSchedule" }],
		}),
		"defaultConstraints[0].maxSkew: must be at least 1: how many more matching pods one domain may have than another",
	],
	[
		"no candidates at all",
		args("DefaultPreemption", { minCandidateNodesPercentage: 0, minCandidateNodesAbsolute: 0 }),
		"args.minCandidateNodesAbsolute: cannot be 0 together with minCandidateNodesPercentage: some node must be a candidate",
	],
])("%s is refused", (_what, given, message) => {
	const [first] = complaints(kubernetesConfigurationSchema, given);
	expect(first).toContain(message);
});
