import { z } from "zod";
import { durationSchema, positiveDuration } from "../../objects/duration.js";
import { nodeResourceListSchema } from "../../objects/resource-list.js";
import { defineArchitecture } from "../architecture.js";
import { mannersOf, mannersSchema } from "../offers/agent-manners-schema.js";
import { AgentOffers } from "../offers/agent-offers.js";
import { OfferLoop } from "../offers/offer-loop.js";
import { OFFER_RULES } from "../offers/offer-rules.js";

/**
 * Mesos: an allocator offers what is free to one framework at a time, and the framework, any scheduler, decides on its offer
 * alone (Mesos, NSDI 2011, section 3; Omega paper, sections 3.3 and 4.2). What is in an offer is locked for everybody else
 * until the framework answers, however long it thinks. Nothing conflicts but what fails, or is taken back, meanwhile.
 *
 * `agents` makes offers as Mesos itself does, agent by agent (`offers/agent-offers.ts`); without it offers are those of the papers:
 *
 * Divergence from Mesos:
 * - An offer is of whole nodes with all that is free there; frameworks have no roles, quotas, reservations or filters of their own.
 * - A refusal is of everything: its framework gets no offer at all until it is over, neither of other nodes nor by asking for
 *   one.
 * - A framework learns that an offer was taken back when its decision ends.
 * - Places for pods are not offered, as Mesos has none: two frameworks may meet at a node's last place, and the later one
 *   conflicts. A pod that asks for nothing waits until something is free.
 */
export const twoLevel = defineArchitecture({
	name: "two-level",
	summary: "An allocator offers free resources to one scheduler after the other, locked until it answers (Mesos).",
	params: z.strictObject({
		allocatorTime: durationSchema
			.prefault("1ms")
			.describe("Time the allocator takes to make an offer; what is in it is locked already"),
		batching: durationSchema
			.prefault("1s")
			.describe("Time from the first reason to make offers until they are made; later reasons are taken along"),
		minimumOffer: nodeResourceListSchema
			.prefault({})
			.describe("Nothing is offered as long as less than this is available: {cpu: 100}"),
		offers: z
			.enum(["all", "fair-share"])
			.default("all")
			.describe(
				"all: everything available; fair-share: whole nodes up to the part of all that no pod occupies which is due to the scheduler by its weight",
			),
		weights: z
			.record(z.string(), z.number().positive())
			.default({})
			.describe("By scheduler: twice the weight entitles to twice the share; 1 for those not named"),
		refuse: z
			.strictObject({ timeout: durationSchema.describe("How long it gets no other offer") })
			.describe("What a scheduler leaves of an offer is not offered to it again for some time; without it, at once")
			.optional(),
		rescind: positiveDuration
			.describe(
				"An offer this old is taken back, and all that was decided on it conflicts; give jobsPerOffer with it, lest a long queue never gets an answer in time. Without it, never",
			)
			.optional(),
		jobsPerOffer: z
			.int()
			.positive()
			.describe("Jobs that a scheduler tries on one offer at most; without it, all that wait when the offer comes")
			.optional(),
		agents: mannersSchema.optional(),
	}),
	refuses({ weights, rescind, allocatorTime, agents, ...others }, processes) {
		const unoffered = others.refuse !== undefined || rescind !== undefined || others.jobsPerOffer !== undefined;
		if (agents !== undefined && (unoffered || others.offers !== "all"))
			return "offers agent by agent have no refuse, rescind, jobsPerOffer or fair-share: say in agents.frameworks what each declines";
		const stranger = Object.keys(agents?.frameworks ?? {}).find(
			(name) => !processes.some(({ entry }) => entry === name),
		);
		if (stranger !== undefined) return `agents.frameworks names '${stranger}', which is no scheduler`;
		if (rescind !== undefined && rescind <= allocatorTime)
			return "rescind is no longer than allocatorTime: every offer would be taken back before it comes";
		const unknown = Object.keys(weights).find((name) => !processes.some(({ entry }) => entry === name));
		return unknown === undefined ? null : `the weight '${unknown}' belongs to no scheduler`;
	},
	create(params, context) {
		const { offers, weights, minimumOffer, allocatorTime, batching, refuse, rescind, jobsPerOffer, agents } = params;
		if (agents !== undefined) {
			const { minimum, frameworks } = agents;
			return new AgentOffers(context, {
				intervalUs: batching,
				allocatorUs: allocatorTime,
				weights,
				minimum,
				manners: (entry) => mannersOf(frameworks[entry]),
			});
		}
		return new OfferLoop(
			context,
			{
				offers,
				weights,
				minimumOffer,
				allocatorUs: allocatorTime,
				batchingUs: batching,
				refuseUs: refuse?.timeout ?? 0,
				rescindUs: rescind ?? Number.POSITIVE_INFINITY,
				jobsPerOffer: jobsPerOffer ?? Number.POSITIVE_INFINITY,
			},
			OFFER_RULES,
		);
	},
});
