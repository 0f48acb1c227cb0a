/** Pods that users create themselves; those of controllers are made from templates. */
import { z } from "zod";
import { NEW_POD, type PodObjectSpec, type PodObjectStatus } from "../pod.js";
import { defineKind } from "./kind.js";
import { podTemplateSchema } from "./pod-template.js";

const NO_TEMPLATE = { spec: {} };

export const podKind = defineKind<PodObjectSpec, PodObjectStatus>({
	kind: "Pod",
	summary: "A pod of its own, without a controller that would replace it.",
	apiVersion: "v1",
	names: ["pod", "pods", "po"],
	actions: ["create", "delete"],
	namespaced: true,
	spec: z.unknown().transform((spec, context): PodObjectSpec => {
		const checked = podTemplateSchema.safeParse({ spec });
		// Without the `spec` of the template.
		for (const { message, path } of checked.error?.issues ?? [])
			context.addIssue({ code: "custom", message, path: path.slice(1) });
		return { template: checked.data ?? NO_TEMPLATE, onlyNode: "", nodeName: "" };
	}),
	withMetadata: (spec, { labels, annotations }) => ({
		...spec,
		template: { ...spec.template, metadata: { labels, annotations } },
	}),
	status: NEW_POD,
});
