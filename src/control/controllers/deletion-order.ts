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
	return pods
		.filter(isActive)
		.map((pod) => placeOf(pod, onNode.get(pod.spec.nodeName) ?? 0, nowUs))
		.sort(byPlace)
		.map(({ pod }) => pod);
}

/** What decides about a pod, read once. */
interface Place {
	readonly pod: Pod;
	readonly uid: number;
	readonly isBound: boolean;
	readonly phase: number;
	readonly ready: boolean;
	readonly cost: number;
	/** Related pods on its node. */
	readonly rank: number;
	/** Of the time since which it is ready; 0 if it is not. */
	readonly readyClass: number;
	readonly ageClass: number;
}

function placeOf(pod: Pod, rank: number, nowUs: SimTime): Place {
	const { metadata, spec, status } = pod;
	return {
		pod,
		uid: metadata.uid,
		isBound: spec.nodeName !== "",
		phase: PHASES[status.phase],
		ready: status.ready,
		cost: costOf(pod),
		rank,
		readyClass: status.ready ? ageClass(status.readyUs, nowUs) : 0,
		ageClass: ageClass(metadata.createdUs, nowUs),
	};
}

function byPlace(a: Place, b: Place): number {
	return (
		Number(a.isBound) - Number(b.isBound) ||
		a.phase - b.phase ||
		Number(a.ready) - Number(b.ready) ||
		a.cost - b.cost ||
		b.rank - a.rank ||
		a.readyClass - b.readyClass ||
		a.ageClass - b.ageClass ||
		a.uid - b.uid
	);
}

function costOf({ metadata }: Pod): number {
	return Number(metadata.annotations[COST] ?? 0);
}

/** Ages count by their order of magnitude, log2 of the nanoseconds; the younger go first. */
function ageClass(sinceUs: SimTime, nowUs: SimTime): number {
	return Math.floor(Math.log2(Math.max(1, (nowUs - sinceUs) * 1000)));
}
