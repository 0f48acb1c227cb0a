import { pipeline } from "../pipeline.js";
import { dotProduct } from "../plugins/index.js";
import { defineScheduler } from "../scheduler.js";
import { pipelineParams } from "./pipeline-params.js";

export const dotProductScheduler = defineScheduler({
	name: "dot-product",
	summary: "The node whose free resources point the way the request points (Tetris).",
	params: pipelineParams,
	create: ({ top }) => pipeline({ scores: [{ plugin: dotProduct }], top }),
});
