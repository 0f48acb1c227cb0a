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
	/** [node x resources + resource] and [node x MAX_DEVICES + device]: what the row had free then. */
	#held = new Float64Array(0);
	#heldDevices = new Int16Array(0);

	constructor(resources: ResourceTable) {
		this.columns = new NodeColumns(resources);
	}

	/** What its lock holds of a node; 0 without a lock. */
	heldOn(node: NodeId, resource: ResourceIndex): number {
		return this.lock === null ? 0 : this.#held[node * this.sum.length + resource]!;
	}

	heldOfDevice(node: NodeId, device: number): number {
		return this.lock === null ? 0 : this.#heldDevices[node * MAX_DEVICES + device]!;
	}

	/** Room for so many nodes, of so many resources. */
	reserve(rows: number, resources: number): void {
		if (this.#held.length !== rows * resources) this.#held = relaid(this.#held, this.sum.length, rows, resources);
		if (this.sum.length < resources) this.sum = extended(this.sum, new Float64Array(resources));
		if (this.#heldDevices.length < rows * MAX_DEVICES)
			this.#heldDevices = extended(this.#heldDevices, new Int16Array(rows * MAX_DEVICES));
	}

	/** Brings the row of a node up to date: with all that is free there, or what is `lockable`. */
	bring(nodes: NodeColumns, node: NodeId, lockable: Lockable | null): void {
		const { columns, sum } = this;
		const held = this.#held;
		copyButAmounts(columns, nodes, node);
		for (let r = 0, at = node * sum.length; r < sum.length; r++, at++) {
			if (nodes.largest[r] === 0) continue;
			const amount = lockable === null ? Math.max(0, nodes.free[r]![node]!) : lockable.on(node, r);
			columns.free[r]![node] = amount;
			sum[r]! += amount - held[at]!;
			held[at] = amount;
		}
		for (let d = 0; d < nodes.deviceCount[node]!; d++) {
			const at = node * MAX_DEVICES + d;
			if (lockable !== null) columns.deviceFree[at] = lockable.ofDevice(node, d);
			this.#heldDevices[at] = columns.deviceFree[at]!;
		}
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

/** Rows of `from` amounts in a row, as `rows` of `to`. */
function relaid(amounts: Float64Array, from: number, rows: number, to: number): Float64Array<ArrayBuffer> {
	const larger = new Float64Array(rows * to);
	for (let i = 0; i < amounts.length; i++) larger[Math.floor(i / from) * to + (i % from)] = amounts[i]!;
	return larger;
}

/** The same amounts at the front of a larger array. */
export function extended<A extends Float64Array | Int16Array>(old: A, larger: A): A {
	larger.set(old);
	return larger;
}
