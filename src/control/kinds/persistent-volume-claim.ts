/** PersistentVolumeClaims: storage that pods ask for. What the API server refuses: pkg/apis/core/validation (ValidatePersistentVolumeClaimSpec). */
import { z } from "zod";
import { orAbsent } from "../../objects/absent.js";
import { lenientObject } from "../../objects/kubernetes-object.js";
import { parseQuantity } from "../../objects/quantity.js";
import type { LabelSelector } from "../../objects/selector.js";
import { labelSelectorSchema } from "../../objects/selector-schemas.js";
import type { ApiObject } from "../api-object.js";
import { defineKind } from "./kind.js";
import { type Quantities, quantitiesSchema } from "./quantities.js";

export type AccessMode = (typeof ACCESS_MODES)[number];
export const ACCESS_MODES = ["ReadWriteOnce", "ReadOnlyMany", "ReadWriteMany", "ReadWriteOncePod"] as const;

export interface PersistentVolumeClaimSpec {
	readonly accessModes: readonly AccessMode[];
	readonly resources: { readonly requests: Quantities };
	/** Null until the default class is filled in; "" for none. */
	readonly storageClassName: string | null;
	readonly volumeName: string;
	readonly volumeMode: "Filesystem" | "Block";
	readonly selector: LabelSelector | null;
}

export interface PersistentVolumeClaimStatus {
	readonly phase: "Pending" | "Bound" | "Lost";
}

export type PersistentVolumeClaim = ApiObject<PersistentVolumeClaimSpec, PersistentVolumeClaimStatus>;

/** It is not gone while a pod uses it. */
export const CLAIM_PROTECTION = "kubernetes.io/pvc-protection";
/** The node for whose sake a volume is to be made. */
export const SELECTED_NODE = "volume.kubernetes.io/selected-node";

export const accessModesSchema = z.array(z.enum(ACCESS_MODES)).superRefine((modes, context) => {
	if (modes.length === 0)
		context.addIssue({ code: "custom", message: "Required value: at least 1 access mode is required" });
	else if (modes.includes("ReadWriteOncePod") && modes.length > 1)
		context.addIssue({ code: "custom", message: "Forbidden: may not use ReadWriteOncePod with other access modes" });
});

const requestsSchema = quantitiesSchema.superRefine((requests, context) => {
	const { storage } = requests;
	const positive = storage === undefined || parseQuantity(storage, "unit") > 0;
	if (storage === undefined) context.addIssue({ code: "custom", path: ["storage"], message: "Required value" });
	else if (!positive) context.addIssue({ code: "custom", path: ["storage"], message: "must be greater than zero" });
});

export const claimSpecSchema: z.ZodType<PersistentVolumeClaimSpec> = z.strictObject({
	accessModes: accessModesSchema,
	resources: z.strictObject({ requests: requestsSchema, limits: orAbsent(quantitiesSchema, {}) }),
	storageClassName: orAbsent(z.string(), null),
	volumeName: orAbsent(z.string(), ""),
	volumeMode: orAbsent(z.enum(["Filesystem", "Block"]), "Filesystem"),
	selector: orAbsent(labelSelectorSchema(lenientObject), null),
	volumeAttributesClassName: orAbsent(z.string(), null),
	dataSource: orAbsent(z.unknown(), null),
	dataSourceRef: orAbsent(z.unknown(), null),
});

export const persistentVolumeClaimKind = defineKind<PersistentVolumeClaimSpec, PersistentVolumeClaimStatus>({
	kind: "PersistentVolumeClaim",
	summary: "Asks for a volume, and is bound to one or has one provisioned.",
	apiVersion: "v1",
	names: ["persistentvolumeclaim", "persistentvolumeclaims", "pvc"],
	namespaced: true,
	spec: claimSpecSchema,
	status: { phase: "Pending" },
	finalizers: [CLAIM_PROTECTION],
});
