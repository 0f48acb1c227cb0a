/** `agents` of the two-level architecture: how each framework treats what it is offered. */
import { z } from "zod";
import { durationSchema, positiveDuration } from "../../objects/duration.js";
import { nodeResourceListSchema } from "../../objects/resource-list.js";
import type { FrameworkManners } from "./agent-offers.js";

/** The default of Mesos' own clients: Filters.refuse_seconds. */
const REFUSE = "5s";

const frameworkSchema = z.strictObject({
	decline: durationSchema
		.prefault(REFUSE)
		.describe("How long it does not want to see an agent again on which it launched nothing, nor less of it"),
	unused: durationSchema
		.prefault(REFUSE)
		.describe("The same of what it left on an agent on which it launched something; 0s for not at all"),
	podsPerAgent: z
		.int()
		.positive()
		.describe("Pods launched on one offer of an agent at most; without it, all")
		.optional(),
	stopWithoutRoom: z
		.boolean()
		.default(false)
		.describe("Whether it declines the rest as soon as a job finds no room on what it is offered"),
	suppress: z.boolean().default(false).describe("Whether it asks for no offers while it has nothing to launch"),
	revive: z
		.strictObject({
			every: positiveDuration.describe("Least time between two"),
			times: z.int().positive().default(1).describe("How often each is sent"),
		})
		.describe("It asks for offers, whatever it has refused, when it has something new to launch; without it, never")
		.optional(),
});

export const mannersSchema = z
	.strictObject({
		minimum: nodeResourceListSchema
			.prefault({ cpu: "10m", memory: "32Mi" })
			.describe("An agent with less of all of these is not offered"),
		frameworks: z.record(z.string(), frameworkSchema).default({}).describe("By scheduler; Mesos' defaults for others"),
	})
	.refine(
		({ frameworks }) => Object.values(frameworks).every(({ suppress, revive }) => !suppress || revive !== undefined),
		{ error: "a framework that suppresses offers needs revive, or it would never get any" },
	)
	.describe(
		"Offers as Mesos makes them: each agent apart, at each whole batching interval, to the scheduler with the smallest share that has not refused it",
	);

export function mannersOf(given: z.output<typeof frameworkSchema> | undefined): FrameworkManners {
	const { decline, unused, podsPerAgent, stopWithoutRoom, suppress, revive } = given ?? frameworkSchema.parse({});
	return {
		declineUs: decline,
		unusedUs: unused,
		podsPerAgent: podsPerAgent ?? Number.POSITIVE_INFINITY,
		stopsWithoutRoom: stopWithoutRoom,
		suppresses: suppress,
		revive: revive === undefined ? null : { everyUs: revive.every, times: revive.times },
	};
}
