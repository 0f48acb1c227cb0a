/**
 * Persistent storage: volumes, claims, storage classes, and how many volumes a node takes. Sources: core/v1 PersistentVolume and
 * PersistentVolumeClaim, storage.k8s.io/v1 StorageClass and CSINode.
 *
 * Divergence from Kubernetes: volumes of in-tree types count as what they are, not as the CSI driver that serves them today;
 * CSIStorageCapacity objects are read over, so a class that provisions has room everywhere; VolumeAttachments are read over, so
 * a volume is attached where its pods are and nowhere else.
 */
import { z } from "zod";
import { orAbsent } from "./absent.js";
import { lenientObject } from "./kubernetes-object.js";
import { objectMetadataSchema } from "./metadata.js";
import { parseQuantity, quantityText } from "./quantity.js";
import type { LabelSelector, Labels, NodeSelectorTerm } from "./selector.js";
import { labelSelectorSchema, nodeSelectorTermSchema } from "./selector-schemas.js";

/** A PersistentVolumeClaim: storage that a pod asks for. */
export interface VolumeClaim {
	readonly namespace: string;
	readonly name: string;
	/** The volume it is bound to, or shall be; "" for none. */
	readonly volumeName: string;
	/** Whether the binding is complete (annotation `pv.kubernetes.io/bind-completed`). */
	readonly bound: boolean;
	/** Its volume is gone for good (`status.phase: Lost`). */
	readonly lost: boolean;
	/** "" for none. */
	readonly className: string;
	readonly accessModes: readonly string[];
	readonly requestBytes: number;
	readonly selector: LabelSelector | null;
	readonly volumeMode: string;
}

/** A PersistentVolume: storage that is there. */
export interface PersistentVolume {
	readonly name: string;
	readonly labels: Labels;
	readonly className: string;
	readonly capacityBytes: number;
	readonly accessModes: readonly string[];
	readonly volumeMode: string;
	/** Nodes that can reach it: terms are alternatives; null for all. */
	readonly nodeTerms: readonly NodeSelectorTerm[] | null;
	/** The claim it is kept for, `namespace/name`; "" for none. */
	readonly claim: string;
	readonly available: boolean;
	/** `driver/handle` of a CSI volume and its driver, or null. */
	readonly csi: { readonly driver: string; readonly handle: string } | null;
}

export interface StorageClass {
	readonly name: string;
	/** `kubernetes.io/no-provisioner` makes no volumes. */
	readonly provisioner: string;
	/** Whether volumes are bound and made only when a pod has a node (`WaitForFirstConsumer`). */
	readonly waits: boolean;
	/** Where it can make volumes: alternatives of label values; empty for everywhere. */
	readonly allowedTopologies: readonly (readonly { readonly key: string; readonly values: readonly string[] }[])[];
}

export interface Storage {
	/** By `namespace/name`. */
	readonly claims: ReadonlyMap<string, VolumeClaim>;
	readonly volumes: ReadonlyMap<string, PersistentVolume>;
	readonly classes: ReadonlyMap<string, StorageClass>;
	/** Volumes that a node takes: by node, by CSI driver. */
	readonly limits: ReadonlyMap<string, ReadonlyMap<string, number>>;
}

const BIND_COMPLETED = "pv.kubernetes.io/bind-completed";
const OLD_CLASS = "volume.beta.kubernetes.io/storage-class";

function annotation({ annotations }: { readonly annotations: Labels }, key: string): string | undefined {
	return annotations[key];
}

const storageBytes = orAbsent(
	z.object({ storage: orAbsent(quantityText, "0") }).transform(({ storage }) => parseQuantity(storage, "unit")),
	0,
);

