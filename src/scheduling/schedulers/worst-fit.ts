import { pipeline } from "../pipeline.js";
import { worstFit } from "../plugins/index.js";
import { defineScheduler } from "../scheduler.js";

export const worstFitScheduler = defineScheduler({
	name: "worst-fit",
	summary: "The node with the most left over after placing: pods spread.",
	create: () => pipeline({ scores: [{ plugin: worstFit }] }),
});
