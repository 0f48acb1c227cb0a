/** What the summary metrics mean: unit, direction and a sentence, by name or by the name before the group suffix. */

export interface MetricDescription {
	readonly description: string;
	readonly unit: "us" | "1" | null;
	/** Whether lower or higher values are better; null where neither is. */
	readonly better: "lower" | "higher" | null;
}

type Entry = readonly [
	pattern: RegExp,
	unit: MetricDescription["unit"],
	better: MetricDescription["better"],
	description: string,
];

/** Of schedulers; each also by class of jobs or by scheduler. */
const SCHEDULERS: readonly Entry[] = [
	[
		/^job_wait_first_attempt_/,
		"us",
		"lower",
		"Time from submission of a job to its first attempt; jobs never tried count with their wait so far",
	],
	[
		/^job_wait_full_placement_/,
		"us",
		"lower",
		"Time from submission of a job until all its pods were placed; jobs that wait or were given up count with their wait so far",
	],
	[/^think_time_/, "us", "lower", "Time that a scheduler spent on one attempt"],
	[/^busyness_useful/, "1", null, "Busyness by decisions that placed a pod at least, without a conflict"],
	[
		/^busyness_wasted/,
		"1",
		"lower",
		"Busyness by decisions with a conflict, even if only one of many placements conflicted",
	],
	[/^busyness_vain/, "1", "lower", "Busyness by decisions that placed nothing for want of room"],
	[/^busyness_daily_median/, "1", "lower", "Median of the daily values of the busyness"],
	[/^busyness_daily_mad/, "1", null, "Median absolute deviation of the daily values of the busyness"],
	[
		/^busyness/,
		"1",
		"lower",
		"Share of the time spent deciding: of one process on average for a scheduler, else of all processes added up",
	],
	[
		/^saturated/,
		null,
		"lower",
		"1 if unplaced work grew over the last half of the run because a scheduler could not keep up",
	],
	[/^conflict_fraction_daily_median/, "1", "lower", "Median of the daily values of the conflict fraction"],
	[/^conflict_fraction_daily_mad/, "1", null, "Median absolute deviation of the daily values of the conflict fraction"],
	[/^conflict_fraction/, "1", "lower", "Conflicted transactions over successful ones; may exceed 1"],
	[/^conflicts_per_transaction/, "1", "lower", "Conflicted transactions over all"],
	[/^attempts_unschedulable/, null, "lower", "Scheduling attempts that found no node for any pod"],
	[/^attempts_conflicted/, null, "lower", "Scheduling attempts with a conflict at commit: conflicted transactions"],
	[/^attempts/, null, "lower", "Scheduling attempts"],
	[/^transactions/, null, null, "Scheduling attempts that asked for one placement at least"],
	[
		/^feasibility_evaluations/,
		null,
		"lower",
		"Times that a scheduler found out whether a pod may go on a node; of schedulers that count",
	],
	[/^score_evaluations/, null, "lower", "Times that a scheduler scored a node for a pod; of schedulers that count"],
	[/^jobs_conflicted/, null, "lower", "Jobs with a conflict at least"],
	[/^jobs_abandoned/, null, "lower", "Jobs that their scheduler gave up"],
];

