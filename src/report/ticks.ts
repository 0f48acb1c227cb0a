/** Ticks of axes, and their texts as people write them: 0.01, 0.1, 1, 10, 1,000. */
import { format } from "d3";
import { textWidth } from "./text-fit.js";

export interface Tick {
	/** Pixels from the beginning of the axis. */
	readonly x: number;
	readonly text: string;
}

/** Ten to a whole power: `0.01`, `1,000`. */
export function power(exponent: number): string {
	return format(`,.${Math.max(0, -exponent)}f`)(10 ** exponent);
}

/** Whether the texts of ticks, centred below them, keep clear of each other. */
export function haveRoom(ticks: readonly Tick[], fontSize: number): boolean {
	return ticks.every((tick, i) => {
		const next = ticks[i + 1];
		if (next === undefined) return true;
		return next.x - tick.x >= (textWidth(tick.text, fontSize) + textWidth(next.text, fontSize)) / 2 + LEAST_GAP;
	});
}

/** Least pixels between the texts of two ticks. */
const LEAST_GAP = 4;
