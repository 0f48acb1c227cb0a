/**
 * Workloads (scheduling.k8s.io/v1alpha1 of Kubernetes 1.35): groups of pods that are of use only together, for the plugin
 * GangScheduling. A pod says in `spec.workloadRef` which group of which Workload of its namespace it belongs to.
 *
 * Divergence from Kubernetes: Workloads are declared before a run, so that none comes, is changed or goes. `spec.controllerRef` is
 * not read: nothing in a scheduler depends on it. From v1alpha2 on the pod groups of a Workload are objects of their own, and pods
 * name those; that form is not read.
 *
 * Source: staging/src/k8s.io/api/scheduling/v1alpha1/types.go, pkg/apis/scheduling/validation/validation.go; KEP-4671.
 */
import { z } from "zod";
import { orAbsent } from "./absent.js";
import type { ObjectMaker } from "./kubernetes-object.js";
import { objectMetadataSchema } from "./metadata.js";
import type { PodFacts } from "./spec.js";

export interface Workload {
	readonly namespace: string;
	readonly name: string;
	/** By name: fewer of its pods than `minCount`, at least 1, get no node at all; null under the policy `basic`. */
	readonly podGroups: ReadonlyMap<string, { readonly minCount: number | null }>;
}

/** `spec.workloadRef` of a pod. */
export interface WorkloadRef {
	readonly name: string;
	readonly podGroup: string;
	/** Pods with different keys are groups of their own; "" for none. */
	readonly podGroupReplicaKey: string;
}

/** With whom the pod is placed, declared or not: `default/training/workers`, with a replica key `.../0`; null for nobody. */
export function workloadGroupOf({ namespace, demands }: Pick<PodFacts, "namespace" | "demands">): string | null {
	const ref = demands?.workload;
	if (ref === undefined) return null;
	const { name, podGroup, podGroupReplicaKey: key } = ref;
	return `${namespace}/${name}/${podGroup}${key === "" ? "" : `/${key}`}`;
}

const text = z.string().min(1);

export const workloadRefSchema = (object: ObjectMaker) =>
	object("WorkloadReference", { name: text, podGroup: text, podGroupReplicaKey: orAbsent(z.string(), "") });

// What is written here decides what waits for ever, so that a field that is none is not read over.
const policy = z
	.strictObject({
		basic: orAbsent(z.strictObject({}), null),
		gang: orAbsent(z.strictObject({ minCount: z.int32().min(1) }), null),
	})
	.superRefine(({ basic, gang }, context) => {
		if ((basic === null) !== (gang === null)) return;
		const what = basic === null ? "a policy is missing" : "there are two policies";
		context.addIssue({ code: "custom", message: `${what}: write either basic: {} or gang: {minCount: 4}` });
	});

/** Kubernetes' WorkloadMaxPodGroups. */
const MOST_GROUPS = 8;

const podGroups = z
	.array(z.strictObject({ name: text, policy }))
	.min(1)
	.max(MOST_GROUPS)
	.superRefine((list, context) => {
		list.forEach(({ name }, i) => {
			if (list.findIndex((other) => other.name === name) === i) return;
			context.addIssue({ code: "custom", path: [i, "name"], message: `there are two pod groups '${name}'` });
		});
	});

export const workloadSchema: z.ZodType<Workload> = z
	.object({
		metadata: objectMetadataSchema,
		spec: z.strictObject({ controllerRef: z.unknown().optional(), podGroups }),
	})
	.transform(({ metadata: { namespace, name }, spec }) => ({
		namespace,
		name,
		podGroups: new Map(spec.podGroups.map((group) => [group.name, { minCount: group.policy.gang?.minCount ?? null }])),
	}));
