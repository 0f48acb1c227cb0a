/** The tables a run can write while it goes on, one a file. `runs` and `import_report` are written by the experiment. */
import { attemptsProbe } from "./attempts.js";
import { changesProbe } from "./changes.js";
import { evictionsProbe } from "./evictions.js";
import { jobSizesProbe } from "./job-sizes.js";
import { jobsProbe } from "./jobs.js";
import { nodesProbe } from "./nodes.js";
import { objectEventsProbe } from "./object-events.js";
import { podsProbe } from "./pods.js";
import type { MakeProbe } from "./probe.js";
import { replicasProbe } from "./replicas.js";
import { requestsProbe } from "./requests.js";
import { schedulersProbe } from "./schedulers.js";

export const PROBES = {
	pods: podsProbe,
	jobs: jobsProbe,
	job_sizes: jobSizesProbe,
	nodes: nodesProbe,
	attempts: attemptsProbe,
	changes: changesProbe,
	schedulers: schedulersProbe,
	evictions: evictionsProbe,
	replicas: replicasProbe,
	requests: requestsProbe,
	object_events: objectEventsProbe,
} as const satisfies Record<string, MakeProbe>;

export type ProbeName = keyof typeof PROBES;
export const PROBE_NAMES = Object.keys(PROBES) as readonly ProbeName[];