export const volumeClaimSchema: z.ZodType<VolumeClaim> = z
	.object({
		metadata: objectMetadataSchema,
		spec: z.object({
			volumeName: orAbsent(z.string(), ""),
			storageClassName: orAbsent(z.string(), ""),
			accessModes: orAbsent(z.array(z.string()), []),
			resources: orAbsent(z.object({ requests: storageBytes }), { requests: 0 }),
			selector: orAbsent(labelSelectorSchema(lenientObject), null),
			volumeMode: orAbsent(z.string(), "Filesystem"),
		}),
		status: orAbsent(z.object({ phase: orAbsent(z.string(), "") }), { phase: "" }),
	})
	.transform(({ metadata, spec, status }) => ({
		namespace: metadata.namespace,
		name: metadata.name,
		volumeName: spec.volumeName,
		bound: spec.volumeName !== "" && (annotation(metadata, BIND_COMPLETED) !== undefined || status.phase === "Bound"),
		lost: status.phase === "Lost",
		className: annotation(metadata, OLD_CLASS) ?? spec.storageClassName,
		accessModes: spec.accessModes,
		requestBytes: spec.resources.requests,
		selector: spec.selector,
		volumeMode: spec.volumeMode,
	}));

export const persistentVolumeSchema: z.ZodType<PersistentVolume> = z
	.object({
		metadata: objectMetadataSchema,
		spec: z.object({
			capacity: storageBytes,
			storageClassName: orAbsent(z.string(), ""),
			accessModes: orAbsent(z.array(z.string()), []),
			volumeMode: orAbsent(z.string(), "Filesystem"),
			claimRef: orAbsent(z.object({ namespace: orAbsent(z.string(), ""), name: orAbsent(z.string(), "") }), null),
			csi: orAbsent(z.object({ driver: z.string(), volumeHandle: z.string() }), null),
			nodeAffinity: orAbsent(
				z.object({
					required: orAbsent(z.object({ nodeSelectorTerms: z.array(nodeSelectorTermSchema(lenientObject)) }), null),
				}),
				null,
			),
		}),
		status: orAbsent(z.object({ phase: orAbsent(z.string(), "Available") }), { phase: "Available" }),
	})
	.transform(({ metadata, spec, status }) => ({
		name: metadata.name,
		labels: metadata.labels,
		className: annotation(metadata, OLD_CLASS) ?? spec.storageClassName,
		capacityBytes: spec.capacity,
		accessModes: spec.accessModes,
		volumeMode: spec.volumeMode,
		nodeTerms: spec.nodeAffinity?.required?.nodeSelectorTerms ?? null,
		claim: spec.claimRef === null ? "" : `${spec.claimRef.namespace}/${spec.claimRef.name}`,
		available: status.phase === "Available",
		csi: spec.csi === null ? null : { driver: spec.csi.driver, handle: spec.csi.volumeHandle },
	}));

const topologyTerm = z.object({
	matchLabelExpressions: orAbsent(z.array(z.object({ key: z.string(), values: z.array(z.string()) })), []),
});

export const storageClassSchema: z.ZodType<StorageClass> = z
	.object({
		metadata: objectMetadataSchema,
		provisioner: orAbsent(z.string(), ""),
		volumeBindingMode: orAbsent(z.enum(["Immediate", "WaitForFirstConsumer"]), "Immediate"),
		allowedTopologies: orAbsent(z.array(topologyTerm), []),
	})
	.transform(({ metadata, provisioner, volumeBindingMode, allowedTopologies }) => ({
		name: metadata.name,
		provisioner,
		waits: volumeBindingMode === "WaitForFirstConsumer",
		allowedTopologies: allowedTopologies.map((term) => term.matchLabelExpressions),
	}));

/** A CSINode, reduced to the volumes its node takes: [node, driver -> count]. */
export const nodeVolumesSchema: z.ZodType<readonly [string, ReadonlyMap<string, number>]> = z
	.object({
		metadata: objectMetadataSchema,
		spec: z.object({
			drivers: orAbsent(
				z.array(
					z.object({
						name: z.string(),
						allocatable: orAbsent(z.object({ count: orAbsent(z.int32(), null) }), null),
					}),
				),
				[],
			),
		}),
	})
	.transform(({ metadata, spec }) => {
		const limits = spec.drivers.flatMap(({ name, allocatable }) => {
			const count = allocatable?.count ?? null;
			return count === null ? [] : [[name, count] as const];
		});
		return [metadata.name, new Map(limits)] as const;
	});
