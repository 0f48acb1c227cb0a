/**
 * How long a Job waits before it makes pods again after some have failed. Source: pkg/controller/job (backoff_utils.go).
 */
import { MINUTE, SECOND, type SimTime } from "../../../engine/time.js";
import type { Pod } from "../../pod.js";

const FIRST_US = 10 * SECOND;
const MOST_US = 10 * MINUTE;

export interface BackoffRecord {
	/** Pods, not waves of them. */
	readonly failuresSinceSuccess: number;
	/** NaN without failures. */
	readonly lastFailureUs: SimTime;
}

export const NO_FAILURES: BackoffRecord = { failuresSinceSuccess: 0, lastFailureUs: Number.NaN };

/** The record after more pods have ended, at these times. */
export function afterEnds(
	record: BackoffRecord,
	succeededUs: readonly SimTime[],
	failedUs: readonly SimTime[],
): BackoffRecord {
	if (succeededUs.length === 0 && failedUs.length === 0) return record;
	if (succeededUs.length === 0)
		return {
			failuresSinceSuccess: record.failuresSinceSuccess + failedUs.length,
			lastFailureUs: Math.max(...failedUs),
		};
	const lastSuccessUs = Math.max(...succeededUs);
	const later = failedUs.filter((atUs) => atUs > lastSuccessUs);
	return later.length === 0 ? NO_FAILURES : { failuresSinceSuccess: later.length, lastFailureUs: Math.max(...later) };
}

/** From now until pods may be made again. 10 s after the first failure, doubled by each further one, at most 10 min. */
export function remainingUs({ failuresSinceSuccess, lastFailureUs }: BackoffRecord, nowUs: SimTime): SimTime {
	if (failuresSinceSuccess === 0) return 0;
	const waitUs = Math.min(MOST_US, FIRST_US * 2 ** (failuresSinceSuccess - 1));
	return Math.max(0, lastFailureUs + waitUs - nowUs);
}

/** When a pod ended, in whole seconds: as its kubelet says, or, for one on its way out, when it was deleted. */
export function endedUs({ status, metadata }: Pod): SimTime {
	if (!Number.isNaN(status.finishedUs)) return status.finishedUs;
	return wholeSecond(metadata.deletedUs ?? metadata.createdUs);
}

/** Times of the API are whole seconds. */
export function wholeSecond(timeUs: SimTime): SimTime {
	return Math.floor(timeUs / SECOND) * SECOND;
}
