/**
 * Pod manifests (core/v1 Pod, PodTemplate, PodTemplateSpec), validated and reduced to PodSpec.
 *
 * Divergence from Kubernetes: on what a pod demands beyond requests, node affinity, tolerations and priority only the scheduler
 * kube-scheduler acts, and on resource claims nobody does. Under others such pods find a place more easily than in a real cluster;
 * importers count them (`unmodelled`).
 */
import { z } from "zod";
import { orAbsent } from "./absent.js";
import { containerSchema, initContainerSchema, podRunOf } from "./container-schemas.js";
import { gpuRequestOf, problemOfGpuRequest } from "./gpu.js";
import { lenientObject, type ObjectMaker, strictObject } from "./kubernetes-object.js";
import { objectMetadataSchema, templateMetadataSchema, UNNAMED } from "./metadata.js";
import { affinitySchema } from "./placement-schemas.js";
import { type Controller, demandsOf, type PodVolume } from "./pod-demands.js";
import { type PriorityClass, resolvePriority } from "./priority-class.js";
import { effectiveRequests, podLevelResourcesSchema, type RequestingPod } from "./requests.js";
import { podResourceListSchema } from "./resource-list.js";
import type { ResourceList } from "./resources.js";
import { labelsSchema } from "./selector-schemas.js";
import type { PodSpec } from "./spec.js";
import { timestampSchema } from "./timestamp.js";
import { tolerationSchema } from "./toleration-schemas.js";
import { spreadConstraintSchema } from "./topology-spread.js";
import { podVolumeSchema } from "./volume-schemas.js";
import { workloadRefSchema } from "./workload.js";

export type PodPhase = "Pending" | "Running" | "Succeeded" | "Failed" | "Unknown";

/** A pod as a manifest declares it, and what a snapshot says about its life. Times: microseconds since 1970, null if unknown. */
export interface PodRecord {
	readonly namespace: string;
	readonly name: string;
	readonly spec: PodSpec;
	/** Null in a manifest that never met a cluster. */
	readonly phase: PodPhase | null;
	readonly createdAtUs: number | null;
	/** `status.startTime`: the kubelet took the pod. */
	readonly acknowledgedAtUs: number | null;
	/** First start of a container that the snapshot still knows, init containers apart. */
	readonly startedAtUs: number | null;
	/** Last end of a container; null while one runs. */
	readonly finishedAtUs: number | null;
	/** Demands of the manifest on which not every scheduler acts: the path of the field, and who does. */
	readonly unmodelled: readonly string[];
}

const podSpecSchema = (object: ObjectMaker) =>
	object(
		"PodSpec",
		{
			containers: z
				.array(containerSchema(object), { error: "a pod needs a list of containers" })
				.min(1, { error: "a pod needs at least one container" }),
			initContainers: orAbsent(z.array(initContainerSchema(object)), []),
			resources: orAbsent(podLevelResourcesSchema, null),
			overhead: orAbsent(podResourceListSchema, {}),
			nodeName: orAbsent(z.string(), ""),
			schedulerName: orAbsent(z.string(), ""),
			priority: orAbsent(z.int32(), null),
			priorityClassName: orAbsent(z.string(), ""),
			preemptionPolicy: orAbsent(z.enum(["Never", "PreemptLowerPriority"]), "PreemptLowerPriority"),
			nodeSelector: orAbsent(labelsSchema, {}),
			affinity: orAbsent(affinitySchema(object), null),
			tolerations: orAbsent(z.array(tolerationSchema(object)), []),
			topologySpreadConstraints: orAbsent(z.array(spreadConstraintSchema(object)), []),
			schedulingGates: orAbsent(z.array(object("PodSchedulingGate", { name: z.string() })), []),
			workloadRef: orAbsent(workloadRefSchema(object), null),
			resourceClaims: orAbsent(z.array(object("PodResourceClaim", {})), []),
			volumes: orAbsent(z.array(podVolumeSchema(object)), []),
			hostNetwork: orAbsent(z.boolean(), false),
			restartPolicy: orAbsent(z.enum(["Always", "OnFailure", "Never"]), "Always"),
			terminationGracePeriodSeconds: orAbsent(z.int().nonnegative(), 30),
		},
		{ error: "a pod needs a spec with containers" },
	).transform((spec, context) => {
		const requests = checkedRequests(spec, context);
		return { ...spec, requests, unmodelled: unmodelledOf(spec) };
	});

