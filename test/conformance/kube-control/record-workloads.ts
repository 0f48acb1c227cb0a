/** What is recorded of Jobs, CronJobs, StatefulSets and DaemonSets. */
import type { CronJob } from "../../../src/control/kinds/cron-job.js";
import type { DaemonSet } from "../../../src/control/kinds/daemon-set.js";
import type { Job } from "../../../src/control/kinds/job.js";
import type { StatefulSet } from "../../../src/control/kinds/stateful-set.js";
import type { Raw } from "./golden.js";

export const WORKLOAD_FIELDS: Readonly<Record<string, (object: never) => Raw>> = {
	Job: ({ metadata, spec, status }: Job) => ({
		own: metadata.owner === null ? undefined : `${metadata.owner.kind}/${metadata.owner.name}`,
		active: status.active,
		readyPods: status.ready ?? undefined,
		succ: status.succeeded,
		fail: status.failed,
		term: status.terminating ?? undefined,
		completed: status.completedIndexes || undefined,
		failedIdx: status.failedIndexes || undefined,
		uncS: uncounted(status.uncountedSucceeded, status.uncountedFailed),
		uncF: uncounted(status.uncountedFailed, status.uncountedSucceeded),
		suspend: spec.suspend || undefined,
		completionTime: status.completionUs === null ? undefined : true,
		del: metadata.deletedUs === null ? undefined : true,
		...Object.fromEntries(
			status.conditions.map(({ type, status: is, reason, message }) => [`c.${type}`, `${is}/${reason}: ${message}`]),
		),
	}),
	CronJob: ({ status }: CronJob) => ({
		active: status.active.map(({ name }) => name),
		lastSchedule: timeOfDay(status.lastScheduleUs),
		lastSuccess: timeOfDay(status.lastSuccessUs),
	}),
	StatefulSet: ({ metadata, spec, status }: StatefulSet) => ({
		spec: spec.replicas,
		rep: status.replicas,
		cur: status.currentReplicas,
		upd: status.updatedReplicas,
		ready: status.readyReplicas,
		avail: status.availableReplicas,
		gen: metadata.generation,
		obs: status.observedGeneration,
		curRev: status.currentRevision,
		updRev: status.updateRevision,
	}),
	DaemonSet: ({ metadata, status }: DaemonSet) => ({
		des: status.desiredNumberScheduled,
		cur: status.currentNumberScheduled,
		ready: status.numberReady,
		avail: status.numberAvailable,
		unavail: status.numberUnavailable,
		upd: status.updatedNumberScheduled,
		mis: status.numberMisscheduled,
		gen: metadata.generation,
		obs: status.observedGeneration,
	}),
};

/** Both lists are there while one is. */
function uncounted(uids: readonly number[], others: readonly number[]): number | undefined {
	return uids.length + others.length === 0 ? undefined : uids.length;
}

function timeOfDay(timeUs: number | null): string | undefined {
	return timeUs === null ? undefined : new Date(timeUs / 1000).toISOString().slice(11, 19);
}
