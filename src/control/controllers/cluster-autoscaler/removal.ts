/**
 * Gives one node back: it is tainted, its pods are evicted as their budgets allow, and when they are gone the machine goes. What does not
 * work in time is taken back. Source: cluster-autoscaler's core/scaledown/actuation (actuator.go, drain.go).
 *
 * Divergence from cluster-autoscaler: pods of DaemonSets are left to go with the machine.
 */
import { SECOND, type SimTime } from "../../../engine/time.js";
import type { Taint } from "../../../objects/spec.js";
import { keyOf } from "../../api-object.js";
import type { ApiResult } from "../../api-server.js";
import type { Cloud } from "../../autoscaling/cloud.js";
import { all, type ControllerContext, granted, patch, remove, type Step, SyncFailed } from "../../controller.js";
import { type NodeObject, nodeKey } from "../../kinds/node.js";
import type { Pod } from "../../pod.js";
import type { ClusterAutoscalerOptions } from "./schema.js";
import type { Removable } from "./unneeded.js";

/** Until a refused pod is asked for again, and between two looks at whether the others are gone (drain.go). */
const EVICTION_RETRY_US = 10 * SECOND;
const POLL_US = 5 * SECOND;
/** What a pod may take beyond its grace period. */
const HEADROOM_US = 30 * SECOND;

/** Marks a node that is to go; its value is when that was decided (utils/taints/taints.go). */
const TO_BE_DELETED = "ToBeDeletedByClusterAutoscaler";

export type Outcome = "goes-on" | "removed" | "failed";
type Steps<Value> = Generator<Step, Value, readonly ApiResult[]>;

export class Removal {
	readonly node: NodeObject;
	/** Whether pods have to be evicted. */
	readonly drains: boolean;
	readonly #context: ControllerContext;
	readonly #options: ClusterAutoscalerOptions;
	readonly #cloud: Cloud;
	readonly #pods: readonly Pod[];
	/** Whose eviction has not been granted yet. */
	#asked: readonly Pod[];
	#tainted = false;
	#evictsSinceUs = Number.NaN;
	#waitsSinceUs = Number.NaN;

	constructor(
		{ node, toMove }: Removable,
		context: ControllerContext,
		options: ClusterAutoscalerOptions,
		cloud: Cloud,
	) {
		this.node = node;
		this.drains = toMove.length > 0;
		this.#context = context;
		this.#options = options;
		this.#cloud = cloud;
		this.#pods = toMove;
		this.#asked = toMove;
	}

	/** The next step; `again` says when it is to be asked for the one after. */
	*step(again: (delayUs: SimTime) => void): Steps<Outcome> {
		if (!this.#tainted) {
			yield* this.#taint();
			again(this.#options.nodeDeleteDelayAfterTaint);
			return "goes-on";
		}
		if (this.#asked.length > 0) return yield* this.#evict(again);
		if (this.#pods.some((pod) => this.#isThere(pod))) return yield* this.#wait(again);
		return yield* this.#giveBack();
	}

	*#taint(): Steps<void> {
		const value = String(Math.floor(this.#context.clock.nowUs / SECOND));
		const taint: Taint = { key: TO_BE_DELETED, value, effect: "NoSchedule" };
		granted(
			yield* patch(this.node, (node) => ({ ...node, spec: { ...node.spec, taints: [...node.spec.taints, taint] } })),
		);
		this.#tainted = true;
		this.#context.event(this.node, "Normal", "ScaleDown", "marked the node as toBeDeleted/unschedulable");
	}

	*#evict(again: (delayUs: SimTime) => void): Steps<Outcome> {
		const { nowUs } = this.#context.clock;
		if (Number.isNaN(this.#evictsSinceUs)) {
			this.#evictsSinceUs = nowUs;
			for (const pod of this.#pods) this.#context.event(pod, "Normal", "ScaleDown", "deleting pod for node scale down");
		} else if (nowUs >= this.#evictsSinceUs + this.#options.maxPodEvictionTime) {
			for (const pod of this.#asked)
				this.#context.event(pod, "Warning", "ScaleDownFailed", "failed to delete pod for ScaleDown");
			return yield* this.#giveUp("failed to drain the node, aborting ScaleDown");
		}
		const asked = this.#asked;
		const results = yield* all(
			asked.map((pod) => ({ verb: "evict", key: keyOf(pod), uid: pod.metadata.uid }) as const),
		);
		this.#asked = asked.filter((_pod, i) => {
			const result = results[i]!;
			return !result.ok && result.error.code !== 404;
		});
		again(this.#asked.length > 0 ? EVICTION_RETRY_US : 0);
		return "goes-on";
	}

	*#wait(again: (delayUs: SimTime) => void): Steps<Outcome> {
		const { nowUs } = this.#context.clock;
		if (Number.isNaN(this.#waitsSinceUs)) this.#waitsSinceUs = nowUs;
		const mostUs = this.#options.maxGracefulTerminationSec * SECOND + HEADROOM_US;
		if (nowUs >= this.#waitsSinceUs + mostUs)
			return yield* this.#giveUp("failed to drain the node, aborting ScaleDown");
		again(POLL_US);
		return "goes-on";
	}

	#isThere(pod: Pod): boolean {
		return this.#context.seen.get("Pod", keyOf(pod))?.metadata.uid === pod.metadata.uid;
	}

	*#giveBack(): Steps<Outcome> {
		const { name } = this.node.metadata;
		const removed = yield* remove("Node", nodeKey(name), { uid: this.node.metadata.uid });
		if (!removed.ok && removed.error.code !== 404) throw new SyncFailed(removed.error.message);
		this.#context.event(this.node, "Normal", "ScaleDown", "node removed by cluster autoscaler");
		this.#cloud.giveBack(name);
		return "removed";
	}

	*#giveUp(message: string): Steps<Outcome> {
		this.#context.event(this.node, "Warning", "ScaleDownFailed", message);
		yield* keepNode(this.node);
		return "failed";
	}
}

export function isToGo({ spec }: NodeObject): boolean {
	return spec.taints.some(({ key }) => key === TO_BE_DELETED);
}

/** The node is not to go after all. */
export function* keepNode(node: NodeObject): Steps<void> {
	granted(
		yield* patch(node, (present) => ({
			...present,
			spec: { ...present.spec, taints: present.spec.taints.filter(({ key }) => key !== TO_BE_DELETED) },
		})),
	);
}
