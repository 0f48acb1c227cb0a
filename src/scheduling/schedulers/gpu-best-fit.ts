import { pipeline } from "../pipeline.js";
import { gpuBestFit } from "../plugins/index.js";
import { defineScheduler } from "../scheduler.js";
import { pipelineParams } from "./pipeline-params.js";

export const gpuBestFitScheduler = defineScheduler({
	name: "gpu-best-fit",
	summary: "Least cpu and GPU left over, as BestFit of the FGD study.",
	params: pipelineParams,
	create: ({ top }) => pipeline({ scores: [{ plugin: gpuBestFit }], top }),
});
