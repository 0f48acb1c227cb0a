/** Templates that StatefulSets and DaemonSets have had. */
import { z } from "zod";
import type { ApiObject } from "../api-object.js";
import type { PodTemplate } from "../pod.js";
import { defineKind } from "./kind.js";
import { podTemplateSchema } from "./pod-template.js";

export interface ControllerRevisionSpec {
	readonly template: PodTemplate;
	/** The newest has the highest; one that is gone back to gets a new one. */
	readonly revision: number;
}

export type ControllerRevision = ApiObject<ControllerRevisionSpec, null>;

export const controllerRevisionKind = defineKind<ControllerRevisionSpec, null>({
	kind: "ControllerRevision",
	summary: "A former template of a DaemonSet or StatefulSet, which their controllers keep for going back.",
	apiVersion: "apps/v1",
	names: ["controllerrevision", "controllerrevisions"],
	actions: [],
	namespaced: true,
	spec: z.strictObject({ template: podTemplateSchema, revision: z.int().min(0) }),
	status: null,
});
