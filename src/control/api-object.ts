/**
 * Objects of the API server: what is declared (`spec`, in Kubernetes' own shape, defaults filled in) and what was found
 * (`status`). An object never changes: a write puts another one in its place.
 */
import type { SimTime } from "../engine/time.js";

export interface OwnerReference {
	readonly kind: string;
	readonly name: string;
	readonly uid: number;
	/** Whether its deletion waits for this object, if it waits for any. */
	readonly blockOwnerDeletion: boolean;
}

export type Texts = Readonly<Record<string, string>>;

export interface Metadata {
	readonly namespace: string;
	readonly name: string;
	/** In order of creation, from 1; never used again. */
	readonly uid: number;
	/** Of the whole store: grows with each write. */
	readonly resourceVersion: number;
	/** Grows when the spec changes. */
	readonly generation: number;
	readonly createdUs: SimTime;
	/** Since when it is on its way out; null if it is not. */
	readonly deletedUs: SimTime | null;
	/** It stays, however deleted, while there are any. */
	readonly finalizers: readonly string[];
	readonly labels: Texts;
	readonly annotations: Texts;
	/** The controller that it belongs to. */
	readonly owner: OwnerReference | null;
}

export interface ApiObject<Spec = unknown, Status = unknown> {
	readonly kind: string;
	readonly metadata: Metadata;
	readonly spec: Spec;
	readonly status: Status;
}

/** What whoever creates an object says of it. */
export interface Draft<Spec = unknown, Status = unknown> {
	readonly kind: string;
	readonly metadata: Pick<Metadata, "namespace" | "name"> &
		Partial<Pick<Metadata, "labels" | "annotations" | "owner" | "finalizers">>;
	readonly spec: Spec;
	readonly status: Status;
}

/** `default/web`: what an object is called among those of its kind. Objects of no namespace have "" for it. */
export function keyOf({ metadata }: { readonly metadata: Pick<Metadata, "namespace" | "name"> }): string {
	return `${metadata.namespace}/${metadata.name}`;
}

/** The reference with which an object says that it belongs to this one. */
export function ownerReferenceTo({ kind, metadata: { name, uid } }: ApiObject): OwnerReference {
	return { kind, name, uid, blockOwnerDeletion: true };
}
