/**
 * What a pod requests as a whole.
 *
 * Source: k8s.io/component-helpers `resource/helpers.go` (PodRequests) and the defaulting of core/v1 (`SetDefaults_Pod`);
 * rules in the Kubernetes pages "Init Containers", "Sidecar Containers" and "Pod-level resources".
 */
import type { z } from "zod";
import { orAbsent } from "./absent.js";
import { strictObject } from "./kubernetes-object.js";
import { formatQuantity } from "./quantity.js";
import { isExclusive, podResourceListSchema } from "./resource-list.js";
import type { ResourceList } from "./resources.js";

/** Resources of one container, or of the pod: canonical amounts. */
export interface ResourceRequirements {
	readonly requests: ResourceList;
	readonly limits: ResourceList;
}

/** An init container; a restartable one (`restartPolicy: Always`) is a sidecar and stays while the pod runs. */
export interface InitContainer {
	readonly resources: ResourceRequirements;
	readonly sidecar: boolean;
}

/** The parts of a pod that request something. */
export interface RequestingPod {
	readonly containers: readonly { readonly resources: ResourceRequirements }[];
	readonly initContainers: readonly InitContainer[];
	/** Pod-level requests and limits (`spec.resources`), null without. */
	readonly resources: ResourceRequirements | null;
	readonly overhead: ResourceList;
}

/**
 * The effective request by resource, canonical units, zeros left out. Walks the init containers in order with the sum of the
 * sidecars so far: an ordinary one needs that sum and itself. The request is the larger of that peak and of containers and all
 * sidecars together (which no moment with fewer sidecars exceeds); a pod-level request replaces it; overhead comes on top.
 */
export function effectiveRequests(pod: RequestingPod, { missing = NONE, podLevel = true }: Reading = {}): ResourceList {
	const running: Amounts = {};
	const peak: Amounts = {};
	for (const { resources, sidecar } of pod.initContainers) {
		const own = { ...missing, ...requestsOf(resources) };
		if (sidecar) {
			add(running, own);
		} else {
			const during = { ...running };
			add(during, own);
			raise(peak, during);
		}
	}
	for (const { resources } of pod.containers) add(running, { ...missing, ...requestsOf(resources) });
	raise(running, peak);
	if (podLevel && pod.resources !== null) Object.assign(running, podLevelRequests(pod.resources, running));
	add(running, pod.overhead);
	for (const resource of Object.keys(running)) if (running[resource] === 0) delete running[resource];
	return running;
}

/** How to read the requests of a pod; by default as they are. */
export interface Reading {
	/** What a container counts with where it requests nothing; an explicit 0 stays 0. */
	readonly missing?: ResourceList;
	/** Whether pod-level requests (`spec.resources`) count. Default true. */
	readonly podLevel?: boolean;
}

type Amounts = Record<string, number>;
const NONE: ResourceList = {};

/** A limit without a request implies an equal request. */
export function requestsOf({ requests, limits }: ResourceRequirements): ResourceList {
	return { ...limits, ...requests };
}

/** A pod-level limit without a request implies one only where no container requests that resource. */
function podLevelRequests({ requests, limits }: ResourceRequirements, ofContainers: ResourceList): ResourceList {
	const implied = Object.entries(limits).filter(([resource]) => ofContainers[resource] === undefined);
	return { ...Object.fromEntries(implied), ...requests };
}

function add(sum: Amounts, list: ResourceList): void {
	for (const resource in list) sum[resource] = (sum[resource] ?? 0) + list[resource]!;
}

function raise(highest: Amounts, list: ResourceList): void {
	for (const resource in list) highest[resource] = Math.max(highest[resource] ?? 0, list[resource]!);
}

/** Always strict: `limts` would otherwise be a pod that asks for nothing. */
const requirements = strictObject("ResourceRequirements", {
	requests: orAbsent(podResourceListSchema, {}),
	limits: orAbsent(podResourceListSchema, {}),
});

/** Resources of a container. A limit below the request is refused, and one that differs where both must be equal. */
export const containerResourcesSchema = requirements.superRefine(checkLimits);

/** Resources of a pod: cpu, memory and huge pages only. */
export const podLevelResourcesSchema = requirements.superRefine(checkLimits).superRefine((given, context) => {
	for (const list of ["requests", "limits"] as const) {
		for (const resource of Object.keys(given[list])) {
			if (resource === "cpu" || resource === "memory" || resource.startsWith("hugepages-")) continue;
			context.addIssue({
				code: "custom",
				path: [list, resource],
				message: `a pod as a whole has cpu, memory and hugepages only: move ${resource} to a container`,
				params: { at: "key" },
			});
		}
	}
});

function checkLimits({ requests, limits }: ResourceRequirements, context: z.RefinementCtx): void {
	for (const [resource, limit] of Object.entries(limits)) {
		const request = requests[resource] ?? limit;
		const [asked, allowed] = [formatQuantity(request, resource), formatQuantity(limit, resource)];
		if (request > limit) {
			const message = `the limit of ${resource} (${allowed}) is below its request (${asked}): raise the limit or lower the request`;
			context.addIssue({ code: "custom", path: ["limits", resource], message });
		} else if (request < limit && isExclusive(resource)) {
			const message = `${resource} cannot be overcommitted: limit (${allowed}) and request (${asked}) must be equal`;
			context.addIssue({ code: "custom", path: ["limits", resource], message });
		}
	}
}
