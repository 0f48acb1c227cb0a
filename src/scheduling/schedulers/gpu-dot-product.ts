import { pipeline } from "../pipeline.js";
import { gpuDotProduct } from "../plugins/index.js";
import { defineScheduler } from "../scheduler.js";
import { pipelineParams } from "./pipeline-params.js";

export const gpuDotProductScheduler = defineScheduler({
	name: "gpu-dot-product",
	summary: "Smallest dot product of request and free cpu and GPU, as DotProd of the FGD study.",
	params: pipelineParams,
	create: ({ top }) => pipeline({ scores: [{ plugin: gpuDotProduct }], top }),
});
