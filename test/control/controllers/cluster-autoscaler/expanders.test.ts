import { expect, test } from "vitest";
import { Cell } from "../../../../src/cell/cell.js";
import { Cloud } from "../../../../src/control/autoscaling/cloud.js";
import { chooseOption, type ScaleUpOption } from "../../../../src/control/controllers/cluster-autoscaler/expanders.js";
import { NodeGroup } from "../../../../src/control/controllers/cluster-autoscaler/node-group.js";
import {
	clusterAutoscalerSchema,
	type ExpanderName,
} from "../../../../src/control/controllers/cluster-autoscaler/schema.js";
import { Engine } from "../../../../src/engine/engine.js";
import { SeededRandomSource } from "../../../../src/engine/random.js";
import { PLAIN_FACTS } from "../../../../src/objects/spec.js";

const GIB = 2 ** 30;

/** Groups with nodes of so many CPUs and GiB; two pods of 1 CPU and 2 GiB in each option but the last, which helps one. */
function options(): readonly ScaleUpOption[] {
	const engine = new Engine();
	const cell = new Cell(engine);
	const cloud = new Cloud(engine, cell, 0);
	const random = new SeededRandomSource("1").stream("x");
	const requests = { cpu: 1000, memory: 2 * GIB };
	const pod = { podClass: cell.classes.intern({ facts: PLAIN_FACTS, requests, gpu: null }), name: "p" };
	const group = (name: string, cpu: number, gib: number, price: number, priority: number) => {
		const template = { status: { allocatable: { cpu: String(cpu), memory: `${gib}Gi` } } };
		const { nodeGroups } = clusterAutoscalerSchema.parse({
			nodeGroups: [{ name, maxSize: 9, template, price, priority }],
		});
		return new NodeGroup(nodeGroups[0]!, cloud, random);
	};
	return [
		{ group: group("tight", 2, 4, 3, 0), nodes: 1, pods: [pod, pod] },
		{ group: group("roomy", 8, 16, 4, 5), nodes: 1, pods: [pod, pod] },
		{ group: group("tiny", 1, 4, 1, 5), nodes: 1, pods: [pod] },
	];
}

test.each<[readonly ExpanderName[], readonly string[]]>([
	// Unused shares of CPU and memory: 0 + 0; 6/8 + 12/16; 0 + 2/4.
	[["least-waste"], ["tight"]],
	[["most-pods"], ["tight", "roomy"]],
	// Cost by what the pods are worth: 3/2, 4/2, 1/1.
	[["price"], ["tiny"]],
	[["priority"], ["roomy", "tiny"]],
	[["priority", "most-pods"], ["roomy"]],
	[["most-pods", "least-waste"], ["tight"]],
	[["random"], ["tight", "roomy", "tiny"]],
])("%j chooses among %j", (expanders, expected) => {
	const random = new SeededRandomSource("7").stream("choice");
	const chosen = new Set(Array.from({ length: 60 }, () => chooseOption(options(), expanders, random).group.name));
	expect([...chosen].sort()).toEqual([...expected].sort());
});
