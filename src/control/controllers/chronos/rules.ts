/** What differs between versions of Chronos. Source: the release tags 2.4 and 3.0. */
export const CHRONOS_VERSIONS = ["2.4", "3.0"] as const;
export type ChronosVersion = (typeof CHRONOS_VERSIONS)[number];

export interface ChronosRules {
	readonly version: ChronosVersion;
	/** 2.4 looks ahead each minute, and drops runs that are late by more than their epsilon; 3.0 sleeps until the next run and jumps. */
	readonly looksAhead: boolean;
	/** Whether jobs may say that their runs overlap. */
	readonly allowsConcurrent: boolean;
	/** Whether a job whose last run is over is disabled. */
	readonly disablesSpent: boolean;
	/** Failures in a row that disable a job; 0 for never (disable_after_failures). */
	readonly disableAfterFailures: number;
}

export function chronosRules(version: ChronosVersion, disableAfterFailures: number): ChronosRules {
	const later = version === "3.0";
	return { version, looksAhead: !later, allowsConcurrent: later, disablesSpent: later, disableAfterFailures };
}
