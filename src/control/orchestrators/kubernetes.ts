import { z } from "zod";
import type { RandomSource } from "../../engine/random.js";
import { SECOND, type SimTime } from "../../engine/time.js";
import { durationSchema } from "../../objects/duration.js";
import { planeReplicasOf, planeReplicasSchema } from "../availability/schema.js";
import { clusterAutoscaler } from "../controllers/cluster-autoscaler/cluster-autoscaler.js";
import { clusterAutoscalerSchema } from "../controllers/cluster-autoscaler/schema.js";
import { configReloader } from "../controllers/config-reloader.js";
import { cronJobController } from "../controllers/cron-job.js";
import { daemonSetController } from "../controllers/daemon-set/daemon-set.js";
import { deploymentController, listingDeploymentController } from "../controllers/deployment/deployment.js";
import { disruptionController } from "../controllers/disruption.js";
import { endpointSliceController } from "../controllers/endpoint-slice.js";
import { garbageCollectorFor } from "../controllers/garbage-collector.js";
import { horizontalPodAutoscalerController } from "../controllers/horizontal-pod-autoscaler/horizontal-pod-autoscaler.js";
import { jobController } from "../controllers/job/job.js";
import { ttlAfterFinishedController } from "../controllers/job/ttl.js";
import { karpenter } from "../controllers/karpenter/karpenter.js";
import { karpenterSchema } from "../controllers/karpenter/schema.js";
import { namespaceControllerFor } from "../controllers/namespace.js";
import { evictionTimeoutController } from "../controllers/node-lifecycle/eviction-timeout.js";
import { nodeLifecycleController } from "../controllers/node-lifecycle/node-lifecycle.js";
import { persistentVolumeBinder } from "../controllers/persistent-volume-binder.js";
import { podGcController } from "../controllers/pod-gc.js";
import { replicaSetController } from "../controllers/replica-set.js";
import { resourceQuotaController } from "../controllers/resource-quota.js";
import { statefulSetController } from "../controllers/stateful-set/stateful-set.js";
import { taintEvictionController } from "../controllers/taint-eviction.js";
import { Heartbeats, scattered } from "../heartbeats.js";
import { builtInKinds } from "../kinds/index.js";
import { type Quantities, quantitiesSchema } from "../kinds/quantities.js";
import type { AgentTelling } from "../outboxes.js";
import type { RateLimit } from "../token-bucket.js";
import { deploymentOf } from "./kubernetes-application.js";
import { defineOrchestrator, servicesOfKind, versionSchema } from "./orchestrator.js";

const KUBERNETES_VERSIONS = ["1.3", "1.4", "1.34"] as const;

interface KubernetesRules {
	/** Whether nodes that are not heard of are tainted, and pods leave by what they tolerate; before 1.6 a timeout did that. */
	readonly taintBased: boolean;
	readonly defaultRequest: Quantities;
	/** Of Deployments that do not say. */
	readonly rollingUpdate: { readonly maxSurge: number | string; readonly maxUnavailable: number | string } | null;
	/** What the scheduler takes for a pod. */
	readonly decisionTime: string;
	/** Whether Deployments are rolled out by lists of their pods, and not by what ReplicaSets say of them. */
	readonly listsPods: boolean;
	/**
	 * How often kubelets look at what has become of their containers, what it takes from there to the status that they write, and their clients'
	 * limits; null: they hear of it, and none is met.
	 */
	readonly kubelets: { readonly relistUs: SimTime; readonly takesUs: SimTime; readonly client: RateLimit } | null;
}

/**
 * 1.3 and 1.4 differ in nothing that is simulated. Their scheduler placed about 50 pods a second on 1,000 nodes (CoreOS, 2016), as many as
 * its client may send bindings; that of 1.34 places 270 a second at least on 5,000 (scheduler_perf).
 *
 * Their kubelets look once a second (PLEG) and may send 5 requests a second, 10 at once (kubelet --kube-api-qps and --kube-api-burst before
 * 1.27), so that writing the status of pods is what many pods that start on one node wait for (kubernetes issues 17959 and 42000). From a
 * look to the status that comes of it they take 150 ms: Docker lists and is asked for each container that has changed, and the pod is
 * synced. Where kubelets looked ten times a second, a status was there 200 ms after the fact, and 800 ms where they looked once
 * (kubernetes issue 45278, 2017); half of the time between two looks is waiting for the next, which leaves 150 ms and 300 ms.
 *
 * Their Deployment controller lists pods as it rolls them out (`listed-pods.ts`).
 *
 * Divergence from Kubernetes 1.3 and 1.4: controllers and scheduler are those of 1.34 in everything else; kubelets send nothing but the
 * status of pods: no status of their node (two requests each ten seconds, of the same client), and they read no secrets.
 */
const OLD: KubernetesRules = {
	taintBased: false,
	defaultRequest: { cpu: "100m" },
	rollingUpdate: { maxSurge: 1, maxUnavailable: 1 },
	decisionTime: "20ms",
	listsPods: true,
	kubelets: { relistUs: SECOND, takesUs: 150_000, client: { qps: 5, burst: 10 } },
};
const KUBERNETES_RULES: Readonly<Record<(typeof KUBERNETES_VERSIONS)[number], KubernetesRules>> = {
	"1.3": OLD,
	"1.4": OLD,
	"1.34": {
		taintBased: true,
		defaultRequest: {},
		rollingUpdate: null,
		decisionTime: "3700us",
		listsPods: false,
		kubelets: null,
	},
};

