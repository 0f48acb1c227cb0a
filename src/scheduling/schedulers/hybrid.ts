import { pipeline } from "../pipeline.js";
import { hybrid } from "../plugins/index.js";
import { defineScheduler } from "../scheduler.js";
import { pipelineParams } from "./pipeline-params.js";

export const hybridScheduler = defineScheduler({
	name: "hybrid",
	summary: "The node where least would be stranded, as Borg's hybrid scoring.",
	params: pipelineParams,
	create: ({ top }) => pipeline({ scores: [{ plugin: hybrid }], top }),
});
