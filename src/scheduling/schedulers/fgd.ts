import { fragmentationGradient } from "../gpu/fragmentation-gradient.js";
import { typicalOf, typicalPodsSchema } from "../gpu/typical-pods-schema.js";
import { pipeline } from "../pipeline.js";
import { defineScheduler } from "../scheduler.js";
import { pipelineParams } from "./pipeline-params.js";

export const fgdScheduler = defineScheduler({
	name: "fgd",
	summary: "The node and device where the idle GPU that typical pods cannot use grows least (FGD).",
	params: pipelineParams.extend({ typicalPods: typicalPodsSchema }),
	create: ({ top, typicalPods }) => {
		const { score, devices } = fragmentationGradient(typicalOf(typicalPods));
		return pipeline({ scores: [{ plugin: score }], top, devices });
	},
});
