/** The plugins of the Kubernetes scheduling framework, one a file, and which of them a profile has by default. */
import { registry } from "../../../objects/definition.js";
import { type AnyPluginDefinition, plainPlugin } from "../plugin-definition.js";
import { capacitySchedulingDefinition } from "./capacity-scheduling.js";
import { coschedulingDefinition } from "./coscheduling.js";
import { defaultPreemptionDefinition } from "./default-preemption.js";
import { gangSchedulingDefinition } from "./gang-scheduling.js";
import { ImageLocality } from "./image-locality.js";
import { interPodAffinityDefinition } from "./inter-pod-affinity.js";
import { loadVariationRiskBalancingDefinition } from "./load-variation-risk-balancing.js";
import { lowRiskOverCommitmentDefinition } from "./low-risk-over-commitment.js";
import { nodeAffinityDefinition } from "./node-affinity.js";
import { NodeName } from "./node-name.js";
import { NodePorts } from "./node-ports.js";
import { balancedAllocationDefinition } from "./node-resources-balanced-allocation.js";
import { nodeResourcesFitDefinition } from "./node-resources-fit.js";
import { NodeUnschedulable } from "./node-unschedulable.js";
import { NodeVolumeLimits } from "./node-volume-limits.js";
import { podTopologySpreadDefinition } from "./pod-topology-spread.js";
import { PrioritySort } from "./priority-sort.js";
import { SchedulingGates } from "./scheduling-gates.js";
import { TaintToleration } from "./taint-toleration.js";
import { targetLoadPackingDefinition } from "./target-load-packing.js";
import { VolumeBinding } from "./volume-binding.js";
import { VolumeRestrictions } from "./volume-restrictions.js";
import { VolumeZone } from "./volume-zone.js";

/** A plugin that is in every default profile and has nothing to do in a simulation. */
function idle(name: string, summary: string, filters: boolean): AnyPluginDefinition {
	return plainPlugin({ name, summary, looksAt: "node", ...(filters && { filter: () => "skip" as const }) });
}

export const kubernetesPlugins = registry<AnyPluginDefinition>("plugin", [
	plainPlugin(SchedulingGates),
	plainPlugin(PrioritySort),
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
	idle("DynamicResources", "Has nothing to do: there are no resource claims here.", true),
	defaultPreemptionDefinition,
	balancedAllocationDefinition,
	plainPlugin(ImageLocality),
	idle("DefaultBinder", "Has nothing to do: placements are settled by the transaction of the cell.", false),
	targetLoadPackingDefinition,
	loadVariationRiskBalancingDefinition,
	lowRiskOverCommitmentDefinition,
	coschedulingDefinition,
	gangSchedulingDefinition,
	capacitySchedulingDefinition,
]);

/** Default weights; plugins that are not here have 1 if they score. */
export const DEFAULT_WEIGHTS: Readonly<Record<string, number>> = {
	TaintToleration: 3,
	NodeAffinity: 2,
	PodTopologySpread: 2,
	InterPodAffinity: 2,
};
