import { z } from "zod";
import { BorgScheduler } from "../borg/borg-scheduler.js";
import { PRODUCTION_RULES } from "../borg/preemption.js";
import type { ScorePlugin } from "../plugin.js";
import {
	bestFit,
	dotProduct,
	ePvm,
	hybrid,
	jobSpreading,
	mixedPriorities,
	packageLocality,
	preferredNodes,
	worstFit,
} from "../plugins/index.js";

import { defineScheduler } from "../scheduler.js";

/** How what is left on machines is scored. */
const PACKING = { hybrid, "e-pvm": ePvm, "best-fit": bestFit, "worst-fit": worstFit, "dot-product": dotProduct };
const PACKINGS = Object.keys(PACKING) as (keyof typeof PACKING)[];

const weight = (standard: number, what: string) => z.number().min(0).default(standard).describe(what);
const weights = z.strictObject({
	packing: weight(1, "What is left on the machine, by `scoring`"),
	preemption: weight(10, "Few preemptions, of low priority"),
	preferences: weight(0.5, "Nodes that the pod prefers: soft constraints"),
	packages: weight(0.1, "Images of the pod that the machine has"),
	mixing: weight(0.1, "Production and other bands on one machine"),
	spreading: weight(0.1, "Machines, racks and power domains without pods of the same job"),
});

export const borgScheduler = defineScheduler({
	name: "borg",
	summary:
		"What the Borg paper says of its scheduler: feasibility, scoring, preemption of lower bands, and the three things that make it fast.",
	params: z.strictObject({
		scoring: z
			.enum(PACKINGS)
			.default("hybrid")
			.describe("Scores what is left on a machine: hybrid strands least, e-pvm and worst-fit spread, best-fit packs"),
		weights: weights.prefault({}).describe("How much each term counts; terms are 0..100"),
		preemption: z.boolean().default(true).describe("Stop pods of lower priority where room is lacking"),
		productionPreemption: z
			.enum(PRODUCTION_RULES)
			.default("forbidden")
			.describe("Whether production may stop production of lower priority, which it never does in Borg"),
		scoreCaching: z
			.boolean()
			.default(true)
			.describe("Keep scores from one decision to the next, until the machine or the task changes"),
		ignoreSmallChanges: z
			.number()
			.min(0)
			.max(1)
			.default(0)
			.describe(
				"Kept scores hold while no resource of a machine has changed by more than this share of what it offers",
			),
		equivalenceClasses: z
			.boolean()
			.default(true)
			.describe("Find out once for all tasks with identical requirements, not for each"),
		relaxedRandomization: z
			.boolean()
			.default(true)
			.describe("Examine machines in random order until enough feasible ones are found, not all of them"),
		enough: z.int().min(1).default(75).describe("Feasible machines that are enough, with relaxed randomization"),
	}),
	create: ({ scoring, weights, preemption, ...options }) => {
		const scores: readonly { plugin: ScorePlugin; weight: number }[] = [
			{ plugin: PACKING[scoring], weight: weights.packing },
			{ plugin: preferredNodes, weight: weights.preferences },
			{ plugin: packageLocality, weight: weights.packages },
			{ plugin: mixedPriorities, weight: weights.mixing },
		];
		return new BorgScheduler({
			scores: scores.filter(({ weight }) => weight > 0),
			jobScores: [{ plugin: jobSpreading, weight: weights.spreading }],
			preemption: preemption ? weights.preemption : null,
			productionPreemption: options.productionPreemption,
			keepsScores: options.scoreCaching,
			ignoredChange: options.ignoreSmallChanges,
			equivalenceClasses: options.equivalenceClasses,
			enough: options.relaxedRandomization ? options.enough : Number.POSITIVE_INFINITY,
		});
	},
});
