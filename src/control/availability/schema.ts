/** `controlPlane` of the orchestrator kubernetes: replicas, and how they take over from each other. */
import { z } from "zod";
import { sampler } from "../../engine/distributions.js";
import type { RandomSource } from "../../engine/random.js";
import { distributionSchema } from "../../objects/distribution-schema.js";
import { durationSchema } from "../../objects/duration.js";
import type { PlaneReplicas } from "../control-plane.js";
import { JITTER_FACTOR } from "./leader-election.js";

const replicas = (description: string) => z.int().min(1).default(1).describe(description);

/** The rules of client-go's NewLeaderElector, in its words. */
const leaderElectionSchema = z
	.strictObject({
		leaseDuration: durationSchema
			.prefault("15s")
			.describe("Another replica takes over that saw no renewal for so long"),
		renewDeadline: durationSchema.prefault("10s").describe("A leader that could not renew for so long gives up"),
		retryPeriod: durationSchema
			.prefault("2s")
			.describe("Between two renewals, and at least between two tries to take over"),
	})
	.superRefine(({ leaseDuration, renewDeadline, retryPeriod }, context) => {
		const refuse = (path: string, message: string) => context.addIssue({ code: "custom", path: [path], message });
		if (leaseDuration <= renewDeadline) refuse("leaseDuration", "leaseDuration must be greater than renewDeadline");
		if (renewDeadline <= JITTER_FACTOR * retryPeriod)
			refuse("renewDeadline", "renewDeadline must be greater than retryPeriod*JitterFactor");
		if (retryPeriod < 1) refuse("retryPeriod", "retryPeriod must be greater than zero");
	});

export const planeReplicasSchema = z.strictObject({
	apiServers: replicas("Replicas of the API server, which share its work"),
	stores: replicas("Members of its store (etcd), of which more than half must be alive"),
	storeWrite: distributionSchema(durationSchema)
		.optional()
		.describe("What a member of the store takes to write, a duration or a distribution; a commit waits for a quorum"),
	controllerManagers: replicas("Replicas of the controller manager, of which one works"),
	schedulers: replicas("Replicas of the scheduler, of which one works"),
	leaderElection: leaderElectionSchema.prefault({}).describe("How one of them takes over from another"),
});

export function planeReplicasOf(
	{ storeWrite, leaderElection, ...counts }: z.output<typeof planeReplicasSchema>,
	random: RandomSource,
): PlaneReplicas {
	const { leaseDuration, renewDeadline, retryPeriod } = leaderElection;
	return {
		...counts,
		writeUs: storeWrite === undefined ? null : sampler(storeWrite, random.stream("control/store")),
		leases: { leaseDurationUs: leaseDuration, renewDeadlineUs: renewDeadline, retryPeriodUs: retryPeriod },
	};
}
