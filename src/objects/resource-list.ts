/**
 * Resource lists of manifests (`requests`, `limits`, `allocatable`, ...), read to integers in canonical units.
 *
 * Names: cpu, memory, ephemeral-storage, storage, hugepages-<size>; on nodes also pods; and extended resources, which carry a
 * domain (`nvidia.com/gpu`) and come in whole numbers. Source: Kubernetes "Resource Management for Pods and Containers".
 */
import { z } from "zod";
import { ALIBABA_GPU_COUNT, ALIBABA_GPU_MILLI } from "./gpu.js";
import { InputError } from "./input-error.js";
import { parseQuantity, quantityText, unitOf } from "./quantity.js";
import type { ResourceList } from "./resources.js";

/** What containers request, limit, or a pod has as overhead. */
export const podResourceListSchema = z
	.record(z.string(), quantityText, { error: "expected a map of resources to quantities" })
	.transform((list, context) => readList(list, context, problemOfPodResource));

/** What nodes offer. The `attachable-volumes-*` counts of older kubelets are left out: volumes are not simulated. */
export const nodeResourceListSchema = z
	.record(z.string(), quantityText, { error: "expected a map of resources to quantities" })
	.transform((list, context) => readList(list, context, problemOfNodeResource));

/** Whether a name is an extended resource: it has a domain. */
export function isExtended(resource: string): boolean {
	return resource.includes("/");
}

/** Whether requests and limits of a resource must be equal: it cannot be promised twice. */
export function isExclusive(resource: string): boolean {
	return isExtended(resource) || resource.startsWith("hugepages-");
}

type NameProblem = (resource: string) => string | null;

function readList(
	list: Readonly<Record<string, string | number>>,
	context: z.RefinementCtx,
	problemOf: NameProblem,
): ResourceList {
	const amounts: Record<string, number> = {};
	for (const [resource, text] of Object.entries(list)) {
		if (resource.startsWith("attachable-volumes-")) continue;
		const problem = problemOf(resource);
		if (problem !== null) {
			context.addIssue({ code: "custom", path: [resource], message: problem, params: { at: "key" } });
			continue;
		}
		try {
			amounts[resource] = parseQuantity(text, unitOf(resource), { whole: isExtended(resource) || resource === "pods" });
		} catch (error) {
			if (!(error instanceof InputError)) throw error;
			context.addIssue({ code: "custom", path: [resource], message: error.message });
		}
	}
	return amounts;
}

const NATIVE = new Set(["cpu", "memory", "ephemeral-storage", "storage"]);

function problemOfPodResource(resource: string): string | null {
	if (resource === ALIBABA_GPU_COUNT || resource === ALIBABA_GPU_MILLI) {
		return `a pod asks for shared GPUs by annotation: write ${resource} under metadata.annotations`;
	}
	return resource === "pods" ? "every pod takes exactly one pod: leave it out" : problemOfName(resource);
}

function problemOfNodeResource(resource: string): string | null {
	return resource === "pods" ? null : problemOfName(resource);
}

function problemOfName(resource: string): string | null {
	if (NATIVE.has(resource) || isExtended(resource) || resource.startsWith("hugepages-")) return null;
	if (resource === "gpu") {
		return `'gpu' is not a Kubernetes resource: write nvidia.com/gpu, or ${ALIBABA_GPU_COUNT} for GPUs that pods may share`;
	}
	return `'${resource}' is not a resource: write cpu, memory, ephemeral-storage, hugepages-<size> or a name with a domain such as example.com/${resource}`;
}
