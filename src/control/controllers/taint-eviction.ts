/**
 * Deletes pods from nodes with NoExecute taints that they do not tolerate, or not for so long. Source: pkg/controller/tainteviction.
 *
 * Divergence from Kubernetes: the pods of a node are looked at in the order in which they were bound.
 */
import { SECOND, type SimTime } from "../../engine/time.js";
import type { Taint } from "../../objects/spec.js";
import { tolerates } from "../../objects/tolerations.js";
import { keyOf } from "../api-object.js";
import type { ApiChange } from "../api-server.js";
import {
	type Controller,
	type ControllerContext,
	get,
	type MakeController,
	patch,
	remove,
	type Sync,
	SyncFailed,
} from "../controller.js";
import { tolerationsOf } from "../default-tolerations.js";
import type { NodeObject } from "../kinds/node.js";
import type { Pod } from "../pod.js";
import { PodsByNode } from "./pods-by-node.js";

export const taintEvictionController: MakeController = (context) => new TaintEvictionController(context);

interface Eviction {
	readonly sinceUs: SimTime;
	readonly dueUs: SimTime;
}

/** Its keys are those of pods that are to go. */
class TaintEvictionController implements Controller {
	readonly name = "taint-eviction-controller";
	readonly workers = 8;
	readonly watches: Controller["watches"] = {
		Node: (change) => this.#nodeChanged(change),
		Pod: (change) => this.#podChanged(change),
	};
	readonly #context: ControllerContext;
	readonly #pods: PodsByNode;
	/** Nodes that have NoExecute taints. */
	readonly #tainted = new Map<string, readonly Taint[]>();
	/** By pod; null once it is carried out. */
	readonly #evictions = new Map<string, Eviction | null>();

	constructor(context: ControllerContext) {
		this.#context = context;
		this.#pods = PodsByNode.in(context.seen);
	}

	#nodeChanged({ before, after }: ApiChange): void {
		const { name } = (after ?? before)!.metadata;
		// What was planned for the pods of a node that is gone goes on.
		if (after === null) {
			this.#tainted.delete(name);
			return;
		}
		const had = this.#tainted.get(name) ?? [];
		const has = (after as NodeObject).spec.taints.filter(({ effect }) => effect === "NoExecute");
		if (
			had.length === has.length &&
			has.every((one) => had.some(({ key, value }) => key === one.key && value === one.value))
		)
			return;
		if (has.length === 0) this.#tainted.delete(name);
		else this.#tainted.set(name, has);
		for (const pod of this.#pods.of(name)) this.#decide(pod);
	}

	#podChanged(change: ApiChange): void {
		this.#pods.changed(change);
		const { before, after } = change;
		if (after === null) {
			this.#cancel(before as Pod);
			return;
		}
		const pod = after as Pod;
		const isNew = (before as Pod | null)?.spec.nodeName !== pod.spec.nodeName;
		if (isNew && this.#tainted.has(pod.spec.nodeName)) this.#decide(pod);
	}

	/** Whether, and when, a pod has to go for the taints that its node has now. */
	#decide(pod: Pod): void {
		const key = keyOf(pod);
		const { nowUs } = this.#context.clock;
		const graceUs = toleratedUs(pod, this.#tainted.get(pod.spec.nodeName) ?? []);
		if (graceUs === Number.POSITIVE_INFINITY) {
			this.#cancel(pod);
			return;
		}
		const planned = this.#evictions.get(key);
		if (graceUs > 0) {
			if (planned === null) return;
			// Its time runs from when it was first to go.
			if (planned && planned.sinceUs + graceUs < nowUs + graceUs) return;
		}
		// It is planned anew.
		if (planned) this.#tellCancelled(pod);
		const sinceUs = planned ? planned.sinceUs : nowUs;
		this.#evictions.set(key, { sinceUs, dueUs: nowUs + graceUs });
		this.#context.enqueueAfter(key, graceUs);
	}

	#cancel(pod: Pod): void {
		const key = keyOf(pod);
		const planned = this.#evictions.get(key);
		this.#evictions.delete(key);
		if (planned) this.#tellCancelled(pod);
	}

	#tellCancelled(pod: Pod): void {
		this.#context.event(pod, "Normal", "TaintManagerEviction", `Cancelling deletion of Pod ${keyOf(pod)}`);
	}

	*reconcile(key: string): Sync {
		const planned = this.#evictions.get(key);
		const pod = this.#context.seen.get("Pod", key) as Pod | undefined;
		if (!planned || pod === undefined) return;
		const { nowUs } = this.#context.clock;
		if (planned.dueUs > nowUs) {
			this.#context.enqueueAfter(key, planned.dueUs - nowUs);
			return;
		}
		this.#evictions.set(key, null);
		this.#context.event(pod, "Normal", "TaintManagerEviction", `Marking for deletion Pod ${key}`);
		const found = yield* get("Pod", key);
		if (!found.ok || found.object.metadata.uid !== pod.metadata.uid) return;
		yield* patch(pod, (present) => ({
			...present,
			status: { ...present.status, disruption: "DeletionByTaintManager" },
		}));
		const deleted = yield* remove("Pod", key, { uid: pod.metadata.uid });
		if (deleted.ok || deleted.error.code === 404) return;
		this.#evictions.set(key, planned);
		throw new SyncFailed(deleted.error.message);
	}
}

/** How long a pod may stay with these taints: Infinity for ever, 0 not at all. The shortest of the tolerations that matter decides. */
export function toleratedUs({ spec }: Pod, taints: readonly Taint[]): SimTime {
	const tolerations = tolerationsOf(spec.template);
	const used = taints.map((taint) => tolerations.filter((one) => tolerates(one, taint)));
	if (used.some((matching) => matching.length === 0)) return 0;
	const seconds = used.flat().map(({ tolerationSeconds }) => tolerationSeconds ?? Number.POSITIVE_INFINITY);
	return Math.min(Number.POSITIVE_INFINITY, ...seconds) * SECOND;
}
