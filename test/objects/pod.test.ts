import { describe, expect, test } from "vitest";
import { z } from "zod";
import {
	podFromManifest,
	podSchema,
	podSpecFromTemplate,
	podTemplateSchema,
	podTemplateSpecSchema,
} from "../../src/objects/pod.js";
import { PLAIN_FACTS } from "../../src/objects/spec.js";
import { complaints } from "../support/complaints.js";

const containers = [{ name: "c", resources: { requests: { cpu: "500m", memory: "1Gi" } } }];
const pod = (parts: object) =>
	podFromManifest(podSchema.parse({ metadata: { name: "p" }, spec: { containers }, ...parts }), []);

const NO_DEMANDS = {
	podAffinity: { required: [], preferred: [] },
	podAntiAffinity: { required: [], preferred: [] },
	spread: [],
	hostPorts: [],
	images: [],
	gates: [],
	preempts: true,
	controller: null,
	volumes: [],
	scored: null,
	load: null,
};

describe("podSpecFromTemplate", () => {
	test("a template without wishes has plain facts", () => {
		const template = podTemplateSpecSchema.parse({ spec: { containers } });
		expect(podSpecFromTemplate(template, [])).toEqual({
			facts: PLAIN_FACTS,
			requests: { cpu: 500, memory: 2 ** 30 },
			gpu: null,
			run: {
				containers: [
					{
						name: "c",
						kind: "main",
						image: "",
						imagePullPolicy: "Always",
						requests: { cpu: 500, memory: 2 ** 30 },
						limits: {},
						startupProbe: null,
						readinessProbe: null,
						livenessProbe: null,
						preStopUs: 0,
					},
				],
				restartPolicy: "Always",
				terminationGraceUs: 30_000_000,
			},
		});
	});

	test("reads everything a scheduler asks about", () => {
		const template = podTemplateSpecSchema.parse({
			metadata: { namespace: "ml", labels: { app: "x" }, annotations: { "alibabacloud.com/gpu-count": "2" } },
			spec: {
				schedulerName: "mine",
				priorityClassName: "high",
				nodeName: "n1",
				nodeSelector: { disk: "ssd" },
				tolerations: [{ key: "a", operator: "Exists" }],
				affinity: {
					nodeAffinity: {
						requiredDuringSchedulingIgnoredDuringExecution: {
							nodeSelectorTerms: [{ matchExpressions: [{ key: "zone", operator: "In", values: ["z1"] }] }],
						},
						preferredDuringSchedulingIgnoredDuringExecution: [
							{ weight: 3, preference: { matchFields: [{ key: "metadata.name", operator: "In", values: ["n1"] }] } },
						],
					},
				},
				initContainers: [
					{ name: "s", restartPolicy: "Always", resources: { limits: { cpu: "100m" } } },
					{ name: "i", resources: { requests: { cpu: 1 } } },
				],
				containers: [...containers, { name: "d" }],
				overhead: { memory: "1Mi" },
			},
		});
		expect(podSpecFromTemplate(template, [{ name: "high", value: 9, globalDefault: false }])).toMatchObject({
			facts: {
				namespace: "ml",
				labels: { app: "x" },
				priority: 9,
				className: "high",
				schedulerName: "mine",
				nodeName: "n1",
				nodeSelector: { disk: "ssd" },
				requiredNodeTerms: [{ matchExpressions: [{ key: "zone", operator: "In", values: ["z1"] }], matchFields: [] }],
				preferredNodeTerms: [
					{
						weight: 3,
						term: { matchExpressions: [], matchFields: [{ key: "metadata.name", operator: "In", values: ["n1"] }] },
					},
				],
				tolerations: [{ key: "a", operator: "Exists", value: "", effect: null, tolerationSeconds: null }],
				demands: {
					...NO_DEMANDS,
					// d and the memory of s count 200Mi each: s and c and d are 1 Gi and 400 Mi; overhead on top
					scored: {
						incoming: { cpu: 1100, memory: 2 ** 30 + 401 * 2 ** 20 },
						placed: { cpu: 1100, memory: 2 ** 30 + 401 * 2 ** 20 },
					},
					// the one limit, 100m of s, is less than the request
					load: {
						cpu: [
							{ request: 500, limit: null },
							{ request: null, limit: null },
						],
						cpuOverhead: 0,
						limits: { cpu: 1100, memory: 2 ** 30 + 2 ** 20 },
					},
				},
			},
			// cpu: max(500 + 100, 100 + 1000); memory: 1 Gi and 1 Mi on top
			requests: { cpu: 1100, memory: 2 ** 30 + 2 ** 20 },
			gpu: { count: 2, milli: 1000, models: [] },
		});
	});

	test("a PodTemplate object holds such a template", () => {
		const { template } = podTemplateSchema.parse({ metadata: { name: "t" }, template: { spec: { containers } } });
		expect(podSpecFromTemplate(template, []).requests).toEqual({ cpu: 500, memory: 2 ** 30 });
	});
});

