import { pipeline } from "../pipeline.js";
import { bestFit } from "../plugins/index.js";
import { defineScheduler } from "../scheduler.js";
import { pipelineParams } from "./pipeline-params.js";

export const bestFitScheduler = defineScheduler({
	name: "best-fit",
	summary: "The node with the least left over after placing.",
	params: pipelineParams,
	create: ({ top }) => pipeline({ scores: [{ plugin: bestFit }], top }),
});
