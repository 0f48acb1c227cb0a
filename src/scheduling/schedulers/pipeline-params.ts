import { z } from "zod";

/** Parameters of a scheduler that is a pipeline. */
export const pipelineParams = z.strictObject({
	top: z
		.int()
		.min(1)
		.max(1024)
		.default(1)
		.describe("Draw among so many of the best nodes, so that schedulers side by side seldom choose the same (Protean)"),
});
