import { z } from "zod";
import { durationSchema, formatDuration, positiveDuration } from "../../objects/duration.js";
import { PRIORITY_BANDS } from "../../objects/priority-band.js";
import { podResourceListSchema } from "../../objects/resource-list.js";
import { type BorgQuota, borgAdmission } from "../controllers/borg/admission.js";
import { borgJobs } from "../controllers/borg/jobs.js";
import { nameService } from "../controllers/borg/name-service.js";
import { borgletPolls } from "../controllers/borg/polls.js";
import { disruptionController } from "../controllers/disruption.js";
import { garbageCollectorFor } from "../controllers/garbage-collector.js";
import { podGcController } from "../controllers/pod-gc.js";
import { Heartbeats, scattered } from "../heartbeats.js";
import { borgKinds } from "../kinds/borg/index.js";
import { UNLIMITED } from "../token-bucket.js";
import { jobOf } from "./borg-application.js";
import { defineOrchestrator, servicesOfKind, versionSchema } from "./orchestrator.js";

/** Share of preempted tasks that get their notice (section 2.3). */
const NOTICE_DELIVERED = 0.8;

const quotaSchema: z.ZodType<BorgQuota> = z.strictObject({
	user: z.string().min(1).describe("Whose it is: the namespace of the jobs"),
	band: z
		.enum(PRIORITY_BANDS)
		.exclude(["best-effort"])
		.describe("Priorities that it is for: monitoring from 360, production from 120, batch from 100"),
	resources: podResourceListSchema.describe("Amounts that all jobs together may request; others are not limited"),
});

/**
 * Borg as its paper has it (Verma et al., EuroSys 2015): one Borgmaster that keeps jobs and polls machines, and one scheduler that scans
 * from high to low priority, users of one priority in turn (section 3.2).
 *
 * Divergence from Borg: no number but the share of notices is published. A decision takes 6 ms by default, from cells to which more than 10,000
 * tasks come a minute (section 3.4); polls, times of the store, and limits are ours. Packages are images, and take what nodes say. Tasks come to
 * the scheduler one by one, so that it does not know those of one job (its `spreading`).
 */
export const borg = defineOrchestrator({
	name: "borg",
	summary:
		"Borg as of its paper: jobs and tasks by priority, updates that skip what would disrupt too much, polled machines.",
	params: z.strictObject({
		version: versionSchema("borg", ["2015"]),
		requestLatency: durationSchema
			.prefault("5ms")
			.describe("Time of a write to the replicated store of the Borgmaster"),
		watchLatency: durationSchema
			.prefault("3ms")
			.describe("From then until its other parts and the Borglets hear of it"),
		decisionTime: durationSchema.prefault("6ms").describe("What the scheduler takes for one task"),
		poll: positiveDuration.prefault("5s").describe("Time between two polls of a Borglet"),
		missedPolls: z.int().min(1).default(3).describe("Polls without an answer after which a machine is down"),
		rescheduledPerSecond: z
			.number()
			.positive()
			.default(10)
			.describe("Tasks of machines that are down that are rescheduled, a second"),
		quotas: z
			.array(quotaSchema)
			.optional()
			.describe("What jobs of users may request; those of one user and band add up. All jobs are taken in if absent"),
	}),
	kinds: borgKinds,
	defaults: ({ decisionTime }) => ({
		scheduling: {
			architecture: "monolithic",
			schedulers: [{ scheduler: "borg", decisionTime: { perPod: formatDuration(decisionTime) } }],
			queue: { order: "users-in-turn" },
		},
		node: { termination: { takes: "0s", noticeDelivered: NOTICE_DELIVERED } },
	}),
	block: "borg",
	declare: (application) => [jobOf(application)],
	services: servicesOfKind("BorgJob"),
	rehearsal: ({ quotas = null }) => borgAdmission(quotas),
	create: (params, { random, kinds }) => {
		const { requestLatency, watchLatency, poll, missedPolls, rescheduledPerSecond, quotas = null } = params;
		const heartbeats = new Heartbeats(scattered(poll, random.stream("control/polls")));
		return {
			controllers: [
				borgletPolls({ heartbeats, everyUs: poll, missed: missedPolls, rescheduledPerSecond }),
				borgJobs,
				disruptionController,
				podGcController(),
				garbageCollectorFor([...borgKinds, ...kinds]),
			],
			requestUs: requestLatency,
			watchUs: watchLatency,
			client: UNLIMITED,
			taintsNew: false,
			heartbeats,
			front: borgAdmission(quotas),
			backends: nameService,
		};
	},
});
