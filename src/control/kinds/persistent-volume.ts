/** PersistentVolumes: storage that is there, declared or made for a claim. */
import { z } from "zod";
import { orAbsent } from "../../objects/absent.js";
import type { ApiObject } from "../api-object.js";
import { defineKind } from "./kind.js";
import { type AccessMode, accessModesSchema } from "./persistent-volume-claim.js";
import { type Quantities, quantitiesSchema } from "./quantities.js";

export type ReclaimPolicy = "Retain" | "Delete";

export interface PersistentVolumeSpec {
	readonly capacity: Quantities;
	readonly accessModes: readonly AccessMode[];
	readonly storageClassName: string;
	readonly volumeMode: "Filesystem" | "Block";
	readonly persistentVolumeReclaimPolicy: ReclaimPolicy;
	/** The claim that it is kept for; without a uid whoever has the name. */
	readonly claimRef: { readonly namespace: string; readonly name: string; readonly uid: number | null } | null;
	/** As written: `required.nodeSelectorTerms`. */
	readonly nodeAffinity: unknown;
	/** As written: `driver`, `volumeHandle`. */
	readonly csi: unknown;
}

export interface PersistentVolumeStatus {
	readonly phase: "Available" | "Bound" | "Released";
}

export type PersistentVolume = ApiObject<PersistentVolumeSpec, PersistentVolumeStatus>;

const capacitySchema = quantitiesSchema.superRefine(({ storage }, context) => {
	if (storage === undefined) context.addIssue({ code: "custom", path: ["storage"], message: "Required value" });
});
const claimRefSchema = z
	.looseObject({ namespace: z.string(), name: z.string(), uid: orAbsent(z.unknown(), null) })
	// What a manifest says of it is another cluster's.
	.transform(({ namespace, name, uid }) => ({ namespace, name, uid: typeof uid === "number" ? uid : null }));

/** Where the storage really is (`hostPath`, `nfs`, ...) is kept as written; only what schedulers look at is read. */
export const persistentVolumeKind = defineKind<PersistentVolumeSpec, PersistentVolumeStatus>({
	kind: "PersistentVolume",
	summary: "A volume that claims can be bound to.",
	apiVersion: "v1",
	names: ["persistentvolume", "persistentvolumes", "pv"],
	namespaced: false,
	spec: z.looseObject({
		capacity: capacitySchema,
		accessModes: accessModesSchema,
		storageClassName: orAbsent(z.string(), ""),
		volumeMode: orAbsent(z.enum(["Filesystem", "Block"]), "Filesystem"),
		persistentVolumeReclaimPolicy: orAbsent(z.enum(["Retain", "Delete"]), "Retain"),
		claimRef: orAbsent(claimRefSchema, null),
		nodeAffinity: orAbsent(z.unknown(), null),
		csi: orAbsent(z.unknown(), null),
	}),
	status: { phase: "Available" },
});
