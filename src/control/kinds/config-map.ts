/** ConfigMaps and Secrets: what pods read, as files or as environment variables. */
import { z } from "zod";
import { orAbsent } from "../../objects/absent.js";
import { canonicalJson } from "../../objects/canonical-json.js";
import type { Mistake } from "../../objects/issues.js";
import type { ApiObject, Texts } from "../api-object.js";
import { defineKind } from "./kind.js";

export interface ConfigSpec {
	readonly data: Texts;
	/** As written, base64. */
	readonly binaryData: Texts;
	/** Whether it stays as it is for good. */
	readonly immutable: boolean;
}

export type Config = ApiObject<ConfigSpec, null>;

const KEY = /^[-._a-zA-Z0-9]+$/;
const KEY_MESSAGE = "a valid config key must consist of alphanumeric characters, '-', '_' or '.'";
const MOST_BYTES = 1_048_576;

const dataSchema = orAbsent(z.record(z.string(), z.string()), {}).superRefine((data, context) => {
	for (const key of Object.keys(data))
		if (!KEY.test(key)) context.addIssue({ code: "custom", path: [key], message: KEY_MESSAGE });
});

function checkSize({ data, binaryData }: Pick<ConfigSpec, "data" | "binaryData">, context: z.RefinementCtx): void {
	const size = [...Object.values(data), ...Object.values(binaryData)].reduce((sum, text) => sum + text.length, 0);
	if (size > MOST_BYTES)
		context.addIssue({ code: "custom", message: `Too long: may not be more than ${MOST_BYTES} bytes` });
}

/** What is immutable stays so. */
function checkChange(before: ConfigSpec, after: ConfigSpec): readonly Mistake[] {
	if (!before.immutable) return [];
	const fields = ["data", "binaryData", "immutable"] as const;
	return fields
		.filter((field) => canonicalJson(before[field]) !== canonicalJson(after[field]))
		.map((field) => ({
			path: [field],
			at: "value",
			message: "Forbidden: field is immutable when `immutable` is set",
		}));
}

export const configMapKind = defineKind<ConfigSpec, null>({
	kind: "ConfigMap",
	summary: "Settings that pods mount or read; other data can make a workload roll out anew.",
	apiVersion: "v1",
	names: ["configmap", "configmaps", "cm"],
	namespaced: true,
	flat: true,
	spec: z
		.strictObject({ data: dataSchema, binaryData: dataSchema, immutable: orAbsent(z.boolean(), false) })
		.superRefine(checkSize),
	checkChange,
	status: null,
});

/** `stringData` is written over `data`, without its encoding: nothing here reads either. */
export const secretKind = defineKind<ConfigSpec, null>({
	kind: "Secret",
	summary: "The same for what is not for everybody.",
	apiVersion: "v1",
	names: ["secret", "secrets"],
	namespaced: true,
	flat: true,
	spec: z
		.strictObject({
			type: orAbsent(z.string(), "Opaque"),
			data: dataSchema,
			stringData: dataSchema,
			binaryData: dataSchema,
			immutable: orAbsent(z.boolean(), false),
		})
		.transform(({ data, stringData, binaryData, immutable }) => ({
			data: { ...data, ...stringData },
			binaryData,
			immutable,
		}))
		.superRefine(checkSize),
	checkChange,
	status: null,
});
