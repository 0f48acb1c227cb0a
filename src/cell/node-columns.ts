/**
 * Nodes as columns: one typed array per fact, indexed by node id. The cell's own columns are the truth; a snapshot holds
 * another set of the same shape, brought up to date node by node through the touch log.
 */

import type { PodClass } from "../objects/pod-class.js";
import { CPU, GPU, MEMORY, PODS, type ResourceIndex, type ResourceTable } from "../objects/resources.js";
import type { NodeSpec } from "../objects/spec.js";
import type { NodeId, PodId } from "./ids.js";
import { NodeLoad } from "./node-load.js";
import { NodeView } from "./node-view.js";
import type { PlacedPod } from "./placed-pod.js";

/** The kubelet's default for pods per node (KubeletConfiguration `maxPods`). */
const DEFAULT_MAX_PODS = 110;
/** Devices are kept as bits of one integer. */
export const MAX_DEVICES = 31;
/** Shares of one GPU device. */
export const DEVICE_MILLI = 1000;
const MIN_LOG = 1024;

/** How far a reader has followed the touch log of some columns. */
export class TouchCursor {
	position = -1;
}

export class NodeColumns {
	/** Nodes ever added; removed ones stay as rows that are not ready. */
	count = 0;
	readonly resources: ResourceTable;
	/** [resource][node], canonical units. */
	readonly allocatable: Float64Array[] = [];
	/** [resource][node]: allocatable less the requests of the pods bound there. */
	readonly free: Float64Array[] = [];
	/** 1 if the node may take pods: present and healthy. */
	ready = new Uint8Array(0);
	/** 0 once the node was removed. */
	present = new Uint8Array(0);
	/** Nodes ever added with taints or cordoned: while 0, no pod needs to be compared with taints. */
	restricted = 0;
	/** [resource]: the most that any node ever had, the yardstick of scores that compare nodes of different sizes. */
	readonly largest: number[] = [];
	/** Changes to `largest` so far. */
	yardstick = 0;
	/** Changes to the node so far. */
	version = new Int32Array(0);
	deviceCount = new Uint8Array(0);
	/** [node x MAX_DEVICES + device]: milli free on the device. */
	deviceFree = new Int16Array(0);
	/** Names, labels, taints. */
	readonly specs: NodeSpec[] = [];
	/** Whether `placed` is kept. */
	tracksPods = false;
	/** [node]: the pods there, the first bound first; empty lists while `tracksPods` is off. A list is replaced, never changed. */
	readonly placed: (readonly PlacedPod[])[] = [];
	/** What was measured on the nodes. */
	readonly load = new NodeLoad((node) => this.#note(node));
	/** Nodes added, updated or removed so far. */
	shapes = 0;
	/** In a copy: how many of these the other columns had when every row was copied last. */
	#copiedShapes = -1;
	#log = new Int32Array(MIN_LOG);
	#touches = 0;
	readonly #views: NodeView[] = [];

	constructor(resources: ResourceTable) {
		this.resources = resources;
	}

	/** Writes to these columns so far; a position in the touch log. */
	get touches(): number {
		return this.#touches;
	}

	/** A stable read-only object over one row. */
	view(node: NodeId): NodeView {
		let view = this.#views[node];
		if (!view) {
			view = new NodeView(this, node);
			this.#views[node] = view;
		}
		return view;
	}

	/** Appends the row of a new, healthy, empty node. */
	add(spec: NodeSpec): NodeId {
		const node = this.count as NodeId;
		this.#reserve(node + 1);
		this.count = node + 1;
		this.specs[node] = spec;
		this.placed[node] = NO_PODS;
		for (const name in spec.allocatable) this.#set(this.resources.index(name), node, spec.allocatable[name]!);
		if (spec.allocatable["pods"] === undefined) this.#set(PODS, node, DEFAULT_MAX_PODS);
		const devices = spec.gpu?.count ?? 0;
		if (devices > MAX_DEVICES)
			throw new Error(`node '${spec.name}' has ${devices} GPU devices; at most ${MAX_DEVICES} are supported`);
		this.deviceCount[node] = devices;
		this.deviceFree.fill(DEVICE_MILLI, node * MAX_DEVICES, node * MAX_DEVICES + devices);
		this.#set(GPU, node, devices * DEVICE_MILLI);
		this.ready[node] = 1;
		this.present[node] = 1;
		if (spec.unschedulable || spec.taints.length > 0) this.restricted++;
		this.shapes++;
		this.touch(node);
		return node;
	}

	/** The node has changed: labels, taints, what it offers. Pods there stay, also where they no longer fit. */
	update(node: NodeId, spec: NodeSpec): void {
		if ((spec.gpu?.count ?? 0) !== this.deviceCount[node])
			throw new Error(`the number of GPU devices of node '${spec.name}' cannot change`);
		this.specs[node] = spec;
		for (const name of Object.keys(spec.allocatable)) this.resources.index(name);
		for (let r = 0; r < this.resources.size; r++) {
			if (r === GPU) continue;
			const used = (this.allocatable[r]?.[node] ?? 0) - (this.free[r]?.[node] ?? 0);
			const offered = spec.allocatable[this.resources.names[r]!] ?? (r === PODS ? DEFAULT_MAX_PODS : 0);
			this.#set(r, node, offered);
			this.free[r]![node]! -= used;
		}
		if (spec.unschedulable || spec.taints.length > 0) this.restricted++;
		this.shapes++;
		this.touch(node);
	}

	setReady(node: NodeId, ready: boolean): void {
		this.ready[node] = ready ? 1 : 0;
		this.touch(node);
	}

	/** Takes an empty node out; its row stays. */
	remove(node: NodeId): void {
		this.ready[node] = 0;
		this.present[node] = 0;
		this.shapes++;
		for (let r = 0; r < this.free.length; r++) {
			this.allocatable[r]![node] = 0;
			this.free[r]![node] = 0;
		}
		this.touch(node);
	}

	/** Adds a pod to the node's list. */
	enlist(node: NodeId, pod: PlacedPod): void {
		this.placed[node] = [...this.placed[node]!, pod];
	}

	/** Takes a pod off the node's list. */
	delist(node: NodeId, pod: PodId): void {
		this.placed[node] = this.placed[node]!.filter((other) => other.id !== pod);
	}

	/** Something about a pod on the node's list has changed: it comes last now. */
	relist(node: NodeId, pod: PlacedPod): void {
		this.delist(node, pod.id);
		this.enlist(node, pod);
		this.touch(node);
	}

	/** Whether the requests of `pod` fit what is free, devices included. */
	fits(pod: PodClass, node: NodeId): boolean {
		return (
			this.amountsFit(pod, node) && (pod.gpuCount === 0 || this.fittingDevices(node, pod.gpuMilli) >= pod.gpuCount)
		);
	}

	/** The same of amounts alone: the free GPU capacity may lie in pieces. */
	amountsFit(pod: PodClass, node: NodeId): boolean {
		const { needs, request } = pod;
		const columns = this.free;
		// The loop, written out.
		if (pod.plain)
			return (
				columns[CPU]![node]! >= request[CPU]! &&
				columns[MEMORY]![node]! >= request[MEMORY]! &&
				columns[PODS]![node]! >= request[PODS]!
			);
		for (let i = 0; i < needs.length; i++) {
			const resource = needs[i]!;
			const free = columns[resource];
			if (free === undefined || free[node]! < request[resource]!) return false;
		}
		return true;
	}

	/** Devices of the node with at least `milli` free. */
	fittingDevices(node: NodeId, milli: number): number {
		const first = node * MAX_DEVICES;
		const end = first + this.deviceCount[node]!;
		let fitting = 0;
		for (let d = first; d < end; d++) if (this.deviceFree[d]! >= milli) fitting++;
		return fitting;
	}

	/**
	 * Devices for a pod that fits, as a bit mask; 0 for a pod without GPU. A share goes to the fullest device that still has
	 * room, whole devices are taken in order of index; ties go to the lower index (Weng et al., USENIX ATC 2023, section 6.1).
	 */
	chooseDevices(pod: PodClass, node: NodeId): number {
		if (pod.gpuCount === 0) return 0;
		const first = node * MAX_DEVICES;
		const devices = this.deviceCount[node]!;
		if (pod.gpuMilli < DEVICE_MILLI && pod.gpuCount === 1) {
			let best = -1;
			for (let d = 0; d < devices; d++) {
				const free = this.deviceFree[first + d]!;
				if (free >= pod.gpuMilli && (best < 0 || free < this.deviceFree[first + best]!)) best = d;
			}
			return 1 << best;
		}
		let mask = 0;
		for (let d = 0, taken = 0; d < devices && taken < pod.gpuCount; d++) {
			if (this.deviceFree[first + d]! < pod.gpuMilli) continue;
			mask |= 1 << d;
			taken++;
		}
		return mask;
	}

	/** Whether the mask names as many devices as the pod asks for, each with the pod's share free. */
	devicesFit(pod: PodClass, node: NodeId, devices: number): boolean {
		let named = 0;
		for (let d = 0; devices >> d !== 0; d++) {
			if (((devices >> d) & 1) === 0) continue;
			if (this.deviceFree[node * MAX_DEVICES + d]! < pod.gpuMilli) return false;
			named++;
		}
		return named === pod.gpuCount;
	}

	/** Takes (`sign` 1) or returns (`sign` -1) the requests of a pod. The caller touches the node. */
	take(pod: PodClass, node: NodeId, devices: number, sign: 1 | -1): void {
		const { needs, request } = pod;
		const { free } = this;
		if (pod.plain) {
			// The loops, written out.
			free[CPU]![node]! -= sign * request[CPU]!;
			free[MEMORY]![node]! -= sign * request[MEMORY]!;
			free[PODS]![node]! -= sign;
			return;
		}
		for (let i = 0; i < needs.length; i++) {
			const resource = needs[i]!;
			free[resource]![node]! -= sign * request[resource]!;
		}
		for (let d = 0; devices >> d !== 0; d++) {
			if ((devices >> d) & 1) this.deviceFree[node * MAX_DEVICES + d]! -= sign * pod.gpuMilli;
		}
	}

	/** Notes that the node changed: its version moves on, and readers of the log hear of it. */
	touch(node: NodeId): void {
		this.version[node]!++;
		this.#note(node);
	}

	/** Readers of the log hear of the node, although its version stays. */
	notice(node: NodeId): void {
		this.#note(node);
	}

	/** Visits every node touched since the cursor's last visit, once or more; all nodes at its first. */
	visitTouched(cursor: TouchCursor, visit: (node: NodeId) => void): void {
		const from = cursor.position;
		const to = this.#touches;
		cursor.position = to;
		if (from < 0 || to - from > this.#log.length) {
			for (let node = 0; node < this.count; node++) visit(node as NodeId);
			return;
		}
		const mask = this.#log.length - 1;
		let last = -1;
		for (let p = from; p < to; p++) {
			const node = this.#log[p & mask]!;
			if (node !== last) visit(node as NodeId);
			last = node;
		}
	}

	/** Whether the row differs from that of the other columns, whose rows were all copied here before, in free amounts at most. */
	sameButAmounts(other: NodeColumns, node: NodeId): boolean {
		return (
			this.#copiedShapes === other.shapes &&
			this.ready[node] === other.ready[node] &&
			!other.tracksPods &&
			other.deviceCount[node] === 0 &&
			this.load.agrees(other.load, node)
		);
	}

	/** Makes one row equal to the other columns' row. */
	copyNode(from: NodeColumns, node: NodeId): void {
		if (node >= this.count) {
			this.#reserve(node + 1);
			this.count = node + 1;
		}
		while (this.free.length < from.free.length) this.#addResource();
		if (this.#copiedShapes !== from.shapes) this.#copyShape(from, node);
		const { free, largest } = from;
		for (let r = 0; r < free.length; r++) if (largest[r]! > 0) this.free[r]![node] = free[r]![node]!;
		if (this.placed[node] !== from.placed[node]) this.placed[node] = from.placed[node]!;
		this.load.copy(from.load, node);
		this.ready[node] = from.ready[node]!;
		this.version[node] = from.version[node]!;
		const devices = from.deviceCount[node]!;
		for (let d = node * MAX_DEVICES; d < node * MAX_DEVICES + devices; d++) this.deviceFree[d] = from.deviceFree[d]!;
		this.#note(node);
	}

	/** Every row of the other columns that has changed was copied. */
	copied(from: NodeColumns): void {
		this.#copiedShapes = from.shapes;
	}

	/** Leaves a row out: it is there for its number only. */
	hide(node: NodeId): void {
		this.ready[node] = 0;
		this.present[node] = 0;
	}

	/** What changes when a node is added, updated or removed. */
	#copyShape(from: NodeColumns, node: NodeId): void {
		if (this.specs[node] === from.specs[node] && this.present[node] === from.present[node]) return;
		this.shapes++;
		for (let r = 0; r < from.free.length; r++) {
			this.allocatable[r]![node] = from.allocatable[r]![node]!;
			if (this.largest[r] === from.largest[r]) continue;
			this.largest[r] = from.largest[r]!;
			this.yardstick++;
		}
		this.restricted = from.restricted;
		this.specs[node] = from.specs[node]!;
		this.present[node] = from.present[node]!;
		this.deviceCount[node] = from.deviceCount[node]!;
	}

	#note(node: NodeId): void {
		this.#log[this.#touches++ & (this.#log.length - 1)] = node;
	}

