/**
 * Notices nodes that are silent: their readiness becomes Unknown, their pods serve no more, and they are tainted, NoSchedule at once and
 * NoExecute at the rate of their zone. Source: pkg/controller/nodelifecycle/node_lifecycle_controller.go.
 *
 * A pass looks at nodes that may be late, not ready or tainted; all others renew their leases in time, which arithmetic knows
 * (`heartbeats.ts`).
 *
 * Divergence from Kubernetes: a status that was written to meanwhile is patched, not refused; nodes cannot ask to be left out of the
 * judgement of their zone; labels that must agree are not reconciled.
 */
import type { Random } from "../../../engine/random.js";
import { SECOND, type SimTime } from "../../../engine/time.js";
import type { ApiChange, ApiResult } from "../../api-server.js";
import {
	type Controller,
	type ControllerContext,
	type MakeController,
	patch,
	type Step,
	type Sync,
} from "../../controller.js";
import type { Heartbeats } from "../../heartbeats.js";
import { type NodeObject, type NodeReadiness, nodeKey } from "../../kinds/node.js";
import { NOT_READY, UNREACHABLE } from "../../node-bridge.js";
import type { Pod } from "../../pod.js";
import { PodsByNode } from "../pods-by-node.js";
import { MonitorPass } from "./monitor-pass.js";
import { Probes } from "./probes.js";
import { hasTaint, noScheduleChanges, swapTaints, taint } from "./taints.js";
import { DEFAULT_EVICTION_RATES, type EvictionRates, zoneOf } from "./zone.js";
import { Zones } from "./zones.js";

export interface NodeLifecycleOptions {
	readonly heartbeats: Heartbeats;
	/** Nodes are looked at in random order in each pass. */
	readonly random: Random;
	/** When the first pass is; default 0. */
	readonly firstPassUs?: SimTime;
	/** --node-monitor-period, from the end of a pass to the next; default 5 s. */
	readonly periodUs?: SimTime;
	/** --node-monitor-grace-period; default 50 s. */
	readonly graceUs?: SimTime;
	readonly rates?: EvictionRates;
}

/** How often those who wait for a NoExecute taint are looked at. */
const TAINT_PERIOD_US = 100_000;
/** What a pass takes besides its requests, as recorded: ten passes are longer than the grace period. */
const PASS_US = 2_000;
/** Nodes that a pass looks at at a time. */
const LANES = 8;
const UNREACHABLE_NO_EXECUTE = taint(UNREACHABLE, "NoExecute");
const NOT_READY_NO_EXECUTE = taint(NOT_READY, "NoExecute");
const NO_EXECUTE = [NOT_READY_NO_EXECUTE, UNREACHABLE_NO_EXECUTE];

type Answers = readonly ApiResult[];

export function nodeLifecycleController(options: NodeLifecycleOptions): MakeController {
	return (context) => new NodeLifecycleController(context, options);
}

/** Its keys: `monitor`, `lane/3` of a pass, `taint`, `node/n1`, `pod/default/web-1`. */
class NodeLifecycleController implements Controller {
	readonly name = "node-controller";
	readonly workers = LANES + 14;
	readonly watches: Controller["watches"] = {
		Node: (change) => this.#nodeChanged(change),
		Pod: (change) => this.#podChanged(change),
	};
	readonly #context: ControllerContext;
	readonly #heartbeats: Heartbeats;
	readonly #random: Random;
	readonly #firstPassUs: SimTime;
	readonly #periodUs: SimTime;
	readonly #graceUs: SimTime;
	readonly #probes: Probes;
	readonly #zones: Zones;
	readonly #pods: PodsByNode;
	/** Nodes that a pass must look at besides the silent ones: not ready, or with a NoExecute taint of ours. */
	readonly #troubled = new Set<string>();
	#pass: MonitorPass | null = null;
	#started = false;

