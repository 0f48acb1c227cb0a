/** The filters and scores that come with cellsim, one a file. */
import type { FilterPlugin, ScorePlugin } from "../plugin.js";
import { bestFit } from "./best-fit.js";
import { binPacking } from "./bin-packing.js";
import { dotProduct } from "./dot-product.js";
import { gpuDevices } from "./gpu-devices.js";
import { gpuPacking } from "./gpu-packing.js";
import { leastAllocated } from "./least-allocated.js";
import { mostAllocated } from "./most-allocated.js";
import { nodeAffinity } from "./node-affinity.js";
import { nodeName } from "./node-name.js";
import { nodePorts } from "./node-ports.js";
import { nodeReady } from "./node-ready.js";
import { nodeUnschedulable } from "./node-unschedulable.js";
import { resourcesFit } from "./resources-fit.js";
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
	binPacking,
];

export {
	bestFit,
	binPacking,
	dotProduct,
	gpuDevices,
	gpuPacking,
	leastAllocated,
	mostAllocated,
	nodeAffinity,
	nodeName,
	nodePorts,
	nodeReady,
	nodeUnschedulable,
	resourcesFit,
	taintToleration,
	worstFit,
};
