import { z } from "zod";
import { orAbsent } from "../../objects/absent.js";
import { labelsSchema } from "../../objects/selector-schemas.js";
import type { ApiObject, Texts } from "../api-object.js";
import { defineKind } from "./kind.js";

/** Ports, addresses and policies are kept as written, and nobody reads them. */
export interface ServiceSpec {
	/** Labels of the pods that it is served by; empty for none. */
	readonly selector: Texts;
	/** Whether pods that are not ready count as such, too. */
	readonly publishNotReadyAddresses: boolean;
}

export type Service = ApiObject<ServiceSpec, null>;

export const serviceKind = defineKind<ServiceSpec, null>({
	kind: "Service",
	summary: "The pods that requests of spec.traffic go to.",
	apiVersion: "v1",
	names: ["service", "services", "svc"],
	namespaced: true,
	spec: z.looseObject({
		selector: orAbsent(labelsSchema, {}),
		publishNotReadyAddresses: orAbsent(z.boolean(), false),
	}),
	status: null,
});
