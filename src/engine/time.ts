/** Integer microseconds since the start of the simulation; below 2^53, which is 285 years. */
export type SimTime = number;

export const MILLISECOND: SimTime = 1_000;
export const SECOND: SimTime = 1_000_000;
export const MINUTE: SimTime = 60 * SECOND;
export const HOUR: SimTime = 60 * MINUTE;
export const DAY: SimTime = 24 * HOUR;
