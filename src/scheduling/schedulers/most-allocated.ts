import { pipeline } from "../pipeline.js";
import { mostAllocated } from "../plugins/index.js";
import { defineScheduler } from "../scheduler.js";
import { pipelineParams } from "./pipeline-params.js";

export const mostAllocatedScheduler = defineScheduler({
	name: "most-allocated",
	summary: "The node whose own capacity gets fullest (Kubernetes' bin packing).",
	params: pipelineParams,
	create: ({ top }) => pipeline({ scores: [{ plugin: mostAllocated }], top }),
});