describe("what load-aware scores look at", () => {
	const loadOf = (spec: object) =>
		podSpecFromTemplate(podTemplateSpecSchema.parse({ spec }), []).facts.demands?.load ?? null;
	const one = (resources: object) => ({ containers: [{ name: "c", resources }] });
	const GI = 2 ** 30;
	test.each<[string, object, object | null]>([
		["one container without limits is the usual", one({ requests: { cpu: "1", memory: "1Gi" } }), null],
		[
			"nor with a limit of memory that it requests",
			one({ requests: { cpu: "1", memory: "1Gi" }, limits: { memory: "1Gi" } }),
			null,
		],
		["nor one that requests nothing", one({}), null],
		[
			"a limit",
			one({ requests: { cpu: "1", memory: "1Gi" }, limits: { cpu: "2", memory: "3Gi" } }),
			{ cpu: [{ request: 1000, limit: 2000 }], cpuOverhead: 0, limits: { cpu: 2000, memory: 3 * GI } },
		],
		[
			"a request of 0 is written",
			one({ requests: { cpu: "0" } }),
			{ cpu: [{ request: 0, limit: null }], cpuOverhead: 0, limits: { cpu: 0, memory: 0 } },
		],
		[
			// The larger of 1 and 4 cpu, and overhead; a container without a limit adds nothing, but the pod requests 2 Gi.
			"limits of a pod: containers together, or an init container",
			{
				containers: [
					{ name: "a", resources: { requests: { memory: "1Gi" }, limits: { cpu: "1", memory: "1Gi" } } },
					{ name: "b", resources: { requests: { memory: "1Gi" } } },
				],
				initContainers: [{ name: "i", resources: { limits: { cpu: "4" } } }],
				overhead: { cpu: "100m" },
			},
			{
				cpu: [
					{ request: null, limit: 1000 },
					{ request: null, limit: null },
				],
				cpuOverhead: 100,
				limits: { cpu: 4100, memory: 2 * GI },
			},
		],
	])("%s", (_what, spec, expected) => {
		expect(loadOf(spec)).toEqual(expected);
	});
});

