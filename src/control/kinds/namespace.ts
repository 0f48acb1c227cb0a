import { z } from "zod";
import type { ApiObject } from "../api-object.js";
import { defineKind } from "./kind.js";

/** Nothing is declared of a namespace but that it exists. */
export type NamespaceSpec = Readonly<Record<never, never>>;

export interface NamespaceStatus {
	/** What still has to go before a namespace that is deleted goes, "" before anybody looked. */
	readonly remaining: string;
}

export type Namespace = ApiObject<NamespaceSpec, NamespaceStatus>;

/** Who deletes it must first see to what is in it. */
export const NAMESPACE_FINALIZER = "kubernetes";

export const namespaceKind = defineKind<NamespaceSpec, NamespaceStatus>({
	kind: "Namespace",
	summary: "Holds objects; deleting it deletes them first.",
	apiVersion: "v1",
	names: ["namespace", "namespaces", "ns"],
	namespaced: false,
	spec: z.strictObject({}),
	status: { remaining: "" },
	finalizers: [NAMESPACE_FINALIZER],
});

/** `Active`, or `Terminating` as soon as it was deleted. */
export function phaseOf({ metadata }: Namespace): "Active" | "Terminating" {
	return metadata.deletedUs === null ? "Active" : "Terminating";
}
