/**
 * Declares nodes down that are not heard of. Agents send a heartbeat each 5 s, give or take half a second that the manager draws, and are
 * down three of these periods after the last one. From 1.13 on the tasks of one that has been down for a day are ORPHANED: nobody waits for
 * them any more. A leader that takes over knows of no session: nodes that are not down are UNKNOWN, get no tasks until their agents have
 * found it, and are down if they have not after three periods, six from 17.06 on. Source: SwarmKit manager/dispatcher (nodes.go, period.go, dispatcher.go).
 *
 * Divergence from SwarmKit: agents that have lost their leader find the new one within the longest wait of their back-off; of the heartbeats of
 * an agent only the last one before it falls silent is drawn; a node that is down or UNKNOWN has a taint, by which schedulers know.
 */
import type { Random } from "../../../engine/random.js";
import { DAY, SECOND, type SimTime } from "../../../engine/time.js";
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
import type { SwarmRules } from "./version.js";

const PERIOD_US = 5 * SECOND;
const JITTER_US = SECOND / 2;
/** defaultNodeDownPeriod. */
const DOWN_PERIOD_US = DAY;
/** The longest wait of an agent between two tries to register. */
const BACKOFF_US = 8 * SECOND;
/** Periods without a heartbeat after which a node is down. */
const GRACE = 3;

const DOWN = taint("com.docker.swarm.node.down", "NoSchedule");
const UNKNOWN = taint("com.docker.swarm.node.unknown", "NoSchedule");

export interface DispatcherOptions {
	readonly heartbeats: Heartbeats;
	readonly random: Random;
	readonly rules: Pick<SwarmRules, "orphans" | "unheardPeriods">;
}

export function swarmDispatcher(options: DispatcherOptions): MakeController {
	return (context) => new Dispatcher(context, options);
}

class Dispatcher implements Controller {
	readonly name = "swarm-dispatcher";
	readonly workers = 1;
	readonly watches: Controller["watches"] = {
		Node: (change) => this.#nodeChanged(change),
		Pod: (change) => this.#onNode.changed(change),
	};
	readonly #context: ControllerContext;
	readonly #options: DispatcherOptions;
	readonly #onNode: PodsByNode;
	/** When it began to lead; 0 for the first leader. */
	readonly #sinceUs: SimTime;
	/** Keys of nodes that are to be UNKNOWN. */
	readonly #unheard = new Set<string>();
	/** By key, when agents find it that were with the last leader. */
	readonly #returnsUs = new Map<string, SimTime>();
	/** By key, when silent nodes are down. */
	readonly #dueUs = new Map<string, SimTime>();

	constructor(context: ControllerContext, options: DispatcherOptions) {
		this.#context = context;
		this.#options = options;
		this.#onNode = PodsByNode.in(context.seen);
		this.#sinceUs = context.clock.nowUs;
		const { heartbeats, random } = options;
		heartbeats.onSilence((name, nowUs) => {
			const periodUs = PERIOD_US - JITTER_US + random.integer(2 * JITTER_US + 1);
			const dueUs = nowUs - random.integer(periodUs) + GRACE * periodUs;
			this.#dueUs.set(nodeKey(name), dueUs);
			context.enqueueAfter(nodeKey(name), dueUs - nowUs);
		});
	}

	#nodeChanged({ key, before, after }: ApiChange): void {
		if (after === null) {
			this.#dueUs.delete(key);
			this.#returnsUs.delete(key);
			return;
		}
		const node = after as NodeObject;
		if (before === null && node.metadata.createdUs < this.#sinceUs && !hasTaint(node, DOWN)) this.#takeOver(key, node);
		this.#context.enqueue(key);
	}

	#takeOver(key: string, { metadata }: NodeObject): void {
		const { heartbeats, random, rules } = this.#options;
		this.#unheard.add(key);
		if (heartbeats.silent.has(metadata.name)) this.#dueUs.set(key, this.#sinceUs + rules.unheardPeriods * PERIOD_US);
		else this.#returnsUs.set(key, this.#sinceUs + random.integer(BACKOFF_US));
	}

	*reconcile(key: string): Sync {
		const node = this.#context.seen.get("Node", key) as NodeObject | undefined;
		if (node === undefined) return;
		const { nowUs } = this.#context.clock;
		const { heartbeats, rules } = this.#options;
		const silent = heartbeats.silent.has(node.metadata.name);
		const waitsUntilUs = (silent ? this.#dueUs : this.#returnsUs).get(key) ?? nowUs;
		if (!silent) this.#dueUs.delete(key);
		if (waitsUntilUs > nowUs) {
			this.#context.enqueueAfter(key, waitsUntilUs - nowUs);
			if (this.#unheard.delete(key)) yield* this.#mark(node, "unknown");
			return;
		}
		this.#returnsUs.delete(key);
		if (silent ? !hasTaint(node, DOWN) : hasTaint(node, DOWN) || hasTaint(node, UNKNOWN))
			yield* this.#mark(node, silent ? "down" : "ready");
		else if (silent && rules.orphans) yield* this.#orphan(node);
	}

	*#mark(node: NodeObject, state: keyof typeof STATES): Sync {
		const { nowUs } = this.#context.clock;
		yield* patch(node, (present) => marked(present, state, nowUs));
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

const STATES = {
	down: { taints: [DOWN], status: "False", reason: "heartbeat failure" },
	unknown: { taints: [UNKNOWN], status: "Unknown", reason: "leadership change in cluster" },
	ready: { taints: [], status: "True", reason: "ready" },
} as const;

function marked(node: NodeObject, state: keyof typeof STATES, nowUs: SimTime): NodeObject {
	const { taints, status, reason } = STATES[state];
	const others = node.spec.taints.filter(({ key }) => key !== DOWN.key && key !== UNKNOWN.key);
	const ready = { status, reason, sinceUs: nowUs };
	return { ...node, spec: { ...node.spec, taints: [...others, ...taints] }, status: { ...node.status, ready } };
}
