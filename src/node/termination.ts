/**
 * How long pods take to leave that are told to: deleted by their owner, or preempted. A pod is asked to end (SIGTERM), takes its time
 * over it, and is killed when its grace is over (Kubernetes "Pod Lifecycle", termination of pods: 30 s by default).
 *
 * A preempted pod may get no notice and be killed at once: Borg's tasks are given notice, "about 80% of the time" in the paper
 * (section 2.3).
 */
import type { LeaveReason } from "../cell/changes.js";
import type { PodView } from "../cell/pod-view.js";
import type { SimTime } from "../engine/time.js";

const DEFAULT_GRACE_US = 30_000_000;

export interface TerminationOptions {
	/** Draws the time from SIGTERM until a pod is gone by itself, microseconds. */
	readonly takesUs: () => number;
	/** Share of the preemptions of which the pod is told before, 0..1. */
	readonly noticeDelivered: number;
	/** Draws whether it is, 0..1. */
	readonly notice: () => number;
}

/** A pod on its way out. */
export interface Leaving {
	/** Time between SIGTERM and SIGKILL; 0 kills at once. */
	readonly graceUs: SimTime;
	/** Time between SIGTERM and the end that the pod makes by itself; more than the grace if it is killed. */
	readonly takesUs: SimTime;
}

export type Termination = (pod: PodView, reason: LeaveReason) => Leaving;

export function terminationOf({ takesUs, noticeDelivered, notice }: TerminationOptions): Termination {
	return ({ arrival: { spec, timing } }, reason) => {
		if (reason === "preempted" && noticeDelivered < 1 && notice() >= noticeDelivered) return { graceUs: 0, takesUs: 0 };
		const graceUs = spec.run?.terminationGraceUs ?? DEFAULT_GRACE_US;
		return { graceUs, takesUs: timing?.stopUs ?? Math.max(0, Math.round(takesUs())) };
	};
}
