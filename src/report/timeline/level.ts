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
	if (share >= MOST / FULL) return MOST;
	if (share >= 0) return Math.floor(FULL * share + 0.5);
	return Number.isNaN(share) ? ABSENT : 0;
}

/** Whether a byte is a share. */
export function isLevel(byte: number): boolean {
	return byte <= MOST;
}