const templateSchema = (object: ObjectMaker) =>
	object("PodTemplateSpec", {
		metadata: orAbsent(templateMetadataSchema(object), UNNAMED),
		spec: podSpecSchema(object),
	}).superRefine(checkGpu);

/** metadata (labels, annotations, namespace) and spec of a pod: the `template` of a workload in an experiment. */
export const podTemplateSpecSchema = templateSchema(strictObject);

/** A PodTemplate object as `kubectl get -o json` prints it: a named template. */
export const podTemplateSchema = z.object({ metadata: objectMetadataSchema, template: templateSchema(lenientObject) });

const containerStatusSchema = z.object({
	state: orAbsent(
		z.object({
			running: orAbsent(z.object({ startedAt: orAbsent(timestampSchema, null) }), null),
			terminated: orAbsent(
				z.object({ startedAt: orAbsent(timestampSchema, null), finishedAt: orAbsent(timestampSchema, null) }),
				null,
			),
		}),
		null,
	),
});

const podStatusSchema = z.object({
	phase: orAbsent(z.enum(["Pending", "Running", "Succeeded", "Failed", "Unknown"]), null),
	startTime: orAbsent(timestampSchema, null),
	containerStatuses: orAbsent(z.array(containerStatusSchema), []),
});

/** A Pod as `kubectl get -o json` prints it. */
export const podSchema = z
	.object({
		metadata: objectMetadataSchema,
		spec: podSpecSchema(lenientObject),
		status: orAbsent(podStatusSchema, { phase: null, startTime: null, containerStatuses: [] }),
	})
	.superRefine(checkGpu);

/** A validated PodTemplateSpec: manifest shape, canonical amounts, effective requests in `spec.requests`. */
export type PodTemplate = z.output<typeof podTemplateSpecSchema>;

/** A validated Pod manifest: manifest shape, canonical amounts, effective requests in `spec.requests`. */
export type PodManifest = z.output<typeof podSchema>;

/**
 * The pod that a validated template describes; make it once a template, so that its pods share one object. Throws InputError
 * (without a position) for one reason only: `spec.priorityClassName` names a class that is not known.
 */
export function podSpecFromTemplate(
	template: PodTemplate,
	priorityClasses: readonly PriorityClass[],
	controller: Controller | null = null,
): PodSpec {
	const { metadata, spec } = template;
	const { priority, className } = resolvePriority(spec.priorityClassName || null, spec.priority, priorityClasses);
	const nodeAffinity = spec.affinity?.nodeAffinity;
	const demands = demandsOf(spec, controller);
	return {
		facts: {
			namespace: metadata.namespace,
			labels: metadata.labels,
			priority,
			className,
			schedulerName: spec.schedulerName || "default-scheduler",
			nodeName: spec.nodeName || null,
			nodeSelector: spec.nodeSelector,
			requiredNodeTerms: nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? null,
			preferredNodeTerms: nodeAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? [],
			tolerations: spec.tolerations,
			...(demands !== undefined && { demands }),
		},
		requests: spec.requests,
		gpu: gpuRequestOf(metadata.annotations),
		run: podRunOf(spec),
	};
}

