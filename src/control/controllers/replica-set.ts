/**
 * Keeps as many pods of a template as are declared. Source: pkg/controller/replicaset (replica_set.go), pkg/controller/controller_utils.go.
 *
 * Divergence from Kubernetes: names of pods are counted, not drawn; where pods are equal in every respect the older in the cache goes
 * first, where Go's sort leaves the order open.
 */
import { SECOND, type SimTime } from "../../engine/time.js";
import { matchesLabels } from "../../objects/selector.js";
import { type ApiObject, type Draft, keyOf, ownerReferenceTo } from "../api-object.js";
import type { ApiChange, ApiResult } from "../api-server.js";
import {
	type Controller,
	type ControllerContext,
	get,
	granted,
	type MakeController,
	patch,
	type Step,
	type Sync,
	SyncFailed,
	update,
} from "../controller.js";
import { NOBODY } from "../informers.js";
import { labelsOf } from "../kinds/pod-template.js";
import type { ReplicaSet, ReplicaSetStatus } from "../kinds/replica-set.js";
import { isActive, isAvailable, NEW_POD, type Pod } from "../pod.js";
import { firstToDelete } from "./deletion-order.js";
import { Expectations } from "./expectations.js";
import { PodControl } from "./pod-control.js";
import { PodsOfOwners } from "./pods-of-owners.js";

/** Pods that one sync creates or deletes at most. */
const MOST_AT_ONCE = 500;

/** The pods that a ReplicaSet has claimed. */
interface Claimed {
	readonly active: number;
	readonly ready: number;
	available(nowUs: SimTime): number;
	pods(): readonly Pod[];
}

export const replicaSetController: MakeController = (context) => new ReplicaSetController(context);

class ReplicaSetController implements Controller {
	readonly name = "replicaset-controller";
	readonly workers = 5;
	readonly watches: Controller["watches"] = {
		ReplicaSet: ({ key }) => this.#context.enqueue(key),
		Pod: (change) => this.#podChanged(change),
	};
	readonly #context: ControllerContext;
	readonly #expectations: Expectations;
	readonly #podControl: PodControl;
	readonly #counts: PodsOfOwners;

	constructor(context: ControllerContext) {
		this.#context = context;
		this.#expectations = new Expectations(context.clock);
		this.#podControl = new PodControl(context, this.#expectations);
		this.#counts = new PodsOfOwners(context.clock);
	}

