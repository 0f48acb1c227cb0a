/**
 * Which of the cell's free resources are locked, and for whom what is left can be shown: the books of an allocator that lends
 * resources out for a while (Mesos, NSDI 2011, section 3.1).
 *
 * What can be locked on a node is what is free there and not locked already. Locking all of it costs nothing a node: `whole`
 * follows the cell by its touch log while nobody holds everything, and while somebody does it is his to assume placements in.
 * Meanwhile only nodes touched since can have anything to lock; they are few, and what is locked of them is noted node by node.
 *
 * Places for pods are never locked: everybody sees those that the cell has free.
 */
import { PODS, type ResourceIndex } from "../objects/resources.js";
import type { Cell } from "./cell.js";
import type { NodeId } from "./ids.js";
import { MAX_DEVICES, NodeColumns, TouchCursor } from "./node-columns.js";
import { NodeSet } from "./node-set.js";

/** Resources locked together. */
export interface Lock {
	/** By resource. */
	readonly amounts: Float64Array;
	/** Whether it holds everything that could be locked, on however many nodes. */
	readonly everything: boolean;
	/** What snapshots of it copy: as it should be until the next lock is made. */
	readonly source: NodeColumns;
	/** Nodes noted one by one, and for each what is locked by resource and by device; empty if it holds all of `whole`. */
	readonly nodes: readonly NodeId[];
	readonly parts: readonly number[];
}

export class LockLedger {
	/** Locks at present. */
	count = 0;
	/** By node what can be locked; as it was when somebody locked everything, less what he assumes, as long as that lasts. */
	readonly whole: NodeColumns;
	/** The same of a lock that holds less; other nodes have nothing. */
	readonly part: NodeColumns;
	readonly #cell: Cell;
	readonly #cursor = new TouchCursor();
	/** [node x resources + resource] and [node x MAX_DEVICES + device]: what `whole` had free when it was brought up to date. */
	#held = new Float64Array(0);
	#heldDevices = new Int16Array(0);
	/** Sums over `#held`, by resource. */
	#wholeSum = new Float64Array(0);
	/** Locked by all locks together, by resource. */
	#lockedSum = new Float64Array(0);
	/** The sum of what ready nodes have to allocate, by resource; null when nodes have changed. */
	#capacity: Float64Array | null = null;
	/** The lock that holds all of `whole`. */
	#wholeLock: Lock | null = null;
	/** [resource][node] and [node x MAX_DEVICES + device]: locked node by node. */
	readonly #locked: Float64Array[] = [];
	#lockedDevices = new Int16Array(0);
	/** Locks noted so. */
	#noted = 0;
	/** While everything is locked: nodes that may have something to lock, and nodes whose row in `whole` is out of date. */
	readonly #loose = new NodeSet();
	readonly #stale = new NodeSet();
	readonly #follow = (node: NodeId): void => {
		if (this.#wholeLock === null) this.#bring(node);
		else this.#loosen(node);
	};

	constructor(cell: Cell) {
		this.#cell = cell;
		this.whole = new NodeColumns(cell.resources);
		this.part = new NodeColumns(cell.resources);
		cell.watch({
			nodeChanged: (node) => {
				this.#capacity = null;
				if (node < this.part.count) this.#clear(node);
			},
		});
	}