/** Time between two renewals of a node's lease. */
const LEASE_US = 10 * SECOND;

/** The control plane of Kubernetes. */
export const kubernetes = defineOrchestrator({
	name: "kubernetes",
	summary: "The control plane of Kubernetes: declared objects, and the controllers of kube-controller-manager.",
	params: z.strictObject({
		version: versionSchema("kubernetes", KUBERNETES_VERSIONS),
		requestLatency: durationSchema
			.prefault("5ms")
			.describe("From the start of a request to the API server until it is committed"),
		watchLatency: durationSchema.prefault("3ms").describe("From a commit until controllers and kubelets hear of it"),
		clientQps: z
			.number()
			.positive()
			.default(20)
			.describe("Requests a second that each controller may send (--kube-api-qps)"),
		clientBurst: z
			.int()
			.min(1)
			.default(30)
			.describe("Requests that it may send at once after a rest (--kube-api-burst)"),
		defaultRequest: quantitiesSchema
			.describe(
				"What containers ask for that ask for nothing: a LimitRange of the namespace default; cpu 100m in 1.3 and 1.4, as kube-up made it, nothing in 1.34",
			)
			.optional(),
		controlPlane: planeReplicasSchema
			.prefault({})
			.describe("Of how many replicas the control plane is made, and how they take over from each other"),
		clusterAutoscaler: clusterAutoscalerSchema
			.optional()
			.describe("Groups of nodes that are made larger and smaller as pods need them; nobody does if absent"),
		karpenter: karpenterSchema
			.optional()
			.describe("Brings nodes of whatever instance type pods need, in Karpenter's way; nobody does if absent"),
	}),
	kinds: builtInKinds,
	defaults: ({ version }) => ({
		scheduling: {
			architecture: "monolithic",
			schedulers: [{ scheduler: "kube-scheduler", decisionTime: { perPod: KUBERNETES_RULES[version].decisionTime } }],
			queue: { discipline: "kubernetes" },
		},
		node: {},
	}),
	block: "kubernetes",
	declare: (application, { version }) => [deploymentOf(application, KUBERNETES_RULES[version].rollingUpdate)],
	services: servicesOfKind("Service"),
	create: (params, { random, usageOf, usageMarkOf = null, access, kinds: own }) => {
		const { version, requestLatency, watchLatency, clientQps, clientBurst, defaultRequest } = params;
		const kinds = [...builtInKinds, ...own];
		const rules = KUBERNETES_RULES[version];
		const request = defaultRequest ?? rules.defaultRequest;
		const heartbeats = new Heartbeats(scattered(LEASE_US, random.stream("control/leases")));
		return {
			controllers: [
				replicaSetController,
				rules.listsPods ? listingDeploymentController : deploymentController,
				statefulSetController,
				daemonSetController,
				jobController,
				cronJobController,
				ttlAfterFinishedController,
				endpointSliceController,
				disruptionController,
				resourceQuotaController,
				horizontalPodAutoscalerController(usageOf, usageMarkOf),
				...(rules.taintBased
					? [
							nodeLifecycleController({ heartbeats, random: random.stream("control/node-lifecycle") }),
							taintEvictionController,
						]
					: [evictionTimeoutController(heartbeats)]),
				persistentVolumeBinder,
				configReloader,
				podGcController(),
				garbageCollectorFor(kinds),
				namespaceControllerFor(kinds),
			],
			components: {
				...(params.clusterAutoscaler && {
					"cluster-autoscaler": [clusterAutoscaler(params.clusterAutoscaler, access(), random)],
				}),
				...(params.karpenter && { karpenter: [karpenter(params.karpenter, access(), random)] }),
			},
			replicas: planeReplicasOf(params.controlPlane, random),
			requestUs: requestLatency,
			watchUs: watchLatency,
			client: { qps: clientQps, burst: clientBurst },
			heartbeats,
			taintsNew: rules.taintBased,
			...(rules.kubelets && {
				agents: {
					hearUs: watchLatency,
					sentUs: relists(rules.kubelets.relistUs, random),
					takesUs: rules.kubelets.takesUs,
					client: rules.kubelets.client,
				},
			}),
			initial: Object.keys(request).length === 0 ? [] : [limitRange(request)],
		};
	},
});

/** Each kubelet looks at times of its own. */
function relists(everyUs: SimTime, random: RandomSource): AgentTelling["sentUs"] {
	const phasesUs: SimTime[] = [];
	return (nowUs, node) => {
		const phaseUs = (phasesUs[node] ??= random.stream(`control/relist/${node}`).integer(everyUs));
		return Math.ceil((nowUs - phaseUs) / everyUs) * everyUs + phaseUs;
	};
}

function limitRange(defaultRequest: Quantities): object {
	return {
		kind: "LimitRange",
		metadata: { name: "limits" },
		spec: { limits: [{ type: "Container", defaultRequest }] },
	};
}
