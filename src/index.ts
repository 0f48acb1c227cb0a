/**
 * The public API: what somebody needs who writes a scheduler or an architecture, or who runs simulations from a program of
 * their own. Trace formats, generators and Kubernetes manifests are in `cellsim/workload`, which costs more to load.
 * `src/README.md` is the map.
 */

export { z } from "zod";
export * from "./core.js";
export { PROBES, type ProbeName } from "./metrics/probes/index.js";
export { ArrowSink } from "./metrics/sinks/arrow.js";
export { type Cell as TableCell, MemorySink, type Row } from "./metrics/sinks/memory.js";
export { type RunSummary, SummaryProbe } from "./metrics/summary.js";
export { type ColumnBatch, type ColumnSpec, type MetricSink, type TableSpec, TableWriter } from "./metrics/table.js";
export { architectures } from "./scheduling/architectures/index.js";
