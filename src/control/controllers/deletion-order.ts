/**
 * Which pods of several a controller deletes first: those that are the least loss (ActivePodsWithRanks in
 * pkg/controller/controller_utils.go).
 */
import type { SimTime } from "../../engine/time.js";
import { isActive, type Pod } from "../pod.js";

const PHASES = { Pending: 0, Running: 1, Succeeded: 1, Failed: 1 } as const;
const COST = "controller.kubernetes.io/pod-deletion-cost";

/** `pods`, the first to delete first; among equals those on nodes with many of `related` go first. */
export function firstToDelete(pods: readonly Pod[], related: readonly Pod[], nowUs: SimTime): readonly Pod[] {
	const onNode = new Map<string, number>();
	for (const { spec } of related)
		if (spec.nodeName !== "") onNode.set(spec.nodeName, (onNode.get(spec.nodeName) ?? 0) + 1);
	const rank = ({ spec }: Pod) => onNode.get(spec.nodeName) ?? 0;
	return pods.filter(isActive).sort((a, b) => {
		const ready = Number(a.status.ready) - Number(b.status.ready);
		return (
			Number(a.spec.nodeName !== "") - Number(b.spec.nodeName !== "") ||
			PHASES[a.status.phase] - PHASES[b.status.phase] ||
			ready ||
			costOf(a) - costOf(b) ||
			rank(b) - rank(a) ||
			(a.status.ready ? ageClass(a.status.readyUs, nowUs) - ageClass(b.status.readyUs, nowUs) : 0) ||
			ageClass(a.metadata.createdUs, nowUs) - ageClass(b.metadata.createdUs, nowUs) ||
			a.metadata.uid - b.metadata.uid
		);
	});
}

function costOf({ metadata }: Pod): number {
	return Number(metadata.annotations[COST] ?? 0);
}

/** Ages count by their order of magnitude, log2 of the nanoseconds; the younger go first. */
function ageClass(sinceUs: SimTime, nowUs: SimTime): number {
	return Math.floor(Math.log2(Math.max(1, (nowUs - sinceUs) * 1000)));
}
