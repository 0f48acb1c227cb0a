import { pipeline } from "../pipeline.js";
import { gpuClustering } from "../plugins/index.js";
import { defineScheduler } from "../scheduler.js";
import { pipelineParams } from "./pipeline-params.js";

export const gpuClusteringScheduler = defineScheduler({
	name: "gpu-clustering",
	summary: "Pods beside pods that ask for GPU in the same way, as GpuClustering of the FGD study.",
	params: pipelineParams,
	create: ({ top }) => pipeline({ scores: [{ plugin: gpuClustering }], top }),
});
