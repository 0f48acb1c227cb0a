import type { Cell } from "../../cell/cell.js";
import { LOSS_CAUSES } from "../../cell/requests.js";
import { LatencyMixture } from "../latency-mixture.js";
import { type ColumnSpec, type MetricSink, type TableSpec, TableWriter } from "../table.js";
import type { TableProbe } from "./probe.js";

const LOST: Readonly<Record<(typeof LOSS_CAUSES)[number], string>> = {
	no_endpoints: "Of them, those for which proxies knew no endpoint",
	refused: "Of them, those sent to a pod that was gone, on its way out, or not there yet",
	unreachable: "Of them, those sent to a node that could not be reached",
	overflow: "Of them, those sent to a pod that had as many as it takes",
	timeout: "Of them, those answered too late",
	error: "Of them, those answered with an error",
	cut: "Of them, those whose pod went while it was at work on them",
};

const latency = (name: string, description: string): ColumnSpec => ({
	name: `latency_${name}_us`,
	type: "float64",
	unit: "us",
	description,
	nullable: true,
});

const SPEC: TableSpec = {
	name: "requests",
	description: "What became of the requests of spec.traffic: a row for each window and service",
	columns: [
		{ name: "time_us", type: "int64", unit: "us", description: "End of the window" },
		{ name: "window_us", type: "int64", unit: "us", description: "Its length" },
		{ name: "traffic", type: "utf8", description: "Entry of spec.traffic" },
		{ name: "service", type: "utf8", description: "Namespace and name of the service; nothing if there was none" },
		{ name: "arrived", type: "float64", description: "Requests that came" },
		{ name: "served", type: "float64", description: "Requests answered well and in time" },
		{ name: "lost", type: "float64", description: "Requests lost" },
		...LOSS_CAUSES.map((cause): ColumnSpec => ({ name: `lost_${cause}`, type: "float64", description: LOST[cause] })),
		{ name: "inside", type: "float64", description: "Requests in pods at the end of the window" },
		latency("mean", "Mean time of those served, from request to answer"),
		latency("p50", "Median, of the mixture of exponentials that the model of pods has"),
		latency("p90", "The same, 90 %"),
		latency("p99", "The same, 99 %"),
		{ name: "slow", type: "float64", description: "Of those served, later than the objective", nullable: true },
		{ name: "endpoints", type: "float64", description: "Endpoints that proxies know at the end, mean over proxies" },
		{ name: "serving", type: "int32", description: "Of them, those that serve" },
		{
			name: "utilization",
			type: "float64",
			unit: "1",
			description: "CPU that requests took over what those pods may use",
			nullable: true,
		},
		{
			name: "outage_us",
			type: "int64",
			unit: "us",
			description: "Time of the window in which requests came and none could be served",
		},
	],
};

export function requestsProbe(cell: Cell, sink: MetricSink): TableProbe {
	const table = new TableWriter(SPEC, sink);
	cell.watch({
		requestsCounted: (count) => {
			const { fromUs, toUs, lost, objectiveUs } = count;
			const latencies = new LatencyMixture();
			latencies.add(count.responses, count.timeoutUs);
			const causes = LOSS_CAUSES.map((cause) => lost[cause]);
			table.row(
				toUs,
				toUs - fromUs,
				count.traffic,
				count.service,
				count.arrived,
				count.served,
				causes.reduce((sum, one) => sum + one, 0),
				...causes,
				count.inside,
				latencies.meanUs,
				...[0.5, 0.9, 0.99].map((q) => latencies.quantileUs(q)),
				objectiveUs === null ? Number.NaN : latencies.slowerThan(objectiveUs),
				count.endpoints,
				count.serving,
				count.usedCpuUs / count.capacityCpuUs,
				count.outageUs,
			);
		},
	});
	return { finish: () => table.flush() };
}
