/** The public API for workloads: `cellsim/workload`. Trace formats, generators, and the Kubernetes objects they read. */
export * from "../objects/index.js";
export * from "./arrivals.js";
export { writeCellsim } from "./formats/cellsim.js";
export { type TraceContext, traceFormats } from "./formats/index.js";
export { checksum, inputPath } from "./inputs.js";
export { mergeStreams } from "./merge.js";
export { type SyntheticContext, syntheticJobs } from "./synthetic/generate.js";
export { type SyntheticWorkload, syntheticWorkloadSchema } from "./synthetic/schema.js";
