/**
 * Which of the cell's free resources are locked, and for whom what is left can be shown: the books of an allocator that lends
 * resources out for a while (Mesos, NSDI 2011, section 3.1).
 *
 * What can be locked on a node is what is free there and not locked already. Locking all of it costs nothing a node: `whole`
 * follows the cell by its touch log while nobody holds everything, and while somebody does it is his to assume placements in.
 * What is freed meanwhile is the `rest`, which is followed and lent in the same way: who decides for long leaves others to share that
 * again and again. Only what is freed while both are lent, and shares, are noted node by node.
 *
 * Places for pods are never locked: everybody sees those that the cell has free.
 */
import { PODS, type ResourceIndex } from "../objects/resources.js";
import type { Cell } from "./cell.js";
import type { NodeId } from "./ids.js";
import { copyButAmounts, extended, type Lockable, LockLayer } from "./lock-layer.js";
import { MAX_DEVICES, NodeColumns, TouchCursor } from "./node-columns.js";
import { NodeSet } from "./node-set.js";
import { Snapshot } from "./snapshot.js";

/** Resources locked together. */
export interface Lock {
	/** By resource. */
	readonly amounts: Float64Array;
	/** Whether it holds everything that could be locked, on however many nodes. */
	readonly everything: boolean;
	/** What snapshots of it copy: as it should be until the next lock is made. */
	readonly source: NodeColumns;
	/** Nodes noted one by one, and for each what is locked by resource and by device; empty if it holds all of `whole`, or of the `rest`. */
	readonly nodes: readonly NodeId[];
	readonly parts: readonly number[];
}

