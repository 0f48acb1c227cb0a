/**
 * Empties nodes as `kubectl drain --ignore-daemonsets` does: cordons the node, asks for the eviction of all its pods at once, and asks again for
 * those that are refused. Source: staging/src/k8s.io/kubectl/pkg/drain (drain.go).
 *
 * Divergence from Kubernetes: pods without a controller go like the others; a drain never gives up.
 */
import type { Engine, EventKind } from "../engine/engine.js";
import { SECOND } from "../engine/time.js";
import { keyOf } from "./api-object.js";
import type { ApiResult, ApiServer } from "./api-server.js";
import type { Evictions } from "./eviction.js";
import { type NodeObject, nodeKey } from "./kinds/node.js";
import type { Pod } from "./pod.js";

/** Until a refused pod is asked for again. */
const RETRY_US = 5 * SECOND;

/** Hears each answer to an eviction. */
export type DrainListener = (pod: string, result: ApiResult) => void;

/** A pod that goes when its node is drained. */
export interface DrainedPod {
	readonly key: string;
	readonly uid: number;
}

interface Asked extends DrainedPod {
	readonly listener: DrainListener;
}

export class Drains {
	readonly #engine: Engine;
	readonly #server: ApiServer;
	readonly #evictions: Evictions;
	readonly #retry: EventKind;
	readonly #refused = new Map<number, Asked>();
	#count = 0;

	constructor(engine: Engine, server: ApiServer, evictions: Evictions, phase: number) {
		this.#engine = engine;
		this.#server = server;
		this.#evictions = evictions;
		this.#retry = engine.kind("drain-retry", phase, (slot) => this.#again(slot));
	}

	/** 404 if there is no such node. `listener` hears each answer. */
	drain(node: string, listener: DrainListener): ApiResult {
		const cordoned = this.#server.patch("Node", nodeKey(node), (object) => cordon(object as NodeObject));
		if (!cordoned.ok) return cordoned;
		for (const pod of drainedPods(this.#server, node)) this.#ask({ ...pod, listener });
		return cordoned;
	}

	#ask(asked: Asked): void {
		this.#evictions.evict(asked.key, (result) => {
			asked.listener(asked.key, result);
			if (result.ok || result.error.code !== 429) return;
			const slot = this.#count++ & SLOT_MASK;
			this.#refused.set(slot, asked);
			this.#engine.schedule(this.#engine.nowUs + RETRY_US, this.#retry, slot);
		});
	}

	#again(slot: number): void {
		const asked = this.#refused.get(slot)!;
		this.#refused.delete(slot);
		// Another pod of its name is not meant.
		if (this.#server.get("Pod", asked.key)?.metadata.uid === asked.uid) this.#ask(asked);
	}
}

/** All on the node but those of DaemonSets. */
export function drainedPods(server: ApiServer, node: string): readonly DrainedPod[] {
	const pods = [...server.list("Pod")] as Pod[];
	return pods
		.filter(({ spec, metadata }) => spec.nodeName === node && metadata.owner?.kind !== "DaemonSet")
		.map((pod) => ({ key: keyOf(pod), uid: pod.metadata.uid }));
}

const SLOT_MASK = 0xff_ff_ff;

function cordon(node: NodeObject): NodeObject {
	return node.spec.unschedulable ? node : { ...node, spec: { ...node.spec, unschedulable: true } };
}
