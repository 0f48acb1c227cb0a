import { rowOf } from "../../cell/ids.js";
import type { Placement } from "../../cell/transaction.js";
import type { PodClass } from "../../objects/pod-class.js";

/** Calls back for each run of placements of one class, with how many they are. */
export function byClass(
	placements: readonly Placement[],
	/** By row of the pod table. */
	classes: readonly PodClass[],
	each: (podClass: PodClass, pods: number) => void,
): void {
	for (let i = 0; i < placements.length; ) {
		const podClass = classes[rowOf(placements[i]!.pod)]!;
		const first = i++;
		while (i < placements.length && classes[rowOf(placements[i]!.pod)] === podClass) i++;
		each(podClass, i - first);
	}
}
