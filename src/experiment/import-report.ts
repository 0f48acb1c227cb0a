import { basename } from "node:path";
import { type MetricSink, type TableSpec, TableWriter } from "../metrics/table.js";
import type { ImportReport } from "../workload/arrivals.js";

const ACTIONS = ["dropped", "repaired", "noted"] as const;

const SPEC: TableSpec = {
	name: "import_report",
	description: "What readers of the workload did to rows that they could not take as they are, one row per rule",
	columns: [
		{ name: "source", type: "utf8", description: "File or workload" },
		{ name: "rule", type: "utf8", description: "The rule that applied" },
		{ name: "action", type: { enum: ACTIONS }, description: "What became of the rows" },
		{ name: "rows", type: "int64", description: "How many rows" },
		{ name: "example", type: "utf8", description: "The first of them" },
	],
};

/** Writes the table `import_report`. */
export function writeImportReport(report: ImportReport, sink: MetricSink): void {
	const table = new TableWriter(SPEC, sink);
	for (const { source, rule, action, rows, example } of report.rows) {
		// Where the files lie is in the manifest; here it would make the bytes depend on the machine.
		const name = basename(source);
		table.row(name, rule, (ACTIONS as readonly string[]).indexOf(action), rows, example.replaceAll(source, name));
	}
	table.flush();
}
