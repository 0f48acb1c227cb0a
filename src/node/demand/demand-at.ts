/**
 * A `Demand` as a function of time: its value at an instant, and when it next becomes another. Pure, so that whoever looks ahead
 * (an oracle of peaks, a test) sees what a machine will. A `drawn` demand has no such function: its draws come as time passes.
 *
 * Times are the demand's own, microseconds from the zero of its clock, 0 or later.
 */
import type { SimTime } from "../../engine/time.js";
import type { Demand } from "../../objects/usage.js";

/** Demands that are known in advance. */
export type KnownDemand = Exclude<Demand, { readonly kind: "drawn" }>;

const NEVER = Number.POSITIVE_INFINITY;

/** Whether times of the demand count from the start of its container, and not from the start of the simulation. */
export function hasPodClock(demand: Demand): boolean {
	return demand.kind === "series" ? demand.clock === "pod" : demand.kind !== "diurnal";
}

/** The amount at `atUs`. */
export function valueAt(demand: KnownDemand, atUs: SimTime): number {
	switch (demand.kind) {
		case "constant":
			return demand.value;
		case "series":
			return demand.values[seriesIndex(demand, atUs)]! * (demand.factor ?? 1);
		case "diurnal": {
			const { mean, amplitude, periodUs, peakAtUs, stepUs } = demand;
			const sampledUs = Math.floor(atUs / stepUs) * stepUs;
			return Math.max(0, mean + amplitude * Math.cos((2 * Math.PI * (sampledUs - peakAtUs)) / periodUs));
		}
		case "phases":
			return phaseAt(demand, atUs).value;
	}
}

/** The first time after `atUs` at which the amount may be another; Infinity if it stays as it is for ever. */
export function nextChangeUs(demand: KnownDemand, atUs: SimTime): SimTime {
	switch (demand.kind) {
		case "constant":
			return NEVER;
		case "series":
			return nextOfSeriesUs(demand, atUs);
		case "diurnal":
			return demand.amplitude === 0 ? NEVER : (Math.floor(atUs / demand.stepUs) + 1) * demand.stepUs;
		case "phases":
			return phaseAt(demand, atUs).endUs;
	}
}

type Series = Extract<Demand, { readonly kind: "series" }>;
type Phases = Extract<Demand, { readonly kind: "phases" }>;

function seriesIndex({ stepUs, values, after }: Series, atUs: SimTime): number {
	const step = Math.floor(atUs / stepUs);
	return after === "repeat" ? step % values.length : Math.min(step, values.length - 1);
}

/** Steps with one value are one stretch: a series that stands still costs nothing. */
function nextOfSeriesUs(demand: Series, atUs: SimTime): SimTime {
	const { stepUs, values, after } = demand;
	const { length } = values;
	const index = seriesIndex(demand, atUs);
	const step = Math.floor(atUs / stepUs);
	const value = values[index]!;
	const ahead = after === "repeat" ? length : length - 1 - index;
	for (let k = 1; k <= ahead; k++) if (values[(index + k) % length] !== value) return (step + k) * stepUs;
	return NEVER;
}

/** The phase that `atUs` lies in, and when it ends; the last one lasts for ever unless phases repeat. */
function phaseAt({ phases, after }: Phases, atUs: SimTime): { readonly value: number; readonly endUs: SimTime } {
	let cycleUs = 0;
	for (const { durationUs } of phases) cycleUs += durationUs;
	const last = phases[phases.length - 1]!;
	if (cycleUs === 0 || (after === "hold" && atUs >= cycleUs - last.durationUs))
		return { value: last.value, endUs: NEVER };
	let endUs = after === "repeat" ? Math.floor(atUs / cycleUs) * cycleUs : 0;
	for (const { durationUs, value } of phases) {
		endUs += durationUs;
		if (atUs < endUs) return { value, endUs };
	}
	return { value: last.value, endUs };
}
