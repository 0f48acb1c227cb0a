import { pipeline } from "../pipeline.js";
import { mostAllocated } from "../plugins/index.js";
import { defineScheduler } from "../scheduler.js";

export const mostAllocatedScheduler = defineScheduler({
	name: "most-allocated",
	summary: "The node whose own capacity gets fullest (Kubernetes' bin packing).",
	create: () => pipeline({ scores: [{ plugin: mostAllocated }] }),
});
