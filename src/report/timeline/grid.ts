/** Time in steps that people know: at most so many of them from the start of a run to its end. */

export interface TimeGrid {
	/** Length of a step, microseconds. */
	readonly stepUs: number;
	readonly steps: number;
}

/** The finest grid over a span that has at most `most` steps. The last one may go beyond the end. */
export function timeGrid(endUs: number, most: number): TimeGrid {
	const whole = Math.max(1, endUs);
	const stepUs = STEPS.find((step) => Math.ceil(whole / step) <= most) ?? Math.ceil(whole / most / DAY) * DAY;
	return { stepUs, steps: Math.ceil(whole / stepUs) };
}

const SECOND = 1_000_000;
const HOUR = 3_600 * SECOND;
const DAY = 24 * HOUR;
const STEPS = [
	...[1, 10, 100].map((count) => 1_000 * count),
	...[1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800].map((count) => count * SECOND),
	...[1, 2, 3, 6, 12, 24].map((count) => count * HOUR),
];

/** Ticks of a time axis from one time to another, at most `most`, with whole numbers of one unit. */
export function timeTicks(
	fromUs: number,
	toUs: number,
	most: number,
): readonly { readonly us: number; readonly text: string }[] {
	const step = STEPS.find((one) => (toUs - fromUs) / one <= most) ?? Math.ceil((toUs - fromUs) / most / DAY) * DAY;
	const ticks = [];
	for (let us = Math.ceil(fromUs / step) * step; us <= toUs; us += step) ticks.push({ us, text: clock(us, step) });
	return ticks;
}

/** `1d 06:30`, with seconds or thousandths where ticks are that close. */
function clock(us: number, step: number): string {
	const [days, rest] = [Math.floor(us / DAY), us % DAY];
	const two = (value: number) => String(value).padStart(2, "0");
	const [hours, minutes, seconds] = [
		Math.floor(rest / HOUR),
		Math.floor((rest % HOUR) / (60 * SECOND)),
		(rest / SECOND) % 60,
	];
	const digits = step < SECOND ? seconds.toFixed(3).padStart(6, "0") : two(Math.floor(seconds));
	const day = days === 0 ? "" : `${days}d `;
	if (step >= DAY) return `${days}d`;
	return step < 60 * SECOND ? `${day}${two(hours)}:${two(minutes)}:${digits}` : `${day}${two(hours)}:${two(minutes)}`;
}
