import { pipeline } from "../pipeline.js";
import { gpuPacking } from "../plugins/index.js";
import { defineScheduler } from "../scheduler.js";
import { pipelineParams } from "./pipeline-params.js";

export const gpuPackingScheduler = defineScheduler({
	name: "gpu-packing",
	summary: "Devices in use before idle devices, nodes in use before idle nodes.",
	params: pipelineParams,
	create: ({ top }) => pipeline({ scores: [{ plugin: gpuPacking }], top }),
});
