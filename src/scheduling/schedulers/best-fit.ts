import { pipeline } from "../pipeline.js";
import { bestFit } from "../plugins/index.js";
import { defineScheduler } from "../scheduler.js";

export const bestFitScheduler = defineScheduler({
	name: "best-fit",
	summary: "The node with the least left over after placing.",
	create: () => pipeline({ scores: [{ plugin: bestFit }] }),
});
