import { pipeline } from "../pipeline.js";
import { ePvm } from "../plugins/index.js";
import { defineScheduler } from "../scheduler.js";
import { pipelineParams } from "./pipeline-params.js";

export const ePvmScheduler = defineScheduler({
	name: "e-pvm",
	summary: "The node where the pod adds least to a cost that rises steeply with use (E-PVM).",
	params: pipelineParams,
	create: ({ top }) => pipeline({ scores: [{ plugin: ePvm }], top }),
});
