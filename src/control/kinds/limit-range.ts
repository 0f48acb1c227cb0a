import { z } from "zod";
import { orAbsent } from "../../objects/absent.js";
import type { ApiObject } from "../api-object.js";
import { defineKind } from "./kind.js";
import { type Quantities, quantitiesSchema } from "./quantities.js";

export interface LimitRangeItem {
	readonly type: "Container" | "Pod" | "PersistentVolumeClaim";
	readonly min: Quantities;
	readonly max: Quantities;
	/** Limits and requests of containers that have none. */
	readonly default: Quantities;
	readonly defaultRequest: Quantities;
	readonly maxLimitRequestRatio: Quantities;
}

export interface LimitRangeSpec {
	readonly limits: readonly LimitRangeItem[];
}

export type LimitRange = ApiObject<LimitRangeSpec, null>;

const quantities = orAbsent(quantitiesSchema, {});

/** What is not said follows from the rest: limits from the maximum, requests from the limit or the minimum. */
function withDefaults(item: LimitRangeItem): LimitRangeItem {
	if (item.type !== "Container") return item;
	const limit = { ...item.max, ...item.default };
	return { ...item, default: limit, defaultRequest: { ...item.min, ...limit, ...item.defaultRequest } };
}

export const limitRangeKind = defineKind<LimitRangeSpec, null>({
	kind: "LimitRange",
	summary: "What containers of a namespace ask for that ask for nothing, and how much they may ask for.",
	apiVersion: "v1",
	names: ["limitrange", "limitranges", "limits"],
	namespaced: true,
	spec: z.strictObject({
		limits: z.array(
			z
				.strictObject({
					type: z.enum(["Container", "Pod", "PersistentVolumeClaim"]),
					min: quantities,
					max: quantities,
					default: quantities,
					defaultRequest: quantities,
					maxLimitRequestRatio: quantities,
				})
				.transform(withDefaults),
		),
	}),
	status: null,
});
