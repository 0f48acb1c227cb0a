/**
 * A share of what there is, in one byte: 0 to 250 are half percents, so that 200 is 100 % and more than 125 % is 125 %; two values say
 * that there is no share to tell.
 */

export const FULL = 200;
export const MOST = 250;
export const NOT_READY = 254;
export const ABSENT = 255;

/** The level of a share; `ABSENT` for NaN. */
export function levelOf(share: number): number {
	if (Number.isNaN(share)) return ABSENT;
	return Math.max(0, Math.min(MOST, Math.round(FULL * share)));
}

/** Whether a byte is a share. */
export function isLevel(byte: number): boolean {
	return byte <= MOST;
}