describe("podFromManifest", () => {
	const at = (seconds: number) => new Date(Date.UTC(2024, 4, 1, 0, 0, seconds)).toISOString();
	const us = (seconds: number) => (Date.UTC(2024, 4, 1) + seconds * 1000) * 1000;
	const ran = (from: number, to: number) => ({
		state: { terminated: { exitCode: 0, startedAt: at(from), finishedAt: at(to) } },
	});

	test("the life of a finished pod: from the first start to the last end of its containers", () => {
		const record = pod({
			metadata: { name: "p", namespace: "x", creationTimestamp: at(1) },
			status: { phase: "Failed", startTime: at(2), containerStatuses: [ran(5, 20), ran(4, 10)] },
		});
		expect(record).toMatchObject({
			namespace: "x",
			name: "p",
			phase: "Failed",
			createdAtUs: us(1),
			acknowledgedAtUs: us(2),
			startedAtUs: us(4),
			finishedAtUs: us(20),
			unmodelled: [],
		});
	});

	test("a pod with a running container has started, not finished", () => {
		const containerStatuses = [ran(5, 20), { state: { running: { startedAt: at(3) } } }];
		expect(pod({ status: { phase: "Running", containerStatuses } })).toMatchObject({
			startedAtUs: us(3),
			finishedAtUs: null,
		});
	});

	test("a container that never started leaves no times", () => {
		const containerStatuses = [
			{ state: { terminated: { startedAt: null, finishedAt: null } } },
			{ state: { waiting: {} } },
			{},
		];
		expect(pod({ status: { phase: "Failed", containerStatuses, initContainerStatuses: null } })).toMatchObject({
			startedAtUs: null,
			finishedAtUs: null,
		});
		expect(pod({})).toMatchObject({ namespace: "default", phase: null, createdAtUs: null, acknowledgedAtUs: null });
	});

	test("names the demands on which not every scheduler acts, and who does", () => {
		const spec = {
			containers: [{ name: "c", ports: [{ containerPort: 80 }, { hostPort: 80 }] }],
			affinity: { podAntiAffinity: {}, podAffinity: null },
			preemptionPolicy: "Never",
			topologySpreadConstraints: [{ maxSkew: 1, topologyKey: "zone", whenUnsatisfiable: "ScheduleAnyway" }],
			schedulingGates: [],
			workloadRef: { name: "w", podGroup: "workers" },
		};
		expect(pod({ spec }).unmodelled).toEqual([
			"spec.affinity.podAntiAffinity: only kube-scheduler acts on it",
			"spec.preemptionPolicy: Never: only kube-scheduler acts on it",
			"spec.topologySpreadConstraints: only kube-scheduler acts on it",
			"spec.workloadRef: only kube-scheduler acts on it",
			"spec.containers[].ports[].hostPort: only kube-scheduler acts on it",
		]);
		expect(pod({ spec: { containers: [{ ports: [{ containerPort: 80 }] }] } }).unmodelled).toEqual([]);
	});
});

test.each<[object, string]>([
	[{ metadata: { name: "p" } }, "missing 'spec': a pod needs a spec with containers"],
	[{ metadata: { name: "p" }, spec: {} }, "spec: missing 'containers': a pod needs a list of containers"],
	[{ metadata: { name: "p" }, spec: { containers: [] } }, "spec.containers: a pod needs at least one container"],
	[
		{ metadata: { name: "p" }, spec: { containers: [{ resources: { limits: { cpu: 1 }, requests: { cpu: 2 } } }] } },
		"spec.containers[0].resources.limits.cpu: the limit of cpu (1) is below its request (2): raise the limit or lower the request",
	],
	[
		{
			metadata: { name: "p", annotations: { "alibabacloud.com/gpu-milli": "0", "alibabacloud.com/gpu-count": "1" } },
			spec: { containers },
		},
		'metadata.annotations["alibabacloud.com/gpu-milli"]: must be from 1 to 1000, a whole device, got 0',
	],
	[{ metadata: { name: "p" }, spec: { containers, priority: 1.5 } }, "spec.priority: expected a whole number, got 1.5"],
	[
		{
			metadata: { name: "p" },
			spec: { containers: [7, 8].map(() => ({ resources: { requests: { memory: "7Pi" } } })) },
		},
		"spec.containers: the containers together request too much memory: the sum must stay below 2^53",
	],
	[
		{
			metadata: { name: "p" },
			spec: {
				containers,
				affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [] } } },
			},
		},
		"spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms: needs at least one term",
	],
	[
		{ metadata: { name: "p" }, spec: { containers }, status: { phase: "Done" } },
		"status.phase: expected Pending, Running, Succeeded, Failed or Unknown, got 'Done'",
	],
	[
		{ metadata: { name: "p", creationTimestamp: "yesterday" }, spec: { containers } },
		"metadata.creationTimestamp: 'yesterday' is not a time: write it as 2026-01-31T12:00:00Z",
	],
])("refuses %j", (input, message) => {
	expect(complaints(podSchema, input)).toEqual([message]);
});

test("the template has a JSON Schema", () => {
	const json = z.toJSONSchema(podTemplateSpecSchema, { io: "input", target: "draft-7" });
	expect(json).toMatchObject({
		type: "object",
		required: ["spec"],
		properties: { spec: { required: ["containers"] } },
	});
});
