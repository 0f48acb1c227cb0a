/** `spec.scheduling`: who places pods, and how. */
import { z } from "zod";
import { durationSchema, positiveDuration } from "../../objects/duration.js";
import { SPREADS } from "../../scheduling/router.js";
import { QUEUE_DISCIPLINES, RETRY_PLACES } from "../../scheduling/waiting-room.js";
import { admissionSchema } from "./admission-schema.js";
import { componentSchema } from "./component.js";
import { matchLabels } from "./match-labels.js";
import { refuseRepeatedNames } from "./repeated.js";
import type { ExperimentRegistries } from "./schema.js";

const excludedNodes = z
	.union([
		z.strictObject({
			fraction: z.number().min(0).max(1).describe("Share of the nodes, drawn at random, once for all"),
		}),
		z.strictObject({ matchLabels }).describe("Nodes with all these labels"),
	])
	.describe("Nodes it may not use");

const decisionCost = {
	perJob: durationSchema.prefault("0s").describe("Time each decision takes"),
	perPod: durationSchema.prefault("0s").describe("Time added for each pod of it"),
};

export function schedulingSchema(
	registries: Pick<ExperimentRegistries, "schedulers" | "elasticPolicies" | "queueOrders" | "architectures">,
) {
	const scheduler = z.strictObject({
		name: z
			.string()
			.min(1)
			.default("main")
			.describe("Name in metrics; pods with this schedulerName go to it, whatever their class"),
		scheduler: componentSchema(registries.schedulers, {
			key: "name",
			short: true,
			files: true,
			description: "The placement policy: a name, a map of name and parameters, or a file such as ./mine.ts",
		}),
		classes: z
			.array(z.string())
			.min(1)
			.describe("Classes of jobs it is for; without it, all jobs that no other scheduler is for")
			.optional(),
		replicas: z.int().min(0).default(1).describe("How many of them work side by side; 0 leaves the entry out"),
		spread: z.enum(SPREADS).default("hash").describe("How jobs are dealt out among the replicas"),
		excludedNodes: excludedNodes.optional(),
		elastic: componentSchema(registries.elasticPolicies, {
			key: "policy",
			short: true,
			files: false,
			description:
				"What it does with jobs whose work more pods than asked for can share: a name, or a map with 'policy'",
		}).prefault("none" as never),
		decisionTime: z
			.strictObject({
				...decisionCost,
				byClass: z
					.record(z.string(), z.strictObject(decisionCost))
					.prefault({})
					.describe("By class of jobs, instead; what is left out there is 0s"),
			})
			.prefault({})
			.describe("How long deciding takes: perJob + perPod x pods"),
	});
	return z
		.strictObject({
			architecture: componentSchema(registries.architectures, {
				key: "name",
				short: true,
				files: false,
				description: "Who sees what, and who wins",
			}),
			schedulers: z.array(scheduler).min(1).superRefine(refuseRepeatedNames).describe("Who decides"),
			queue: queueSchema(registries).prefault({}),
			admission: admissionSchema.optional(),
		})
		.describe("Who places pods, and how");
}

function queueSchema({ queueOrders }: Pick<ExperimentRegistries, "queueOrders">) {
	return z
		.strictObject({
			discipline: z
				.enum(QUEUE_DISCIPLINES)
				.default("skip")
				.describe(
					"skip: a pod that does not fit lets the next one try; strict: everyone behind it waits; kubernetes: the queue of kube-scheduler, with its own backoff, scheduling gates and queueing hints",
				),
			order: componentSchema(queueOrders, {
				key: "name",
				short: true,
				files: false,
				description: "Who is tried first",
			}).prefault("priority" as never),
			backoff: z
				.strictObject({
					initial: durationSchema.prefault("0s").describe("Wait before the second attempt; doubles from there"),
					max: durationSchema.prefault("0s").describe("Longest wait"),
				})
				.prefault({})
				.describe("Wait of a pod between attempts"),
			retry: z
				.strictObject({
					place: z
						.enum(RETRY_PLACES)
						.default("own")
						.describe("own: the job keeps its place; tail: it goes behind all others"),
					afterConflict: durationSchema.prefault("0s").describe("Wait after a conflict; 0s tries again at once"),
					afterNoRoom: positiveDuration
						.describe("Wait after an attempt that lacked room; without it, until a node changes that may help")
						.optional(),
				})
				.prefault({})
				.describe("When and where a job comes back after an attempt that did not place all of it"),
			giveUp: z
				.strictObject({
					attempts: z.int().min(1).describe("After so many attempts").optional(),
					vainAttempts: z.int().min(1).describe("After so many attempts, if no pod was ever placed").optional(),
				})
				.prefault({})
				.describe("When a job is given up: its pending pods end, the others run on"),
		})
		.describe("The waiting room");
}