	/** The ReplicaSet that controls a pod. */
	#ownerOf(pod: Pod): ReplicaSet | null {
		const { owner, namespace } = pod.metadata;
		if (owner?.kind !== "ReplicaSet") return null;
		const set = this.#context.seen.get("ReplicaSet", `${namespace}/${owner.name}`) as ReplicaSet | undefined;
		return set?.metadata.uid === owner.uid ? set : null;
	}

	/** A pod that belongs to nobody may be adopted. */
	#enqueueAdopters(pod: Pod): void {
		if (pod.metadata.owner !== null) return;
		for (const set of this.#context.seen.all("ReplicaSet").values())
			if (selects(set as ReplicaSet, pod)) this.#context.enqueue(keyOf(set));
	}

	#podChanged(change: ApiChange): void {
		this.#counts.changed(change);
		const { key, before, after } = change;
		const pod = (after ?? before) as Pod;
		const old = before as Pod | null;
		const set = this.#ownerOf(pod);
		if (set === null) {
			if (old !== null && this.#ownerOf(old) !== null) this.#context.enqueue(keyOf(this.#ownerOf(old)!));
			if (after !== null) this.#enqueueAdopters(pod);
			return;
		}
		const setKey = keyOf(set);
		if (before === null) this.#expectations.created(setKey);
		const leaves = after === null || after.metadata.deletedUs !== null;
		if (leaves) this.#expectations.deleted(setKey, key);
		this.#context.enqueue(setKey);
		const gotReady = old !== null && !old.status.ready && pod.status.ready;
		// A second more, for the kubelet's clock.
		if (gotReady && set.spec.minReadySeconds > 0)
			this.#context.enqueueAfter(setKey, set.spec.minReadySeconds * SECOND + SECOND);
	}

	/** Its pods, as `#claim` finds them. Most times nobody comes and nobody leaves, and counts say enough. */
	*#claimed(set: ReplicaSet): Generator<Step, Claimed, readonly ApiResult[]> {
		const { metadata, spec } = set;
		const { active, ready, labels, alike } = this.#counts.of(metadata.uid);
		const plain = alike && spec.minReadySeconds === 0 && this.#context.seen.owned("Pod", NOBODY).size === 0;
		if (plain && (active === 0 || matchesLabels(spec.selector, labels)))
			return { active, ready, available: () => ready, pods: () => this.#activePodsOf([set]) };
		const pods = yield* this.#claim(set);
		const minReadyUs = spec.minReadySeconds * SECOND;
		return {
			active: pods.length,
			ready: pods.filter(({ status }) => status.ready).length,
			available: (nowUs) => pods.filter((pod) => isAvailable(pod, minReadyUs, nowUs)).length,
			pods: () => pods,
		};
	}

	#activePodsOf(sets: Iterable<ApiObject>): readonly Pod[] {
		const active: Pod[] = [];
		for (const { metadata } of sets)
			for (const pod of this.#context.seen.owned("Pod", metadata.uid).values())
				if (isActive(pod as Pod)) active.push(pod as Pod);
		return active;
	}

	/** The pods that are its own, after taking in those that match and belong to nobody and letting go those that match no more. */
	*#claim(set: ReplicaSet): Generator<Step, readonly Pod[], readonly ApiResult[]> {
		const own: Pod[] = [];
		for (const object of this.#context.seen.owned("Pod", set.metadata.uid).values()) {
			const pod = object as Pod;
			if (!isActive(pod)) continue;
			if (selects(set, pod)) own.push(pod);
			else if (set.metadata.deletedUs === null) yield* patch(pod, (present) => disowned(present));
		}
		if (set.metadata.deletedUs !== null) return own;
		for (const object of this.#context.seen.owned("Pod", NOBODY).values()) {
			const pod = object as Pod;
			if (!isActive(pod) || !selects(set, pod)) continue;
			const owner = ownerReferenceTo(set);
			own.push(
				granted<Pod>(yield* patch(pod, (present) => ({ ...present, metadata: { ...present.metadata, owner } }))),
			);
		}
		return own;
	}

	#draftOf(set: ReplicaSet): Draft {
		const { template } = set.spec;
		const metadata = {
			namespace: set.metadata.namespace,
			name: `${set.metadata.name}-${this.#context.nameSuffix()}`,
			labels: labelsOf(template),
			annotations: template.metadata?.annotations ?? {},
			owner: ownerReferenceTo(set),
		};
		return { kind: "Pod", metadata, spec: { template, onlyNode: "", nodeName: "" }, status: NEW_POD };
	}

	/** Creates what is missing or deletes what is too much; what went wrong, or null. */
	*#manage(set: ReplicaSet, claimed: Claimed): Generator<Step, string | null, readonly ApiResult[]> {
		const key = keyOf(set);
		const missing = Math.min(MOST_AT_ONCE, set.spec.replicas - claimed.active);
		if (missing > 0) {
			this.#expectations.expect(key, missing);
			const { error } = yield* this.#podControl.make(set, missing, () => this.#draftOf(set));
			return error;
		}
		const surplus = Math.min(MOST_AT_ONCE, claimed.active - set.spec.replicas);
		if (surplus <= 0) return null;
		const doomed = firstToDelete(claimed.pods(), this.#relatedPods(set), this.#context.clock.nowUs).slice(0, surplus);
		this.#expectations.expect(key, 0, doomed.map(keyOf));
		const { error } = yield* this.#podControl.end(set, doomed);
		return error;
	}

	/** The active pods of all ReplicaSets of its owner, itself among them. */
	#relatedPods(set: ReplicaSet): readonly Pod[] {
		const { owner } = set.metadata;
		return this.#activePodsOf(owner === null ? [set] : this.#context.seen.owned("ReplicaSet", owner.uid).values());
	}

	*reconcile(key: string): Sync {
		const set = this.#context.seen.get("ReplicaSet", key) as ReplicaSet | undefined;
		if (set === undefined) {
			this.#expectations.forget(key);
			return;
		}
		const due = this.#expectations.met(key);
		const claimed = yield* this.#claimed(set);
		const error = due && set.metadata.deletedUs === null ? yield* this.#manage(set, claimed) : undefined;
		const status = statusOf(set, claimed, error, this.#context.clock.nowUs);
		if (!sameStatus(status, set.status)) yield* writeStatus(set, status);
		if (typeof error === "string") throw new SyncFailed(error);
		const minReadyUs = set.spec.minReadySeconds * SECOND;
		if (minReadyUs > 0 && status.readyReplicas === set.spec.replicas && status.availableReplicas !== set.spec.replicas)
			this.#context.enqueueAfter(
				key,
				nextAvailableUs(claimed.pods(), minReadyUs, this.#context.clock.nowUs) - this.#context.clock.nowUs,
			);
	}
}

/** One more try if somebody has written to it since it was seen. */
function* writeStatus(set: ReplicaSet, status: ReplicaSetStatus): Generator<Step, void, readonly ApiResult[]> {
	const first = yield* update({ ...set, status });
	if (first.ok || first.error.code !== 409) {
		granted(first);
		return;
	}
	const present = granted<ReplicaSet>(yield* get("ReplicaSet", keyOf(set)));
	granted(yield* update({ ...present, status }));
}

function selects({ metadata, spec }: ReplicaSet, pod: Pod): boolean {
	return metadata.namespace === pod.metadata.namespace && matchesLabels(spec.selector, pod.metadata.labels);
}

function disowned(pod: Pod): Pod {
	return { ...pod, metadata: { ...pod.metadata, owner: null } };
}

/** `error`: what became of the last attempt to create or delete; undefined if there was none. */
function statusOf(
	{ status, metadata }: ReplicaSet,
	claimed: Claimed,
	error: string | null | undefined,
	nowUs: SimTime,
): ReplicaSetStatus {
	return {
		replicas: claimed.active,
		readyReplicas: claimed.ready,
		availableReplicas: claimed.available(nowUs),
		observedGeneration: metadata.generation,
		// The first error stays until there is none.
		failure: error === undefined ? status.failure : error && (status.failure ?? error),
	};
}

function sameStatus(a: ReplicaSetStatus, b: ReplicaSetStatus): boolean {
	return (
		a.replicas === b.replicas &&
		a.readyReplicas === b.readyReplicas &&
		a.availableReplicas === b.availableReplicas &&
		a.observedGeneration === b.observedGeneration &&
		a.failure === b.failure
	);
}

function nextAvailableUs(pods: readonly Pod[], minReadyUs: SimTime, nowUs: SimTime): SimTime {
	const due = pods.filter(({ status }) => status.ready).map(({ status }) => status.readyUs + minReadyUs);
	return Math.min(...due.filter((atUs) => atUs > nowUs), nowUs + minReadyUs);
}
