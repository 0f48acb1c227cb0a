/**
 * What Marathon knows of the health and readiness of instances, check by check.
 *
 * Source: HealthCheckActor.scala: all instances of an app are checked at the same times, first after 5 s (or the interval, if that is
 * shorter). Failures are ignored during the grace until the first success; so many in a row have the instance killed (0: never), unless
 * its agent is unreachable. ReadinessCheckExecutor: from when an instance runs, until it is ready for the first time.
 *
 * Divergence from Marathon: a check is answered at once; what a pod serves is what it answers.
 */
import { SECOND, type SimTime } from "../../../engine/time.js";
import type { AppSpec, HealthCheck } from "../../kinds/marathon/app.js";
import type { Pod } from "../../pod.js";

const FIRST_US = 5 * SECOND;

interface CheckState {
	everHealthy: boolean;
	healthy: boolean;
	failures: number;
	/** The next time that it is checked. */
	nextUs: SimTime;
}

interface Known {
	readonly runsSinceUs: SimTime;
	readonly checks: CheckState[];
	ready: boolean;
	readyCheckUs: SimTime;
	/** Whether all checks had passed at the last look. */
	healthy: boolean;
}

export interface Health {
	/** It runs, and all its checks have passed last time. */
	readonly healthy: boolean;
	/** It was ready once. */
	readonly ready: boolean;
	/** It has failed too often. */
	readonly doomed: boolean;
	/** When to look again; Infinity if nothing can change by time alone. */
	readonly nextUs: SimTime;
}

const NOT_RUNNING: Health = { healthy: false, ready: false, doomed: false, nextUs: Number.POSITIVE_INFINITY };

export class HealthChecks {
	/** By uid of the pod. */
	readonly #known = new Map<number, Known>();
	/** Hears of instances that have become healthy, or are no longer; set by whoever wants to. */
	onChange: (pod: Pod) => void = () => {};

	/** Whether an instance was healthy at the last look. */
	isAlive(uid: number): boolean {
		return this.#known.get(uid)?.healthy === true;
	}

	/** What is known of an instance now. `beganUs`: since when its app has had its configuration. */
	look(pod: Pod, { healthChecks, readinessChecks }: AppSpec, beganUs: SimTime, nowUs: SimTime): Health {
		if (pod.status.phase !== "Running") return NOT_RUNNING;
		let known = this.#known.get(pod.metadata.uid);
		if (known === undefined || known.checks.length !== healthChecks.length) {
			known = {
				runsSinceUs: nowUs,
				checks: healthChecks.map((check) => newState(check, beganUs, nowUs)),
				ready: readinessChecks.length === 0,
				readyCheckUs: nowUs,
				healthy: false,
			};
			this.#known.set(pod.metadata.uid, known);
		}
		const serves = pod.status.ready;
		const intervalUs = Math.round((readinessChecks[0]?.intervalSeconds ?? 0) * SECOND);
		for (; !known.ready && known.readyCheckUs <= nowUs; known.readyCheckUs += intervalUs) known.ready = serves;
		let [healthy, doomed, nextUs] = [true, false, known.ready ? Number.POSITIVE_INFINITY : known.readyCheckUs];
		healthChecks.forEach((check, i) => {
			const state = known.checks[i]!;
			advance(state, check, known.runsSinceUs, nowUs, serves);
			healthy &&= state.healthy;
			doomed ||= check.maxConsecutiveFailures > 0 && state.failures >= check.maxConsecutiveFailures;
			// One that goes on serving stays healthy.
			if (!(state.healthy && serves)) nextUs = Math.min(nextUs, state.nextUs);
		});
		if (known.healthy !== healthy) {
			known.healthy = healthy;
			this.onChange(pod);
		}
		return { healthy, ready: known.ready, doomed, nextUs };
	}

	forget(uid: number): void {
		this.#known.delete(uid);
	}
}

function newState({ intervalSeconds }: HealthCheck, beganUs: SimTime, nowUs: SimTime): CheckState {
	const intervalUs = Math.round(intervalSeconds * SECOND);
	const firstUs = beganUs + Math.min(intervalUs, FIRST_US);
	const passed = Math.max(0, Math.ceil((nowUs - firstUs) / intervalUs));
	return { everHealthy: false, healthy: false, failures: 0, nextUs: firstUs + passed * intervalUs };
}

function advance(state: CheckState, check: HealthCheck, runsSinceUs: SimTime, nowUs: SimTime, serves: boolean): void {
	const intervalUs = Math.round(check.intervalSeconds * SECOND);
	// While it served nobody looked.
	if (state.healthy && serves && state.nextUs <= nowUs) {
		state.nextUs += (Math.floor((nowUs - state.nextUs) / intervalUs) + 1) * intervalUs;
		state.failures = 0;
		return;
	}
	if (state.healthy && !serves && state.nextUs < nowUs)
		state.nextUs += Math.ceil((nowUs - state.nextUs) / intervalUs) * intervalUs;
	for (; state.nextUs <= nowUs; state.nextUs += intervalUs) {
		const inGrace = !state.everHealthy && state.nextUs < runsSinceUs + Math.round(check.gracePeriodSeconds * SECOND);
		if (serves) {
			state.everHealthy = true;
			state.healthy = true;
			state.failures = 0;
		} else if (!inGrace) {
			state.healthy = false;
			state.failures++;
		}
	}
}