/** Of machines in full. */
const MACHINES: readonly Entry[] = [
	[/_offered_over_capacity$/, "1", null, "Allocatable as an overcommit policy offers it, over what there is"],
	[/_usage_over_request$/, "1", "higher", "Used over what the containers on the nodes request"],
	[
		/_usage_over_limit$/,
		"1",
		"higher",
		"Used over the limits of the containers on the nodes, requests where they have none",
	],
	[/_reclaimed_work_share$/, "1", null, "Share of what pods count for that is placed beyond what there is"],
	[/_violations$/, "1", "lower", "Share of samples of nodes in which more was wanted than there is"],
	[/^cpu_throttled_share/, "1", "lower", "CPU time wanted beyond limits, over all that was wanted"],
	[
		/^cpu_throttled_periods_share/,
		"1",
		"lower",
		"Share of the periods of CPU limits that ended with threads waiting for quota (nr_throttled over nr_periods)",
	],
	[
		/^cpu_throttled_cpus/,
		"1",
		"lower",
		"CPUs of a running pod, on average, on which threads wait for quota (throttled_usec)",
	],
	[/^cpu_waiting_share/, "1", "lower", "CPU time wanted within limits and not granted, over all that was wanted"],
	[
		/^run_queue_wait_over_/,
		"1",
		"lower",
		"Probability that a thread that could run waits longer for a CPU, by a model of the load (the shape of figure 13 of the Borg paper)",
	],
	[/^cpu_pressure_some/, "1", "lower", "Share of the run time of pods with a thread waiting for CPU"],
	[/^container_restarts/, null, "lower", "Containers started again"],
	[/^container_oom_kills/, null, "lower", "Containers killed for want of memory"],
	[/^pods_oom_killed_again/, null, "lower", "Pods of which containers were killed for want of memory more than once"],
	[/^forks_refused/, null, "lower", "Processes that could not be made for want of process ids"],
	[/^pods_pids_limited/, null, "lower", "Pods of which a process could not be made"],
	[/^container_gpu_memory_failures/, null, "lower", "Containers that died because an allocation of GPU memory failed"],
	[/^oom_kills_per_pod_week/, "1", "lower", "Containers killed for want of memory, per week of a pod's running"],
	[
		/^slowdown_mean/,
		"1",
		"lower",
		"CPU time wanted over CPU time used, of pods that finished: 1 when nobody was in the way",
	],
	[/^overcommit_savings\./, "1", "higher", "Part of what pods count for that a predictor of peaks would offer again"],
	[/^overcommit_violations\./, "1", "lower", "Share of predictions of a node's peak that were too low"],
	[/^overcommit_usage_over_limit/, "1", "higher", "Used over limit of tasks at reviews: of the sums, or a quantile"],
	[
		/^overcommit_reservation_over_limit/,
		"1",
		null,
		"Reserved over limit of tasks at reviews: of the sums, or a quantile of tasks",
	],
	[/^overcommit_reservations_exceeded/, "1", "lower", "Share of tasks at reviews that used more than was reserved"],
];

/** Of trials of a compaction. */
const COMPACTION: readonly Entry[] = [
	[/^machines$/, null, "lower", "Machines that the workload is packed on"],
	[/^original_machines$/, null, null, "Machines of the original cell"],
	[/^machines_share$/, "1", "lower", "Machines that the workload is packed on, over those of the original cell"],
	[/^cells$/, null, null, "Cells that the workload is split into"],
	[/^clones$/, null, "lower", "Copies of the original cell that the machines are from"],
	[/^jobs$/, null, null, "Jobs that are packed"],
	[/^tasks$/, null, null, "Tasks that are packed"],
	[/^pending_tasks$/, null, "lower", "Tasks that stay pending in the packing"],
	[/^unplaceable_tasks$/, null, "lower", "Tasks left out because they fit on no machine, even an empty one"],
	[/^machine_bound_tasks$/, null, null, "Tasks left out because they name their one machine"],
	[/^alloc_tasks$/, null, null, "Tasks left out because they run in allocs, which are packed"],
	[/^growth$/, "1", "higher", "What fits beside the workload, over what it asks for: mean of CPU and memory"],
	[/^added_tasks$/, null, "higher", "Tasks that fit beside the workload"],
	[/^packings$/, null, "lower", "Packings from scratch that a trial took"],
	[/^empty_machines$/, null, null, "Machines without a task in the packing"],
];

