/**
 * A probe of a running container over time: when it is asked, and what its answers come to.
 *
 * Source: Kubernetes "Configure Liveness, Readiness and Startup Probes", pkg/kubelet/prober/worker.go.
 *
 * Divergence from Kubernetes: a probe is asked `initialDelay` after the start of its container and then every period, where a
 * kubelet goes by the beat of a timer that it started before the container (each probe up to one period later). Who serves
 * answers at once; who does not lets the probe time out.
 */
import type { SimTime } from "../../engine/time.js";
import type { Probe } from "../../objects/pod-run.js";

const NEVER = Number.POSITIVE_INFINITY;

/** Whether a container serves at this moment: what a probe finds out. */
export type Serving = () => boolean;

export class ProbeRun {
	/** When something is due next: a question, or the end of its timeout. Infinity while answers cannot change anything. */
	nextUs: SimTime;
	/** What the container is held for: the last answer that was given as often as its threshold wants; null before. */
	verdict: "success" | "failure" | null = null;
	readonly #probe: Probe;
	/** When it is asked next, if it is asked at all. */
	#tickUs: SimTime;
	/** The question under way times out then; Infinity if there is none. */
	#timesOutUs: SimTime = NEVER;
	/** The container began or ceased to serve while a question was under way. */
	#outdated = false;
	#last: "success" | "failure" | null = null;
	/** Equal answers in a row. */
	#streak = 0;

	/** Asked first at `firstUs`. */
	constructor(probe: Probe, firstUs: SimTime) {
		this.#probe = probe;
		this.#tickUs = firstUs;
		this.nextUs = firstUs;
	}

	/** What is due at `nowUs`. */
	advance(nowUs: SimTime, serving: Serving): void {
		if (this.nextUs > nowUs) return;
		if (this.#timesOutUs <= nowUs) this.#answer("failure");
		else if (serving()) this.#answer("success");
		else this.nextUs = this.#timesOutUs = nowUs + this.#probe.timeoutUs;
	}

	/** The container began or ceased to serve: a probe that slept is asked again, at its beat. */
	wake(nowUs: SimTime): void {
		this.#outdated = this.#timesOutUs !== NEVER;
		if (this.nextUs !== NEVER) return;
		this.#tickUs += Math.max(0, Math.ceil((nowUs - this.#tickUs) / this.#beatUs)) * this.#beatUs;
		this.nextUs = this.#tickUs;
	}

	#answer(answer: "success" | "failure"): void {
		this.#timesOutUs = NEVER;
		this.#streak = answer === this.#last ? this.#streak + 1 : 1;
		this.#last = answer;
		const { successThreshold, failureThreshold } = this.#probe;
		if (this.#streak >= (answer === "success" ? successThreshold : failureThreshold)) this.verdict = answer;
		this.#tickUs += this.#beatUs;
		// More of the same changes nothing: it sleeps until the container serves, or serves no more.
		this.nextUs = this.verdict === answer && !this.#outdated ? NEVER : this.#tickUs;
		this.#outdated = false;
	}

	/** Time from one question to the next: while nobody answers, no new one is asked within the timeout. */
	get #beatUs(): SimTime {
		const { periodUs, timeoutUs } = this.#probe;
		return this.#last === "failure" ? Math.max(1, Math.ceil(timeoutUs / periodUs)) * periodUs : periodUs;
	}
}
