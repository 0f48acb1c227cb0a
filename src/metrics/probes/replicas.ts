import type { Cell } from "../../cell/cell.js";
import { type MetricSink, type TableSpec, TableWriter } from "../table.js";
import type { TableProbe } from "./probe.js";

const SPEC: TableSpec = {
	name: "replicas",
	description: "How many pods the objects that keep pods want and have: a row a change",
	columns: [
		{ name: "time_us", type: "int64", unit: "us", description: "Since when it is so" },
		{ name: "kind", type: "utf8", description: "Kind of the object: Deployment, ReplicaSet, ..." },
		{ name: "object", type: "utf8", description: "Its namespace and name" },
		{ name: "declared", type: "int32", description: "Pods that it shall have" },
		{ name: "current", type: "int32", description: "Pods that it has, as its status says" },
		{ name: "updated", type: "int32", description: "Of them, those of the newest template" },
		{ name: "ready", type: "int32", description: "Of them, those that serve" },
		{ name: "available", type: "int32", description: "Of them, those that have served for minReadySeconds" },
	],
};

export function replicasProbe(cell: Cell, sink: MetricSink): TableProbe {
	const table = new TableWriter(SPEC, sink);
	cell.watch({
		replicasChanged: ({ kind, name, declared, current, updated, ready, available }) =>
			table.row(cell.nowUs, kind, name, declared, current, updated, ready, available),
	});
	return { finish: () => table.flush() };
}
