/**
 * What the node controller was before taints: a node that has not been heard of for 40 s is Unknown, its pods serve no more, and five
 * minutes after the last heartbeat that a pass saw its pods are deleted, node by node at 0.1 a second. Source:
 * pkg/controller/node/nodecontroller.go of Kubernetes 1.3 and 1.4.
 *
 * Divergence from Kubernetes 1.4: zones do not change the rate; schedulers leave out an Unknown node because of a taint, not of its
 * condition.
 */
import { SECOND, type SimTime } from "../../../engine/time.js";
import type { ApiChange } from "../../api-server.js";
import {
	all,
	type Controller,
	type ControllerContext,
	deletionOf,
	type MakeController,
	patch,
	type Sync,
} from "../../controller.js";
import type { Heartbeats } from "../../heartbeats.js";
import { type NodeObject, nodeKey } from "../../kinds/node.js";
import { UNREACHABLE } from "../../node-bridge.js";
import { isActive } from "../../pod.js";
import { TokenBucket } from "../../token-bucket.js";
import { PodsByNode } from "../pods-by-node.js";
import { hasTaint, swapTaints, taint } from "./taints.js";

/** --node-monitor-period, --node-monitor-grace-period, --pod-eviction-timeout. */
const PERIOD_US = 5 * SECOND;
const GRACE_US = 40 * SECOND;
const EVICTION_TIMEOUT_US = 300 * SECOND;
/** --node-eviction-rate. */
const RATE = { qps: 0.1, burst: 1 };
/** What a pass takes: sixty of them are longer than the timeout. */
const PASS_US = 2_000;
const TAINT = taint(UNREACHABLE, "NoSchedule");

export function evictionTimeoutController(heartbeats: Heartbeats): MakeController {
	return (context) => new EvictionTimeoutController(context, heartbeats);
}

class EvictionTimeoutController implements Controller {
	readonly name = "node-controller";
	readonly workers = 1;
	readonly watches: Controller["watches"] = {
		Node: ({ key, after }) => this.#nodeChanged(key, after),
		Pod: (change) => this.#pods.changed(change),
	};
	readonly #context: ControllerContext;
	readonly #heartbeats: Heartbeats;
	readonly #pods: PodsByNode;
	readonly #evictions = new TokenBucket(RATE);
	/** Nodes that are Unknown, and those of them whose turn to be emptied has come. */
	readonly #unknown = new Set<string>();
	readonly #emptied = new Set<string>();
	#started = false;

	constructor(context: ControllerContext, heartbeats: Heartbeats) {
		this.#context = context;
		this.#heartbeats = heartbeats;
		this.#pods = PodsByNode.in(context.seen);
	}

	#nodeChanged(key: string, after: ApiChange["after"]): void {
		if (after === null) {
			this.#unknown.delete(key.slice(1));
			this.#emptied.delete(key.slice(1));
		}
		if (this.#started) return;
		this.#started = true;
		this.#context.enqueue("monitor");
	}

	*reconcile(): Sync {
		for (const name of [...new Set([...this.#heartbeats.silent, ...this.#unknown])].sort()) {
			const node = this.#context.seen.get("Node", nodeKey(name)) as NodeObject | undefined;
			if (node !== undefined) yield* this.#check(node, name);
		}
		this.#context.enqueueAfter("monitor", PASS_US + PERIOD_US);
	}

	*#check(node: NodeObject, name: string): Sync {
		if (!this.#heartbeats.silent.has(name)) {
			this.#unknown.delete(name);
			this.#emptied.delete(name);
			if (hasTaint(node, TAINT)) yield* swapTaints(node, [], [TAINT]);
			return;
		}
		const { nowUs } = this.#context.clock;
		const heardUs = this.#heartbeatSeenUs(name, nowUs);
		if (nowUs > heardUs + GRACE_US && !this.#unknown.has(name)) yield* this.#giveUp(node, name, nowUs);
		if (nowUs <= heardUs + EVICTION_TIMEOUT_US) return;
		if (!this.#emptied.has(name) && !this.#evictions.takeNow(nowUs)) return;
		this.#emptied.add(name);
		yield* all(this.#pods.of(name).filter(isActive).map(deletionOf));
	}

	/** When the first pass after its last heartbeat was. */
	#heartbeatSeenUs(name: string, nowUs: SimTime): SimTime {
		const everyUs = PERIOD_US + PASS_US;
		const renewedUs = this.#heartbeats.renewedUs(name, nowUs);
		return nowUs - Math.floor((nowUs - renewedUs) / everyUs) * everyUs;
	}

	*#giveUp(node: NodeObject, name: string, nowUs: SimTime): Sync {
		this.#unknown.add(name);
		const ready = { status: "Unknown", reason: "NodeStatusUnknown", sinceUs: nowUs } as const;
		yield* patch(node, (present) => ({ ...present, status: { ...present.status, ready } }));
		yield* swapTaints(node, [TAINT], []);
		const readyUs = Math.floor(nowUs / SECOND) * SECOND;
		for (const pod of this.#pods.of(name)) {
			if (!pod.status.ready) continue;
			yield* patch(pod, (present) => ({ ...present, status: { ...present.status, ready: false, readyUs } }));
		}
	}
}
