/** The placement policies that come with cellsim, one a file. */
import { registry } from "../../objects/definition.js";
import type { AnySchedulerDefinition } from "../scheduler.js";
import { bestFitScheduler } from "./best-fit.js";
import { binPackingScheduler } from "./bin-packing.js";
import { dotProductScheduler } from "./dot-product.js";
import { firstFitScheduler } from "./first-fit.js";
import { gpuPackingScheduler } from "./gpu-packing.js";
import { kubeScheduler } from "./kube-scheduler.js";
import { leastAllocatedScheduler } from "./least-allocated.js";
import { mostAllocatedScheduler } from "./most-allocated.js";
import { randomFitScheduler } from "./random-fit.js";
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
	binPackingScheduler,
	kubeScheduler,
]);
