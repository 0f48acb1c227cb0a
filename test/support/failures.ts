/** Failures in a few words. */

import type { DisruptionLimits } from "../../src/node/failures/disruptions.js";
import type { FailureOptions } from "../../src/node/failures/failures.js";

const FOREVER = Number.POSITIVE_INFINITY;
export const NO_LIMITS: DisruptionLimits = {
	nodes: FOREVER,
	nodesByLabel: new Map(),
	podsOfJob: FOREVER,
	disruptionsOfJobPerDay: FOREVER,
};

/** Nothing fails but what is said; machines are declared down at once, and their pods taken off at once. */
export function failuresOf(options: Partial<FailureOptions>): FailureOptions {
	return {
		machines: null,
		domains: [],
		maintenance: null,
		limits: NO_LIMITS,
		outages: { declareAfterUs: 0, podsPerSecond: null },
		crashes: null,
		...options,
	};
}

/** The lines of a log, their times in seconds. */
export function inSeconds(log: readonly string[]): string[] {
	return log.map((line) => line.replace(/^\d+/, (us) => String(Number(us) / 1e6)));
}
