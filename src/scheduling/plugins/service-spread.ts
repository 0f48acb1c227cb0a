import type { NodeView } from "../../cell/node-view.js";
import type { PodClass } from "../../objects/pod-class.js";
import type { ScorePlugin } from "../plugin.js";

/** The service that a task of Swarm belongs to. */
const SERVICE_LABEL = "com.docker.swarm.service.name";

/** Tasks on a node that shall run there: those on their way out do not count. */
function tasksOn(node: NodeView): number {
	return node.pods.filter(({ leaving }) => leaving === "no").length;
}

/** The service of a task; undefined for another pod. */
export function serviceOf({ spec }: PodClass): string | undefined {
	return spec.facts.labels[SERVICE_LABEL];
}

/** Tasks of the service of `pod` that shall run on a node. */
export function tasksOfService(pod: PodClass, node: NodeView): number {
	const service = serviceOf(pod);
	if (service === undefined) return 0;
	return node.pods.filter(({ leaving, podClass }) => leaving === "no" && serviceOf(podClass) === service).length;
}

/** Prefers the node with the fewest tasks (Swarm 1.12, manager/scheduler/nodeinfo.go): 100 / (1 + tasks). */
export const taskSpread: ScorePlugin = {
	name: "task-spread",
	summary: "Prefers the node with the fewest tasks, as Swarm 1.12.",
	readsPods: true,
	score: (_pod, node) => 100 / (1 + tasksOn(node)),
};

/**
 * Prefers the node with the fewest tasks of the same service, and among these the one with the fewest tasks (Swarm 1.13): 100 / (1 + own +
 * all / (1 + all)), which orders by the first before the second.
 */
export const serviceSpread: ScorePlugin = {
	name: "service-spread",
	summary:
		"Prefers the node with the fewest tasks of the same service, then with the fewest tasks, as Swarm from 1.13 on.",
	readsPods: true,
	score: (pod, node) => {
		const all = tasksOn(node);
		return 100 / (1 + tasksOfService(pod, node) + all / (1 + all));
	},
};
