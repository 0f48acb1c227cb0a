import { pipeline } from "../pipeline.js";
import { leastAllocated } from "../plugins/index.js";
import { defineScheduler } from "../scheduler.js";
import { pipelineParams } from "./pipeline-params.js";

export const leastAllocatedScheduler = defineScheduler({
	name: "least-allocated",
	summary: "The node whose own capacity stays freest (Kubernetes' default leaning).",
	params: pipelineParams,
	create: ({ top }) => pipeline({ scores: [{ plugin: leastAllocated }], top }),
});
