/**
 * Nodes between the cell and the API server: each node of the cell has an object; labels, taints and cordon that are written to the
 * object reach the cell, where schedulers act on them. While a node of the cell is silent (or not ready) its kubelet renews no lease and
 * reports nothing, and what the API server has of it and its pods stays as it was. When it is heard of again it says so.
 *
 * Divergence from Kubernetes: a machine whose object was deleted is silent and takes no pods, and registers itself again only as a new
 * node.
 */
import type { Cell } from "../cell/cell.js";
import type { NodeChange } from "../cell/changes.js";
import type { NodeId } from "../cell/ids.js";
import type { Engine } from "../engine/engine.js";
import type { SimTime } from "../engine/time.js";
import { canonicalJson } from "../objects/canonical-json.js";
import type { Taint } from "../objects/spec.js";
import type { ApiChange, ApiServer } from "./api-server.js";
import type { Availability } from "./availability/availability.js";
import { DelayLine } from "./delay-line.js";
import type { Heartbeats } from "./heartbeats.js";
import { type NodeObject, type NodeObjectSpec, nodeKey } from "./kinds/node.js";

export interface NodeBridgeOptions {
	readonly phase: number;
	/** From a write until schedulers hear of it. */
	readonly watchUs: SimTime;
	/** From what happens on a node until it is written. */
	readonly requestUs: SimTime;
	readonly heartbeats: Heartbeats;
	readonly availability: Availability;
	/** Whether a new node begins with the taint not-ready, for a node lifecycle controller to take off (admission plugin TaintNodesByCondition). */
	readonly taintsNew: boolean;
}

export const NOT_READY = "node.kubernetes.io/not-ready";
export const UNREACHABLE = "node.kubernetes.io/unreachable";
const NEW: Taint = { key: NOT_READY, value: "", effect: "NoSchedule" };

export class NodeBridge {
	readonly #cell: Cell;
	readonly #server: ApiServer;
	readonly #heartbeats: Heartbeats;
	readonly #availability: Availability;
	readonly #taintsNew: boolean;
	/** Nodes that come later are new. */
	readonly #sinceUs: SimTime;
	readonly #heard: DelayLine<ApiChange>;
	readonly #returns: DelayLine<string>;
	readonly #emptied: DelayLine<NodeId>;
	/** Nodes of the cell whose objects are gone, and that have pods yet. */
	readonly #orphaned = new Set<NodeId>();
	/** Whether the change of the cell that is announced comes from here. */
	#writing = false;

	constructor(engine: Engine, cell: Cell, server: ApiServer, options: NodeBridgeOptions) {
		const { phase, watchUs, requestUs, heartbeats, taintsNew, availability } = options;
		this.#cell = cell;
		this.#server = server;
		this.#heartbeats = heartbeats;
		this.#availability = availability;
		availability.watch((serving) => heartbeats.served(serving, cell.nowUs));
		this.#taintsNew = taintsNew;
		this.#sinceUs = cell.nowUs;
		this.#heard = new DelayLine(engine, "node-watch", phase, watchUs, (change) => this.#hear(change));
		this.#returns = new DelayLine(engine, "node-report", phase, requestUs, (name) => this.#reportReady(name));
		this.#emptied = new DelayLine(engine, "node-emptied", phase, 0, (node) => this.#takeOut(node));
		server.watch((change) => {
			if (change.kind === "Node") this.#heard.push(change);
		});
		for (let node = 0; node < cell.nodes.count; node++)
			if (cell.nodes.present[node] === 1) this.#register(node as NodeId);
		cell.watch({
			nodeChanged: (node, change) => this.#nodeChanged(node, change),
			podEnded: (_pod, node) => this.#left(node),
			podRequeued: (_pod, node) => this.#left(node),
		});
	}

