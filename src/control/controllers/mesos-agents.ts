/**
 * The Mesos master watches over its agents: it pings each every 15 s, and takes one out of which it has not heard five times in a row. Tasks there
 * are lost, or, for frameworks that can deal with partitions, unreachable. An agent that is heard of again is back. While no master leads
 * nobody watches; a new one waits for the agents of the registry to come back, and offers none of them before (`mesos-returns.ts`).
 *
 * Source: Mesos, master/master.cpp (SlaveObserver): agent_ping_timeout 15 s, max_agent_ping_timeouts 5.
 *
 * Divergence from Mesos: what other frameworks than Marathon and Chronos run there stays theirs until the machine comes back; removals have no
 * rate limit, as by default.
 */

import type { Random } from "../../engine/random.js";
import { SECOND, type SimTime } from "../../engine/time.js";
import type { Taint } from "../../objects/spec.js";
import { keyOf } from "../api-object.js";
import type { Mastership } from "../availability/master-election.js";
import { all, type Controller, type ControllerContext, type MakeController, patch, type Sync } from "../controller.js";
import type { Heartbeats } from "../heartbeats.js";
import { type NodeObject, nodeKey } from "../kinds/node.js";
import { isTerminal, type Pod } from "../pod.js";
import { AgentReturns } from "./mesos-returns.js";
import { hasTaint, taint } from "./node-lifecycle/taints.js";

export const PING_US = 15 * SECOND;
const MISSED_PINGS = 5;

/** On agents that the master has taken out. */
export const LOST = taint("mesos/agent-lost", "NoSchedule");

/** On agents of the registry that a new master waits for. */
const RECOVERED = taint("mesos/agent-recovered", "NoSchedule");

/** When the master takes an agent out that last answered the ping of `answeredUs`. */
export function lostUs(answeredUs: SimTime): SimTime {
	return answeredUs + PING_US + MISSED_PINGS * PING_US;
}

export interface AgentOptions {
	readonly heartbeats: Heartbeats;
	readonly mastership: Mastership;
	/** For the waits of agents that look for a new master. */
	readonly random: Random;
	/** Whether a pod of an agent that is lost is over; if not, its framework sees it as unreachable. */
	readonly losesTask: (pod: Pod) => boolean;
}

export function mesosAgents(options: AgentOptions): MakeController {
	return (context) => new MesosAgents(context, options);
}

class MesosAgents implements Controller {
	readonly name = "mesos-master";
	readonly workers = 5;
	readonly watches: Controller["watches"] = {
		Node: ({ key, after }) => after !== null && this.#context.enqueue(key),
		// An offer of an agent may be on its way while it is taken out.
		Pod: ({ before, after }) => {
			const node = (after as Pod | null)?.spec.nodeName ?? "";
			if (node !== "" && (before as Pod | null)?.spec.nodeName === "") this.#placed(node);
		},
	};
	readonly #context: ControllerContext;
	readonly #options: AgentOptions;
	readonly #returns: AgentReturns;

	constructor(context: ControllerContext, options: AgentOptions) {
		const { mastership, random } = options;
		this.#context = context;
		this.#options = options;
		this.#returns = new AgentReturns(mastership, random);
		mastership.onTerm(() => this.#begin());
		options.heartbeats.onSilence((name) => context.enqueue(nodeKey(name)));
	}

	#placed(node: string): void {
		const known = this.#context.seen.get("Node", nodeKey(node)) as NodeObject | undefined;
		if (known?.status.ready.status === "Unknown") this.#context.enqueue(nodeKey(node));
	}

	#begin(): void {
		const { seen, enqueue } = this.#context;
		const registered = ([...seen.all("Node").values()] as NodeObject[]).filter((node) => !hasTaint(node, LOST));
		const names = new Map(registered.map(({ metadata: { name } }) => [nodeKey(name), name]));
		this.#returns.begin(names.keys(), (key) => this.#options.heartbeats.silent.has(names.get(key)!));
		for (const key of names.keys()) enqueue(key);
	}

	*reconcile(key: string): Sync {
		const { seen, clock } = this.#context;
		const { heartbeats, mastership } = this.#options;
		const node = seen.get("Node", key) as NodeObject | undefined;
		if (node === undefined || !mastership.leads) return;
		const { name } = node.metadata;
		const isOut = hasTaint(node, LOST);
		const silent = heartbeats.silent.has(name);
		const awayUntilUs = this.#returns.untilUs(key, silent, clock.nowUs);
		const dueUs = awayUntilUs ?? (silent ? lostUs(heartbeats.renewedUs(name, clock.nowUs)) : clock.nowUs);
		if (clock.nowUs < dueUs) {
			this.#context.enqueueAfter(key, dueUs - clock.nowUs);
			if (awayUntilUs !== null && awayUntilUs > mastership.offersUs) yield* this.#await(node);
			return;
		}
		this.#returns.settled(key);
		if (!silent) {
			if (isOut || hasTaint(node, RECOVERED)) yield* patch(node, (present) => withTaints(present, withoutOurs));
			return;
		}
		if (isOut) {
			yield* this.#loseTasks(name);
			return;
		}
		const ready = { status: "Unknown", reason: "AgentLost", sinceUs: clock.nowUs } as const;
		yield* patch(node, (present) => ({
			...withTaints(present, (taints) => [...withoutOurs(taints), LOST]),
			status: { ...present.status, ready },
		}));
		yield* this.#loseTasks(name);
	}

	/** Offers none of it until it has come back. */
	*#await(node: NodeObject): Sync {
		if (hasTaint(node, RECOVERED)) return;
		const ready = { status: "False", reason: "AgentRecovered", sinceUs: this.#context.clock.nowUs } as const;
		const silent = this.#options.heartbeats.silent.has(node.metadata.name);
		yield* patch(node, (present) => ({
			...withTaints(present, (taints) => [...withoutOurs(taints), RECOVERED]),
			// One that is heard of again says so then.
			...(silent && { status: { ...present.status, ready } }),
		}));
	}

	*#loseTasks(node: string) {
		const pods = ([...this.#context.seen.all("Pod").values()] as Pod[]).filter(
			({ spec, status }) => spec.nodeName === node && !isTerminal(status.phase),
		);
		const change = (object: Pod): Pod => ({
			...object,
			status: { ...object.status, phase: "Failed", ready: false, disruption: "TASK_LOST" },
		});
		const lost = pods.filter(this.#options.losesTask);
		yield* all(
			lost.map(
				(pod) => ({ verb: "patch", kind: "Pod", key: keyOf(pod), change: (object) => change(object as Pod) }) as const,
			),
		);
	}
}

function withoutOurs(taints: readonly Taint[]): readonly Taint[] {
	return taints.filter(({ key }) => key !== LOST.key && key !== RECOVERED.key);
}

function withTaints(node: NodeObject, change: (taints: readonly Taint[]) => readonly Taint[]): NodeObject {
	return { ...node, spec: { ...node.spec, taints: change(node.spec.taints) } };
}
