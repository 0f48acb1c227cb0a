/** What other rooms may use of the workload room. */
export * from "./arrivals.js";
export { writeCellsim } from "./formats/cellsim.js";
export { type TraceContext, traceFormats } from "./formats/index.js";
export { checksum, inputPath } from "./inputs.js";
export { mergeStreams } from "./merge.js";
export { type SyntheticContext, syntheticJobs } from "./synthetic/generate.js";
export { type SyntheticWorkload, syntheticWorkloadSchema } from "./synthetic/schema.js";
