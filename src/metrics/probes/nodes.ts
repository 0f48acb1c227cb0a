import type { Cell } from "../../cell/cell.js";
import type { NodeId } from "../../cell/ids.js";
import type { NodeView } from "../../cell/node-view.js";
import { CPU, GPU, MEMORY, PODS } from "../../objects/resources.js";
import { type MetricSink, type TableSpec, TableWriter } from "../table.js";
import { amountsText } from "./amounts-text.js";
import type { TableProbe } from "./probe.js";

const SPEC = {
	name: "nodes",
	description: "Samples of every node but allocs at a fixed period, after all events up to and including that time",
	columns: [
		{ name: "time_us", type: "int64", unit: "us", description: "Time of the sample" },
		{ name: "node", type: "utf8", description: "Name of the node" },
		{ name: "ready", type: "bool", description: "Whether the node is healthy" },
		{ name: "pods", type: "int32", description: "Pods bound to the node" },
		{ name: "cpu_allocatable_milli", type: "int64", unit: "milli", description: "cpu that pods may request" },
		{ name: "cpu_requested_milli", type: "int64", unit: "milli", description: "cpu requested by the pods bound" },
		{ name: "memory_allocatable_bytes", type: "int64", unit: "bytes", description: "Memory that pods may request" },
		{ name: "memory_requested_bytes", type: "int64", unit: "bytes", description: "Memory requested by the pods bound" },
		{
			name: "gpu_allocatable_milli",
			type: "int64",
			unit: "milli-gpu",
			description: "GPU that pods may request, summed over devices",
		},
		{ name: "gpu_requested_milli", type: "int64", unit: "milli-gpu", description: "GPU requested by the pods bound" },
		{
			name: "cpu_used_milli",
			type: "float64",
			unit: "milli",
			nullable: true,
			description: "cpu in use at that instant; null where nodes are not simulated as machines",
		},
		{
			name: "memory_used_bytes",
			type: "float64",
			unit: "bytes",
			nullable: true,
			description: "Memory in use, page cache included; null where nodes are not simulated as machines",
		},
		{
			name: "other_allocatable",
			type: "utf8",
			nullable: true,
			description: "Other resources that pods may request, as name=amount, separated by commas; null without",
		},
		{
			name: "other_requested",
			type: "utf8",
			nullable: true,
			description: "Other resources requested by the pods bound, as name=amount, separated by commas; null without",
		},
	],
} as const satisfies TableSpec;

export function nodesProbe(cell: Cell, sink: MetricSink): TableProbe {
	const table = new TableWriter(SPEC, sink);
	const to = table.columns;
	// A function of its own, so that the compiler sees it once and not in the midst of the loop, too.
	const write = (timeUs: number, n: number) => {
		const node = cell.nodes.view(n as NodeId);
		const usage = cell.usage.nodes;
		const isUsed = usage.has(n);
		const row = table.next();
		// The column of the table: that of the cell has the same name, and is for the cell to write.
		const { ready: healthy } = to;
		to.time_us[row] = timeUs;
		to.node[row] = node.name;
		healthy[row] = cell.nodes.ready[n]!;
		to.pods[row] = node.requested(PODS);
		to.cpu_allocatable_milli[row] = node.allocatable(CPU);
		to.cpu_requested_milli[row] = node.requested(CPU);
		to.memory_allocatable_bytes[row] = node.allocatable(MEMORY);
		to.memory_requested_bytes[row] = node.requested(MEMORY);
		to.gpu_allocatable_milli[row] = node.allocatable(GPU);
		to.gpu_requested_milli[row] = node.requested(GPU);
		to.cpu_used_milli[row] = isUsed ? usage.usedMilli[n]! : Number.NaN;
		to.memory_used_bytes[row] = isUsed ? usage.memoryBytes[n]! : Number.NaN;
		to.other_allocatable[row] = others(cell, node, "allocatable");
		to.other_requested[row] = others(cell, node, "requested");
	};
	return {
		sample(timeUs) {
			const { nodes } = cell;
			for (let n = 0; n < nodes.count; n++)
				if (nodes.present[n] !== 0 && nodes.specs[n]!.alloc === undefined) write(timeUs, n);
		},
		finish: () => table.flush(),
	};
}

/** The amounts above 0 of resources that have no columns of their own. */
function others({ resources }: Cell, node: NodeView, amount: "allocatable" | "requested"): string | null {
	if (resources.size === GPU + 1) return null;
	const found: [string, number][] = [];
	for (let resource = GPU + 1; resource < resources.size; resource++)
		if (node[amount](resource) > 0) found.push([resources.names[resource]!, node[amount](resource)]);
	return amountsText(found);
}