	/** What could be locked now, by resource. */
	available(): Float64Array {
		this.#catchUp();
		if (this.#wholeLock === null) return this.#wholeSum;
		const sum = new Float64Array(this.#wholeSum.length);
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
		if (this.#wholeLock !== null) {
			const rest = this.#lockNodes(this.#loose.nodes, true);
			this.#loose.clear();
			return rest;
		}
		const lock = { amounts: this.#wholeSum.slice(), everything: true, source: this.whole, nodes: [], parts: [] };
		this.#wholeLock = lock;
		this.#count(lock, 1);
		return lock;
	}

	/**
	 * Locks nodes with all that can be locked on them, in order of addition from node `from` on and round again, up to the node
	 * that would take any resource beyond its limit; at least one node.
	 */
	lockUpTo(limits: ArrayLike<number>, from: number): Lock {
		this.#catchUp();
		const { count } = this.#cell.nodes;
		const candidates = this.#wholeLock === null ? null : [...this.#loose.nodes].sort((a, b) => a - b);
		const total = candidates?.length ?? count;
		const first =
			candidates === null
				? from
				: Math.max(
						0,
						candidates.findIndex((node) => node >= from),
					);
		const chosen: NodeId[] = [];
		const sum = new Float64Array(this.#wholeSum.length);
		for (let i = 0; i < total; i++) {
			const at = (first + i) % total;
			const node = candidates?.[at] ?? (at as NodeId);
			if (!this.#lockable(node)) continue;
			for (let r = 0; r < sum.length; r++) if (r !== PODS) sum[r]! += this.#availableOn(node, r);
			if (chosen.length > 0 && sum.some((amount, r) => amount > limits[r]!)) return this.#lockNodes(chosen, false);
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
		const amounts = new Float64Array(this.#wholeSum.length);
		for (let r = 0; r < amounts.length; r++) if (r !== PODS) amounts[r] = this.#availableOn(node, r);
		return amounts;
	}

	/** Nobody copies a lock from `part` any more. */
	clearPart({ nodes }: Lock): void {
		for (const node of nodes) this.#clear(node);
	}

	/** Ends a lock. */
	unlock(lock: Lock): void {
		this.#count(lock, -1);
		if (this.#wholeLock === lock) {
			this.#wholeLock = null;
			for (const node of this.#stale.nodes) this.#bring(node);
			this.#stale.clear();
			this.#loose.clear();
			return;
		}
		this.#note(lock, -1);
		for (const node of lock.nodes) this.#follow(node);
	}

	#catchUp(): void {
		const { nodes } = this.#cell;
		this.#reserve(nodes);
		while (this.part.count < nodes.count) this.#clear(this.part.count as NodeId);
		if (nodes.tracksPods && !this.part.tracksPods) {
			this.whole.tracksPods = true;
			this.part.tracksPods = true;
			for (let n = 0; n < this.whole.count; n++) this.whole.placed[n] = nodes.placed[n]!;
			for (let n = 0; n < this.part.count; n++) this.part.placed[n] = nodes.placed[n]!;
		}
		nodes.visitTouched(this.#cursor, this.#follow);
		if (this.#wholeLock === null) this.whole.copied(nodes);
	}

	#reserve(nodes: NodeColumns): void {
		const resources = nodes.free.length;
		const rows = nodes.ready.length;
		if (this.#held.length !== rows * resources) this.#held = relaid(this.#held, this.#wholeSum.length, rows, resources);
		if (this.#wholeSum.length < resources) {
			this.#wholeSum = extended(this.#wholeSum, new Float64Array(resources));
			this.#lockedSum = extended(this.#lockedSum, new Float64Array(resources));
		}
		while (this.#locked.length < resources) this.#locked.push(new Float64Array(rows));
		if (this.#lockedDevices.length === rows * MAX_DEVICES) return;
		for (let r = 0; r < resources; r++) this.#locked[r] = extended(this.#locked[r]!, new Float64Array(rows));
		this.#lockedDevices = extended(this.#lockedDevices, new Int16Array(rows * MAX_DEVICES));
		this.#heldDevices = extended(this.#heldDevices, new Int16Array(rows * MAX_DEVICES));
	}

	/** Brings a row of `whole` up to date: what is free, less what is locked node by node. */
	#bring(node: NodeId): void {
		const { whole } = this;
		const { nodes } = this.#cell;
		const version = node < whole.count ? whole.version[node]! : 0;
		whole.copyNode(nodes, node);
		const ready = nodes.ready[node] === 1;
		const sum = this.#wholeSum;
		const held = this.#held;
		const { largest } = nodes;
		const { free } = whole;
		for (let r = 0, at = node * sum.length; r < sum.length; r++, at++) {
			if (largest[r] === 0) continue;
			const column = free[r]!;
			if (!ready) column[node] = 0;
			else if (this.#noted > 0) column[node]! -= this.#lockedOn(node, r);
			if (column[node]! < 0) column[node] = 0;
			const change = column[node]! - held[at]!;
			if (change === 0) continue;
			sum[r]! += change;
			held[at] = column[node]!;
		}
		if (nodes.deviceCount[node]! > 0) this.#bringDevices(node, ready);
		// Locking changes the row where the cell's did not.
		whole.version[node] = version + 1;
	}

	#bringDevices(node: NodeId, ready: boolean): void {
		const { nodes } = this.#cell;
		for (let d = node * MAX_DEVICES; d < node * MAX_DEVICES + nodes.deviceCount[node]!; d++) {
			this.#heldDevices[d] = ready ? Math.max(0, nodes.deviceFree[d]! - this.#lockedDevices[d]!) : 0;
			this.whole.deviceFree[d] = this.#heldDevices[d]!;
		}
	}

	/** Writes what can be locked on a node to `part`. */
	#show(node: NodeId): void {
		const { part } = this;
		const { nodes } = this.#cell;
		const version = part.version[node]!;
		part.copyNode(nodes, node);
		for (let r = 0; r < nodes.free.length; r++) part.free[r]![node] = this.#availableOn(node, r);
		for (let d = 0; d < nodes.deviceCount[node]!; d++)
			part.deviceFree[node * MAX_DEVICES + d] = this.#availableOfDevice(node, d);
		part.version[node] = version + 1;
	}

	/** A node that is there in `part`, with nothing on it. */
	#clear(node: NodeId): void {
		const { part } = this;
		const version = part.version[node] ?? 0;
		part.copyNode(this.#cell.nodes, node);
		for (let r = 0; r < part.free.length; r++) part.free[r]![node] = 0;
		part.deviceFree.fill(0, node * MAX_DEVICES, (node + 1) * MAX_DEVICES);
		part.version[node] = version + 1;
	}

	/** A node of which everything was locked has changed, or got something back. */
	#loosen(node: NodeId): void {
		this.#loose.add(node);
		this.#stale.add(node);
	}

	#lockNodes(candidates: readonly NodeId[], everything: boolean): Lock {
		const { nodes } = this.#cell;
		const chosen = candidates.filter((node) => this.#lockable(node));
		const parts: number[] = [];
		const amounts = new Float64Array(nodes.free.length);
		for (const node of chosen) {
			for (let r = 0; r < nodes.free.length; r++) {
				const amount = r === PODS ? 0 : this.#availableOn(node, r);
				parts.push(amount);
				amounts[r]! += amount;
			}
			for (let d = 0; d < nodes.deviceCount[node]!; d++) parts.push(this.#availableOfDevice(node, d));
			this.#show(node);
		}
		const lock: Lock = { amounts, everything, source: this.part, nodes: chosen, parts };
		this.#count(lock, 1);
		this.#note(lock, 1);
		for (const node of chosen) {
			if (this.#wholeLock === null) this.#bring(node);
		}
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

	/** Whether a node has anything to lock. */
	#lockable(node: NodeId): boolean {
		for (let r = 0; r < this.#locked.length; r++) if (r !== PODS && this.#availableOn(node, r) > 0) return true;
		return false;
	}

	#availableOn(node: NodeId, r: ResourceIndex): number {
		const { nodes } = this.#cell;
		if (nodes.ready[node] === 0) return 0;
		const held = this.#wholeLock === null || r === PODS ? 0 : this.#held[node * this.#wholeSum.length + r]!;
		return Math.max(0, nodes.free[r]![node]! - held - this.#lockedOn(node, r));
	}

	#availableOfDevice(node: NodeId, device: number): number {
		const at = node * MAX_DEVICES + device;
		const held = this.#wholeLock === null ? 0 : this.#heldDevices[at]!;
		return Math.max(0, this.#cell.nodes.deviceFree[at]! - held - this.#lockedDevices[at]!);
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

/** Rows of `from` amounts in a row, as `rows` of `to`. */
function relaid(amounts: Float64Array, from: number, rows: number, to: number): Float64Array<ArrayBuffer> {
	const larger = new Float64Array(rows * to);
	for (let i = 0; i < amounts.length; i++) larger[Math.floor(i / from) * to + (i % from)] = amounts[i]!;
	return larger;
}

function extended<A extends Float64Array | Int16Array>(old: A, larger: A): A {
	larger.set(old);
	return larger;
}
