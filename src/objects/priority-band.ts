/**
 * Priority bands (Borg paper, section 2.5): what is monitored before what is served, that before batch, and what is left over for
 * work without any promise. The bounds are those of the tiers in "Borg: the Next Generation" (EuroSys 2020), which are disjoint
 * ranges of Borg's priorities; Kubernetes priorities are read by the same ranges.
 *
 * Divergence from Borg: its bands have gaps between them (best-effort batch is 110 to 115, mid 116 to 119, free at most 99). Here every
 * priority lies in a band: both tiers of batch are one, 100 to 109 belong to it, and everything from 360 up is monitoring.
 */

/** From high to low. */
export const PRIORITY_BANDS = ["monitoring", "production", "batch", "best-effort"] as const;
export type PriorityBand = (typeof PRIORITY_BANDS)[number];

/** The lowest priority of monitoring. */
export const MONITORING_PRIORITY = 360;
/** The lowest priority of production. */
export const PRODUCTION_PRIORITY = 120;
/** The lowest priority of batch; everything below, negative priorities included, is best-effort. */
export const BATCH_PRIORITY = 100;

/** The band that a priority lies in. */
export function bandOf(priority: number): PriorityBand {
	if (priority >= MONITORING_PRIORITY) return "monitoring";
	if (priority >= PRODUCTION_PRIORITY) return "production";
	return priority >= BATCH_PRIORITY ? "batch" : "best-effort";
}

/** Whether the priority is production in the wider sense, which no other production work preempts: monitoring counts as it. */
export function isProduction(priority: number): boolean {
	return priority >= PRODUCTION_PRIORITY;
}
