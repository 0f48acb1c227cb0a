/** Which of the probed nodes get the tasks, when they are not bound late. */
import type { NodeId } from "../../cell/ids.js";
import type { Batch } from "./batch.js";
import type { NodeQueues } from "./node-queues.js";

/**
 * A node for each pod: the shortest queues of all nodes probed for the batch, those drawn first among equals. A node that was probed
 * several times counts as longer by one each time.
 */
export function shortestOfAll({ nodes, podClass, pods }: Batch, queues: NodeQueues): NodeId[] {
	const times = new Map<NodeId, number>();
	const loads = nodes.map((node, order) => {
		const before = times.get(node) ?? 0;
		times.set(node, before + 1);
		return { node, order, load: queues.load(podClass, node) + before };
	});
	loads.sort((a, b) => a.load - b.load || a.order - b.order);
	return pods.map((_pod, i) => loads[i]!.node);
}

/** A node for each pod: the shortest queue of its own probes, the first of equals. The probes of a pod stand together. */
export function shortestOfEach({ nodes, podClass, pods }: Batch, queues: NodeQueues): NodeId[] {
	const size = nodes.length / pods.length;
	return pods.map((_pod, i) => {
		let best = nodes[i * size]!;
		let least = queues.load(podClass, best);
		for (let k = i * size + 1; k < (i + 1) * size; k++) {
			const load = queues.load(podClass, nodes[k]!);
			if (load >= least) continue;
			best = nodes[k]!;
			least = load;
		}
		return best;
	});
}
