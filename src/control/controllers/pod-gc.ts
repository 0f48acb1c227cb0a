/**
 * Takes away pods that nobody else does: those of nodes that are gone, those that were to go and have no node or one that somebody says
 * is out of service, and ended ones beyond a number. Source: pkg/controller/podgc/gc_controller.go.
 *
 * Divergence from Kubernetes: a pass goes through the pods that it has to, by node or by state, not through all; it does not know which
 * of the ended pods were evicted (those would go first).
 */
import { SECOND, type SimTime } from "../../engine/time.js";
import { keyOf } from "../api-object.js";
import type { ApiChange, ApiResult } from "../api-server.js";
import {
	type Controller,
	type ControllerContext,
	get,
	type MakeController,
	patch,
	remove,
	type Step,
	type Sync,
} from "../controller.js";
import { type NodeObject, nodeKey } from "../kinds/node.js";
import { isTerminal, type Pod } from "../pod.js";
import { PodsByNode } from "./pods-by-node.js";

export interface PodGcOptions {
	/** When the first pass is; default 0. */
	readonly firstPassUs?: SimTime;
	/** Ended pods that are kept (--terminated-pod-gc-threshold); 0 for all; default 12500. */
	readonly keepsEnded?: number;
}

/** From the end of a pass to the next. */
const PERIOD_US = 20 * SECOND;
/** A node must be missing for so long. */
const QUARANTINE_US = 40 * SECOND;
const OUT_OF_SERVICE = "node.kubernetes.io/out-of-service";
const PASS = "pass";

export function podGcController(options: PodGcOptions = {}): MakeController {
	return (context) => new PodGcController(context, options);
}

class PodGcController implements Controller {
	readonly name = "pod-garbage-collector";
	readonly workers = 1;
	readonly watches: Controller["watches"] = {
		Pod: (change) => this.#podChanged(change),
		Node: ({ before, after }) => {
			this.#start();
			keep(this.#missing, (after ?? before)!.metadata.name, after === null);
		},
	};
	readonly #context: ControllerContext;
	readonly #firstPassUs: SimTime;
	readonly #keepsEnded: number;
	readonly #pods: PodsByNode;
	readonly #ended = new Set<string>();
	/** Told to go. */
	readonly #leaving = new Set<string>();
	/** Missing nodes, and when to look whether they are so yet. */
	readonly #quarantine = new Map<string, SimTime>();
	/** Nodes that were not there when they went, or when a pod was bound to them. */
	readonly #missing = new Set<string>();
	#started = false;

	constructor(context: ControllerContext, { firstPassUs = 0, keepsEnded = 12_500 }: PodGcOptions) {
		this.#context = context;
		this.#firstPassUs = firstPassUs;
		this.#keepsEnded = keepsEnded;
		this.#pods = PodsByNode.in(context.seen);
	}

	#podChanged(change: ApiChange): void {
		this.#start();
		this.#pods.changed(change);
		const pod = change.after as Pod | null;
		const node = pod?.spec.nodeName ?? "";
		if (node !== "" && node !== (change.before as Pod | null)?.spec.nodeName)
			keep(this.#missing, node, !this.#isThere(node));
		keep(this.#ended, change.key, pod !== null && isTerminal(pod.status.phase));
		keep(this.#leaving, change.key, pod !== null && pod.metadata.deletedUs !== null);
	}

	#start(): void {
		if (this.#started) return;
		this.#started = true;
		const { nowUs } = this.#context.clock;
		const missed = Math.ceil(Math.max(0, nowUs - this.#firstPassUs) / PERIOD_US);
		this.#context.enqueueAfter(PASS, this.#firstPassUs + missed * PERIOD_US - nowUs);
	}

	*reconcile(): Sync {
		yield* this.#tooManyEnded();
		yield* this.#takeAwayLeaving(({ spec }) => this.#isOutOfService(spec.nodeName));
		for (const node of yield* this.#goneNodes())
			for (const pod of this.#pods.of(node)) yield* this.#takeAway(pod, "DeletionByPodGC");
		yield* this.#takeAwayLeaving(({ spec }) => spec.nodeName === "");
		this.#context.enqueueAfter(PASS, PERIOD_US);
	}

	/** Whether a node that is not ready has the taint by which somebody vouches that nothing runs on it. */
	#isOutOfService(name: string): boolean {
		const node = this.#context.seen.get("Node", nodeKey(name)) as NodeObject | undefined;
		return (
			node !== undefined &&
			node.status.ready.status !== "True" &&
			node.spec.taints.some(({ key }) => key === OUT_OF_SERVICE)
		);
	}

	*#takeAwayLeaving(isMeant: (pod: Pod) => boolean): Generator<Step, void, readonly ApiResult[]> {
		for (const key of [...this.#leaving]) {
			const pod = this.#pod(key);
			if (pod !== undefined && isMeant(pod)) yield* this.#takeAway(pod, "");
		}
	}

	*#tooManyEnded(): Generator<Step, void, readonly ApiResult[]> {
		const surplus = this.#ended.size - this.#keepsEnded;
		if (this.#keepsEnded === 0 || surplus <= 0) return;
		const pods = [...this.#ended].flatMap((key) => this.#pod(key) ?? []);
		pods.sort((a, b) => a.metadata.createdUs - b.metadata.createdUs || a.metadata.uid - b.metadata.uid);
		for (const pod of pods.slice(0, surplus)) yield* this.#takeAway(pod, "");
	}

	/** Nodes with pods that have been missing for long enough, by the word of the API server. */
	*#goneNodes(): Generator<Step, readonly string[], readonly ApiResult[]> {
		const { nowUs } = this.#context.clock;
		for (const node of this.#missing.size === 0 ? [] : this.#pods.nodes)
			if (this.#missing.has(node) && !this.#quarantine.has(node)) this.#quarantine.set(node, nowUs + QUARANTINE_US);
		const gone: string[] = [];
		for (const [node, untilUs] of [...this.#quarantine]) {
			if (untilUs > nowUs) continue;
			this.#quarantine.delete(node);
			if (!this.#isThere(node) && !(yield* get("Node", nodeKey(node))).ok) gone.push(node);
		}
		return gone;
	}

	#isThere(node: string): boolean {
		return this.#context.seen.get("Node", nodeKey(node)) !== undefined;
	}

	#pod(key: string): Pod | undefined {
		return this.#context.seen.get("Pod", key) as Pod | undefined;
	}

	/** It has failed if it had not ended, and is gone without anybody seeing it out. */
	*#takeAway(pod: Pod, disruption: string): Generator<Step, void, readonly ApiResult[]> {
		if (!isTerminal(pod.status.phase)) {
			const finishedUs = this.#context.clock.nowUs;
			yield* patch(pod, (present) => ({
				...present,
				status: { ...present.status, phase: "Failed" as const, finishedUs, disruption },
			}));
		}
		yield* remove("Pod", keyOf(pod), { uid: pod.metadata.uid });
	}
}

function keep(set: Set<string>, key: string, isIn: boolean): void {
	if (isIn) set.add(key);
	else set.delete(key);
}
