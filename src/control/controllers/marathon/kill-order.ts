/**
 * Which instances go first where there are too many. Source: ScalingProposition.scala: unreachable, then waiting and starting ones, then running
 * ones; among equals the youngest first, or the oldest where the app says so (killSelection, 1.4+).
 *
 * Divergence from Marathon: it does not even out GROUP_BY when it kills.
 */
import type { AppSpec } from "../../kinds/marathon/app.js";
import type { Pod } from "../../pod.js";

export interface Candidate {
	readonly pod: Pod;
	readonly unreachable: boolean;
}

export function killOrder(candidates: readonly Candidate[], selection: AppSpec["killSelection"]): readonly Pod[] {
	const sign = selection === "OLDEST_FIRST" ? 1 : -1;
	return [...candidates]
		.sort((a, b) => weight(a) - weight(b) || sign * (a.pod.metadata.uid - b.pod.metadata.uid))
		.map(({ pod }) => pod);
}

function weight({ pod, unreachable }: Candidate): number {
	if (unreachable) return 1;
	if (pod.spec.nodeName === "") return 2;
	return pod.status.phase === "Pending" ? 3 : 4;
}
