import { pipeline } from "../pipeline.js";
import { gpuPacking } from "../plugins/index.js";
import { defineScheduler } from "../scheduler.js";

export const gpuPackingScheduler = defineScheduler({
	name: "gpu-packing",
	summary: "Devices in use before idle devices, nodes in use before idle nodes.",
	create: () => pipeline({ scores: [{ plugin: gpuPacking }] }),
});