	#set(resource: ResourceIndex, node: NodeId, amount: number): void {
		while (this.free.length <= resource) this.#addResource();
		this.allocatable[resource]![node] = amount;
		this.free[resource]![node] = amount;
		if (amount > this.largest[resource]!) {
			this.largest[resource] = amount;
			this.yardstick++;
		}
	}

	#addResource(): void {
		this.allocatable.push(new Float64Array(this.ready.length));
		this.free.push(new Float64Array(this.ready.length));
		this.largest.push(0);
	}

	#reserve(nodes: number): void {
		if (nodes <= this.ready.length) return;
		const size = Math.max(64, 2 ** Math.ceil(Math.log2(nodes)));
		for (const columns of [this.allocatable, this.free]) {
			for (let r = 0; r < columns.length; r++) columns[r] = grown(columns[r]!, new Float64Array(size));
		}
		this.ready = grown(this.ready, new Uint8Array(size));
		this.present = grown(this.present, new Uint8Array(size));
		this.version = grown(this.version, new Int32Array(size));
		this.deviceCount = grown(this.deviceCount, new Uint8Array(size));
		this.deviceFree = grown(this.deviceFree, new Int16Array(size * MAX_DEVICES));
		if (size > this.#log.length) {
			const log = new Int32Array(size);
			const mask = this.#log.length - 1;
			for (let p = Math.max(0, this.#touches - this.#log.length); p < this.#touches; p++)
				log[p & (size - 1)] = this.#log[p & mask]!;
			this.#log = log;
		}
	}
}

const NO_PODS: readonly PlacedPod[] = [];

function grown<A extends Float64Array | Int32Array | Int16Array | Uint8Array>(old: A, larger: A): A {
	larger.set(old);
	return larger;
}
