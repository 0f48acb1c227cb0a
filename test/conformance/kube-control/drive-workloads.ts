/** Workload controllers other than Deployments, and what the driver calls their kinds. */
import type { MakeController } from "../../../src/control/controller.js";
import { cronJobController } from "../../../src/control/controllers/cron-job.js";
import { daemonSetController } from "../../../src/control/controllers/daemon-set/daemon-set.js";
import { jobController } from "../../../src/control/controllers/job/job.js";
import { ttlAfterFinishedController } from "../../../src/control/controllers/job/ttl.js";
import { statefulSetController } from "../../../src/control/controllers/stateful-set/stateful-set.js";

export const WORKLOADS: Readonly<Record<string, string>> = {
	job: "Job",
	cronjob: "CronJob",
	statefulset: "StatefulSet",
	daemonset: "DaemonSet",
};

export const workloadControllers: readonly MakeController[] = [
	jobController,
	cronJobController,
	ttlAfterFinishedController,
	statefulSetController,
	daemonSetController,
];
