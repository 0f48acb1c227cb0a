/**
 * Resources that one lock can hold without a note of each node: columns of their own, which follow what is free for as long as nobody
 * holds them. While somebody does, they are his to assume placements in, and what he was lent is remembered beside.
 */
import type { ResourceIndex, ResourceTable } from "../objects/resources.js";
import type { NodeId } from "./ids.js";
import type { Lock } from "./lock-ledger.js";
import { MAX_DEVICES, NodeColumns } from "./node-columns.js";
import { NodeSet } from "./node-set.js";

/** What can be locked on a node. */
export interface Lockable {
	on(node: NodeId, resource: ResourceIndex): number;
	ofDevice(node: NodeId, device: number): number;
}

export class LockLayer {
	readonly columns: NodeColumns;
	/** The lock that holds all of it. */
	lock: Lock | null = null;
	/** Nodes whose row is out of date: it is brought up to date when somebody wants to lock it next. */
	readonly stale = new NodeSet();
	/** Sums over the rows when they were brought up to date, by resource. */
	sum = new Float64Array(0);
	/** [resource][node] and [node x MAX_DEVICES + device]: what the row had free then. */
	readonly #held: Float64Array[] = [];
	#heldDevices = new Int16Array(0);

	constructor(resources: ResourceTable) {
		this.columns = new NodeColumns(resources);
	}

	/** What its lock holds of a node; 0 without a lock. */
	heldOn(node: NodeId, resource: ResourceIndex): number {
		return this.lock === null ? 0 : this.#held[resource]![node]!;
	}

	heldOfDevice(node: NodeId, device: number): number {
		return this.lock === null ? 0 : this.#heldDevices[node * MAX_DEVICES + device]!;
	}

	/** Room for so many nodes, of so many resources. */
	reserve(rows: number, resources: number): void {
		while (this.#held.length < resources) this.#held.push(new Float64Array(rows));
		for (let r = 0; r < resources; r++)
			if (this.#held[r]!.length < rows) this.#held[r] = extended(this.#held[r]!, new Float64Array(rows));
		if (this.sum.length < resources) this.sum = extended(this.sum, new Float64Array(resources));
		if (this.#heldDevices.length < rows * MAX_DEVICES)
			this.#heldDevices = extended(this.#heldDevices, new Int16Array(rows * MAX_DEVICES));
	}

	/** Brings rows up to date with all that is free there, nothing of it being locked. Column after column, since they are many. */
	bringFree(nodes: NodeColumns, rows: readonly NodeId[]): void {
		const { ready, deviceCount, deviceFree } = nodes;
		for (let i = 0; i < rows.length; i++) copyButAmounts(this.columns, nodes, rows[i]!);
		for (let r = 0; r < this.sum.length; r++) if (nodes.largest[r] !== 0) this.#bringColumn(nodes, r, rows);
		for (let i = 0; i < rows.length; i++) {
			const node = rows[i]!;
			for (let at = node * MAX_DEVICES, end = at + deviceCount[node]!; at < end; at++)
				this.#setDevice(at, ready[node] === 1 ? deviceFree[at]! : 0);
		}
	}

	#bringColumn({ free, ready }: NodeColumns, r: ResourceIndex, rows: readonly NodeId[]): void {
		const from = free[r]!;
		const to = this.columns.free[r]!;
		const held = this.#held[r]!;
		let sum = this.sum[r]!;
		for (let i = 0; i < rows.length; i++) {
			const node = rows[i]!;
			const amount = ready[node] === 1 ? Math.max(0, from[node]!) : 0;
			sum += amount - held[node]!;
			to[node] = amount;
			held[node] = amount;
		}
		this.sum[r] = sum;
	}

	/** Brings the row of a node up to date with what is lockable there. */
	bring(nodes: NodeColumns, node: NodeId, lockable: Lockable): void {
		const { columns, sum } = this;
		copyButAmounts(columns, nodes, node);
		for (let r = 0; r < sum.length; r++) {
			if (nodes.largest[r] === 0) continue;
			const amount = lockable.on(node, r);
			sum[r]! += amount - this.#held[r]![node]!;
			columns.free[r]![node] = amount;
			this.#held[r]![node] = amount;
		}
		for (let d = 0; d < nodes.deviceCount[node]!; d++)
			this.#setDevice(node * MAX_DEVICES + d, lockable.ofDevice(node, d));
	}

	#setDevice(at: number, amount: number): void {
		this.columns.deviceFree[at] = amount;
		this.#heldDevices[at] = amount;
	}
}

/** A row changes: it is made equal to the cell's but for amounts, which are for the caller to write. */
export function copyButAmounts(columns: NodeColumns, nodes: NodeColumns, node: NodeId): void {
	// Most changes of a node are of what is free there.
	if (columns.sameButAmounts(nodes, node)) {
		columns.touch(node);
		return;
	}
	// Locking changes the row where the cell's did not.
	const version = columns.version[node] ?? 0;
	columns.copyNode(nodes, node);
	columns.version[node] = version + 1;
}

/** The same amounts at the front of a larger array. */
export function extended<A extends Float64Array | Int16Array>(old: A, larger: A): A {
	larger.set(old);
	return larger;
}
