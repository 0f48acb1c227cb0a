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

const ENTRIES: readonly Entry[] = [
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
		/^[a-z0-9_]+_stranded$/,
		"1",
		"lower",
		"Free beyond the share of a node's scarcest resource, over allocatable, weighted by time",
	],
	[
		/^[a-z0-9_]+_fragmentation$/,
		"1",
		"lower",
		"Share of the free amount on nodes where a recent pod does not fit, mean of samples",
	],
	[/^pods_submitted$/, null, null, "Pods submitted after the warm-up"],
	[/^pods_succeeded$/, null, "higher", "Pods that ended well"],
	[/^pods_failed$/, null, "lower", "Pods that failed, or were lost with their node"],
	[/^pods_deleted$/, null, null, "Pods deleted"],
	[/^pods_unscheduled$/, null, "lower", "Pods that never got a node"],
	[/^pods_requeued$/, null, "lower", "Times a pod lost its node and went back to the queue"],
	[/^jobs_submitted$/, null, null, "Jobs submitted after the warm-up"],
	[/^jobs_finished$/, null, "higher", "Jobs whose pods have all ended"],
	[/^attempts$/, null, "lower", "Scheduling attempts"],
	[/^attempts_unschedulable$/, null, "lower", "Scheduling attempts that found no node for any pod"],
	[/^attempts_conflicted$/, null, "lower", "Scheduling attempts with a conflict at commit"],
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
