/**
 * How the Deployment controller of Kubernetes 1.3 and 1.4 knows which pods are available: the status of a ReplicaSet has no such number
 * yet, so that it counts pods. For a status it counts those that it has seen. Before old ReplicaSets shrink it lists them at the API
 * server: once for the new one and, if any may shrink, once for each old one that has pods and once for all; and it looks again at
 * every change of a pod. Each list is a request of its client, which may send 20 a second and 30 at once, beside what it writes: ten and
 * more for a pod that is replaced, so that a rollout of more than a few pods waits for that. Source: 1.3.8 and 1.4.6,
 * pkg/controller/deployment (deployment_controller.go, rolling.go, sync.go), util/deployment_util.go, `listPods`.
 *
 * Divergence from Kubernetes 1.4: a list is a request for one object, whose answer counts the pods that were seen when it comes.
 */
import { SECOND, type SimTime } from "../../../engine/time.js";
import { keyOf } from "../../api-object.js";
import type { ApiResult } from "../../api-server.js";
import { get, granted, type Step } from "../../controller.js";
import type { Deployment } from "../../kinds/deployment.js";
import type { ReplicaSet } from "../../kinds/replica-set.js";
import { isActive, isAvailable, type Pod } from "../../pod.js";
import { mostThatShrink, type Resize, shrinkOld } from "./rolling-update.js";

/** A ReplicaSet as if its status said what its pods do. */
export function counted(set: ReplicaSet, pods: readonly Pod[], nowUs: SimTime): ReplicaSet {
	const minReadyUs = set.spec.minReadySeconds * SECOND;
	const ready = pods.filter((pod) => isActive(pod) && pod.status.ready);
	const available = ready.filter((pod) => isAvailable(pod, minReadyUs, nowUs));
	return { ...set, status: { ...set.status, readyReplicas: ready.length, availableReplicas: available.length } };
}

/** Which old ReplicaSets shrink (`shrinkOld`), by pods that are listed for it; `count` gives a ReplicaSet its counts. */
export function* shrinkByLists(
	deployment: Deployment,
	fresh: ReplicaSet,
	olds: readonly ReplicaSet[],
	count: (set: ReplicaSet) => ReplicaSet,
): Generator<Step, readonly Resize[], readonly ApiResult[]> {
	const active = olds.filter(({ spec }) => spec.replicas > 0);
	if (active.length === 0) return [];
	const list = () => get(deployment.kind, keyOf(deployment));
	granted(yield* list());
	if (mostThatShrink(deployment, count(fresh), olds) <= 0) return [];
	for (let lists = active.length + 1; lists > 0; lists--) granted(yield* list());
	const own = new Map(olds.map((set) => [count(set), set]));
	const shrunk = shrinkOld(deployment, count(fresh), [...own.keys()]);
	return shrunk.map(({ set, replicas }) => ({ set: own.get(set)!, replicas }));
}