/** The pod that a validated manifest declares, and its life so far. Throws as `podSpecFromTemplate` does. */
export function podFromManifest(manifest: PodManifest, priorityClasses: readonly PriorityClass[]): PodRecord {
	const { metadata, status } = manifest;
	const states = status.containerStatuses.map((container) => container.state);
	const starts = states.flatMap((state) => (state?.terminated ?? state?.running)?.startedAt ?? []);
	const ends = states.flatMap((state) => state?.terminated?.finishedAt ?? []);
	const running = states.some((state) => state?.running);
	return {
		namespace: metadata.namespace,
		name: metadata.name,
		spec: podSpecFromTemplate(manifest, priorityClasses, controllerOf(manifest)),
		phase: status.phase,
		createdAtUs: metadata.creationTimestamp,
		acknowledgedAtUs: status.startTime,
		startedAtUs: starts.length === 0 ? null : Math.min(...starts),
		finishedAtUs: running || ends.length === 0 ? null : Math.max(...ends),
		unmodelled: manifest.spec.unmodelled,
	};
}

/** Whether a pod of this phase has ended. */
export function isFinished({ phase }: { readonly phase: PodPhase | null }): boolean {
	return phase === "Succeeded" || phase === "Failed";
}

function controllerOf({ metadata }: PodManifest): Controller | null {
	const owner = metadata.ownerReferences.find(({ controller }) => controller);
	return owner === undefined ? null : { apiVersion: owner.apiVersion, kind: owner.kind, name: owner.name };
}

/** Sums may leave the exact range even where every amount is inside it. */
function checkedRequests(spec: RequestingPod, context: z.RefinementCtx): ResourceList {
	const requests = effectiveRequests(spec);
	for (const [resource, amount] of Object.entries(requests)) {
		if (Number.isSafeInteger(amount)) continue;
		const message = `the containers together request too much ${resource}: the sum must stay below 2^53`;
		context.addIssue({ code: "custom", path: ["containers"], message });
	}
	return requests;
}

interface Demands {
	readonly containers: readonly { readonly ports: readonly { readonly hostPort: number }[] }[];
	readonly affinity: { readonly podAffinity: unknown; readonly podAntiAffinity: unknown } | null;
	readonly preemptionPolicy: string;
	readonly topologySpreadConstraints: readonly unknown[];
	readonly schedulingGates: readonly unknown[];
	readonly workloadRef: unknown;
	readonly resourceClaims: readonly unknown[];
	readonly volumes: readonly (PodVolume | null)[];
}

function unmodelledOf(spec: Demands): readonly string[] {
	const found = {
		"spec.affinity.podAffinity": (spec.affinity?.podAffinity ?? null) !== null,
		"spec.affinity.podAntiAffinity": (spec.affinity?.podAntiAffinity ?? null) !== null,
		"spec.preemptionPolicy: Never": spec.preemptionPolicy === "Never",
		"spec.topologySpreadConstraints": spec.topologySpreadConstraints.length > 0,
		"spec.schedulingGates": spec.schedulingGates.length > 0,
		"spec.workloadRef": spec.workloadRef !== null,
		"spec.resourceClaims": spec.resourceClaims.length > 0,
		"spec.volumes[].persistentVolumeClaim": spec.volumes.some(
			(volume) => volume !== null && volume.claim !== null && !volume.ephemeral,
		),
		"spec.volumes[].ephemeral": spec.volumes.some((volume) => volume?.ephemeral),
		"spec.containers[].ports[].hostPort": spec.containers.some((c) => c.ports.some((port) => port.hostPort > 0)),
	};
	return Object.entries(found).flatMap(([field, present]) => {
		const who = field === "spec.resourceClaims" ? "not simulated" : "only kube-scheduler acts on it";
		return present ? [`${field}: ${who}`] : [];
	});
}

interface Annotated {
	readonly metadata: { readonly annotations: Readonly<Record<string, string>> };
}

function checkGpu({ metadata }: Annotated, context: z.RefinementCtx): void {
	const problem = problemOfGpuRequest(metadata.annotations);
	if (problem === null) return;
	context.addIssue({ code: "custom", path: ["metadata", "annotations", problem.field], message: problem.message });
}