/** Of failures and of what they, and others, do to running pods. */
const DISRUPTIONS: readonly Entry[] = [
	[
		/^evictions_per_pod_week/,
		"1",
		"lower",
		"Pods taken off their nodes against their will, per week of a pod's running (figure 3 of the Borg paper)",
	],
	[
		/^preemption_cascade_depth_/,
		"1",
		"lower",
		"Preemptions in a row, each for a pod that the one before had sent back to the queue; 1 for one that follows no other",
	],
	[/^preemption_notice_share$/, "1", "higher", "Share of the running pods that were preempted that were told before"],
	[/^machine_failures$/, null, null, "Failures of machines by themselves"],
	[/^domain_failures$/, null, null, "Failures of racks and power domains"],
	[/^machines_maintained$/, null, null, "Machines that were maintained, by turns"],
	[/^maintenance_missed$/, null, "lower", "Turns of machines that still waited for the one before, or were at it"],
	[/^task_crashes$/, null, "lower", "Times a running task crashed"],
];

/** Of traffic; each also by its entry where there are several. */
const REQUESTS: readonly Entry[] = [
	[/^requests_arrived/, null, null, "Requests that came to services"],
	[/^requests_served/, null, "higher", "Requests answered well and in time"],
	[/^requests_lost_fraction/, "1", "lower", "Requests lost over those that came"],
	[/^requests_lost_no_endpoints/, null, "lower", "Requests lost because proxies knew no endpoint of their service"],
	[
		/^requests_lost_refused/,
		null,
		"lower",
		"Requests lost because their pod was gone, on its way out, or not there yet: proxies had not heard of it",
	],
	[/^requests_lost_unreachable/, null, "lower", "Requests lost because the node of their pod could not be reached"],
	[/^requests_lost_overflow/, null, "lower", "Requests lost because their pod had as many as it takes"],
	[/^requests_lost_timeout/, null, "lower", "Requests lost because the answer came too late"],
	[/^requests_lost_error/, null, "lower", "Requests lost because the answer was an error"],
	[/^requests_lost_cut/, null, "lower", "Requests lost because their pod went while it was at work on them"],
	[/^requests_lost/, null, "lower", "Requests that were refused, cut off, answered too late or with an error"],
	[
		/^requests_outage_us/,
		"us",
		"lower",
		"Time in which requests came to a service and none could be served, summed over services",
	],
	[/^requests_slow_fraction/, "1", "lower", "Requests served later than the objective over those served"],
	[/^requests_slow/, null, "lower", "Requests served later than the objective (spec.traffic.request.objective)"],
	[/^request_latency_/, "us", "lower", "From a request to its answer, all hops included; of requests served"],
	[
		/^serving_utilization/,
		"1",
		null,
		"CPU that requests took over what the pods may use that they were sent to, over time",
	],
];

