/**
 * Declares nodes down that are not heard of. Agents send a heartbeat each 5 s, give or take half a second that the manager draws, and are
 * down three of these periods after the last one. From 1.13 on the tasks of one that has been down for a day are ORPHANED: nobody waits for
 * them any more. Source: SwarmKit manager/dispatcher (nodes.go, period.go, dispatcher.go).
 *
 * Divergence from SwarmKit: of the heartbeats of an agent only the last one before it falls silent is drawn; a node that is down has a
 * taint, by which schedulers know.
 */
import type { Random } from "../../../engine/random.js";
import { DAY, type SimTime } from "../../../engine/time.js";
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
import { hasTaint, taint } from "../node-lifecycle/taints.js";
import { PodsByNode } from "../pods-by-node.js";

const PERIOD_US = 5_000_000;
const JITTER_US = 500_000;
/** defaultNodeDownPeriod. */
const DOWN_PERIOD_US = DAY;
/** Periods without a heartbeat after which a node is down. */
const GRACE = 3;

const DOWN = taint("com.docker.swarm.node.down", "NoSchedule");

/** `orphans`: whether tasks are given up whose node has been down for long. */
export function swarmDispatcher(heartbeats: Heartbeats, random: Random, orphans: boolean): MakeController {
	return (context) => new Dispatcher(context, { heartbeats, random, orphans });
}

interface DispatcherOptions {
	readonly heartbeats: Heartbeats;
	readonly random: Random;
	readonly orphans: boolean;
}

class Dispatcher implements Controller {
	readonly name = "swarm-dispatcher";
	readonly workers = 1;
	readonly watches: Controller["watches"] = {
		Node: (change) => this.#nodeChanged(change),
		Pod: (change) => this.#onNode.changed(change),
	};
	readonly #context: ControllerContext;
	readonly #heartbeats: Heartbeats;
	readonly #orphans: boolean;
	readonly #onNode: PodsByNode;
	/** By key, when silent nodes are down. */
	readonly #dueUs = new Map<string, SimTime>();

	constructor(context: ControllerContext, { heartbeats, random, orphans }: DispatcherOptions) {
		this.#context = context;
		this.#heartbeats = heartbeats;
		this.#orphans = orphans;
		this.#onNode = new PodsByNode(context.seen);
		heartbeats.onSilence((name, nowUs) => {
			const periodUs = PERIOD_US - JITTER_US + random.integer(2 * JITTER_US + 1);
			const dueUs = nowUs - random.integer(periodUs) + GRACE * periodUs;
			this.#dueUs.set(nodeKey(name), dueUs);
			context.enqueueAfter(nodeKey(name), dueUs - nowUs);
		});
	}

	#nodeChanged({ key, after }: ApiChange): void {
		if (after === null) this.#dueUs.delete(key);
		else this.#context.enqueue(key);
	}

	*reconcile(key: string): Sync {
		const node = this.#context.seen.get("Node", key) as NodeObject | undefined;
		if (node === undefined) return;
		const { nowUs } = this.#context.clock;
		const silent = this.#heartbeats.silent.has(node.metadata.name);
		const dueUs = this.#dueUs.get(key) ?? nowUs;
		if (!silent) this.#dueUs.delete(key);
		else if (dueUs > nowUs) {
			this.#context.enqueueAfter(key, dueUs - nowUs);
			return;
		}
		if (hasTaint(node, DOWN) !== silent) yield* patch(node, (present) => marked(present, silent, nowUs));
		else if (silent && this.#orphans) yield* this.#orphan(node);
	}

	*#orphan({ metadata: { name }, status }: NodeObject): Sync {
		const { nowUs } = this.#context.clock;
		const dueUs = status.ready.sinceUs + DOWN_PERIOD_US;
		if (nowUs < dueUs) {
			this.#context.enqueueAfter(nodeKey(name), dueUs - nowUs);
			return;
		}
		for (const task of this.#onNode.of(name)) {
			yield* patch(task, (present) => ({
				...present,
				status: { ...present.status, phase: "Failed" as const, ready: false, disruption: "ORPHANED" },
			}));
			yield* all([deletionOf(task)]);
		}
	}
}

function marked(node: NodeObject, down: boolean, nowUs: SimTime): NodeObject {
	const others = node.spec.taints.filter(({ key }) => key !== DOWN.key);
	const ready = down
		? ({ status: "False", reason: "heartbeat failure", sinceUs: nowUs } as const)
		: ({ status: "True", reason: "ready", sinceUs: nowUs } as const);
	return {
		...node,
		spec: { ...node.spec, taints: down ? [...others, DOWN] : others },
		status: { ...node.status, ready },
	};
}
