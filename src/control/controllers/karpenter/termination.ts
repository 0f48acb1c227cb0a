/**
 * Takes one node out: it is tainted, its pods are evicted as their budgets allow, and when they are gone its machine goes. Source: Karpenter's
 * pkg/controllers/node/termination (controller.go, terminator/eviction.go).
 *
 * Divergence from Karpenter: all pods are evicted together, not those that are critical last; daemons go with the machine.
 */
import { MILLISECOND, SECOND, type SimTime } from "../../../engine/time.js";
import type { Taint } from "../../../objects/spec.js";
import { keyOf } from "../../api-object.js";
import type { ApiResult } from "../../api-server.js";
import type { Cloud } from "../../autoscaling/cloud.js";
import {
	all,
	type ControllerContext,
	deletionOf,
	granted,
	patch,
	remove,
	type Step,
	SyncFailed,
} from "../../controller.js";
import { type NodeObject, nodeKey } from "../../kinds/node.js";
import type { Pod } from "../../pod.js";

/** Between two tries to evict a pod: as long at first, and twice as long each time up to the other. */
const FIRST_BACKOFF_US = 100 * MILLISECOND;
const MOST_BACKOFF_US = 10 * SECOND;
/** Between two looks at whether the pods are gone. */
const POLL_US = SECOND;

export const DISRUPTED: Taint = { key: "karpenter.sh/disrupted", value: "", effect: "NoSchedule" };

type Steps<Value> = Generator<Step, Value, readonly ApiResult[]>;

/** Nothing new comes to the node. */
export function* taintDisrupted(node: NodeObject): Steps<void> {
	granted(
		yield* patch(node, (present) => {
			const { taints } = present.spec;
			return taints.some(({ key }) => key === DISRUPTED.key)
				? present
				: { ...present, spec: { ...present.spec, taints: [...taints, DISRUPTED] } };
		}),
	);
}

/** It is not given up after all. */
export function* untaintDisrupted(node: NodeObject): Steps<void> {
	yield* patch(node, (present) => ({
		...present,
		spec: { ...present.spec, taints: present.spec.taints.filter(({ key }) => key !== DISRUPTED.key) },
	}));
}

export class Termination {
	readonly #node: NodeObject;
	readonly #context: ControllerContext;
	readonly #cloud: Cloud;
	/** From then on pods are deleted whatever their budgets say. */
	readonly #untilUs: SimTime;
	#backoffUs = FIRST_BACKOFF_US;

	constructor(node: NodeObject, context: ControllerContext, cloud: Cloud, graceUs = Number.POSITIVE_INFINITY) {
		this.#node = node;
		this.#context = context;
		this.#cloud = cloud;
		this.#untilUs = context.clock.nowUs + graceUs;
	}

	/** The next step; when to be asked for the one after, or null if the machine is gone. `pods` are there yet. */
	*step(pods: readonly Pod[]): Steps<SimTime | null> {
		const { name, uid } = this.#node.metadata;
		yield* taintDisrupted(this.#node);
		if (pods.length === 0) {
			const removed = yield* remove("Node", nodeKey(name), { uid });
			if (!removed.ok && removed.error.code !== 404) throw new SyncFailed(removed.error.message);
			this.#cloud.giveBack(name);
			return null;
		}
		const forced = this.#context.clock.nowUs >= this.#untilUs;
		const waiting = pods.filter(({ metadata }) => metadata.deletedUs === null);
		const results = yield* all(
			waiting.map((pod) => (forced ? deletionOf(pod) : { verb: "evict", key: keyOf(pod), uid: pod.metadata.uid })),
		);
		if (!results.some((result) => !result.ok && result.error.code !== 404)) return POLL_US;
		const delayUs = this.#backoffUs;
		this.#backoffUs = Math.min(MOST_BACKOFF_US, delayUs * 2);
		return delayUs;
	}
}
