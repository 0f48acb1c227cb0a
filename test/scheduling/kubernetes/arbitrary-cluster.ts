/** Random clusters for the Kubernetes scheduler: few labels, values and amounts, so that everything meets everything. */
import fc from "fast-check";

export const KEYS = ["topology.kubernetes.io/zone", "rack", "kubernetes.io/hostname"] as const;

export interface DrawnNode {
	readonly labels: Readonly<Record<string, string>>;
	readonly spec: object;
	readonly allocatable: object;
	readonly images: readonly object[];
}

const sometimes = <T>(weight: number, arbitrary: fc.Arbitrary<T>, otherwise: T): fc.Arbitrary<T> =>
	fc.oneof({ weight: 10 - weight, arbitrary: fc.constant(otherwise) }, { weight, arbitrary });

const app = fc.constantFrom("a", "b", "c");
const selector = fc.oneof(
	app.map((value) => ({ matchLabels: { app: value } })),
	fc.constant({ matchExpressions: [{ key: "app", operator: "Exists" }] }),
	fc.constant({}),
);
const key = fc.constantFrom(...KEYS);

/** Without a name; the host name is the node's own unless the labels say otherwise. */
export const drawnNode: fc.Arbitrary<DrawnNode> = fc.record({
	labels: fc
		.record({
			zone: fc.constantFrom("x", "y", "z", ""),
			rack: fc.constantFrom("1", "2", "3", ""),
			host: sometimes(1, fc.constantFrom("twin", ""), "own"),
		})
		.map(({ zone, rack, host }) => ({
			...(zone !== "" && { [KEYS[0]]: zone }),
			...(rack !== "" && { [KEYS[1]]: rack }),
			...(host !== "own" && { [KEYS[2]]: host }),
		})),
	spec: fc.record({
		unschedulable: sometimes(1, fc.constant(true), false),
		taints: fc.oneof(
			{ weight: 6, arbitrary: fc.constant([]) },
			{
				weight: 4,
				arbitrary: fc.subarray([
					{ key: "team", value: "ml", effect: "NoSchedule" },
					{ key: "slow", effect: "PreferNoSchedule" },
					{ key: "old", effect: "PreferNoSchedule" },
				]),
			},
		),
	}),
	allocatable: fc.record({
		cpu: fc.constantFrom("2", "4", "6"),
		memory: fc.constantFrom("4Gi", "8Gi"),
		pods: fc.constantFrom("2", "5", "110"),
	}),
	images: sometimes(3, fc.constantFrom("small", "large").map(image), []),
});

function image(name: string): object[] {
	return [{ names: [`${name}:latest`], sizeBytes: name === "small" ? 50_000_000 : 900_000_000 }];
}

const podTerm = fc.record({
	topologyKey: key,
	labelSelector: selector,
	namespaces: sometimes<readonly string[]>(2, fc.constant(["other", "default"]), []),
});
const weightedTerm = fc.record({ weight: fc.constantFrom(1, 10, 100), podAffinityTerm: podTerm });
const podAffinity = fc.record({
	requiredDuringSchedulingIgnoredDuringExecution: sometimes(3, fc.array(podTerm, { minLength: 1, maxLength: 2 }), []),
	preferredDuringSchedulingIgnoredDuringExecution: sometimes(
		4,
		fc.array(weightedTerm, { minLength: 1, maxLength: 2 }),
		[],
	),
});
const zoneTerm = fc.constantFrom("In", "NotIn").map((operator) => ({
	matchExpressions: [{ key: KEYS[0], operator, values: ["x"] }],
}));
const nodeAffinity = fc.record({
	requiredDuringSchedulingIgnoredDuringExecution: sometimes(
		3,
		fc
			.oneof(
				zoneTerm,
				fc.constant({ matchFields: [{ key: "metadata.name", operator: "In", values: ["node-1", "node-2"] }] }),
			)
			.map((term) => ({ nodeSelectorTerms: [term] })),
		undefined,
	),
	preferredDuringSchedulingIgnoredDuringExecution: sometimes(
		5,
		fc.array(fc.record({ weight: fc.constantFrom(1, 20), preference: zoneTerm }), { minLength: 1, maxLength: 2 }),
		[],
	),
});
const spread = fc.record({
	topologyKey: key,
	maxSkew: fc.constantFrom(1, 2),
	whenUnsatisfiable: fc.constantFrom("DoNotSchedule", "ScheduleAnyway"),
	labelSelector: selector,
	nodeAffinityPolicy: fc.constantFrom("Honor", "Ignore"),
	nodeTaintsPolicy: fc.constantFrom("Honor", "Ignore"),
});

