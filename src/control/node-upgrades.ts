/**
 * Node upgrade waves, as of kubeadm or a managed cluster that upgrades in place: a node is drained, is away while it is upgraded, comes
 * back and is uncordoned; so many at once, one after the other in the order in which they were named.
 *
 * While a node is away nobody hears of its kubelet: after the grace period it is NotReady like any other silent node. Pods of DaemonSets are
 * not drained and live through it.
 *
 * Divergence from Kubernetes: which has no such controller; tools for it give up on a drain after an hour or so, a wave here waits for ever.
 */
import type { Cell } from "../cell/cell.js";
import type { Engine, EventKind } from "../engine/engine.js";
import { SECOND, type SimTime } from "../engine/time.js";
import type { ApiServer } from "./api-server.js";
import { type DrainedPod, type Drains, drainedPods } from "./drain.js";
import { type NodeObject, nodeKey } from "./kinds/node.js";

export interface UpgradeWave {
	/** Names, in the order in which their turns come. */
	readonly nodes: readonly string[];
	/** How many may be on their way at a time. */
	readonly atOnce: number;
	/** From the drain of a node until it is back. */
	readonly takesUs: SimTime;
}

/** kubectl drain looks so often whether a pod is gone. */
const POLL_US = SECOND;

interface Turn {
	readonly wave: { readonly declared: UpgradeWave; next: number };
	readonly node: string;
	/** Those that must go first; null once they are gone, and the node is away. */
	waitsFor: readonly DrainedPod[] | null;
}

export class NodeUpgrades {
	readonly #engine: Engine;
	readonly #cell: Cell;
	readonly #server: ApiServer;
	readonly #drains: Drains;
	readonly #goOn: EventKind;
	readonly #turns: Turn[] = [];

	constructor(engine: Engine, cell: Cell, server: ApiServer, drains: Drains, phase: number) {
		this.#engine = engine;
		this.#cell = cell;
		this.#server = server;
		this.#drains = drains;
		this.#goOn = engine.kind("node-upgrade", phase, (turn) => this.#advance(turn));
	}

	begin(declared: UpgradeWave): void {
		const wave = { declared, next: 0 };
		for (let i = 0; i < declared.atOnce; i++) this.#startNext(wave);
	}

	/** Nodes that there are none of are passed over. */
	#startNext(wave: Turn["wave"]): void {
		const { nodes } = wave.declared;
		while (wave.next < nodes.length) {
			const node = nodes[wave.next++]!;
			const waitsFor = drainedPods(this.#server, node);
			if (!this.#drains.drain(node, () => {}).ok) continue;
			this.#tell(node, "UpgradeStarted", `Draining node ${node}: ${waitsFor.length} pods`);
			this.#turns.push({ wave, node, waitsFor });
			this.#goOnIn(this.#turns.length - 1, POLL_US);
			return;
		}
	}

	#advance(index: number): void {
		const turn = this.#turns[index]!;
		const { wave, node, waitsFor } = turn;
		if (waitsFor === null) {
			this.#setAway(node, false);
			this.#server.patch("Node", nodeKey(node), (object) => {
				const { spec } = object as NodeObject;
				return { ...object, spec: { ...spec, unschedulable: false } };
			});
			this.#tell(node, "UpgradeFinished", `Node ${node} is back`);
			this.#startNext(wave);
			return;
		}
		const left = waitsFor.filter(({ key, uid }) => this.#server.get("Pod", key)?.metadata.uid === uid);
		turn.waitsFor = left.length > 0 ? left : null;
		if (left.length > 0) {
			this.#goOnIn(index, POLL_US);
			return;
		}
		this.#tell(node, "NodeDrained", `Upgrading node ${node}`);
		this.#setAway(node, true);
		this.#goOnIn(index, wave.declared.takesUs);
	}

	#goOnIn(turn: number, delayUs: SimTime): void {
		this.#engine.schedule(this.#engine.nowUs + delayUs, this.#goOn, turn);
	}

	#setAway(name: string, away: boolean): void {
		const node = this.#cell.nodeNamed(name);
		if (node !== undefined) this.#cell.setNodeSilent(node, away);
	}

	#tell(node: string, reason: string, message: string): void {
		const about = this.#server.get("Node", nodeKey(node));
		if (about !== undefined) this.#server.post({ source: "node-upgrade", about, type: "Normal", reason, message });
	}
}
