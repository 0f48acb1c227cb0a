/** What the pods of one attempt were rejected for, told apart where they differ. */
import type { PodTable } from "../cell/pod-table.js";
import type { PodRejections } from "../cell/transaction.js";
import type { PodClass } from "../objects/pod-class.js";
import type { Unplaced } from "./scheduler.js";

const ALL_ALIKE: readonly PodRejections[] = [];

/** Identical pods share the answer of the first of them. Empty if there is one answer for all, as for a gang; pods that have gone are left out. */
export function rejectionsByPods(unplaced: readonly Unplaced[], pods: PodTable): readonly PodRejections[] {
	const [first] = unplaced;
	if (first === undefined || unplaced.every(({ rejections }) => rejections === first.rejections)) return ALL_ALIKE;
	const byClass = new Map<PodClass, PodRejections & { readonly pods: number[] }>();
	for (const { pod, rejections, nodes } of unplaced) {
		if (!pods.has(pod.id)) continue;
		const known = byClass.get(pod.podClass);
		if (known) known.pods.push(pod.ordinal);
		else byClass.set(pod.podClass, { pods: [pod.ordinal], rejections, nodes });
	}
	return byClass.size <= 1 ? ALL_ALIKE : [...byClass.values()];
}