	constructor(context: ControllerContext, options: NodeLifecycleOptions) {
		const { heartbeats, random, firstPassUs = 0, periodUs = 5 * SECOND, graceUs = 50 * SECOND } = options;
		this.#context = context;
		this.#heartbeats = heartbeats;
		this.#random = random;
		this.#firstPassUs = firstPassUs;
		this.#periodUs = periodUs;
		this.#graceUs = graceUs;
		this.#probes = new Probes(heartbeats, graceUs);
		this.#zones = new Zones(options.rates ?? DEFAULT_EVICTION_RATES);
		this.#pods = PodsByNode.in(context.seen);
	}

	#nodeChanged({ before, after }: ApiChange): void {
		const { name } = (after ?? before)!.metadata;
		this.#start();
		if (before !== null) this.#zones.removeNode(name, zoneOf(before as NodeObject), after === null);
		if (after === null) {
			this.#troubled.delete(name);
			this.#probes.forget(name);
			return;
		}
		const node = after as NodeObject;
		this.#zones.addNode(name, zoneOf(node));
		const tainted = NO_EXECUTE.some((one) => hasTaint(node, one));
		if (node.status.ready.status !== "True" || tainted) this.#troubled.add(name);
		this.#context.enqueue(`node/${name}`);
	}

	#podChanged(change: ApiChange): void {
		this.#pods.changed(change);
		const pod = change.after as Pod | null;
		if (pod?.status.ready && this.#troubled.has(pod.spec.nodeName)) this.#context.enqueue(`pod/${change.key}`);
	}

	#start(): void {
		if (this.#started) return;
		this.#started = true;
		const { nowUs } = this.#context.clock;
		const missed = Math.ceil(Math.max(0, nowUs - this.#firstPassUs) / this.#periodUs);
		this.#context.enqueueAfter("monitor", this.#firstPassUs + missed * this.#periodUs - nowUs);
	}

	*reconcile(key: string): Sync {
		if (key === "monitor") yield* this.#monitor();
		else if (key.startsWith("lane/")) yield* this.#lane();
		else if (key === "taint") yield* this.#taintWaiting();
		else if (key.startsWith("node/")) yield* this.#taintNoSchedule(key.slice("node/".length));
		else yield* this.#markPod(key.slice("pod/".length));
	}

	*#monitor(): Sync {
		const { nowUs } = this.#context.clock;
		this.#probes.passBegins(nowUs);
		const names = new Set([...this.#heartbeats.silent, ...this.#troubled]);
		if (this.#heartbeats.wereInterrupted(nowUs - this.#graceUs))
			for (const { metadata } of this.#context.seen.all("Node").values()) names.add(metadata.name);
		const nodes = [...names].sort().flatMap((name) => this.#node(name) ?? []);
		this.#pass = new MonitorPass(nodes, this.#random, Math.min(LANES, Math.max(1, nodes.length)));
		if (nodes.length === 0) yield* this.#lane();
		else for (let lane = 0; lane < this.#pass.lanes; lane++) this.#context.enqueue(`lane/${lane}`);
	}

	#node(name: string): NodeObject | undefined {
		return this.#context.seen.get("Node", nodeKey(name)) as NodeObject | undefined;
	}

	/** Looks at nodes of the pass one by one; the last lane to end judges the zones. */
	*#lane(): Sync {
		const pass = this.#pass!;
		for (let node = pass.next(); node !== undefined; node = pass.next()) yield* this.#check(node, pass);
		if (!pass.laneEnds()) return;
		yield* this.#judge(pass);
		this.#context.enqueueAfter("monitor", PASS_US + this.#periodUs);
	}

	*#check(node: NodeObject, pass: MonitorPass): Generator<Step, void, Answers> {
		const { name } = node.metadata;
		const observed = node.status.ready.status;
		let current: NodeReadiness["status"] = observed;
		if (this.#probes.isLate(name, this.#context.clock.nowUs) && observed !== "Unknown") {
			const ready: NodeReadiness = {
				status: "Unknown",
				reason: "NodeStatusUnknown",
				sinceUs: this.#context.clock.nowUs,
			};
			const written = yield* patch(node, (object) => ({ ...object, status: { ...object.status, ready } }));
			if (!written.ok) return;
			current = "Unknown";
		}
		pass.count(zoneOf(node), current === "True");
		yield* this.#queueForTaint(node, current);
		if (current !== "True" && observed === "True") {
			this.#context.event(node, "Normal", "NodeNotReady", `Node ${name} status is now: NodeNotReady`);
			for (const pod of this.#pods.of(name)) yield* this.#markNotReady(pod);
		}
		if (current === "True" && !NO_EXECUTE.some((one) => hasTaint(node, one))) this.#troubled.delete(name);
	}

	*#queueForTaint(node: NodeObject, current: NodeReadiness["status"]): Generator<Step, void, Answers> {
		if (current === "True") {
			yield* this.#reachable(node);
			return;
		}
		const [wanted, opposite] = noExecuteFor(current);
		if (hasTaint(node, opposite)) {
			yield* swapTaints(node, [wanted], [opposite]);
			return;
		}
		const queue = this.#zones.queueOf(zoneOf(node));
		if (!hasTaint(node, wanted)) queue.remove(node.metadata.name);
		queue.add(node.metadata.name);
		this.#wakeTaints();
	}

	*#reachable(node: NodeObject): Generator<Step, void, Answers> {
		yield* swapTaints(node, [], NO_EXECUTE);
		this.#zones.queueOf(zoneOf(node)).remove(node.metadata.name);
	}

	*#markNotReady(pod: Pod): Generator<Step, void, Answers> {
		if (!pod.status.ready) return;
		const readyUs = Math.floor(this.#context.clock.nowUs / SECOND) * SECOND;
		const written = yield* patch(pod, (object) =>
			object.status.ready ? { ...object, status: { ...object.status, ready: false, readyUs } } : object,
		);
		if (written.ok) this.#context.event(pod, "Warning", "NodeNotReady", "Node is not ready");
	}

	/** A pod on a node that is not ready does not serve. */
	*#markPod(key: string): Sync {
		const pod = this.#context.seen.get("Pod", key) as Pod | undefined;
		if (pod === undefined) return;
		const node = this.#node(pod.spec.nodeName);
		if (node !== undefined && node.status.ready.status !== "True") yield* this.#markNotReady(pod);
	}

	*#judge(pass: MonitorPass): Generator<Step, void, Answers> {
		const { nowUs } = this.#context.clock;
		const verdict = this.#zones.judge((zone) => pass.notReadyIn(zone), nowUs);
		this.#wakeTaints();
		if (verdict === "leaves-full-disruption") this.#probes.reset(nowUs);
		if (verdict !== "enters-full-disruption") return;
		// As the pass has seen them: a taint that came during the pass stays.
		for (const node of pass.nodes) yield* this.#reachable(node);
		this.#zones.stopAll(this.#context.clock.nowUs);
	}

	/** Has those who wait looked at, at the next tick. */
	#wakeTaints(): void {
		if (this.#zones.anyWaits)
			this.#context.enqueueAfter("taint", TAINT_PERIOD_US - (this.#context.clock.nowUs % TAINT_PERIOD_US));
	}

	/** Gives those a NoExecute taint whose turn it is. */
	*#taintWaiting(): Sync {
		for (const queue of this.#zones.queues)
			for (let name = queue.next(this.#now); name !== null; name = queue.next(this.#now)) {
				const node = this.#node(name);
				if (node === undefined || node.status.ready.status === "True") {
					queue.done(name);
					continue;
				}
				const [wanted, opposite] = noExecuteFor(node.status.ready.status);
				if (yield* swapTaints(node, [wanted], [opposite])) queue.done(name);
				else queue.again(name);
			}
		this.#wakeTaints();
	}

	get #now(): SimTime {
		return this.#context.clock.nowUs;
	}

	*#taintNoSchedule(name: string): Sync {
		const node = this.#node(name);
		if (node === undefined) return;
		const { add, drop } = noScheduleChanges(node);
		if (add.length + drop.length > 0) yield* swapTaints(node, add, drop);
	}
}

/** The taint that a node gets for its readiness, and the one that it must not have beside it. */
function noExecuteFor(status: "False" | "Unknown") {
	return status === "False"
		? ([NOT_READY_NO_EXECUTE, UNREACHABLE_NO_EXECUTE] as const)
		: ([UNREACHABLE_NO_EXECUTE, NOT_READY_NO_EXECUTE] as const);
}
