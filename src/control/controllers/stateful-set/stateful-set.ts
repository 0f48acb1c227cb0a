/**
 * Keeps the pods of StatefulSets, each with a name of its own. Source: pkg/controller/statefulset (stateful_set.go,
 * stateful_set_control.go).
 *
 * Pods that have to be ready for some time are looked after that time after a sync, not when the time is over: an update then goes
 * in lock-step with it.
 */
import { SECOND, type SimTime } from "../../../engine/time.js";
import { type ApiObject, type Draft, keyOf, ownerReferenceTo } from "../../api-object.js";
import type { ApiChange, ApiResult } from "../../api-server.js";
import type { ApiRequest } from "../../client.js";
import {
	all,
	type Controller,
	type ControllerContext,
	granted,
	type MakeController,
	type Step,
	type Sync,
	SyncFailed,
	update,
} from "../../controller.js";
import type { ControllerRevision } from "../../kinds/controller-revision.js";
import { labelsOf } from "../../kinds/pod-template.js";
import type { StatefulSet, StatefulSetStatus } from "../../kinds/stateful-set.js";
import { isAvailable, NEW_POD, type Pod } from "../../pod.js";
import { claim } from "../claiming.js";
import { newestRevision, REVISION_HASH, revisionsOf, trimHistory } from "../controller-revisions.js";
import { claimOwnerChanges, missingClaims, templateWithClaims } from "./claims.js";
import { isRunning, type Names, type Operation, planOf } from "./plan.js";

type Steps<Value> = Generator<Step, Value, readonly ApiResult[]>;

export const statefulSetController: MakeController = (context) => new StatefulSetController(context);

class StatefulSetController implements Controller {
	readonly name = "statefulset-controller";
	readonly workers = 5;
	readonly watches: Controller["watches"] = {
		StatefulSet: ({ key }) => this.#context.enqueue(key),
		Pod: (change) => this.#podChanged(change),
	};
	readonly #context: ControllerContext;

	constructor(context: ControllerContext) {
		this.#context = context;
	}

	#podChanged({ before, after }: ApiChange): void {
		const [was, is] = [before as Pod | null, after as Pod | null];
		const key = ownerKey((is ?? was)!) ?? (was && ownerKey(was));
		const set = key === null ? undefined : (this.#context.seen.get("StatefulSet", key) as StatefulSet | undefined);
		if (key === null || set === undefined) return;
		this.#context.enqueue(key);
		const gotReady = was !== null && is !== null && !was.status.ready && is.status.ready;
		// A second more, for the kubelet's clock.
		if (gotReady && is.metadata.deletedUs === null && set.spec.minReadySeconds > 0)
			this.#context.enqueueAfter(key, (set.spec.minReadySeconds + 1) * SECOND);
	}

	*reconcile(key: string): Sync {
		const set = this.#context.seen.get("StatefulSet", key) as StatefulSet | undefined;
		if (set === undefined) return;
		const { seen } = this.#context;
		const claimed = yield* claim(seen, "ControllerRevision", set);
		if ((yield* claim(seen, "Pod", set, (pod) => isNamedFor(set, pod))) || claimed) {
			this.#context.enqueue(key);
			return;
		}
		const pods = [...seen.owned("Pod", set.metadata.uid).values()] as Pod[];
		const revisions = revisionsOf(this.#context.seen, set);
		const newest = yield* newestRevision(set, revisions);
		const current = revisions.find(({ metadata }) => metadata.name === set.status.currentRevision) ?? newest;
		const names = { current: current.metadata.name, update: newest.metadata.name };
		const { nowUs } = this.#context.clock;
		const plan = planOf(set, pods, names, nowUs);
		const counted = statusOf(set, pods, names, nowUs);
		yield* all(claimOwnerChanges(set, pods, this.#context.seen));
		const error = yield* this.#carryOut(set, plan.batches, [current, newest]);
		const updating = plan.updates && error === null;
		const status = completed(set, {
			...counted,
			currentReplicas: counted.currentReplicas - (updating ? 1 : 0),
		});
		if (!sameStatus(status, set.status)) yield* this.#write(set, status);
		if (error !== null) throw new SyncFailed(error);
		const live = new Set([...pods.map(({ metadata }) => metadata.labels[REVISION_HASH]), names.current, names.update]);
		yield* trimHistory(set, revisions, ({ metadata }) => live.has(metadata.name));
		if (set.spec.minReadySeconds > 0 && status.availableReplicas !== set.spec.replicas)
			this.#context.enqueueAfter(key, set.spec.minReadySeconds * SECOND);
	}

	/** What went wrong, or null. */
	*#carryOut(
		set: StatefulSet,
		batches: readonly (readonly Operation[])[],
		revisions: readonly ControllerRevision[],
	): Steps<string | null> {
		for (const batch of batches) {
			const refused = yield* this.#makeClaims(set, batch);
			if (refused !== null) return refused;
			const results = yield* all(batch.map((operation) => requestFor(set, operation, revisions)));
			results.forEach((result, i) => {
				this.#tell(set, batch[i]!, result);
			});
			const failed = results.find((result, i) => !result.ok && !isGone(batch[i]!, result.error.code));
			if (failed && !failed.ok) return failed.error.message;
		}
		return null;
	}

	/** The claims of pods that are to be made; why one could not be, or null. */
	*#makeClaims(set: StatefulSet, batch: readonly Operation[]): Steps<string | null> {
		if (set.spec.volumeClaimTemplates.length === 0) return null;
		const requests = batch.flatMap((operation) =>
			operation.verb === "create" ? missingClaims(set, operation.ordinal, this.#context.seen) : [],
		);
		for (const result of yield* all(requests)) {
			// A cache that is behind: it is there.
			if (result.ok || result.error.code === 409) continue;
			this.#context.event(set, "Warning", "FailedCreate", `create Claim failed error: ${result.error.message}`);
			return result.error.message;
		}
		return null;
	}

	#tell(set: StatefulSet, operation: Operation, result: ApiResult): void {
		const { name } = set.metadata;
		const { verb } = operation;
		const pod = verb === "create" ? `${name}-${operation.ordinal}` : operation.pod.metadata.name;
		const what = verb === "create" ? "Create" : "Delete";
		if (result.ok)
			this.#context.event(set, "Normal", `Successful${what}`, `${verb} Pod ${pod} in StatefulSet ${name} successful`);
		else if (result.error.code !== 409)
			this.#context.event(
				set,
				"Warning",
				`Failed${what}`,
				`${verb} Pod ${pod} in StatefulSet ${name} failed error: ${result.error.message}`,
			);
	}

