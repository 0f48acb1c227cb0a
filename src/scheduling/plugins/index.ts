/** The filters and scores that come with cellsim, one a file. */
import type { JobScorePlugin } from "../job-score.js";
import type { FilterPlugin, ScorePlugin } from "../plugin.js";
import { bestFit } from "./best-fit.js";
import { binPacking } from "./bin-packing.js";
import { dotProduct } from "./dot-product.js";
import { ePvm } from "./e-pvm.js";
import { gpuBestFit } from "./gpu-best-fit.js";
import { gpuClustering } from "./gpu-clustering.js";
import { gpuDevices, gpuModel } from "./gpu-devices.js";
import { gpuDotProduct } from "./gpu-dot-product.js";
import { gpuPacking } from "./gpu-packing.js";
import { hybrid } from "./hybrid.js";
import { jobSpreading } from "./job-spreading.js";
import { leastAllocated } from "./least-allocated.js";
import { maxReplicas } from "./max-replicas.js";
import { mixedPriorities } from "./mixed-priorities.js";
import { mostAllocated } from "./most-allocated.js";
import { nodeAffinity } from "./node-affinity.js";
import { nodeName } from "./node-name.js";
import { nodePorts } from "./node-ports.js";
import { nodeReady } from "./node-ready.js";
import { nodeUnschedulable } from "./node-unschedulable.js";
import { packageLocality } from "./package-locality.js";
import { placementPreferences } from "./placement-preferences.js";
import { preferredNodes } from "./preferred-nodes.js";
import { resourcesFit } from "./resources-fit.js";
import { serviceSpread, taskSpread } from "./service-spread.js";
import { taintToleration } from "./taint-toleration.js";
import { worstFit } from "./worst-fit.js";

/** Everything a pod can ask of a node, in the order in which Kubernetes asks. */
export const defaultFilters: readonly FilterPlugin[] = [
	nodeReady,
	nodeUnschedulable,
	nodeName,
	taintToleration,
	nodeAffinity,
	resourcesFit,
	gpuDevices,
];

export const scorePlugins: readonly ScorePlugin[] = [
	bestFit,
	worstFit,
	leastAllocated,
	mostAllocated,
	dotProduct,
	gpuPacking,
	gpuClustering,
	gpuBestFit,
	gpuDotProduct,
	binPacking,
	ePvm,
	hybrid,
	packageLocality,
	mixedPriorities,
	preferredNodes,
	taskSpread,
	serviceSpread,
];

/** Scores that look at the pod's job. */
export const jobScorePlugins: readonly JobScorePlugin[] = [jobSpreading, placementPreferences];

export {
	bestFit,
	binPacking,
	dotProduct,
	ePvm,
	gpuBestFit,
	gpuClustering,
	gpuDevices,
	gpuDotProduct,
	gpuModel,
	gpuPacking,
	hybrid,
	jobSpreading,
	leastAllocated,
	maxReplicas,
	mixedPriorities,
	mostAllocated,
	nodeAffinity,
	nodeName,
	nodePorts,
	nodeReady,
	nodeUnschedulable,
	packageLocality,
	placementPreferences,
	preferredNodes,
	resourcesFit,
	serviceSpread,
	taintToleration,
	taskSpread,
	worstFit,
};
