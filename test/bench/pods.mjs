/** A pod of this declaration that runs so long and uses what it requests. */
export function podOf(spec, durationUs) {
	return {
		name: null,
		spec,
		durationUs,
		exit: "succeeded",
		cpuUsageFraction: 1,
		memoryUsageFraction: 1,
		observedStartUs: Number.NaN,
		censored: false,
	};
}
