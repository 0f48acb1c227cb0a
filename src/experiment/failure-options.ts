/** From `spec.failures` to what simulates it. */
import type { FailureOptions } from "../node/failures/failures.js";
import type { Spec } from "./registries.js";

export function failureOptions(failures: NonNullable<Spec["failures"]>): FailureOptions {
	const { machines, domains, maintenance, limits, unreachable, crashes } = failures;
	const none = Number.POSITIVE_INFINITY;
	return {
		machines: machines ?? null,
		domains,
		maintenance: maintenance ? { periodUs: maintenance.period, duration: maintenance.duration } : null,
		limits: {
			nodes: limits.nodes ?? none,
			nodesByLabel: new Map(Object.entries(limits.nodesByLabel)),
			podsOfJob: limits.podsOfJob ?? none,
			disruptionsOfJobPerDay: limits.disruptionsOfJobPerDay ?? none,
		},
		outages: { declareAfterUs: unreachable.declareAfter, podsPerSecond: unreachable.podsPerSecond ?? null },
		crashes: crashes
			? { timeBetween: crashes.timeBetween ?? null, byClass: new Map(Object.entries(crashes.byClass)) }
			: null,
	};
}
