import { pipeline } from "../pipeline.js";
import { worstFit } from "../plugins/index.js";
import { defineScheduler } from "../scheduler.js";
import { pipelineParams } from "./pipeline-params.js";

export const worstFitScheduler = defineScheduler({
	name: "worst-fit",
	summary: "The node with the most left over after placing: pods spread.",
	params: pipelineParams,
	create: ({ top }) => pipeline({ scores: [{ plugin: worstFit }], top }),
});
