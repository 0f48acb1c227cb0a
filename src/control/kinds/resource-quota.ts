import { z } from "zod";
import type { ApiObject } from "../api-object.js";
import { defineKind } from "./kind.js";
import { type Quantities, quantitiesSchema } from "./quantities.js";

/** By quota resource (`pods`, `requests.cpu`), canonical units. */
export type QuotaAmounts = Readonly<Record<string, number>>;

export interface ResourceQuotaSpec {
	readonly hard: Quantities;
}

export interface ResourceQuotaStatus {
	/** The limits that are enforced: those of the spec, a little later. */
	readonly hard: QuotaAmounts;
	readonly used: QuotaAmounts;
}

export type ResourceQuota = ApiObject<ResourceQuotaSpec, ResourceQuotaStatus>;

export const resourceQuotaKind = defineKind<ResourceQuotaSpec, ResourceQuotaStatus>({
	kind: "ResourceQuota",
	summary: "What the pods and objects of a namespace may ask for together.",
	apiVersion: "v1",
	names: ["resourcequota", "resourcequotas", "quota"],
	namespaced: true,
	spec: z.strictObject({ hard: quantitiesSchema }),
	status: { hard: {}, used: {} },
});
