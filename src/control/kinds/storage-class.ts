/** StorageClasses: how storage is made, and when. How long it takes is not Kubernetes' to say: annotations. */
import { z } from "zod";
import type { SimTime } from "../../engine/time.js";
import { orAbsent } from "../../objects/absent.js";
import { parseDuration } from "../../objects/duration.js";
import type { ApiObject } from "../api-object.js";
import { defineKind } from "./kind.js";
import type { ReclaimPolicy } from "./persistent-volume.js";

export interface StorageClassSpec {
	readonly provisioner: string;
	readonly reclaimPolicy: ReclaimPolicy;
	readonly volumeBindingMode: "Immediate" | "WaitForFirstConsumer";
	/** As written. */
	readonly allowedTopologies: readonly { readonly matchLabelExpressions: readonly Expression[] }[];
}

interface Expression {
	readonly key: string;
	readonly values: readonly string[];
}

/** How long the storage behind a class takes. */
export interface StorageTimes {
	readonly provisionUs: SimTime;
	readonly attachUs: SimTime;
	readonly detachUs: SimTime;
}

export type StorageClass = ApiObject<StorageClassSpec, null>;

/** Makes no volumes. */
export const NO_PROVISIONER = "kubernetes.io/no-provisioner";
/** Claims that name no class are of this one. */
export const DEFAULT_CLASS = "storageclass.kubernetes.io/is-default-class";
const NO_TIMES: StorageTimes = { provisionUs: 0, attachUs: 0, detachUs: 0 };

/** Annotations of a class, with what they say. */
export const STORAGE_ANNOTATIONS = {
	"cellsim.io/provision-after": "from the decision to make a volume until it is there; at once if absent",
	"cellsim.io/attach-after": "from the wish to attach a volume to a node until it is attached; at once if absent",
	"cellsim.io/detach-after": "from the end of a volume's last pod on a node until it is free; at once if absent",
} as const;

export const storageClassKind = defineKind<StorageClassSpec, null>({
	kind: "StorageClass",
	summary: "How claims get their volumes: at once, or when their first pod has a node.",
	apiVersion: "storage.k8s.io/v1",
	names: ["storageclass", "storageclasses", "sc"],
	namespaced: false,
	flat: true,
	spec: z.strictObject({
		provisioner: z.string().min(1, "Required value"),
		reclaimPolicy: orAbsent(z.enum(["Retain", "Delete"]), "Delete"),
		volumeBindingMode: orAbsent(z.enum(["Immediate", "WaitForFirstConsumer"]), "Immediate"),
		allowedTopologies: orAbsent(
			z.array(
				z.strictObject({
					matchLabelExpressions: z.array(z.strictObject({ key: z.string(), values: z.array(z.string()).min(1) })),
				}),
			),
			[],
		),
		allowVolumeExpansion: orAbsent(z.boolean(), false),
		parameters: orAbsent(z.record(z.string(), z.string()), {}),
		mountOptions: orAbsent(z.array(z.string()), []),
	}),
	checkMetadata: ({ annotations }) =>
		Object.entries(annotations).flatMap(([name, text]) => {
			const message = problemOf(name, text);
			return message === null ? [] : [{ path: ["annotations", name], at: "value", message }];
		}),
	status: null,
});

/** What the annotations of a class say; nothing takes time without one. */
export function timesOf(storageClass: StorageClass | undefined): StorageTimes {
	if (storageClass === undefined) return NO_TIMES;
	const { annotations } = storageClass.metadata;
	const us = (name: keyof typeof STORAGE_ANNOTATIONS) =>
		annotations[name] === undefined ? 0 : parseDuration(annotations[name]);
	return {
		provisionUs: us("cellsim.io/provision-after"),
		attachUs: us("cellsim.io/attach-after"),
		detachUs: us("cellsim.io/detach-after"),
	};
}

function problemOf(name: string, text: string): string | null {
	if (!name.startsWith("cellsim.io/")) return null;
	if (!Object.hasOwn(STORAGE_ANNOTATIONS, name))
		return `unknown annotation '${name}': expected one of ${Object.keys(STORAGE_ANNOTATIONS).join(", ")}`;
	try {
		parseDuration(text);
		return null;
	} catch {
		return `'${text}' is not a duration such as 30s`;
	}
}
