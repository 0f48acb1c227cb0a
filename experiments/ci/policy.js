import { CPU, defineScheduler, MEMORY, pipeline } from "cellsim";

/** Prefers nodes that are full already, in CPU and memory alike. */
const tight = {
	name: "tight",
	summary: "How full the node is, of CPU and memory.",
	score: (_pod, node) =>
		100 - 50 * (node.free(CPU) / node.allocatable(CPU) + node.free(MEMORY) / node.allocatable(MEMORY)),
};

export default defineScheduler({
	name: "tight",
	summary: "The fullest node that still has room.",
	create: () => pipeline({ scores: [{ plugin: tight }] }),
});