	#nodeChanged(node: NodeId, change: NodeChange): void {
		const { name } = this.#cell.nodes.specs[node]!;
		switch (change) {
			case "node-added":
				this.#availability.whenServing(() => this.#register(node));
				return;
			case "node-not-ready":
			case "node-unreachable":
			case "node-silent":
				this.#heartbeats.stop(name, this.#cell.nowUs);
				return;
			case "node-ready":
			case "node-heard":
				this.#heartbeats.resume(name, this.#cell.nowUs);
				this.#returns.push(name);
				return;
			case "node-updated":
				if (!this.#writing) this.#availability.whenServing(() => this.#mirror(node));
				return;
			case "node-removed":
				return;
		}
	}

	#register(node: NodeId): void {
		if (this.#cell.nodes.present[node] === 0) return;
		const { name, labels, taints, unschedulable, allocatable } = this.#cell.nodes.specs[node]!;
		const { nowUs } = this.#cell;
		this.#heartbeats.add(name, nowUs);
		const tainted = this.#taintsNew && nowUs > this.#sinceUs ? [...taints, NEW] : taints;
		const ready = { status: "True", reason: "KubeletReady", sinceUs: nowUs };
		this.#server.create({
			kind: "Node",
			metadata: { namespace: "", name, labels },
			spec: { taints: tainted, unschedulable },
			status: { ready, allocatable },
		});
		if (this.#cell.nodes.ready[node] === 0) this.#heartbeats.stop(name, nowUs);
	}

	/** Somebody else has changed the node of the cell. */
	#mirror(node: NodeId): void {
		const { name, labels, taints, unschedulable, allocatable } = this.#cell.nodes.specs[node]!;
		this.#server.patch("Node", nodeKey(name), (object) => {
			const { metadata, spec, status } = object as NodeObject;
			const same = saysTheSame({ taints, unschedulable }, spec) && sameLabels(labels, metadata.labels);
			if (same && status.allocatable === allocatable) return object;
			return {
				...object,
				metadata: { ...metadata, labels },
				spec: { taints, unschedulable },
				status: { ...status, allocatable },
			};
		});
	}

	#reportReady(name: string): void {
		if (!this.#availability.serving) {
			this.#availability.whenServing(() => this.#returns.push(name));
			return;
		}
		if (this.#heartbeats.silent.has(name)) return;
		const ready = { status: "True", reason: "KubeletReady", sinceUs: this.#cell.nowUs } as const;
		this.#server.patch("Node", nodeKey(name), (object) => {
			const { status } = object as NodeObject;
			return status.ready.status === "True" ? object : { ...object, status: { ...status, ready } };
		});
	}

	/** Schedulers hear of a change of a node's object. */
	#hear({ before, after }: ApiChange): void {
		const node = this.#cell.nodeNamed((after ?? before)!.metadata.name);
		if (node === undefined) return;
		if (after === null) {
			this.#cell.setNodeSilent(node, true);
			this.#cell.setNodeReady(node, "unreachable");
			this.#heartbeats.remove(this.#cell.nodes.specs[node]!.name);
			this.#orphaned.add(node);
			this.#left(node);
			return;
		}
		const { metadata, spec } = after as NodeObject;
		this.#update(node, metadata.labels, spec);
	}

	#update(node: NodeId, labels: Readonly<Record<string, string>>, spec: NodeObjectSpec): void {
		const present = this.#cell.nodes.specs[node]!;
		if (saysTheSame(spec, present) && sameLabels(labels, present.labels)) return;
		this.#writing = true;
		this.#cell.updateNode(node, { ...present, labels, ...spec });
		this.#writing = false;
	}

	#left(node: NodeId): void {
		if (this.#orphaned.has(node) && this.#cell.podsOn(node).next().done) this.#emptied.push(node);
	}

	/** The last pod of a node without an object has gone. */
	#takeOut(node: NodeId): void {
		if (this.#orphaned.delete(node)) this.#cell.removeNode(node);
	}
}

function saysTheSame(a: NodeObjectSpec, b: NodeObjectSpec): boolean {
	return (
		a.unschedulable === b.unschedulable &&
		(a.taints === b.taints || canonicalJson(a.taints) === canonicalJson(b.taints))
	);
}

function sameLabels(a: Readonly<Record<string, string>>, b: Readonly<Record<string, string>>): boolean {
	return a === b || canonicalJson(a) === canonicalJson(b);
}
