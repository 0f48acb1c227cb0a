import { configMapKind, secretKind } from "./config-map.js";
import { controllerRevisionKind } from "./controller-revision.js";
import { cronJobKind } from "./cron-job.js";
import { daemonSetKind } from "./daemon-set.js";
import { deploymentKind } from "./deployment.js";
import { horizontalPodAutoscalerKind } from "./horizontal-pod-autoscaler.js";
import { httpRouteKind } from "./http-route.js";
import { jobKind } from "./job.js";
import type { AnyKind } from "./kind.js";
import { limitRangeKind } from "./limit-range.js";
import { namespaceKind } from "./namespace.js";
import { nodeKind } from "./node.js";
import { persistentVolumeKind } from "./persistent-volume.js";
import { persistentVolumeClaimKind } from "./persistent-volume-claim.js";
import { podKind } from "./pod.js";
import { podDisruptionBudgetKind } from "./pod-disruption-budget.js";
import { replicaSetKind } from "./replica-set.js";
import { resourceQuotaKind } from "./resource-quota.js";
import { serviceKind } from "./service.js";
import { statefulSetKind } from "./stateful-set.js";
import { storageClassKind } from "./storage-class.js";

/** Every kind that the control plane knows by itself. */
export const builtInKinds: readonly AnyKind[] = [
	configMapKind,
	controllerRevisionKind,
	cronJobKind,
	daemonSetKind,
	deploymentKind,
	horizontalPodAutoscalerKind,
	httpRouteKind,
	jobKind,
	limitRangeKind,
	namespaceKind,
	nodeKind,
	persistentVolumeKind,
	persistentVolumeClaimKind,
	podKind,
	podDisruptionBudgetKind,
	replicaSetKind,
	resourceQuotaKind,
	secretKind,
	serviceKind,
	statefulSetKind,
	storageClassKind,
];
