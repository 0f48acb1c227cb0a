/**
 * HTTPRoute (gateway.networking.k8s.io/v1): how the requests to a gateway are divided among Services. Parents, hostnames, matches and filters
 * are kept as written, and nobody reads them.
 */
import { z } from "zod";
import { orAbsent } from "../../objects/absent.js";
import type { ApiObject } from "../api-object.js";
import { defineKind } from "./kind.js";

export interface HttpRouteSpec {
	readonly rules: readonly {
		readonly backendRefs: readonly {
			readonly name: string;
			/** That of the route if null. */
			readonly namespace: string | null;
			/** Relative to the others; 0 for none. */
			readonly weight: number;
		}[];
	}[];
}

export type HttpRoute = ApiObject<HttpRouteSpec, null>;

const MOST_WEIGHT = 1_000_000;

const backendRef = z.looseObject({
	name: z.string().min(1),
	namespace: orAbsent(z.string(), null),
	weight: orAbsent(
		z
			.int()
			.min(0, { error: "must be greater than or equal to 0" })
			.max(MOST_WEIGHT, { error: `must be less than or equal to ${MOST_WEIGHT}` }),
		1,
	),
});

export const httpRouteKind = defineKind<HttpRouteSpec, null>({
	kind: "HTTPRoute",
	summary: "Shares the requests of spec.traffic among services by weight, for canaries.",
	apiVersion: "gateway.networking.k8s.io/v1",
	names: ["httproute", "httproutes"],
	namespaced: true,
	spec: z.looseObject({
		rules: orAbsent(z.array(z.looseObject({ backendRefs: orAbsent(z.array(backendRef), []) })), []),
	}),
	status: null,
});
