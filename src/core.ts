/**
 * `cellsim/core`: simulations from a program, without anything that reads files or checks input; quick to load. `cellsim`
 * is this and the registries; `cellsim/workload` has trace formats and generators. No simulation calls `progressiveFilling`
 * and `drfAllocation`: they compute who gets how much by the DRF paper, to hold what a run gave against.
 */
export { Cell } from "./cell/cell.js";
export type { CellListener, EndReason, NodeChange, RequeueReason } from "./cell/changes.js";
export {
	type CountedShape,
	countShapes,
	FragmentationMeasure,
	fragmentation,
	type GpuShape,
	type TypicalPod,
	typicalPods,
} from "./cell/gpu-fragmentation.js";
export { NO_NODE, type NodeId, type PodId, rowOf } from "./cell/ids.js";
export { checkInvariants } from "./cell/invariants.js";
export type { Job } from "./cell/job.js";
export { DEVICE_MILLI, MAX_DEVICES, type NodeColumns } from "./cell/node-columns.js";
export type { NodeView } from "./cell/node-view.js";
export type { PodView } from "./cell/pod-view.js";
export { Snapshot } from "./cell/snapshot.js";
export type {
	Atomicity,
	Attempt,
	CommitResult,
	Conflict,
	ConflictRule,
	Placement,
	PodRejections,
	Transaction,
} from "./cell/transaction.js";
export { type DistributionSpec, mean, sampler } from "./engine/distributions.js";
export { Engine, type EventCursor, type EventKind } from "./engine/engine.js";
export type { EventQueue } from "./engine/event-queue.js";
export { LadderQueue } from "./engine/ladder-queue.js";
export { type Random, type RandomSource, SeededRandomSource } from "./engine/random.js";
export * from "./engine/time.js";
export {
	type Prefilled,
	type RunHooks,
	type SchedulerOptions,
	Simulation,
	type SimulationOptions,
} from "./experiment/simulation.js";
export { type AtLoad, GpuFragmentation } from "./metrics/gpu-fragmentation.js";
export type { ObservedScheduling } from "./metrics/observed-scheduling.js";
export { PROBES, type ProbeName } from "./metrics/probes/index.js";
export { ArrowSink } from "./metrics/sinks/arrow.js";
export { type Cell as TableCell, MemorySink, type Row } from "./metrics/sinks/memory.js";
export { type RunSummary, SummaryProbe } from "./metrics/summary.js";
export { type ColumnBatch, type ColumnSpec, type MetricSink, type TableSpec, TableWriter } from "./metrics/table.js";
export type { Fault } from "./node/faults.js";
export { type JobArrival, jobArrival, type PodArrival } from "./objects/arrival.js";
export { InputError } from "./objects/input-error.js";
export type { PodClass } from "./objects/pod-class.js";
export { CPU, GPU, MEMORY, PODS, type ResourceIndex, type ResourceList, ResourceTable } from "./objects/resources.js";
export * from "./objects/spec.js";
export {
	type Architecture,
	type ArchitectureContext,
	type ArchitectureDefinition,
	defineArchitecture,
	type NamedProcess,
	type SchedulingPhases,
} from "./scheduling/architecture.js";
export { monolithic } from "./scheduling/architectures/monolithic.js";
export { commitTo, decisionLoop, type Sharing } from "./scheduling/decision-loop.js";
export type { ElasticPolicy } from "./scheduling/elastic.js";
export { drfAllocation, progressiveFilling, type TaskUser } from "./scheduling/fair-share.js";
export { type FragmentationGradient, fragmentationGradient } from "./scheduling/gpu/fragmentation-gradient.js";
export type { JobScorePlugin, JobScorer, NodeScore, WeightedJobScore } from "./scheduling/job-score.js";
export { type PipelineOptions, pipeline, type WeightedScore } from "./scheduling/pipeline.js";
export { Candidates, type FilterPlugin, FilterSet, type Rejection, type ScorePlugin } from "./scheduling/plugin.js";
export { defaultFilters, jobScorePlugins, scorePlugins } from "./scheduling/plugins/index.js";
export { type ChooseDevices, type PickNode, podByPod } from "./scheduling/pod-by-pod.js";
export type { Router, Spread } from "./scheduling/router.js";
export {
	type Decision,
	defineScheduler,
	type Scheduler,
	type SchedulerDefinition,
	type SchedulingWork,
	type Unplaced,
} from "./scheduling/scheduler.js";
export type { DecisionCost, DecisionTime, ProcessOptions, SchedulerProcess } from "./scheduling/scheduler-process.js";
export { firstFitScheduler } from "./scheduling/schedulers/first-fit.js";
export type { GiveUpRule, QueueOptions, RetryRule } from "./scheduling/waiting-room.js";
export type { ArrivalStream } from "./workload/arrivals.js";
