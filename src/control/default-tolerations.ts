/**
 * Tolerations of pods as they are written in their templates, and those that every pod gets at admission: it stays for five minutes on
 * a node that is not ready or unreachable, unless it says itself what it does then (admission plugin DefaultTolerationSeconds).
 */
import { z } from "zod";
import { lenientObject } from "../objects/kubernetes-object.js";
import type { Toleration } from "../objects/spec.js";
import { tolerationSchema } from "../objects/toleration-schemas.js";
import type { Admission } from "./api-server.js";
import { NOT_READY, UNREACHABLE } from "./node-bridge.js";
import type { PodObjectSpec, PodTemplate } from "./pod.js";

/** --default-not-ready-toleration-seconds and --default-unreachable-toleration-seconds. */
const DEFAULT_SECONDS = 300;

const schema = z.array(tolerationSchema(lenientObject));

/** Pods of one template share one that is filled in. */
export const defaultTolerations: Admission = (draft) => {
	if (draft.kind !== "Pod") return draft;
	const spec = draft.spec as PodObjectSpec;
	return { ...draft, spec: { ...spec, template: filledIn(spec.template) } };
};

/** What the pods of a template tolerate. */
export function tolerationsOf({ spec }: PodTemplate): readonly Toleration[] {
	const written = spec["tolerations"];
	if (!Array.isArray(written)) return NONE;
	let tolerations = parsed.get(written);
	if (tolerations === undefined) {
		tolerations = schema.parse(written);
		parsed.set(written, tolerations);
	}
	return tolerations;
}

function filledIn(template: PodTemplate): PodTemplate {
	let filled = templates.get(template);
	if (filled === undefined) {
		filled = withDefaults(template);
		templates.set(template, filled);
	}
	return filled;
}

function withDefaults(template: PodTemplate): PodTemplate {
	const tolerations = tolerationsOf(template);
	const missing = [NOT_READY, UNREACHABLE].filter(
		(key) => !tolerations.some((one) => isFor(one.key, key) && isFor(one.effect, "NoExecute")),
	);
	if (missing.length === 0) return template;
	const written = (template.spec["tolerations"] ?? []) as readonly unknown[];
	const added = missing.map((key) => ({
		key,
		operator: "Exists",
		effect: "NoExecute",
		tolerationSeconds: DEFAULT_SECONDS,
	}));
	return { ...template, spec: { ...template.spec, tolerations: [...written, ...added] } };
}

function isFor(value: string | null, wanted: string): boolean {
	return value === null || value === wanted;
}

const NONE: readonly Toleration[] = [];
const parsed = new WeakMap<object, readonly Toleration[]>();
const templates = new WeakMap<PodTemplate, PodTemplate>();
