/** Which pods of a node a pod may stop, and what else must hold before it may come. */
import type { PlacedPod } from "../../cell/placed-pod.js";
import type { PluginRejection } from "./cycle.js";
import type { CycleView } from "./plugin.js";
import { priorityOf } from "./priority.js";

/** The rules of one attempt. */
export interface VictimRules {
	/** The rules on one node: what is moved there does not count elsewhere. */
	onNode(): NodeVictims;
	/** Whether a pod on its way out makes room for this one, which then need not stop others. */
	makesRoom(leaving: PlacedPod): boolean;
	/** Whether nothing but the node itself matters, so that what was found holds as long as the node does not change. */
	readonly local: boolean;
}

export interface NodeVictims {
	/** The pods of the node in the order in which they are asked for. */
	order(pods: readonly PlacedPod[]): readonly PlacedPod[];
	/** Whether the pod may be stopped, given those that are gone. */
	mayStop(pod: PlacedPod): boolean;
	/** A pod has left the node (-1) or come back to it (1). */
	moved(pod: PlacedPod, change: 1 | -1): void;
	/** Why the pod may not come although there may be room for it now, or null. */
	forbids(): PluginRejection | null;
	/** Whether the pod that has just come back may stay. */
	mayStay(): boolean;
}

/** DefaultPreemption: pods of lower priority. */
export function lowerPriority({ pod }: CycleView): VictimRules {
	const priority = priorityOf(pod);
	const isLower = ({ podClass }: PlacedPod) => priorityOf(podClass) < priority;
	const onNode: NodeVictims = {
		order: (pods) => pods,
		mayStop: isLower,
		moved: () => {},
		forbids: () => null,
		mayStay: () => true,
	};
	return { onNode: () => onNode, makesRoom: isLower, local: true };
}
