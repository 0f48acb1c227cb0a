/** The metrics that people ask for first, with the short titles of tables: what `run` ends with and `compare` begins with. */
export const HEADLINES = [
	["pending_time_mean_us", "pending mean"],
	["pending_time_p99_us", "pending p99"],
	["cpu_allocation", "cpu alloc"],
	["gpu_allocation", "gpu alloc"],
	["gpu_fragmentation", "gpu frag"],
	["cpu_stranded", "cpu stranded"],
	["attempts", "attempts"],
	["conflicts", "conflicts"],
	["pods_unscheduled", "unscheduled"],
] as const;
