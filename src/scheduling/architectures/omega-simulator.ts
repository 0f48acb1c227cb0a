/**
 * What only the released simulator of the Omega paper does (google/cluster-scheduler-simulator), as a profile over the other
 * architectures: choose it to compare with that program's runs, and the others for what the paper describes.
 *
 * Its rules, where they differ from the paper or from the other architectures:
 * - An attempt that leaves pods without a node, for whatever reason, sends the job to the tail after one second. A job is given up
 *   after its 1001st attempt, or after its 101st if no pod of it was ever placed.
 * - A framework (two-level) decides on its whole queue at the instant of the offer, and answers after the sum of the decision times;
 *   it is not busy meanwhile, so it may get another offer of what was freed since. It only looks for nodes for a job if what is left
 *   of the offer in cpus exceeds the cpus of a pod, and what is left in GB exceeds its *cpus*. Offers follow a request by one second,
 *   and are not made of less than a minimum; then nobody asks again by itself. Pods that ran at the start end unnoticed.
 * - The monolithic scheduler decides on the cell as it is when its decision time has passed.
 * - Coarse conflicts go by claim numbers: a node's number counts the claims ever made there, rolled back ones too, and
 *   departures do not count. The claims of one transaction on one node carry consecutive numbers, so that a second claim may
 *   pass where the first conflicted, without a look at what is free; a node that would be over-committed ends the run, there
 *   and here.
 *
 * Divergence from the released simulator: what follows from its event order (a heap that is not stable), from java.util.Random with
 * one seed for all schedulers and from times in floating point is not here; conformance tests bring the first two along.
 * Its workload generators, whose draws are not seeded, and its way of counting (busy time of vain attempts, waits of jobs never
 * attempted) are not reproduced either.
 */
import { z } from "zod";
import type { Cell } from "../../cell/cell.js";
import {
	ATOMICITIES,
	type Atomicity,
	CONFLICT_RULES,
	type CommitResult,
	type Conflict,
	type Placement,
} from "../../cell/transaction.js";
import type { SimTime } from "../../engine/time.js";
import { durationSchema } from "../../objects/duration.js";
import { nodeResourceListSchema } from "../../objects/resource-list.js";
import { CPU, MEMORY, type ResourceList } from "../../objects/resources.js";
import { type ArchitectureContext, defineArchitecture } from "../architecture.js";
import { commitTo, decisionLoop, presentViews, type Sharing } from "../decision-loop.js";
import { OfferLoop, type OfferOptions } from "../offers/offer-loop.js";
import type { QueueOptions } from "../waiting-room.js";

/** Jobs given up after more than 1000 attempts, or more than 100 in vain, come back at the tail until then. */
function queueOptions(retryUs: SimTime): QueueOptions {
	return {
		discipline: "skip",
		backoff: { initialUs: 0, maxUs: 0 },
		retry: { place: "tail", afterConflictUs: retryUs, afterNoRoomUs: retryUs },
		giveUp: { attempts: 1001, vainAttempts: 101 },
	};
}

const common = {
	retryDelay: durationSchema.prefault("1s").describe("Until a job comes back of which pods are left without a node"),
};

export const omegaSimulator = defineArchitecture({
	name: "omega-simulator",
	summary: "The released simulator of the Omega paper with its quirks, for comparing runs with it.",
	params: z.discriminatedUnion("scheme", [
		z.strictObject({ scheme: z.literal("monolithic"), ...common }),
		z.strictObject({
			scheme: z.literal("shared-state"),
			...common,
			conflict: z.enum(CONFLICT_RULES).default("fit").describe("fit: resource-fit; node-version: sequence-numbers"),
			atomicity: z.enum(ATOMICITIES).default("incremental").describe("Transactions of what was found, not of jobs"),
		}),
		z.strictObject({
			scheme: z.literal("two-level"),
			...common,
			minimumOffer: nodeResourceListSchema.prefault({ cpu: "100" }).describe("Nothing is offered of less than this"),
			batching: durationSchema.prefault("1s").describe("From a request for offers until they are made"),
			allocatorTime: durationSchema.prefault("1ms").describe("Time the allocator takes to make an offer"),
			units: z
				.strictObject({ cpu: z.number(), memory: z.number() })
				.default({ cpu: 1000, memory: 2 ** 30 })
				.describe("One cpu and one GB in canonical units, where the simulator compares GB with cpus"),
		}),
	]),
	refuses: ({ scheme }, processes) =>
		scheme === "monolithic" && processes.length > 1 ? "the monolithic scheme has one scheduler" : null,
	create(params, given) {
		const queue = queueOptions(params.retryDelay);
		const context = { ...given, processes: given.processes.map((process) => ({ ...process, queue })) };
		if (params.scheme === "monolithic")
			return decisionLoop(context, {
				begin: presentViews(context),
				commit: commitTo(context.cell, "fit", "incremental"),
				takesCounted: true,
				decidesAtEnd: true,
			});
		if (params.scheme === "two-level") return offersOf(params, context);
		const { conflict, atomicity } = params;
		if (conflict === "node-version") return decisionLoop(context, new ClaimNumbers(context, atomicity));
		return decisionLoop(context, { begin: presentViews(context), commit: commitTo(context.cell, "fit", atomicity) });
	},
});

