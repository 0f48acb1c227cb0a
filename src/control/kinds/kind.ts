/** What is known of a kind of object: what its manifest must look like, and what a new one starts with. */
import type { z } from "zod";
import type { Replicas } from "../../cell/changes.js";
import type { Mistake } from "../../objects/issues.js";
import type { PlainMap } from "../../objects/plain-data.js";
import type { Texts } from "../api-object.js";

/** Of `spec.actions`, on objects. */
export type ObjectAction = "create" | "patch" | "scale" | "delete" | "cordon" | "uncordon" | "drain" | "upgrade";

export interface KindDefinition<Spec = unknown, Status = unknown> {
	readonly kind: string;
	/** What it is for, in a line: for `cellsim list`. */
	readonly summary?: string;
	/** `apps/v1`. */
	readonly apiVersion: string;
	/** What kubectl takes for it: `deployment`, `deploy`. */
	readonly names: readonly string[];
	readonly namespaced: boolean;
	/** Kubernetes' shape in, the same shape with defaults out. What the API server would refuse is an issue with the same words. */
	readonly spec: z.ZodType<Spec>;
	/** Its fields stand beside metadata, not in a spec of their own: ConfigMap, StorageClass. */
	readonly flat?: boolean;
	/** What is wrong with its metadata; paths begin there. */
	readonly checkMetadata?: (metadata: { readonly labels: Texts; readonly annotations: Texts }) => readonly Mistake[];
	/** Puts into the spec what of it stands in the metadata of a manifest. */
	readonly withMetadata?: (spec: Spec, metadata: { readonly labels: Texts; readonly annotations: Texts }) => Spec;
	/** What of a change the API server would refuse; paths begin at the spec. */
	readonly checkChange?: (before: Spec, after: Spec) => readonly Mistake[];
	readonly status: Status;
	/** How many pods an object wants and has, for kinds that keep pods. */
	readonly replicas?: (spec: Spec, status: Status) => Omit<Replicas, "kind" | "name">;
	/** What users do to its objects; default: create, patch and delete, and scale where `spec.replicas` says how many pods it keeps. */
	readonly actions?: readonly ObjectAction[];
	/** What a new object has besides what its manifest says. */
	readonly finalizers?: readonly string[];
	readonly annotations?: Texts;
}

// biome-ignore lint/suspicious/noExplicitAny: a kind is defined by itself; who looks it up by name does not know its types.
export type AnyKind = KindDefinition<any, any>;

export function defineKind<Spec, Status>(definition: KindDefinition<Spec, Status>): KindDefinition<Spec, Status> {
	return definition;
}

/** What of a manifest is the spec, and where it stands. */
export function specIn(
	{ flat = false }: AnyKind,
	manifest: PlainMap,
): { readonly spec: unknown; readonly path: string[] } {
	if (!flat) return { spec: manifest["spec"] ?? {}, path: ["spec"] };
	const { apiVersion: _, kind: __, metadata: ___, status: ____, ...fields } = manifest;
	return { spec: fields, path: [] };
}
