/** Whatever the offers, nobody waits for what is free. */
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Cell } from "../../../src/cell/cell.js";
import type { NodeId } from "../../../src/cell/ids.js";
import { CPU } from "../../../src/objects/resources.js";
import { PLAIN_FACTS } from "../../../src/objects/spec.js";
import type { ArchitectureContext } from "../../../src/scheduling/architecture.js";
import type { OfferLoop } from "../../../src/scheduling/offers/offer-loop.js";
import { OFFER_RULES } from "../../../src/scheduling/offers/offer-rules.js";
import { crowds, faultLists, nodeSpecs, workloads } from "../../support/arbitraries.js";
import { withRules } from "../../support/offers.js";
import { simulate } from "../../support/simulations.js";

const setting = fc.record({
	cell: fc.oneof(
		crowds({ maxJobs: 15, maxPods: 4, gangs: true }),
		fc.record({ nodes: nodeSpecs(5), jobs: workloads({ maxJobs: 15, maxPods: 4, gangs: true }) }),
	),
	faults: faultLists,
	perJobUs: fc.constantFrom(0, 5, 12),
	perPodUs: fc.constantFrom(0, 2),
	scheduler: fc.constantFrom("first-fit", "worst-fit", "random-fit"),
	discipline: fc.constantFrom("skip" as const, "strict" as const),
});

const options = fc.record({
	offers: fc.constantFrom("all" as const, "fair-share" as const),
	weights: fc.constantFrom({}, { "scheduler-1": 3 }),
	allocatorUs: fc.constantFrom(0, 1, 7),
	batchingUs: fc.constantFrom(0, 2, 10),
	refuseUs: fc.constantFrom(0, 0, 15),
	limits: fc.constantFrom(
		{},
		{ jobsPerOffer: 1 },
		{ jobsPerOffer: 2 },
		// Longer than any decision.
		{ jobsPerOffer: 1, rescindUs: 30 },
	),
});

const PLAIN = JSON.stringify(PLAIN_FACTS);
const everybody: ArchitectureContext["router"] = ({ ordinal }) => ordinal % 3;

test("no job that fits is left behind, nothing is over-committed, and every pod is accounted for", async () => {
	await fc.assert(
		fc.asyncProperty(setting, options, async ({ cell, discipline, ...rest }, { limits, ...given }) => {
			const made = withRules(OFFER_RULES, { ...given, ...limits });
			const { simulation, attempts } = await simulate({
				...cell,
				...rest,
				replicas: 3,
				queue: { discipline, backoff: { initialUs: 0, maxUs: 0 } },
				architecture: (context) => made({ ...context, router: everybody }),
			});
			const offers = simulation.architecture as OfferLoop;
			expect([offers.offersOutstanding, offers.locked(CPU)]).toEqual([0, 0]);
			for (const { job: of, pods, placed, conflicts, unplaced } of attempts)
				if (!of.gang) expect(placed + conflicts + unplaced).toBe(pods);
			if (discipline === "skip") expect(leftBehind(simulation.cell)).toEqual([]);
		}),
		{ seed: 91, numRuns: 400 },
	);
});

/** Names of waiting pods, but those of gangs, that a plain node has room for. */
function leftBehind(cell: Cell): string[] {
	const { nodes, pods } = cell;
	const plain = [...nodes.specs.keys()].filter(
		(n) => nodes.ready[n] === 1 && nodes.specs[n]!.taints.length === 0 && !nodes.specs[n]!.unschedulable,
	);
	return [...pods.all()]
		.map((pod) => cell.pod(pod))
		.filter(({ phase, job: of, podClass }) => {
			const { facts, gpu } = podClass.spec;
			if (phase !== "pending" || of.gang || gpu !== null || JSON.stringify(facts) !== PLAIN) return false;
			return plain.some((n) => nodes.fits(podClass, n as NodeId));
		})
		.map(({ name }) => name);
}
