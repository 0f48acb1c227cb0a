import { z } from "zod";
import { durationSchema } from "../../objects/duration.js";
import { cronJobController } from "../controllers/cron-job.js";
import { daemonSetController } from "../controllers/daemon-set/daemon-set.js";
import { deploymentController } from "../controllers/deployment/deployment.js";
import { disruptionController } from "../controllers/disruption.js";
import { endpointSliceController } from "../controllers/endpoint-slice.js";
import { garbageCollector } from "../controllers/garbage-collector.js";
import { horizontalPodAutoscalerController } from "../controllers/horizontal-pod-autoscaler/horizontal-pod-autoscaler.js";
import { jobController } from "../controllers/job/job.js";
import { ttlAfterFinishedController } from "../controllers/job/ttl.js";
import { namespaceController } from "../controllers/namespace.js";
import { nodeLifecycleController } from "../controllers/node-lifecycle/node-lifecycle.js";
import { podGcController } from "../controllers/pod-gc.js";
import { replicaSetController } from "../controllers/replica-set.js";
import { resourceQuotaController } from "../controllers/resource-quota.js";
import { statefulSetController } from "../controllers/stateful-set/stateful-set.js";
import { taintEvictionController } from "../controllers/taint-eviction.js";
import { Heartbeats } from "../heartbeats.js";
import { builtInKinds } from "../kinds/index.js";
import { deploymentOf } from "./kubernetes-application.js";
import { defineOrchestrator, versionSchema } from "./orchestrator.js";

/** Time between two renewals of a node's lease. */
const LEASE_US = 10_000_000;

/** The control plane of Kubernetes. */
export const kubernetes = defineOrchestrator({
	name: "kubernetes",
	summary: "The control plane of Kubernetes: declared objects, and the controllers of kube-controller-manager.",
	params: z.strictObject({
		version: versionSchema("kubernetes", ["1.34"]),
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
	}),
	kinds: builtInKinds,
	defaults: () => ({
		scheduling: {
			architecture: "monolithic",
			schedulers: [{ scheduler: "kube-scheduler" }],
			queue: { discipline: "kubernetes" },
		},
		node: {},
	}),
	block: "kubernetes",
	declare: (application) => [deploymentOf(application)],
	create: ({ requestLatency, watchLatency, clientQps, clientBurst }, { random, usageOf }) => {
		// Kubelets renew their leases at times of their own.
		const leases = random.stream("control/leases");
		const heartbeats = new Heartbeats({ firstUs: (_name, nowUs) => nowUs - leases.integer(LEASE_US) });
		return {
			controllers: [
				replicaSetController,
				deploymentController,
				statefulSetController,
				daemonSetController,
				jobController,
				cronJobController,
				ttlAfterFinishedController,
				endpointSliceController,
				disruptionController,
				resourceQuotaController,
				horizontalPodAutoscalerController(usageOf),
				nodeLifecycleController({ heartbeats, random: random.stream("control/node-lifecycle") }),
				taintEvictionController,
				podGcController(),
				garbageCollector,
				namespaceController,
			],
			requestUs: requestLatency,
			watchUs: watchLatency,
			client: { qps: clientQps, burst: clientBurst },
			heartbeats,
		};
	},
});
