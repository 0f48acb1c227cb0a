/** What a packing came to, in figures that can be added up over several cells. */
import { createHash } from "node:crypto";
import type { Cell } from "../../cell/cell.js";
import { CPU, GPU, MEMORY, type ResourceIndex } from "../../objects/resources.js";
import type { Packing } from "./packing.js";

export interface Packed {
	/** Tasks without a machine. */
	readonly pendingTasks: number;
	/** Machines without a task. */
	readonly emptyMachines: number;
	/** What the machines offer, milli-CPU and bytes. */
	readonly cpuOffered: number;
	readonly memoryOffered: number;
	/** Of what is free, the part beyond the free share of its machine's scarcest resource, as in the metric `cpu_stranded`. */
	readonly cpuStranded: number;
	readonly memoryStranded: number;
	/** Hash over every event and placement; of several cells, over their digests. */
	readonly digest: string;
}

export const NOTHING_PACKED: Packed = {
	pendingTasks: 0,
	emptyMachines: 0,
	cpuOffered: 0,
	memoryOffered: 0,
	cpuStranded: 0,
	memoryStranded: 0,
	digest: "",
};

/** The figures of a packing. */
export function packedOf({ cell, pending, digest }: Packing): Packed {
	const { nodes } = cell;
	let pendingTasks = 0;
	for (const count of pending.values()) pendingTasks += count;
	let emptyMachines = 0;
	const sums = { cpuOffered: 0, memoryOffered: 0, cpuStranded: 0, memoryStranded: 0 };
	for (let node = 0; node < nodes.count; node++) {
		if (isEmpty(cell, node)) emptyMachines++;
		const scarcest = Math.min(...[CPU, MEMORY, GPU].map((resource) => freeShare(cell, resource, node)));
		const stranded = (resource: ResourceIndex) =>
			Math.max(0, nodes.free[resource]![node]! - scarcest * nodes.allocatable[resource]![node]!);
		sums.cpuOffered += nodes.allocatable[CPU]![node]!;
		sums.memoryOffered += nodes.allocatable[MEMORY]![node]!;
		sums.cpuStranded += stranded(CPU);
		sums.memoryStranded += stranded(MEMORY);
	}
	return { pendingTasks, emptyMachines, ...sums, digest };
}

function isEmpty({ nodes }: Cell, node: number): boolean {
	for (let r = 0; r < nodes.free.length; r++) if (nodes.free[r]![node]! < nodes.allocatable[r]![node]!) return false;
	return true;
}

/** 1 for what the node does not have: it makes nothing else scarce. */
function freeShare({ nodes }: Cell, resource: ResourceIndex, node: number): number {
	const offered = nodes.allocatable[resource]![node]!;
	return offered === 0 ? 1 : nodes.free[resource]![node]! / offered;
}

/** The figures of two cells together. */
export function addPacked(one: Packed, other: Packed): Packed {
	return {
		pendingTasks: one.pendingTasks + other.pendingTasks,
		emptyMachines: one.emptyMachines + other.emptyMachines,
		cpuOffered: one.cpuOffered + other.cpuOffered,
		memoryOffered: one.memoryOffered + other.memoryOffered,
		cpuStranded: one.cpuStranded + other.cpuStranded,
		memoryStranded: one.memoryStranded + other.memoryStranded,
		digest:
			one.digest === ""
				? other.digest
				: createHash("sha256").update(`${one.digest}\n${other.digest}`).digest("hex").slice(0, 16),
	};
}