const ENTRIES: readonly Entry[] = [
	...MACHINES,
	...DISRUPTIONS,
	...COMPACTION,
	[
		/^pending_time_/,
		"us",
		"lower",
		"Time from submission to the first binding of a pod; pods without a node count with their wait so far",
	],
	[/^job_full_start_time_/, "us", "lower", "Time from submission of a job until all its pods have started"],
	[/^[a-z0-9_]+_allocation$/, "1", "higher", "Requested over allocatable, weighted by time"],
	[/^(cpu|memory)_utilization$/, "1", "higher", "Used over allocatable, weighted by time"],
	[
		/^[a-z0-9_]+_allocation_stddev$/,
		"1",
		"lower",
		"Standard deviation over time of requested, over the mean of allocatable",
	],
	[
		/^(cpu|memory)_utilization_stddev$/,
		"1",
		"lower",
		"Standard deviation over time of used, over the mean of allocatable",
	],
	[
		/^[a-z0-9_]+_stranded$/,
		"1",
		"lower",
		"Free beyond the share of a node's scarcest resource, over allocatable, weighted by time",
	],
	[/^[a-z0-9_]+_locked$/, "1", "lower", "Free, but locked in an offer, over allocatable, weighted by time"],
	[
		/^[a-z0-9_]+_fragmentation$/,
		"1",
		"lower",
		"Share of the free amount on nodes where a recent pod does not fit, mean of samples",
	],
	[
		/^gpu_allocated\.load_/,
		"1",
		"higher",
		"GPU allocated over all, mean of the attempts while the GPU that arrived pods ask for was so many percent of all",
	],
	[
		/^gpu_fragmented\.load_/,
		"1",
		"lower",
		"Idle GPU that typical pods cannot use over all GPU, at so many percent of arrived load",
	],
	[
		/^gpu_fragmented_of_idle\.load_/,
		"1",
		"lower",
		"Idle GPU that typical pods cannot use over all that is idle, at so many percent of arrived load",
	],
	[/^gpu_fragmented$/, "1", "lower", "Idle GPU that typical pods cannot use over all GPU, weighted by time"],
	[/^gpu_fragmented_of_idle$/, "1", "lower", "Idle GPU that typical pods cannot use over all that is idle, over time"],
	[/^node_hours$/, "1", "lower", "Hours for which nodes with a price were there, all nodes added up"],
	[/^node_cost$/, "1", "lower", "What nodes cost: hours times price, in the currency of the prices"],
	[
		/^replicas_missing_pod_seconds$/,
		null,
		"lower",
		"Pods that Deployments and their like declare and that were not available, times the seconds that it lasted",
	],
	[
		/^replicas_outage_us$/,
		"us",
		"lower",
		"Time in which an object that keeps pods had none available, summed over objects",
	],
	[
		/^rollout_time_/,
		"us",
		"lower",
		"Time from a change of what a Deployment or its like declares until all of it is there and available, and nothing else",
	],
	...REQUESTS,
	[/^pods_submitted$/, null, null, "Pods submitted after the warm-up"],
	[/^pods_prefilled$/, null, null, "Pods that ran already at the beginning, in no other count of pods"],
	[/^pods_succeeded$/, null, "higher", "Pods that ended well"],
	[/^pods_failed$/, null, "lower", "Pods that failed, or were lost with their node"],
	[
		/^job_completion_time_/,
		"us",
		"lower",
		"Time from submission of a job until its last pod ended; of jobs that came that far",
	],
	[/^pods_abandoned$/, null, "lower", "Pods that ended without a node because their job was given up"],
	[/^pods_deleted$/, null, null, "Pods deleted"],
	[/^pods_unscheduled$/, null, "lower", "Pods that never got a node"],
	[/^pods_requeued$/, null, "lower", "Times a pod lost its node and went back to the queue"],
	[/^jobs_submitted$/, null, null, "Jobs submitted after the warm-up"],
	[/^jobs_finished$/, null, "higher", "Jobs whose pods have all ended"],
	[/^jobs_turned_away$/, null, "lower", "Jobs that were not taken in for want of quota, in no other count of jobs"],
	[
		/^pods_turned_away$/,
		null,
		"lower",
		"Pods of jobs that were not taken in for want of quota, in no other count of pods",
	],
	[/^elastic_jobs$/, null, null, "Elastic jobs that were decided on"],
	[/^elastic_jobs_sped_up$/, "1", "higher", "Share of the elastic jobs that got more pods than they asked for"],
	[
		/^speed_up_/,
		"1",
		"higher",
		"Run time that an elastic job asked for over the one that it got with its pods, by job",
	],
	...SCHEDULERS,
	[/^conflicts$/, null, "lower", "Placements that conflicted at commit"],
	[/^conflicts\./, null, "lower", "Placements that conflicted at commit, by reason"],
	[/^rejections\./, null, "lower", "Rejections of pods without a node, counted by node and reason"],
	[/^makespan_us$/, "us", "lower", "From the first submission to the last end of a pod"],
];

/** Every kind of metric, with the names that it goes by as a regular expression. */
export const METRIC_CATALOGUE: readonly (MetricDescription & { readonly pattern: RegExp })[] = ENTRIES.map(
	([pattern, unit, better, description]) => ({ pattern, unit, better, description }),
);

/** Describes a metric; unknown names describe themselves. */
export function describeMetric(name: string): MetricDescription {
	const entry = ENTRIES.find(([pattern]) => pattern.test(name));
	if (!entry) return { description: name, unit: null, better: null };
	const [, unit, better, description] = entry;
	return { description, unit, better };
}