export class LockLedger {
	/** Locks at present. */
	count = 0;
	/** By node what can be locked; as it was when somebody locked everything, less what he assumes, as long as that lasts. */
	readonly whole: NodeColumns;
	/** The same of what can be locked while somebody holds everything. */
	readonly rest: NodeColumns;
	/** Both as they are, for who holds them and sees every node. To be ended before the lock. */
	readonly wholeInPlace: Snapshot;
	readonly restInPlace: Snapshot;
	/** The same of a lock that holds less; other nodes have nothing. */
	readonly part: NodeColumns;
	readonly #cell: Cell;
	readonly #cursor = new TouchCursor();
	readonly #whole: LockLayer;
	readonly #rest: LockLayer;
	/** Nodes with anything in `rest`, others may be among them. */
	readonly #inRest = new NodeSet();
	/** While `whole` and `rest` are locked: nodes that may have something to lock. */
	readonly #loose = new NodeSet();
	/** Locked by all locks together, by resource. */
	#lockedSum = new Float64Array(0);
	/** The sum of what ready nodes have to allocate, by resource; null when nodes have changed. */
	#capacity: Float64Array | null = null;
	/** [resource][node] and [node x MAX_DEVICES + device]: locked node by node. */
	readonly #locked: Float64Array[] = [];
	#lockedDevices = new Int16Array(0);
	/** Locks noted so. */
	#noted = 0;
	/** By resource: what can be locked on the node that was looked at last, places for pods left out. */
	#looked = new Float64Array(0);
	readonly #lockable: Lockable = {
		on: (node, r) => this.#availableOn(node, r),
		ofDevice: (node, device) => this.#availableOfDevice(node, device),
	};
	readonly #follow = (node: NodeId): void => {
		this.#moved(node);
		if (this.#whole.lock !== null && this.#rest.lock !== null) this.#loose.add(node);
	};

	constructor(cell: Cell) {
		this.#cell = cell;
		this.#whole = new LockLayer(cell.resources);
		this.#rest = new LockLayer(cell.resources);
		this.whole = this.#whole.columns;
		this.rest = this.#rest.columns;
		this.wholeInPlace = Snapshot.inPlace(cell, this.whole, this.#whole.stale);
		this.restInPlace = Snapshot.inPlace(cell, this.rest, this.#rest.stale);
		this.part = new NodeColumns(cell.resources);
		cell.watch({
			nodeChanged: (node) => {
				this.#capacity = null;
				if (node >= this.part.count) return;
				this.#clear(node);
				this.#rest.stale.add(node);
			},
		});
	}

	/** What could be locked now, by resource. */
	available(): Float64Array {
		this.#catchUp();
		if (this.#whole.lock === null) {
			this.#bringWhole();
			return this.#whole.sum;
		}
		if (this.#rest.lock === null) {
			this.#bringRest();
			return this.#rest.sum;
		}
		const sum = new Float64Array(this.#lockedSum.length);
		for (const node of this.#loose.nodes) for (let r = 0; r < sum.length; r++) sum[r]! += this.#availableOn(node, r);
		return sum;
	}

	/** What is locked, by resource. */
	get locked(): Float64Array {
		return this.#lockedSum;
	}

	/** What the nodes that may take pods have to allocate, by resource. */
	capacity(): Float64Array {
		this.#capacity ??= capacityOf(this.#cell.nodes);
		return this.#capacity;
	}

	/** Locks everything that can be locked. */
	lockAll(): Lock {
		this.#catchUp();
		if (this.#whole.lock === null) {
			this.#bringWhole();
			return this.#lockLayer(this.#whole);
		}
		if (this.#rest.lock === null) {
			this.#bringRest();
			return this.#lockLayer(this.#rest);
		}
		const lock = this.#lockNodes(this.#loose.nodes, true);
		this.#loose.clear();
		return lock;
	}

	/**
	 * Locks nodes with all that can be locked on them, in order of addition from node `from` on and round again, up to the node
	 * that would take any resource beyond its limit; at least one node.
	 */
	lockUpTo(limits: ArrayLike<number>, from: number): Lock {
		this.#catchUp();
		const candidates = this.#candidates();
		const total = candidates?.length ?? this.#cell.nodes.count;
		const first =
			candidates === null
				? from
				: Math.max(
						0,
						candidates.findIndex((node) => node >= from),
					);
		const chosen: NodeId[] = [];
		const sum = new Float64Array(this.#lockedSum.length);
		for (let i = 0; i < total; i++) {
			const at = (first + i) % total;
			const node = candidates?.[at] ?? (at as NodeId);
			if (!this.#look(node)) continue;
			let within = true;
			for (let r = 0; r < sum.length; r++) {
				sum[r]! += this.#looked[r]!;
				if (sum[r]! > limits[r]!) within = false;
			}
			if (!within && chosen.length > 0) return this.#lockNodes(chosen, false);
			chosen.push(node);
		}
		return this.#lockNodes(chosen, true);
	}

	/** Locks some nodes with all that can be locked on them. */
	lockNodes(nodes: readonly NodeId[]): Lock {
		this.#catchUp();
		return this.#lockNodes(nodes, false);
	}

	/** What could be locked now of a node, by resource; places for pods are left out. */
	availableOf(node: NodeId): Float64Array {
		this.#catchUp();
		this.#look(node);
		return this.#looked.slice();
	}

	/** Nobody copies a lock from `part` any more. */
	clearPart({ nodes }: Lock): void {
		for (const node of nodes) this.#clear(node);
	}

	/** Ends a lock. */
	unlock(lock: Lock): void {
		const whole = this.#whole;
		const rest = this.#rest;
		this.#count(lock, -1);
		if (whole.lock === lock) whole.lock = null;
		else if (rest.lock === lock) rest.lock = null;
		else {
			this.#note(lock, -1);
			for (const node of lock.nodes) this.#follow(node);
			return;
		}
		this.#loose.clear();
		if (whole.lock === null && rest.lock === null) this.#emptyRest();
	}

	#catchUp(): void {
		const { nodes } = this.#cell;
		this.#reserve(nodes);
		while (this.part.count < nodes.count) this.#clear(this.part.count as NodeId);
		// The rows of nodes that have changed were cleared at once.
		this.part.copied(nodes);
		if (nodes.tracksPods && !this.part.tracksPods) {
			for (const columns of [this.whole, this.rest, this.part]) {
				columns.tracksPods = true;
				for (let n = 0; n < columns.count; n++) columns.placed[n] = nodes.placed[n]!;
			}
		}
		nodes.visitTouched(this.#cursor, this.#follow);
	}

	#reserve(nodes: NodeColumns): void {
		const resources = nodes.free.length;
		const rows = nodes.ready.length;
		this.#whole.reserve(rows, resources);
		this.#rest.reserve(rows, resources);
		if (this.#lockedSum.length < resources) {
			this.#lockedSum = extended(this.#lockedSum, new Float64Array(resources));
			this.#looked = new Float64Array(resources);
		}
		while (this.#locked.length < resources) this.#locked.push(new Float64Array(rows));
		if (this.#lockedDevices.length === rows * MAX_DEVICES) return;
		for (let r = 0; r < resources; r++) this.#locked[r] = extended(this.#locked[r]!, new Float64Array(rows));
		this.#lockedDevices = extended(this.#lockedDevices, new Int16Array(rows * MAX_DEVICES));
	}

	/** What can be locked on the node is another. */
	#moved(node: NodeId): void {
		this.#whole.stale.add(node);
		// While nobody holds anything `rest` is empty; but whoever looks at pods looks at those of all nodes.
		if (this.#whole.lock !== null || this.#rest.lock !== null || this.rest.tracksPods) this.#rest.stale.add(node);
	}

	/** Brings `whole` up to date; nobody holds it. */
	#bringWhole(): void {
		const whole = this.#whole;
		const { nodes } = this.#cell;
		const { nodes: stale } = whole.stale;
		if (this.#noted === 0 && this.#rest.lock === null) whole.bringFree(nodes, stale);
		else for (const node of stale) whole.bring(nodes, node, this.#lockable);
		whole.stale.clear();
		this.whole.copied(nodes);
	}

	/** Brings `rest` up to date; somebody holds everything else. Nodes with nothing to lock have no places for pods there either. */
	#bringRest(): void {
		const rest = this.#rest;
		const { nodes } = this.#cell;
		while (this.rest.count < nodes.count) rest.bring(nodes, this.rest.count as NodeId, NOTHING);
		for (const node of rest.stale.nodes) {
			const some = this.#look(node);
			rest.bring(nodes, node, some ? this.#lockable : NOTHING);
			if (some) this.#inRest.add(node);
		}
		rest.stale.clear();
		this.rest.copied(nodes);
	}

	/** Nobody holds everything any more: what was in `rest` is in `whole`. */
	#emptyRest(): void {
		for (const node of this.#inRest.nodes) {
			this.#whole.stale.add(node);
			this.#rest.stale.add(node);
		}
		this.#inRest.clear();
	}

	#lockLayer(layer: LockLayer): Lock {
		const { columns: source, sum } = layer;
		layer.lock = { amounts: sum.slice(), everything: true, source, nodes: [], parts: [] };
		this.#count(layer.lock, 1);
		return layer.lock;
	}

	/** Nodes among which all are that have anything to lock, in order of addition; null for all nodes. */
	#candidates(): readonly NodeId[] | null {
		if (this.#whole.lock === null) return null;
		if (this.#rest.lock === null) this.#bringRest();
		const { nodes } = this.#rest.lock === null ? this.#inRest : this.#loose;
		return [...nodes].sort((a, b) => a - b);
	}

	/** Writes what can be locked on a node, that which was looked at last, to `part`. */
	#show(node: NodeId): void {
		const { part } = this;
		const { nodes } = this.#cell;
		copyButAmounts(part, nodes, node);
		for (let r = 0; r < nodes.free.length; r++)
			part.free[r]![node] = r === PODS ? this.#availableOn(node, PODS) : this.#looked[r]!;
		for (let d = 0; d < nodes.deviceCount[node]!; d++)
			part.deviceFree[node * MAX_DEVICES + d] = this.#availableOfDevice(node, d);
	}

	/** A node that is there in `part`, with nothing on it. */
	#clear(node: NodeId): void {
		const { part } = this;
		copyButAmounts(part, this.#cell.nodes, node);
		for (let r = 0; r < part.free.length; r++) part.free[r]![node] = 0;
		for (let d = 0; d < part.deviceCount[node]!; d++) part.deviceFree[node * MAX_DEVICES + d] = 0;
	}

	#lockNodes(candidates: readonly NodeId[], everything: boolean): Lock {
		const { nodes } = this.#cell;
		const chosen: NodeId[] = [];
		const parts: number[] = [];
		const amounts = new Float64Array(nodes.free.length);
		for (const node of candidates) {
			if (!this.#look(node)) continue;
			chosen.push(node);
			for (let r = 0; r < amounts.length; r++) {
				parts.push(this.#looked[r]!);
				amounts[r]! += this.#looked[r]!;
			}
			for (let d = 0; d < nodes.deviceCount[node]!; d++) parts.push(this.#availableOfDevice(node, d));
			this.#show(node);
		}
		const lock: Lock = { amounts, everything, source: this.part, nodes: chosen, parts };
		this.#count(lock, 1);
		this.#note(lock, 1);
		for (const node of chosen) this.#moved(node);
		this.#loose.remove(chosen);
		return lock;
	}

	#count({ amounts }: Lock, sign: 1 | -1): void {
		this.count += sign;
		for (let r = 0; r < amounts.length; r++) if (r !== PODS) this.#lockedSum[r]! += sign * amounts[r]!;
	}

	/** Adds (1) or takes away (-1) what a lock holds node by node. */
	#note({ nodes, parts, amounts }: Lock, sign: 1 | -1): void {
		this.#noted += sign;
		let at = 0;
		for (const node of nodes) {
			for (let r = 0; r < amounts.length; r++) this.#locked[r]![node]! += sign * parts[at++]!;
			for (let d = 0; d < this.#cell.nodes.deviceCount[node]!; d++)
				this.#lockedDevices[node * MAX_DEVICES + d]! += sign * parts[at++]!;
		}
	}

	/** Finds out what can be locked on a node; whether that is anything. */
	#look(node: NodeId): boolean {
		const looked = this.#looked;
		let any = false;
		for (let r = 0; r < looked.length; r++) {
			if (r === PODS) continue;
			looked[r] = this.#availableOn(node, r);
			if (looked[r]! > 0) any = true;
		}
		return any;
	}

	#availableOn(node: NodeId, r: ResourceIndex): number {
		const { nodes } = this.#cell;
		if (nodes.ready[node] === 0) return 0;
		const held = r === PODS ? 0 : this.#whole.heldOn(node, r) + this.#rest.heldOn(node, r);
		return Math.max(0, nodes.free[r]![node]! - held - this.#lockedOn(node, r));
	}

	#availableOfDevice(node: NodeId, device: number): number {
		const { nodes } = this.#cell;
		if (nodes.ready[node] === 0) return 0;
		const at = node * MAX_DEVICES + device;
		const held = this.#whole.heldOfDevice(node, device) + this.#rest.heldOfDevice(node, device);
		return Math.max(0, nodes.deviceFree[at]! - held - this.#lockedDevices[at]!);
	}

	#lockedOn(node: NodeId, r: ResourceIndex): number {
		return this.#locked[r]![node]!;
	}
}

function capacityOf(nodes: NodeColumns): Float64Array {
	const capacity = new Float64Array(nodes.allocatable.length);
	for (let r = 0; r < capacity.length; r++)
		for (let node = 0; node < nodes.count; node++)
			if (nodes.ready[node] === 1) capacity[r]! += nodes.allocatable[r]![node]!;
	return capacity;
}

const NOTHING: Lockable = { on: () => 0, ofDevice: () => 0 };
