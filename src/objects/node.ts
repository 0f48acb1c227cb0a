/** Node manifests (core/v1 Node), validated and reduced to NodeSpec. */
import { z } from "zod";
import { orAbsent } from "./absent.js";
import { ALIBABA_GPU_COUNT, ALIBABA_GPU_MILLI, devicesOf, problemOfDevices } from "./gpu.js";
import { objectMetadataSchema, templateMetadataSchema, UNNAMED } from "./metadata.js";
import { nodeResourceListSchema } from "./resource-list.js";
import type { ResourceList } from "./resources.js";
import type { NodeSpec } from "./spec.js";
import { taintSchema } from "./toleration-schemas.js";

const nodeSpec = z.object({
	taints: orAbsent(z.array(taintSchema), []),
	unschedulable: orAbsent(z.boolean(), false),
});

/** Without allocatable, what the machine has is what it offers, as in the defaulting of core/v1. */
const nodeStatus = z
	.object(
		{ capacity: orAbsent(nodeResourceListSchema, null), allocatable: orAbsent(nodeResourceListSchema, null) },
		{ error: "a node needs status.allocatable, such as {cpu: 8, memory: 32Gi}" },
	)
	.transform(({ capacity, allocatable }, context): { readonly allocatable: ResourceList } => {
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
		return { allocatable: offered };
	});

const parts = { spec: orAbsent(nodeSpec, { taints: [], unschedulable: false }), status: nodeStatus };

/** Metadata (labels, annotations), spec and status of a node: the `template` of a node group in an experiment. */
export const nodeTemplateSchema = z.object({ metadata: orAbsent(templateMetadataSchema, UNNAMED), ...parts });

/** A Node as `kubectl get -o json` prints it. */
export const nodeSchema = z.object({ metadata: objectMetadataSchema, ...parts });

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
	const { [ALIBABA_GPU_COUNT]: _count, [ALIBABA_GPU_MILLI]: _milli, ...allocatable } = template.status.allocatable;
	return {
		name,
		labels,
		taints: template.spec.taints,
		unschedulable: template.spec.unschedulable,
		allocatable,
		gpu: devicesOf(template.status.allocatable, labels, annotations),
	};
}
