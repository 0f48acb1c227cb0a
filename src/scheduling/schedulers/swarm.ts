import { z } from "zod";
import { pipeline } from "../pipeline.js";
import { defaultFilters, maxReplicas, placementPreferences, serviceSpread, taskSpread } from "../plugins/index.js";
import { defineScheduler } from "../scheduler.js";

/** Preferences come before all that other scores say: these are 100 at most, and a step between branches is more. */
const PREFERENCES_FIRST = 1e6;

export const swarmScheduler = defineScheduler({
	name: "swarm",
	summary: "What the scheduler of Docker's swarm mode decides: tasks are spread, by number alone.",
	params: z.strictObject({
		spread: z
			.enum(["tasks", "service"])
			.default("service")
			.describe("tasks: fewest tasks on the node (1.12); service: fewest tasks of the service first (from 1.13 on)"),
	}),
	create: ({ spread }) =>
		pipeline({
			filters: [...defaultFilters, maxReplicas],
			scores: [{ plugin: spread === "tasks" ? taskSpread : serviceSpread }],
			jobScores: [{ plugin: placementPreferences, weight: PREFERENCES_FIRST }],
		}),
});
