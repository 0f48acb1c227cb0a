import { COARSE_BITS, Histogram } from "./histogram.js";
import type { Lane } from "./scheduler-days.js";

/** Mean, median, 90 % quantile and maximum, microseconds; NaN without a wait. The quantiles are within 0.8 %. */
export type WaitFigures = readonly [mean: number, p50: number, p90: number, max: number];

const NO_WAITS: WaitFigures = [Number.NaN, Number.NaN, Number.NaN, Number.NaN];

interface Day {
	readonly lanes: ReadonlyMap<Lane, WaitFigures>;
	readonly processes: ReadonlyMap<number, WaitFigures>;
}

/** How long jobs waited, by the day on which their wait ended: by lane, and by process over all its lanes. */
export class DailyWaits {
	/** Of the present day. */
	readonly #histograms = new Map<Lane, Histogram>();
	readonly #days: Day[] = [];

	/** A wait ended on the present day. */
	add(lane: Lane, waitUs: number): void {
		let histogram = this.#histograms.get(lane);
		if (!histogram) {
			histogram = new Histogram(COARSE_BITS);
			this.#histograms.set(lane, histogram);
		}
		histogram.add(waitUs);
	}

	/** Completes the present day and begins the next. */
	endDay(): void {
		const lanes = new Map<Lane, WaitFigures>();
		const sums = new Map<number, Histogram>();
		for (const [lane, histogram] of this.#histograms) {
			const sum = sums.get(lane.process) ?? new Histogram(COARSE_BITS);
			sums.set(lane.process, sum);
			sum.addAll(histogram);
			lanes.set(lane, figuresOf(histogram));
			histogram.clear();
		}
		const processes = new Map([...sums].map(([process, sum]) => [process, figuresOf(sum)]));
		this.#days.push({ lanes, processes });
	}

	of(day: number, lane: Lane): WaitFigures {
		return this.#days[day]!.lanes.get(lane) ?? NO_WAITS;
	}

	ofProcess(day: number, process: number): WaitFigures {
		return this.#days[day]!.processes.get(process) ?? NO_WAITS;
	}
}

function figuresOf(histogram: Histogram): WaitFigures {
	const { mean, max } = histogram;
	return [mean, histogram.quantile(0.5), histogram.quantile(0.9), max];
}
