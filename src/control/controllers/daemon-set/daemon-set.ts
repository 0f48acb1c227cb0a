/**
 * Keeps a pod of each DaemonSet on each node that it fits. Source: pkg/controller/daemon (daemon_controller.go, update.go).
 *
 * A pod that has ended and is deleted holds its node no longer: the next one is made while its object is still there.
 */
import { MINUTE, SECOND, type SimTime } from "../../../engine/time.js";
import { type Draft, keyOf, ownerReferenceTo } from "../../api-object.js";
import type { ApiChange, ApiResult } from "../../api-server.js";
import {
	type Controller,
	type ControllerContext,
	get,
	granted,
	type MakeController,
	type Step,
	type Sync,
	SyncFailed,
	update,
} from "../../controller.js";
import type { DaemonSet, DaemonSetStatus } from "../../kinds/daemon-set.js";
import type { NodeObject } from "../../kinds/node.js";
import { labelsOf } from "../../kinds/pod-template.js";
import { isAvailable, isTerminal, NEW_POD, type Pod } from "../../pod.js";
import { claim } from "../claiming.js";
import { newestRevision, REVISION_HASH, revisionsOf, trimHistory } from "../controller-revisions.js";
import { Expectations } from "../expectations.js";
import { PodControl } from "../pod-control.js";
import { fitOf, templateFor } from "./placement.js";
import { isUpdated, type Place, type Plan, type Repairs, repairsOf, updateOf } from "./plan.js";

type Steps<Value> = Generator<Step, Value, readonly ApiResult[]>;

/** Pods that one sync creates or deletes at most. */
const MOST_AT_ONCE = 250;
const FIRST_BACKOFF_US = SECOND;
const MOST_BACKOFF_US = 15 * MINUTE;

export const daemonSetController: MakeController = (context) => new DaemonSetController(context);

class DaemonSetController implements Controller {
	readonly name = "daemonset-controller";
	readonly workers = 2;
	readonly watches: Controller["watches"] = {
		DaemonSet: ({ key }) => this.#context.enqueue(key),
		Pod: (change) => this.#podChanged(change),
		Node: (change) => this.#nodeChanged(change),
	};
	readonly #context: ControllerContext;
	readonly #expectations: Expectations;
	readonly #podControl: PodControl;
	/** By uid and node: how long failed pods are left there, and since when. */
	readonly #backoffs = new Map<string, { readonly waitUs: SimTime; readonly sinceUs: SimTime }>();

	constructor(context: ControllerContext) {
		this.#context = context;
		this.#expectations = new Expectations(context.clock);
		this.#podControl = new PodControl(context, this.#expectations);
	}

