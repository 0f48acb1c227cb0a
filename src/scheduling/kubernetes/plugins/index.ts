/** The plugins of the Kubernetes scheduling framework, one a file, and which of them a profile has by default. */
import { registry } from "../../../objects/definition.js";
import { type AnyPluginDefinition, plainPlugin } from "../plugin-definition.js";
import { defaultPreemptionDefinition } from "./default-preemption.js";
import { ImageLocality } from "./image-locality.js";
import { interPodAffinityDefinition } from "./inter-pod-affinity.js";
import { nodeAffinityDefinition } from "./node-affinity.js";
import { NodeName } from "./node-name.js";
import { NodePorts } from "./node-ports.js";
import { balancedAllocationDefinition } from "./node-resources-balanced-allocation.js";
import { nodeResourcesFitDefinition } from "./node-resources-fit.js";
import { NodeUnschedulable } from "./node-unschedulable.js";
import { NodeVolumeLimits } from "./node-volume-limits.js";
import { podTopologySpreadDefinition } from "./pod-topology-spread.js";
import { SchedulingGates } from "./scheduling-gates.js";
import { TaintToleration } from "./taint-toleration.js";
import { VolumeBinding } from "./volume-binding.js";
import { VolumeRestrictions } from "./volume-restrictions.js";
import { VolumeZone } from "./volume-zone.js";

/** A plugin that is in every default profile and has nothing to do in a simulation. */
function idle(name: string, filters: boolean): AnyPluginDefinition {
	return plainPlugin({ name, looksAt: "node", ...(filters && { filter: () => "skip" as const }) });
}

export const kubernetesPlugins = registry<AnyPluginDefinition>("plugin", [
	plainPlugin(SchedulingGates),
	// The order of the queue is in `scheduling-queue.ts`.
	idle("PrioritySort", false),
	plainPlugin(NodeUnschedulable),
	plainPlugin(NodeName),
	plainPlugin(TaintToleration),
	nodeAffinityDefinition,
	plainPlugin(NodePorts),
	nodeResourcesFitDefinition,
	plainPlugin(VolumeRestrictions),
	plainPlugin(NodeVolumeLimits),
	plainPlugin(VolumeBinding),
	plainPlugin(VolumeZone),
	podTopologySpreadDefinition,
	interPodAffinityDefinition,
	idle("DynamicResources", true),
	defaultPreemptionDefinition,
	balancedAllocationDefinition,
	plainPlugin(ImageLocality),
	// Placements are settled by the transaction of the cell.
	idle("DefaultBinder", false),
]);

/** Default weights; plugins that are not here have 1 if they score. */
export const DEFAULT_WEIGHTS: Readonly<Record<string, number>> = {
	TaintToleration: 3,
	NodeAffinity: 2,
	PodTopologySpread: 2,
	InterPodAffinity: 2,
};
