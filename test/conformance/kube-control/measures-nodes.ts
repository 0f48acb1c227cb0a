/**
 * Measures of nodes: when how many became Unknown, came back, got and lost which taints, how far apart; how long after the taint of its
 * node a pod was told to go; how nodes fare at the end. Which of several waiting nodes is next is random, so that nodes are counted, not
 * named.
 */
import type { TimelineEvent } from "./golden.js";
import type { Put, World } from "./measures.js";

const NO_EXECUTE = "unreachable:NoExecute";
/** Pods that go sooner after the taint of their node tolerate it for less than the default. */
const SHORT_MS = 100_000;

/** What is known of nodes from one phase to the next. */
export class NodeStates {
	readonly taints = new Map<string, readonly string[]>();
	readonly ready = new Map<string, string>();
	/** When its NoExecute taint came. */
	readonly taintedMs = new Map<string, number>();
}

export class NodeMeasures {
	readonly #states: NodeStates;
	readonly #times = new Map<string, number[]>();
	/** By what passed between two changes of a node. */
	readonly #delays = new Map<string, number[]>();
	readonly #turnedMs = new Map<string, number>();

	constructor(states: NodeStates) {
		this.#states = states;
	}

	see(event: TimelineEvent, world: World): void {
		const { k, n = "", op, t } = event;
		if (k === "Node") this.#node(event);
		if (k === "Namespace") this.#note(op === "D" ? "Namespace gone" : "Namespace changed", t);
		if (k === "Pod" && op === "M" && event["disruption"] === "DeletionByTaintManager") {
			const taintedMs = this.#states.taintedMs.get(String(world.fieldsOf("Pod", n)?.["node"]));
			if (taintedMs === undefined) return;
			const delay = t - taintedMs;
			this.#delayed(`taint to eviction, ${delay < SHORT_MS ? "30 s" : "default"}`, delay);
		}
		if (k === "Pod" && op === "M" && event["disruption"] !== undefined) this.#note(`pods ${event["disruption"]}`, t);
		if ((k === "ReplicaSet" || k === "Deployment") && op === "D") this.#note(`${k} gone`, t);
		if ((k === "ReplicaSet" || k === "Deployment") && event["del"] === true) this.#note(`${k} marked`, t);
	}

	#node({ n = "", op, t, ...event }: TimelineEvent): void {
		const states = this.#states;
		if (op === "A") this.#note("nodes added", t);
		if (op === "D") {
			this.#note("nodes removed", t);
			states.ready.delete(n);
			states.taints.delete(n);
			return;
		}
		if (event["ready"] !== undefined) {
			states.ready.set(n, String(event["ready"]));
			this.#turnedMs.set(n, t);
			if (op === "M") this.#note(`nodes ${event["ready"]}`, t);
		}
		if (event["taints"] === undefined) return;
		const was = states.taints.get(n) ?? [];
		const is = event["taints"] as readonly string[];
		states.taints.set(n, is);
		for (const taint of is) if (!was.includes(taint) && op === "M") this.#tainted(n, `+${taint}`, t);
		for (const taint of was) if (!is.includes(taint)) this.#tainted(n, `-${taint}`, t);
		if (is.includes(NO_EXECUTE) && !was.includes(NO_EXECUTE)) states.taintedMs.set(n, t);
	}

	#tainted(node: string, change: string, t: number): void {
		this.#note(`nodes ${change}`, t);
		const turnedMs = this.#turnedMs.get(node);
		if (turnedMs !== undefined && !change.startsWith("+unreachable:NoExecute")) this.#delayed(change, t - turnedMs);
	}

	end(put: Put, startMs: number): void {
		for (const [what, times] of this.#times) {
			put(what, times.length);
			put(`${what}.firstMs`, times[0]! - startMs);
			put(`${what}.lastMs`, times.at(-1)! - startMs);
		}
		for (const [what, delays] of this.#delays) {
			put(`delay ${what}.leastMs`, Math.min(...delays));
			put(`delay ${what}.mostMs`, Math.max(...delays));
		}
		const { ready, taints } = this.#states;
		const states = [...ready].map(([node, is]) => `${is} ${(taints.get(node) ?? []).join(",")}`).sort();
		const counts = new Map<string, number>();
		for (const state of states) counts.set(state, (counts.get(state) ?? 0) + 1);
		for (const [state, count] of counts) put(`nodes at the end: ${state}`, count);
	}

	#note(what: string, t: number): void {
		push(this.#times, what, t);
	}

	#delayed(what: string, delay: number): void {
		push(this.#delays, what, delay);
	}
}

function push(map: Map<string, number[]>, key: string, value: number): void {
	const values = map.get(key);
	if (values === undefined) map.set(key, [value]);
	else values.push(value);
}