	#podChanged({ key, before, after }: ApiChange): void {
		const [was, is] = [before as Pod | null, after as Pod | null];
		const { namespace } = (is ?? was)!.metadata;
		const owner = is?.metadata.owner ?? was?.metadata.owner;
		if (owner?.kind !== "DaemonSet") return;
		const setKey = `${namespace}/${owner.name}`;
		const set = this.#context.seen.get("DaemonSet", setKey) as DaemonSet | undefined;
		if (set === undefined) return;
		if (was === null) this.#expectations.created(setKey);
		if (is === null || is.metadata.deletedUs !== null) this.#expectations.deleted(setKey, key);
		this.#context.enqueue(setKey);
		const gotReady = was !== null && is !== null && !was.status.ready && is.status.ready;
		// A second more, for the kubelet's clock.
		if (gotReady && set.spec.minReadySeconds > 0)
			this.#context.enqueueAfter(setKey, (set.spec.minReadySeconds + 1) * SECOND);
	}

	/** Those are looked at that the node fits now and did not before, or the other way round. */
	#nodeChanged({ before, after }: ApiChange): void {
		const [was, is] = [before as NodeObject | null, after as NodeObject | null];
		if (is === null) return;
		if (was !== null && was.spec === is.spec && was.metadata.labels === is.metadata.labels) return;
		for (const object of this.#context.seen.all("DaemonSet").values()) {
			const { spec, metadata } = object as DaemonSet;
			const old = was === null ? NOWHERE : fitOf(spec.template, metadata.namespace, was);
			const fit = fitOf(spec.template, metadata.namespace, is);
			if (old.runs !== fit.runs || old.stays !== fit.stays) this.#context.enqueue(keyOf(object));
		}
	}

	*reconcile(key: string): Sync {
		const set = this.#context.seen.get("DaemonSet", key) as DaemonSet | undefined;
		if (set === undefined) {
			this.#expectations.forget(key);
			return;
		}
		if (set.metadata.deletedUs !== null) return;
		const claimed = yield* claim(this.#context.seen, "ControllerRevision", set);
		if ((yield* claim(this.#context.seen, "Pod", set)) || claimed) {
			this.#context.enqueue(key);
			return;
		}
		const revisions = revisionsOf(this.#context.seen, set);
		const newest = yield* newestRevision(set, revisions);
		const hash = newest.metadata.labels[REVISION_HASH]!;
		if (!this.#expectations.met(key)) {
			yield* this.#writeStatus(set, hash, false);
			return;
		}
		const { nowUs } = this.#context.clock;
		const repairs = repairsOf(set, hash, this.#places(set), nowUs);
		let error = yield* this.#carryOut(set, hash, this.#withEnded(set, repairs));
		if (error === null && this.#expectations.met(key)) {
			const step = updateOf(set, hash, this.#places(set), this.#context.clock.nowUs);
			error = yield* this.#carryOut(set, hash, step);
		}
		if (error === null) {
			const live = new Set(this.#podsOf(set).map(({ metadata }) => metadata.labels[REVISION_HASH]));
			const isLive = (label: string | undefined) => label === hash || live.has(label);
			yield* trimHistory(set, revisions, ({ metadata }) => isLive(metadata.labels[REVISION_HASH]));
		}
		yield* this.#writeStatus(set, hash, true);
		if (error !== null) throw new SyncFailed(error);
	}

	#podsOf({ metadata }: DaemonSet): readonly Pod[] {
		return [...this.#context.seen.owned("Pod", metadata.uid).values()] as Pod[];
	}

	/** All nodes, and those that are gone and have pods yet. */
	#places(set: DaemonSet): readonly Place[] {
		const pods = new Map<string, Pod[]>();
		for (const pod of this.#podsOf(set)) {
			if (isTerminal(pod.status.phase) && pod.metadata.deletedUs !== null) continue;
			const node = pod.spec.nodeName || pod.spec.onlyNode;
			const there = pods.get(node);
			if (there === undefined) pods.set(node, [pod]);
			else there.push(pod);
		}
		const places: Place[] = [];
		for (const object of this.#context.seen.all("Node").values()) {
			const { name } = object.metadata;
			const fit = fitOf(set.spec.template, set.metadata.namespace, object as NodeObject);
			places.push({ node: name, fit, pods: (pods.get(name) ?? []).sort(boundFirst) });
			pods.delete(name);
		}
		// Of those on nodes that are gone, those without a node are nobody else's to delete.
		for (const [node, left] of pods) {
			const unbound = left.filter(({ spec }) => spec.nodeName === "");
			if (unbound.length > 0) places.push({ node, fit: NOWHERE, pods: unbound });
		}
		return places;
	}

	/** Pods that have ended are deleted: failed ones ever later on a node. */
	#withEnded(set: DaemonSet, { creates, deletes, failed, succeeded }: Repairs): Plan {
		const { namespace } = set.metadata;
		const ended: Pod[] = [];
		for (const { node, pod } of failed) {
			if (!this.#mayDelete(set, node)) continue;
			const message = `Found failed daemon pod ${namespace}/${pod.metadata.name} on node ${node}, will try to kill it`;
			this.#context.event(set, "Warning", "FailedDaemonPod", message);
			ended.push(pod);
		}
		for (const { node, pod } of succeeded) {
			const message = `Found succeeded daemon pod ${namespace}/${pod.metadata.name} on node ${node}, will try to delete it`;
			this.#context.event(set, "Normal", "SucceededDaemonPod", message);
			ended.push(pod);
		}
		return { creates, deletes: [...ended, ...deletes] };
	}

	/** Whether a failed pod may be deleted now; the next one on its node waits twice as long. Rest of twice the most forgets it. */
	#mayDelete(set: DaemonSet, node: string): boolean {
		const key = `${set.metadata.uid}/${node}`;
		const { nowUs } = this.#context.clock;
		const known = this.#backoffs.get(key);
		if (known !== undefined && nowUs < known.sinceUs + known.waitUs) {
			this.#context.enqueueAfter(keyOf(set), known.waitUs);
			return false;
		}
		const fresh = known === undefined || nowUs - known.sinceUs > 2 * MOST_BACKOFF_US;
		const waitUs = fresh ? FIRST_BACKOFF_US : Math.min(MOST_BACKOFF_US, known.waitUs * 2);
		this.#backoffs.set(key, { waitUs, sinceUs: nowUs });
		return true;
	}

	/** What went wrong, or null. */
	*#carryOut(set: DaemonSet, hash: string, plan: Plan): Steps<string | null> {
		const creates = plan.creates.slice(0, MOST_AT_ONCE);
		const deletes = plan.deletes.slice(0, MOST_AT_ONCE);
		this.#expectations.expect(keyOf(set), creates.length, deletes.map(keyOf));
		const made = yield* this.#podControl.make(set, creates.length, (i) => this.#draftOf(set, hash, creates[i]!));
		const { error } = yield* this.#podControl.end(set, deletes);
		return made.error ?? error;
	}

	#draftOf(set: DaemonSet, hash: string, node: string): Draft {
		const template = templateFor(set.spec.template, node);
		return {
			kind: "Pod",
			metadata: {
				namespace: set.metadata.namespace,
				name: `${set.metadata.name}-${this.#context.nameSuffix()}`,
				labels: { ...labelsOf(template), [REVISION_HASH]: hash },
				annotations: template.metadata?.annotations ?? {},
				owner: ownerReferenceTo(set),
			},
			spec: { template, onlyNode: node, nodeName: "" },
			status: NEW_POD,
		};
	}

	/** `observed`: whether what its spec says has been acted on. */
	*#writeStatus(set: DaemonSet, hash: string, observed: boolean): Steps<void> {
		const { minReadySeconds } = set.spec;
		const counts = countsOf(this.#places(set), hash, minReadySeconds * SECOND, this.#context.clock.nowUs);
		const statusOf = ({ status }: DaemonSet): DaemonSetStatus => ({
			observedGeneration: observed ? set.metadata.generation : status.observedGeneration,
			...counts,
		});
		yield* write(set, statusOf);
		if (minReadySeconds > 0 && counts.numberReady !== counts.numberAvailable)
			this.#context.enqueueAfter(keyOf(set), minReadySeconds * SECOND);
	}
}

const NOWHERE = { runs: false, stays: false };

/** What changes nothing is not asked for. One more try if somebody has written to it since it was seen. */
function* write(set: DaemonSet, statusOf: (set: DaemonSet) => DaemonSetStatus): Steps<void> {
	if (isSame(set.status, statusOf(set))) return;
	const first = yield* update({ ...set, status: statusOf(set) });
	if (first.ok || first.error.code !== 409) {
		granted(first);
		return;
	}
	const present = granted<DaemonSet>(yield* get("DaemonSet", keyOf(set)));
	if (!isSame(present.status, statusOf(present))) granted(yield* update({ ...present, status: statusOf(present) }));
}

function isSame(a: DaemonSetStatus, b: DaemonSetStatus): boolean {
	return JSON.stringify(a) === JSON.stringify(b);
}

/** Of several pods on a node the oldest counts. */
function countsOf(
	places: readonly Place[],
	hash: string,
	minReadyUs: SimTime,
	nowUs: SimTime,
): Omit<DaemonSetStatus, "observedGeneration"> {
	const wanted = places.filter(({ fit }) => fit.runs);
	const first = wanted.flatMap(({ pods }) => pods.slice(0, 1));
	const available = first.filter((pod) => isAvailable(pod, minReadyUs, nowUs)).length;
	return {
		desiredNumberScheduled: wanted.length,
		currentNumberScheduled: first.length,
		numberMisscheduled: places.filter(({ fit, pods }) => !fit.runs && pods.length > 0).length,
		updatedNumberScheduled: first.filter((pod) => isUpdated(pod, hash)).length,
		numberReady: first.filter((pod) => pod.status.ready).length,
		numberAvailable: available,
		numberUnavailable: wanted.length - available,
	};
}

/** Those with a node before those without, the older before the younger. */
function boundFirst(a: Pod, b: Pod): number {
	const bound = ({ spec }: Pod) => Number(spec.nodeName === "");
	return bound(a) - bound(b) || a.metadata.createdUs - b.metadata.createdUs || a.metadata.uid - b.metadata.uid;
}
