import type { Cell } from "../../cell/cell.js";
import { type MetricSink, type TableSpec, TableWriter } from "../table.js";
import type { TableProbe } from "./probe.js";

const TYPES = ["Normal", "Warning"] as const;

const SPEC: TableSpec = {
	name: "object_events",
	description: "Events about objects of the control plane, as kubectl get events shows them",
	columns: [
		{ name: "time_us", type: "int64", unit: "us", description: "When it was posted" },
		{ name: "source", type: "utf8", description: "The controller that says so" },
		{ name: "kind", type: "utf8", description: "Kind of the object" },
		{ name: "object", type: "utf8", description: "Its namespace and name" },
		{ name: "type", type: { enum: TYPES }, description: "Whether something is wrong" },
		{ name: "reason", type: "utf8", description: "In one word" },
		{ name: "message", type: "utf8", description: "In words" },
	],
};

export function objectEventsProbe(cell: Cell, sink: MetricSink): TableProbe {
	const table = new TableWriter(SPEC, sink);
	cell.watch({
		objectEvent: ({ source, kind, name, type, reason, message }) =>
			table.row(cell.nowUs, source, kind, name, TYPES.indexOf(type), reason, message),
	});
	return { finish: () => table.flush() };
}