interface OfferParams {
	readonly minimumOffer: ResourceList;
	readonly batching: SimTime;
	readonly allocatorTime: SimTime;
	readonly units: { readonly cpu: number; readonly memory: number };
}

function offersOf({ minimumOffer, batching, allocatorTime, units }: OfferParams, context: ArchitectureContext) {
	const options: OfferOptions = {
		offers: "all",
		weights: {},
		minimumOffer,
		batchingUs: batching,
		allocatorUs: allocatorTime,
		refuseUs: 0,
		rescindUs: Number.POSITIVE_INFINITY,
		jobsPerOffer: Number.POSITIVE_INFINITY,
	};
	return new OfferLoop(context, options, {
		takesJob: (_tried, rest) => rest[CPU]! > 0 && rest[MEMORY]! > 0,
		looks: ({ request }, rest) =>
			rest[CPU]! > request[CPU]! && rest[MEMORY]! / units.memory > request[CPU]! / units.cpu,
		decides: "at-once",
		looksAgainAfter: "placed-pod",
	});
}

/** Coarse conflict detection by the number of claims ever made on a node. */
class ClaimNumbers implements Sharing {
	readonly begin: Sharing["begin"];
	readonly #cell: Cell;
	readonly #atomicity: Atomicity;
	/** By node: claims so far. */
	#claims = new Int32Array(0);
	/** By process: the numbers when its decision began. */
	readonly #seen: Int32Array[];

	constructor(context: ArchitectureContext, atomicity: Atomicity) {
		const { cell, processes } = context;
		const begin = presentViews(context);
		this.#cell = cell;
		this.#atomicity = atomicity;
		this.#seen = processes.map(() => this.#claims);
		this.begin = (scheduler) => {
			if (this.#claims.length < cell.nodes.count) this.#grow(cell.nodes.ready.length);
			this.#seen[scheduler]!.set(this.#claims);
			return begin(scheduler);
		};
	}

	commit: Sharing["commit"] = (scheduler, job, { placements, preemptions = [] }): CommitResult => {
		const seen = this.#seen[scheduler]!;
		const passed: Placement[] = [];
		const conflicts: Conflict[] = [];
		for (const placement of placements) {
			const { node } = placement;
			if (seen[node]!++ === this.#claims[node]!) {
				this.#claims[node]!++;
				passed.push(placement);
				continue;
			}
			conflicts.push({ placement, reason: "node-changed" });
			if (job.gang || this.#atomicity === "all-or-nothing") return { accepted: [], conflicts };
		}
		const result = this.#cell.commit({
			placements: passed,
			preemptions,
			conflictRule: "fit",
			atomicity: "incremental",
		});
		const wrong = result.conflicts.find(({ reason }) => reason === "no-longer-fits");
		if (wrong)
			throw new Error(
				`a claim passed by its number that node ${wrong.placement.node} has no room for: the simulator stops here`,
			);
		return { accepted: result.accepted, conflicts: [...conflicts, ...result.conflicts] };
	};

	#grow(nodes: number): void {
		const claims = new Int32Array(nodes);
		claims.set(this.#claims);
		this.#claims = claims;
		for (let i = 0; i < this.#seen.length; i++) {
			const seen = new Int32Array(nodes);
			seen.set(this.#seen[i]!);
			this.#seen[i] = seen;
		}
	}
}