/** What a pod of a class asks for; `spec` and `metadata` of its manifest. */
export const drawnPod = fc.record({
	metadata: fc.record({
		labels: app.map((value) => ({ app: value })),
		namespace: sometimes(2, fc.constant("other"), "default"),
	}),
	spec: fc.record({
		priority: fc.constantFrom(0, 0, 0, 5, 10),
		containers: fc
			.record({
				cpu: fc.constantFrom("500m", "1", "2"),
				memory: fc.constantFrom("512Mi", "1Gi"),
				limits: sometimes<object>(3, fc.constantFrom({ cpu: "3" }, { cpu: "2", memory: "6Gi" }), {}),
				image: fc.constantFrom("", "small", "large"),
				port: sometimes(1, fc.constant(8080), 0),
			})
			.map(({ cpu, memory, limits, image: name, port }) => [
				{
					name: "c",
					...(name !== "" && { image: name }),
					resources: { requests: { cpu, memory }, limits },
					...(port > 0 && { ports: [{ containerPort: port, hostPort: port }] }),
				},
			]),
		tolerations: sometimes<readonly object[]>(
			3,
			fc.constantFrom("team", null).map((taint) => [{ key: taint ?? undefined, operator: "Exists" }]),
			[],
		),
		topologySpreadConstraints: sometimes(
			4,
			fc.uniqueArray(spread, {
				minLength: 1,
				maxLength: 3,
				selector: ({ topologyKey, whenUnsatisfiable }) => topologyKey + whenUnsatisfiable,
			}),
			[],
		),
		affinity: fc.record({
			nodeAffinity: sometimes(3, nodeAffinity, undefined),
			podAffinity: sometimes(3, podAffinity, undefined),
			podAntiAffinity: sometimes(3, podAffinity, undefined),
		}),
	}),
});

const pluginConfig = fc.constantFrom(
	[],
	[{ name: "NodeResourcesFit", args: { scoringStrategy: { type: "MostAllocated" } } }],
	[
		{ name: "InterPodAffinity", args: { hardPodAffinityWeight: 50, ignorePreferredTermsOfExistingPods: true } },
		{ name: "DefaultPreemption", args: { minCandidateNodesPercentage: 0, minCandidateNodesAbsolute: 2 } },
	],
	[
		{
			name: "PodTopologySpread",
			args: {
				defaultingType: "List",
				defaultConstraints: [
					{ topologyKey: "rack", maxSkew: 1, whenUnsatisfiable: "ScheduleAnyway" },
					{ topologyKey: KEYS[2], maxSkew: 2, whenUnsatisfiable: "DoNotSchedule" },
				],
			},
		},
	],
);
const plugins = fc.constantFrom(
	{},
	// Filters that look at all pods come first.
	{ filter: { enabled: [{ name: "InterPodAffinity" }, { name: "PodTopologySpread" }] } },
	{ multiPoint: { enabled: [{ name: "ImageLocality", weight: 20 }], disabled: [{ name: "NodeResourcesFit" }] } },
);
const loadPlugins = fc
	.subarray(["TargetLoadPacking", "LoadVariationRiskBalancing", "LowRiskOverCommitment"], { minLength: 1 })
	.map((names) => ({ score: { enabled: names.map((name) => ({ name, weight: 3 })) } }));

const configurationOf = (drawnPlugins: fc.Arbitrary<object>) =>
	fc
		.record({ pluginConfig, plugins: drawnPlugins, percentageOfNodesToScore: fc.constantFrom(0, 1, 100) })
		.map((profile) => ({ profiles: [profile] }));

/** Fields of a KubeSchedulerConfiguration. */
export const drawnConfiguration = configurationOf(plugins);
/** With plugins that look at load. */
export const drawnLoadConfiguration = configurationOf(loadPlugins);

/** What happens to the cluster between two pods; numbers choose nodes and pods. */
export const drawnEvent = fc.record({
	kind: fc.constantFrom(
		"nothing",
		"nothing",
		"nothing",
		"end",
		"leave",
		"ready",
		"declare",
		"add",
		"remove",
		"promise",
		"load",
		"objects",
	),
	load: fc.tuple(...[0, 1, 2, 3].map(() => fc.constantFrom(0, 0.1, 0.3, 0.5, 1))),
	which: fc.nat({ max: 1000 }),
	node: drawnNode,
});

export type DrawnEvent = typeof drawnEvent extends fc.Arbitrary<infer T> ? T : never;
