import { pipeline } from "../pipeline.js";
import { leastAllocated } from "../plugins/index.js";
import { defineScheduler } from "../scheduler.js";

export const leastAllocatedScheduler = defineScheduler({
	name: "least-allocated",
	summary: "The node whose own capacity stays freest (Kubernetes' default leaning).",
	create: () => pipeline({ scores: [{ plugin: leastAllocated }] }),
});
