/**
 * Manifests of the objects in `cluster-objects.ts`, each kind with its API group and schema, and how they are gathered.
 */
import { z } from "zod";
import { orAbsent } from "./absent.js";
import type { ClusterObjects, PodOwner, Service } from "./cluster-objects.js";
import { type DisruptionBudget, disruptionBudgetSchema } from "./disruption-budget.js";
import { type ElasticQuota, elasticQuotaSchema } from "./elastic-quota.js";
import { lenientObject } from "./kubernetes-object.js";
import { objectMetadataSchema } from "./metadata.js";
import { type PodGroup, podGroupSchema } from "./pod-group.js";
import type { Labels } from "./selector.js";
import { labelSelectorSchema, labelsSchema } from "./selector-schemas.js";
import {
	nodeVolumesSchema,
	type PersistentVolume,
	persistentVolumeSchema,
	type StorageClass,
	storageClassSchema,
	type VolumeClaim,
	volumeClaimSchema,
} from "./storage.js";
import { type Workload, workloadSchema } from "./workload.js";

interface NamespaceManifest {
	readonly name: string;
	readonly labels: Labels;
}

const namespaceSchema: z.ZodType<NamespaceManifest> = z
	.object({ metadata: objectMetadataSchema })
	.transform(({ metadata: { name, labels } }) => ({ name, labels }));

/** Null for a service without a selector, which selects nothing. */
const serviceSchema: z.ZodType<Service | null> = z
	.object({
		metadata: objectMetadataSchema,
		spec: orAbsent(z.object({ selector: orAbsent(labelsSchema, null) }), { selector: null }),
	})
	.transform(({ metadata: { namespace }, spec: { selector } }) => (selector === null ? null : { namespace, selector }));

const ownerSchema = (apiVersion: string, kind: string): z.ZodType<PodOwner> =>
	z
		.object({ metadata: objectMetadataSchema, spec: z.object({ selector: labelSelectorSchema(lenientObject) }) })
		.transform(({ metadata: { namespace, name }, spec: { selector } }) => ({
			apiVersion,
			kind,
			namespace,
			name,
			selector,
		}));

/** Of old: its selector is a map of labels, by default those of its template. */
const controllerSchema: z.ZodType<PodOwner> = z
	.object({ metadata: objectMetadataSchema, spec: z.object({ selector: orAbsent(labelsSchema, {}) }) })
	.transform(({ metadata: { namespace, name }, spec }) => {
		const selector = { matchLabels: spec.selector, matchExpressions: [] };
		return { apiVersion: "v1", kind: "ReplicationController", namespace, name, selector };
	});

/** What is known of each kind. */
export const CLUSTER_KINDS = {
	Namespace: {
		apiVersion: "v1",
		summary: "Its labels, for selectors of namespaces in pod affinity.",
		schema: namespaceSchema,
	},
	Service: { apiVersion: "v1", summary: "Its selector, for spreading pods of one service.", schema: serviceSchema },
	ReplicationController: {
		apiVersion: "v1",
		summary: "Its selector, for spreading its pods.",
		schema: controllerSchema,
	},
	ReplicaSet: {
		apiVersion: "apps/v1",
		summary: "Its selector, for spreading its pods.",
		schema: ownerSchema("apps/v1", "ReplicaSet"),
	},
	StatefulSet: {
		apiVersion: "apps/v1",
		summary: "Its selector, for spreading its pods.",
		schema: ownerSchema("apps/v1", "StatefulSet"),
	},
	PodDisruptionBudget: {
		apiVersion: "policy/v1",
		summary: "Pods that preemption spares where it can.",
		schema: disruptionBudgetSchema,
	},
	PersistentVolume: { apiVersion: "v1", summary: "Where a volume can be used from.", schema: persistentVolumeSchema },
	PersistentVolumeClaim: {
		apiVersion: "v1",
		summary: "Which volume a pod needs, and so on which nodes it can run.",
		schema: volumeClaimSchema,
	},
	StorageClass: {
		apiVersion: "storage.k8s.io/v1",
		summary: "Whether claims wait for the node of their first pod.",
		schema: storageClassSchema,
	},
	CSINode: { apiVersion: "storage.k8s.io/v1", summary: "How many volumes a node takes.", schema: nodeVolumesSchema },
	PodGroup: {
		apiVersion: "scheduling.x-k8s.io/v1alpha1",
		summary: "How many pods of a group have to start at once (scheduler-plugins).",
		schema: podGroupSchema,
	},
	ElasticQuota: {
		apiVersion: "scheduling.x-k8s.io/v1alpha1",
		summary: "What a namespace is sure of and may borrow (scheduler-plugins).",
		schema: elasticQuotaSchema,
	},
	Workload: {
		apiVersion: "scheduling.k8s.io/v1alpha1",
		summary: "Groups of pods that start at once (Kubernetes 1.35).",
		schema: workloadSchema,
	},
} as const;

export type ClusterKind = keyof typeof CLUSTER_KINDS;

/** A validated manifest of each kind. */
export type ClusterManifest = {
	readonly [Kind in ClusterKind]: {
		readonly kind: Kind;
		readonly manifest: z.output<(typeof CLUSTER_KINDS)[Kind]["schema"]>;
	};
}[ClusterKind];

/** Gathers manifests. Of two that have one name, the later counts; of two quotas of one namespace, the first. */
export function clusterObjectsOf(manifests: Iterable<ClusterManifest>): ClusterObjects {
	const namespaces = new Map<string, Labels>();
	const services: Service[] = [];
	const owners: PodOwner[] = [];
	const budgets: DisruptionBudget[] = [];
	const claims = new Map<string, VolumeClaim>();
	const volumes = new Map<string, PersistentVolume>();
	const classes = new Map<string, StorageClass>();
	const limits = new Map<string, ReadonlyMap<string, number>>();
	const podGroups = new Map<string, PodGroup>();
	const quotas = new Map<string, ElasticQuota>();
	const workloads = new Map<string, Workload>();
	for (const { kind, manifest } of manifests) {
		switch (kind) {
			case "Namespace":
				namespaces.set(manifest.name, manifest.labels);
				break;
			case "Service":
				if (manifest !== null) services.push(manifest);
				break;
			case "ReplicationController":
			case "ReplicaSet":
			case "StatefulSet":
				owners.push(manifest);
				break;
			case "PodDisruptionBudget":
				budgets.push(manifest);
				break;
			case "PersistentVolume":
				volumes.set(manifest.name, manifest);
				break;
			case "PersistentVolumeClaim":
				claims.set(`${manifest.namespace}/${manifest.name}`, manifest);
				break;
			case "StorageClass":
				classes.set(manifest.name, manifest);
				break;
			case "CSINode":
				limits.set(manifest[0], manifest[1]);
				break;
			case "PodGroup":
				podGroups.set(`${manifest.namespace}/${manifest.name}`, manifest);
				break;
			case "ElasticQuota":
				if (!quotas.has(manifest.namespace)) quotas.set(manifest.namespace, manifest);
				break;
			case "Workload":
				workloads.set(`${manifest.namespace}/${manifest.name}`, manifest);
				break;
		}
	}
	const storage = { claims, volumes, classes, limits };
	return { namespaces, services, owners, budgets, storage, podGroups, quotas, workloads };
}
