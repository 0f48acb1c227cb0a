import { Histogram } from "./histogram.js";
import { slug } from "./slug.js";

/** Takes a metric of the summary; NaN is a metric without a value. */
export type Put = (name: string, value: number) => void;

const QUANTILES = [
	["p50", 0.5],
	["p90", 0.9],
	["p99", 0.99],
] as const;

/** A duration in microseconds as the summary reports it: mean, quantiles and maximum, of all and by workload class. */
export class Distribution {
	readonly #all = new Histogram();
	readonly #byClass = new Map<string, Histogram>();

	add(us: number, className: string): void {
		this.#all.add(us);
		if (className !== "") histogramOf(this.#byClass, className).add(us);
	}

	/** Reports `<name>_mean_us` and so on of all. */
	report(put: Put, name: string): void {
		putHistogram(put, name, "", this.#all);
	}

	/** Reports `<name>_mean_us.class_<class>` and so on. */
	reportClasses(put: Put, name: string): void {
		for (const [className, histogram] of sorted(this.#byClass, (a, b) => (a < b ? -1 : 1)))
			putHistogram(put, name, `.class_${slug(className)}`, histogram);
	}
}

/** The histogram of a group, new if it has none. */
export function histogramOf<Key>(histograms: Map<Key, Histogram>, key: Key): Histogram {
	let histogram = histograms.get(key);
	if (!histogram) {
		histogram = new Histogram();
		histograms.set(key, histogram);
	}
	return histogram;
}

/** Reports the distribution of one group, whose suffix may be empty. */
export function putHistogram(put: Put, name: string, group: string, histogram: Histogram): void {
	put(`${name}_mean_us${group}`, histogram.mean);
	for (const [label, q] of QUANTILES) put(`${name}_${label}_us${group}`, histogram.quantile(q));
	put(`${name}_max_us${group}`, histogram.max);
}

/** The entries of a map in the order of their keys. */
export function sorted<Key, Value>(map: ReadonlyMap<Key, Value>, compare: (a: Key, b: Key) => number): [Key, Value][] {
	return [...map].sort((a, b) => compare(a[0], b[0]));
}
