/**
 * Whether a container that ended is started again, and when: restart policies and CrashLoopBackOff.
 *
 * Source: Kubernetes "Pod Lifecycle", pkg/kubelet/container/helpers.go (ShouldContainerBeRestarted), kuberuntime_manager.go
 * (doBackOff), client-go util/flowcontrol/backoff.go.
 *
 * Divergence from Kubernetes: the back-off of a container that its probe killed counts from its own end, where a kubelet, in the
 * same round as the kill, counts from the end before. The policies of single containers (`restartPolicyRules`) are left out.
 */
import { MINUTE, SECOND, type SimTime } from "../../engine/time.js";
import type { ContainerRun, PodRun } from "../../objects/pod-run.js";

const FIRST_BACK_OFF_US = 10 * SECOND;
const LONGEST_BACK_OFF_US = 5 * MINUTE;
/** A container that ran so long is forgiven what was before. */
const RESET_US = 2 * LONGEST_BACK_OFF_US;

/** How a container ended. */
export interface Exit {
	readonly code: number;
	/** The kubelet ended it because a liveness or startup probe failed. */
	readonly byProbe: boolean;
}

/** Sidecars always; init containers unless they are done; others as the pod's policy says, under which a probe's kill is a failure. */
export function isRestarted(kind: ContainerRun["kind"], policy: PodRun["restartPolicy"], exit: Exit): boolean {
	if (kind === "sidecar") return true;
	if (policy === "Never") return false;
	if (kind === "init" || policy === "OnFailure") return exit.code !== 0 || exit.byProbe;
	return true;
}

/** CrashLoopBackOff of one container: the first restart is at once, the next wait 10 s, 20 s, 40 s, ... 300 s after the end. */
export class BackOff {
	/** What the next restart waits; 0 before the first. */
	#backOffUs: SimTime = 0;
	#restartedUs: SimTime = Number.NEGATIVE_INFINITY;

	/** The earliest restart of a container that ended at `endedUs`. */
	earliestUs(endedUs: SimTime): SimTime {
		return this.#isForgiven(endedUs) ? endedUs : endedUs + this.#backOffUs;
	}

	/** The container, which ended at `endedUs`, is started again. */
	restart(endedUs: SimTime, nowUs: SimTime): void {
		const doubledUs = Math.min(this.#backOffUs * 2, LONGEST_BACK_OFF_US);
		this.#backOffUs = this.#isForgiven(endedUs) ? FIRST_BACK_OFF_US : doubledUs;
		this.#restartedUs = nowUs;
	}

	#isForgiven(endedUs: SimTime): boolean {
		return endedUs - this.#restartedUs > RESET_US;
	}
}
