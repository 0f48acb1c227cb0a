/** How many requests come: a sum of courses over the time of the run. */
import { SECOND, type SimTime } from "../engine/time.js";

export type RatePart =
	| { readonly kind: "constant"; readonly perSecond: number }
	/** A cosine around `perSecond`, highest at `peakAtUs` of each period; `amplitude` is a share of the mean. */
	| {
			readonly kind: "diurnal";
			readonly perSecond: number;
			readonly amplitude: number;
			readonly periodUs: SimTime;
			readonly peakAtUs: SimTime;
	  }
	/** For a time, beside what else comes. */
	| { readonly kind: "spike"; readonly atUs: SimTime; readonly forUs: SimTime; readonly perSecond: number }
	/** From each time on, times rising; nothing before the first. */
	| { readonly kind: "steps"; readonly steps: readonly { readonly fromUs: SimTime; readonly perSecond: number }[] };

export type Rate = readonly RatePart[];

/** Requests that are expected in a stretch of time. */
export function requestsBetween(rate: Rate, fromUs: SimTime, toUs: SimTime): number {
	let sum = 0;
	for (const part of rate) sum += requestsOf(part, fromUs, toUs);
	return sum;
}

function requestsOf(part: RatePart, fromUs: SimTime, toUs: SimTime): number {
	const seconds = (toUs - fromUs) / SECOND;
	switch (part.kind) {
		case "constant":
			return part.perSecond * seconds;
		case "diurnal": {
			const { perSecond, amplitude, periodUs, peakAtUs } = part;
			const turn = (2 * Math.PI) / periodUs;
			const swing = Math.sin(turn * (toUs - peakAtUs)) - Math.sin(turn * (fromUs - peakAtUs));
			return perSecond * (seconds + (amplitude * swing) / (turn * SECOND));
		}
		case "spike":
			return part.perSecond * overlapS(fromUs, toUs, part.atUs, part.atUs + part.forUs);
		case "steps": {
			let sum = 0;
			part.steps.forEach(({ fromUs: beginUs, perSecond }, i) => {
				const endUs = part.steps[i + 1]?.fromUs ?? Number.POSITIVE_INFINITY;
				sum += perSecond * overlapS(fromUs, toUs, beginUs, endUs);
			});
			return sum;
		}
	}
}

function overlapS(fromUs: SimTime, toUs: SimTime, beginUs: SimTime, endUs: SimTime): number {
	return Math.max(0, Math.min(toUs, endUs) - Math.max(fromUs, beginUs)) / SECOND;
}
