/**
 * The arrival orders of the FGD study (Weng et al., "Beware of Fragmentation", USENIX ATC 2023): pods in an order drawn at random, and as many
 * of them as ask for so much of the cluster's GPU.
 *
 * Divergence from the study: the draws are cellsim's own, so that a seed gives another order than there; and nodes are drawn apart
 * from pods.
 */
import type { Random } from "../../engine/random.js";
import type { OpenbParams } from "./openb.js";
import type { PodRow } from "./openb-rows.js";

/** Whether pods come in another order than that of their file, or others come. */
export function reorders({ order, load }: Pick<OpenbParams, "order" | "load">): boolean {
	return order === "shuffled" || load !== undefined;
}

/**
 * The pods of `order`, and copies of pods drawn from `list` behind them, or without pods drawn from them, so that together they ask for
 * `wantedMilli` of GPU. As in the study the copies end with the first draw of which one device would be too much, so that the last
 * pod may go beyond. Copies are called `<name>-tuned-<k>`. Some pod has to ask for GPU.
 */
export function tuned(
	order: readonly PodRow[],
	list: readonly PodRow[],
	wantedMilli: number,
	random: Random,
): readonly PodRow[] {
	const pods = [...order];
	let askedMilli = pods.reduce((sum, pod) => sum + gpuMilliOf(pod), 0);
	if (askedMilli > wantedMilli) {
		while (askedMilli > wantedMilli) {
			const [left] = pods.splice(random.integer(pods.length), 1);
			askedMilli -= gpuMilliOf(left!);
		}
		return pods;
	}
	for (let copies = 0; ; copies++) {
		const pod = list[random.integer(list.length)]!;
		if (askedMilli + (pod.gpu?.milli ?? 0) > wantedMilli) return pods;
		askedMilli += gpuMilliOf(pod);
		pods.push({ ...pod, name: `${pod.name}-tuned-${copies}` });
	}
}

function gpuMilliOf({ gpu }: PodRow): number {
	return gpu === null ? 0 : gpu.count * gpu.milli;
}
