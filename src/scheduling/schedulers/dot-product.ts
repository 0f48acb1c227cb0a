import { pipeline } from "../pipeline.js";
import { dotProduct } from "../plugins/index.js";
import { defineScheduler } from "../scheduler.js";

export const dotProductScheduler = defineScheduler({
	name: "dot-product",
	summary: "The node whose free resources point the way the request points (Tetris).",
	create: () => pipeline({ scores: [{ plugin: dotProduct }] }),
});
