/** Workload controllers other than Deployments. */
import type { MakeController } from "../../../src/control/controller.js";
import { cronJobController } from "../../../src/control/controllers/cron-job.js";
import { daemonSetController } from "../../../src/control/controllers/daemon-set/daemon-set.js";
import { jobController } from "../../../src/control/controllers/job/job.js";
import { ttlAfterFinishedController } from "../../../src/control/controllers/job/ttl.js";
import { statefulSetController } from "../../../src/control/controllers/stateful-set/stateful-set.js";

export const workloadControllers: readonly MakeController[] = [
	jobController,
	cronJobController,
	ttlAfterFinishedController,
	statefulSetController,
	daemonSetController,
];
