import type { MachinePod } from "./machine-pod.js";

/** What became of a pod. */
export type PodFate = "started" | "ready" | "not-ready" | "done" | "failed" | "oom-killed" | "evicted" | "gone";

export interface PodOutcome {
	readonly pod: MachinePod;
	readonly fate: PodFate;
}

/** Of a pod of which nothing runs any more. */
export function fateOf({ endedFor, oomKilled }: MachinePod, phase: "Succeeded" | "Failed"): PodFate {
	if (endedFor === "eviction") return "evicted";
	if (endedFor === "lifetime" || phase === "Succeeded") return "done";
	if (endedFor === "told") return "gone";
	return oomKilled ? "oom-killed" : "failed";
}
