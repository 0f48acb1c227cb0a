/** Node manifests (core/v1 Node), validated and reduced to NodeSpec. */
import { z } from "zod";
import { orAbsent } from "./absent.js";
import { ALIBABA_GPU_COUNT, ALIBABA_GPU_MILLI, devicesOf, problemOfDevices } from "./gpu.js";
import { lenientObject, type ObjectMaker, strictObject } from "./kubernetes-object.js";
import { objectMetadataSchema, templateMetadataSchema, UNNAMED } from "./metadata.js";
import { nodeResourceListSchema } from "./resource-list.js";
import type { ResourceList } from "./resources.js";
import type { NodeImage, NodeSpec } from "./spec.js";
import { taintSchema } from "./toleration-schemas.js";

const specSchema = (object: ObjectMaker) =>
	object("NodeSpec", {
		taints: orAbsent(z.array(taintSchema(object)), []),
		unschedulable: orAbsent(z.boolean(), false),
	});

/** What a node offers: amounts, and images it has. */
export interface NodeOffer {
	readonly allocatable: ResourceList;
	readonly images: readonly NodeImage[];
}

const imageSchema: z.ZodType<NodeImage> = z.object({
	names: orAbsent(z.array(z.string()), []),
	sizeBytes: orAbsent(z.int(), 0),
});

/** Without allocatable, what the machine has is what it offers, as in the defaulting of core/v1. */
const statusSchema = (object: ObjectMaker) =>
	object(
		"NodeStatus",
		{
			capacity: orAbsent(nodeResourceListSchema, null),
			allocatable: orAbsent(nodeResourceListSchema, null),
			images: orAbsent(z.array(imageSchema), []),
		},
		{ error: "a node needs status.allocatable, such as {cpu: 8, memory: 32Gi}" },
	).transform(({ capacity, allocatable, images }, context): NodeOffer => {
		const offered = allocatable ?? capacity;
		if (offered === null) {
			const message = "a node needs status.allocatable or status.capacity, such as {cpu: 8, memory: 32Gi}";
			context.addIssue({ code: "custom", message });
			return z.NEVER;
		}
		const problem = problemOfDevices(offered);
		if (problem !== null) {
			const list = allocatable === null ? "capacity" : "allocatable";
			context.addIssue({ code: "custom", path: [list, problem.field], message: problem.message });
		}
		return { allocatable: offered, images };
	});

const nodeParts = (object: ObjectMaker) => ({
	spec: orAbsent(specSchema(object), { taints: [], unschedulable: false }),
	status: statusSchema(object),
});

/** Metadata (labels, annotations), spec and status of a node: the `template` of a node group in an experiment. */
export const nodeTemplateSchema = strictObject("Node", {
	metadata: orAbsent(templateMetadataSchema(strictObject), UNNAMED),
	...nodeParts(strictObject),
});

/** A Node as `kubectl get -o json` prints it. */
export const nodeSchema = lenientObject("Node", { metadata: objectMetadataSchema, ...nodeParts(lenientObject) });

/** A validated node template: manifest shape, canonical amounts. */
export type NodeTemplate = z.output<typeof nodeTemplateSchema>;

/** A validated Node manifest: manifest shape, canonical amounts. */
export type NodeManifest = z.output<typeof nodeSchema>;

/** The node that a validated manifest declares. */
export function nodeFromManifest(manifest: NodeManifest): NodeSpec {
	return nodeFromTemplate(manifest, manifest.metadata.name);
}

/** A node called `name` with everything else from a validated template. */
export function nodeFromTemplate(template: NodeTemplate, name: string): NodeSpec {
	const { labels, annotations } = template.metadata;
	const { images } = template.status;
	const { [ALIBABA_GPU_COUNT]: _count, [ALIBABA_GPU_MILLI]: _milli, ...allocatable } = template.status.allocatable;
	return {
		name,
		labels,
		taints: template.spec.taints,
		unschedulable: template.spec.unschedulable,
		allocatable,
		gpu: devicesOf(template.status.allocatable, labels, annotations),
		...(images.length > 0 && { images }),
	};
}
