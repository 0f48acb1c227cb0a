/** The placement policies that come with cellsim, one a file. */
import { registry } from "../../objects/definition.js";
import type { AnySchedulerDefinition } from "../scheduler.js";
import { bestFitScheduler } from "./best-fit.js";
import { binPackingScheduler } from "./bin-packing.js";
import { borgScheduler } from "./borg.js";
import { dotProductScheduler } from "./dot-product.js";
import { ePvmScheduler } from "./e-pvm.js";
import { fgdScheduler } from "./fgd.js";
import { firstFitScheduler } from "./first-fit.js";
import { gpuBestFitScheduler } from "./gpu-best-fit.js";
import { gpuClusteringScheduler } from "./gpu-clustering.js";
import { gpuDotProductScheduler } from "./gpu-dot-product.js";
import { gpuPackingScheduler } from "./gpu-packing.js";
import { gpuRandomScheduler } from "./gpu-random.js";
import { hybridScheduler } from "./hybrid.js";
import { kubeScheduler } from "./kube-scheduler.js";
import { leastAllocatedScheduler } from "./least-allocated.js";
import { marathonScheduler } from "./marathon.js";
import { mostAllocatedScheduler } from "./most-allocated.js";
import { randomFitScheduler } from "./random-fit.js";
import { swarmScheduler } from "./swarm.js";
import { worstFitScheduler } from "./worst-fit.js";

export const schedulers = registry<AnySchedulerDefinition>("scheduler", [
	firstFitScheduler,
	randomFitScheduler,
	bestFitScheduler,
	worstFitScheduler,
	leastAllocatedScheduler,
	mostAllocatedScheduler,
	dotProductScheduler,
	gpuPackingScheduler,
	gpuClusteringScheduler,
	gpuBestFitScheduler,
	gpuDotProductScheduler,
	gpuRandomScheduler,
	fgdScheduler,
	binPackingScheduler,
	ePvmScheduler,
	hybridScheduler,
	borgScheduler,
	marathonScheduler,
	swarmScheduler,
	kubeScheduler,
]);
