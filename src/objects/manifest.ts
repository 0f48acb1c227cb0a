/**
 * Any Kubernetes document: finds out what it is, takes lists apart, and validates what a simulation has a use for.
 *
 * Takes what `kubectl get -o json` and `-o yaml` print: single objects, `List`, and typed lists such as `PodList`, whose items
 * may lack their kind.
 */
import type { z } from "zod";
import { CLUSTER_KINDS, type ClusterKind, type ClusterManifest } from "./cluster-manifests.js";
import { formatPath, type Mistake, validate } from "./issues.js";
import { type NodeManifest, nodeSchema } from "./node.js";
import { type PodManifest, podSchema, podTemplateSchema } from "./pod.js";
import { type PriorityClass, priorityClassSchema } from "./priority-class.js";

/** An object that cannot be taken, with at least one mistake. The paths of mistakes start at the top of the document. */
export interface InvalidManifest {
	readonly kind: "invalid";
	/** Such as `Pod default/web`. */
	readonly subject: string;
	readonly mistakes: readonly Mistake[];
}

/** One object of a document. `path` leads to it from the top of the document. */
export type Manifest = { readonly path: readonly PropertyKey[] } & (
	| { readonly kind: "Node"; readonly manifest: NodeManifest }
	| { readonly kind: "Pod"; readonly manifest: PodManifest }
	| { readonly kind: "PodTemplate"; readonly manifest: z.output<typeof podTemplateSchema> }
	| { readonly kind: "PriorityClass"; readonly manifest: PriorityClass }
	/** Another object that decides where pods may go. `name` has its namespace in front. */
	| { readonly kind: "cluster"; readonly object: ClusterManifest; readonly name: string }
	/** A kind nothing here has a use for: `apps/v1 Deployment`. */
	| { readonly kind: "ignored"; readonly ignoredKind: string; readonly name: string }
	| InvalidManifest
);

/** The objects of one parsed document, in its order. An empty document has none. */
export function readManifests(document: unknown): readonly Manifest[] {
	const found: Manifest[] = [];
	if (document !== null && document !== undefined) read(document, [], "", found);
	return found;
}

/** A mistake of an invalid object in words: `Pod default/web: spec.containers: ...; did you mean ...?`. */
export function mistakeText(found: Manifest & InvalidManifest, { path, message, hint }: Mistake): string {
	const field = formatPath(path.slice(found.path.length));
	const parts = field === "" ? [found.subject, message] : [found.subject, field, message];
	return parts.join(": ") + (hint === undefined ? "" : `; ${hint}`);
}

const SCHEMAS = {
	Node: { apiVersion: "v1", summary: "A machine: what it has to give, its labels and taints.", schema: nodeSchema },
	Pod: {
		apiVersion: "v1",
		summary: "A pod that is there from the start: waiting, or running on the node that it names.",
		schema: podSchema,
	},
	PodTemplate: { apiVersion: "v1", summary: "A template of pods.", schema: podTemplateSchema },
	PriorityClass: {
		apiVersion: "scheduling.k8s.io/v1",
		summary: "A priority by name, for priorityClassName of pods.",
		schema: priorityClassSchema,
	},
	...CLUSTER_KINDS,
} as const;

type KnownKind = keyof typeof SCHEMAS;

export interface UsedKind {
	readonly kind: string;
	readonly apiVersion: string;
	/** What of it is used, in a line. */
	readonly summary: string;
	readonly schema: z.ZodType;
}

/** What a simulation has a use for, whoever orchestrates; a template is used by what has it. */
export const USED_OBJECTS: readonly UsedKind[] = Object.entries<Omit<UsedKind, "kind">>(SCHEMAS).flatMap(
	([kind, known]) => (kind === "PodTemplate" ? [] : [{ kind, ...known }]),
);

/** Their kinds, for messages. */
export const USED_KINDS: readonly string[] = USED_OBJECTS.map(({ kind }) => kind);

/** `impliedKind`: the kind of items in a typed list that carry none, "" elsewhere. */
function read(value: unknown, path: readonly PropertyKey[], impliedKind: string, found: Manifest[]): void {
	if (typeof value !== "object" || value === null || Array.isArray(value)) {
		found.push(invalid(path, "document", "expected a Kubernetes object: a map with apiVersion and kind", "value"));
		return;
	}
	const object = value as Readonly<Record<string, unknown>>;
	const kind = object["kind"] ?? impliedKind;
	const apiVersion = object["apiVersion"] ?? "";
	if (typeof kind !== "string" || kind === "") {
		found.push(
			invalid(path, "document", "a Kubernetes object needs a kind: write kind: Pod, Node or another", "value"),
		);
	} else if (typeof apiVersion !== "string") {
		found.push(invalid([...path, "apiVersion"], kind, "expected text such as v1", "value"));
	} else if (kind.endsWith("List") && Array.isArray(object["items"])) {
		const itemKind = kind.slice(0, -"List".length);
		object["items"].forEach((item, index) => {
			read(item, [...path, "items", index], itemKind, found);
		});
	} else if (isKnown(kind, apiVersion)) {
		found.push(readObject(kind, object, path));
	} else {
		found.push({ path, kind: "ignored", ignoredKind: `${apiVersion} ${kind}`.trim(), name: nameOf(object) });
	}
}

/** Other API groups have kinds of the same names. Objects without an apiVersion count as Kubernetes' own. */
function isKnown(kind: string, apiVersion: string): kind is KnownKind {
	if (!Object.hasOwn(SCHEMAS, kind)) return false;
	return apiVersion === "" || groupOf(apiVersion) === groupOf(SCHEMAS[kind as KnownKind].apiVersion);
}

function groupOf(apiVersion: string): string {
	return apiVersion.includes("/") ? apiVersion.slice(0, apiVersion.indexOf("/")) : "";
}

function readObject(
	kind: KnownKind,
	object: Readonly<Record<string, unknown>>,
	path: readonly PropertyKey[],
): Manifest {
	const checked = validate<unknown>(SCHEMAS[kind].schema, object, path);
	// The schema of a kind makes the manifest of that kind, which the compiler cannot follow through the table.
	if (checked.ok && Object.hasOwn(CLUSTER_KINDS, kind)) {
		const known = { kind: kind as ClusterKind, manifest: checked.value } as ClusterManifest;
		return { path, kind: "cluster", object: known, name: nameOf(object) };
	}
	if (checked.ok) return { path, kind, manifest: checked.value } as Manifest;
	return { path, kind: "invalid", subject: `${kind} ${nameOf(object)}`.trim(), mistakes: checked.mistakes };
}

function invalid(path: readonly PropertyKey[], subject: string, message: string, at: "key" | "value"): Manifest {
	return { path, kind: "invalid", subject, mistakes: [{ path, at, message }] };
}

function nameOf(object: Readonly<Record<string, unknown>>): string {
	const metadata = object["metadata"];
	if (typeof metadata !== "object" || metadata === null) return "";
	const { namespace, name } = metadata as { readonly namespace?: unknown; readonly name?: unknown };
	return [namespace, name].filter((part) => typeof part === "string").join("/");
}