	/** Once more on what was seen meanwhile, if somebody has written to it. */
	*#write(set: StatefulSet, status: StatefulSetStatus): Steps<void> {
		const first = yield* update({ ...set, status });
		if (first.ok || first.error.code !== 409) {
			granted(first);
			return;
		}
		const seen = this.#context.seen.get("StatefulSet", keyOf(set)) as StatefulSet | undefined;
		if (seen === undefined) throw new SyncFailed(first.error.message);
		if (!sameStatus(seen.status, status)) granted(yield* update({ ...seen, status }));
	}
}

/** Its name is that of the set and a number. */
function isNamedFor({ metadata: { name } }: StatefulSet, pod: ApiObject): boolean {
	return pod.metadata.name.startsWith(`${name}-`) && /^\d+$/.test(pod.metadata.name.slice(name.length + 1));
}

function ownerKey({ metadata: { owner, namespace } }: ApiObject): string | null {
	return owner?.kind === "StatefulSet" ? `${namespace}/${owner.name}` : null;
}

function isGone({ verb }: Operation, code: number): boolean {
	return verb === "delete" && code === 404;
}

function requestFor(set: StatefulSet, operation: Operation, revisions: readonly ControllerRevision[]): ApiRequest {
	if (operation.verb === "delete") return { verb: "delete", kind: "Pod", key: keyOf(operation.pod) };
	const { ordinal, revision } = operation;
	const { template } = revisions.find(({ metadata }) => metadata.name === revision)!.spec;
	const { namespace, name } = set.metadata;
	const podName = `${name}-${ordinal}`;
	const draft: Draft = {
		kind: "Pod",
		metadata: {
			namespace,
			name: podName,
			labels: {
				...labelsOf(template),
				[REVISION_HASH]: revision,
				"statefulset.kubernetes.io/pod-name": podName,
				"apps.kubernetes.io/pod-index": String(ordinal),
			},
			annotations: template.metadata?.annotations ?? {},
			owner: ownerReferenceTo(set),
		},
		spec: { template: templateWithClaims(set, template, ordinal), onlyNode: "", nodeName: "" },
		status: NEW_POD,
	};
	return { verb: "create", draft };
}

/** The numbers before anything is done. */
function statusOf(
	set: StatefulSet,
	pods: readonly Pod[],
	{ current, update }: Names,
	nowUs: SimTime,
): StatefulSetStatus {
	const ready = pods.filter(isRunning);
	const staying = (revision: string) =>
		pods.filter(({ metadata }) => metadata.deletedUs === null && metadata.labels[REVISION_HASH] === revision).length;
	return {
		observedGeneration: set.metadata.generation,
		replicas: pods.length,
		readyReplicas: ready.length,
		availableReplicas: ready.filter((pod) => isAvailable(pod, set.spec.minReadySeconds * SECOND, nowUs)).length,
		currentReplicas: staying(current),
		updatedReplicas: staying(update),
		currentRevision: current,
		updateRevision: update,
	};
}

/** All pods are of the new revision and ready: it is the current one now. */
function completed({ spec }: StatefulSet, status: StatefulSetStatus): StatefulSetStatus {
	const { replicas, readyReplicas, updatedReplicas, updateRevision } = status;
	const done = [replicas, readyReplicas, updatedReplicas].every((number) => number === spec.replicas);
	if (!done || spec.updateStrategy.type === "OnDelete") return status;
	return { ...status, currentReplicas: updatedReplicas, currentRevision: updateRevision };
}

function sameStatus(a: StatefulSetStatus, b: StatefulSetStatus): boolean {
	return JSON.stringify(a) === JSON.stringify(b);
}
