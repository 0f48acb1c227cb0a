/** Label and node selectors as Kubernetes manifests write them; matching is in `selector.ts`, which needs no zod. */
import { z } from "zod";
import { orAbsent } from "./absent.js";
import type { ObjectMaker } from "./kubernetes-object.js";
import {
	type LabelSelector,
	NODE_NAME_FIELD,
	type NodeSelectorRequirement,
	type NodeSelectorTerm,
	type PreferredNodeTerm,
} from "./selector.js";

const labelText = z.string({
	error: (issue) =>
		typeof issue.input === "number" || typeof issue.input === "boolean"
			? `labels are text: put quotes around ${issue.input}`
			: "expected text",
});

/** Labels, a nodeSelector or annotations: text by text. */
export const labelsSchema = z.record(z.string(), labelText, { error: "expected a map of text to text" });

const values = orAbsent(z.array(labelText), []);

export const labelSelectorSchema = (object: ObjectMaker): z.ZodType<LabelSelector> =>
	object("LabelSelector", {
		matchLabels: orAbsent(labelsSchema, {}),
		matchExpressions: orAbsent(z.array(labelRequirement(object)), []),
	}).superRefine(({ matchLabels, matchExpressions }, context) => {
		const refuse = (path: PropertyKey[], message: string | null) => {
			if (message !== null) context.addIssue({ code: "custom", path, message });
		};
		for (const [key, value] of Object.entries(matchLabels))
			refuse(["matchLabels", key], problemOfKey(key) ?? problemOfValue(value));
		matchExpressions.forEach(({ key, values }, i) => {
			refuse(["matchExpressions", i, "key"], problemOfKey(key));
			values.forEach((value, v) => {
				refuse(["matchExpressions", i, "values", v], problemOfValue(value));
			});
		});
	});

const NAME = /^[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;
const DOMAIN = /^(?=.{1,253}$)[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

/** What no label can be called (meta/v1 labels: a name, with or without a domain in front). */
function problemOfKey(key: string): string | null {
	const slash = key.indexOf("/");
	if ((slash < 0 || DOMAIN.test(key.slice(0, slash))) && NAME.test(key.slice(slash + 1))) return null;
	return `'${key}' is no key of a label: up to 63 letters, digits, '-', '_' and '.', with or without a domain in front, such as example.com/app`;
}

function problemOfValue(value: string): string | null {
	if (value === "" || NAME.test(value)) return null;
	return `'${value}' is no value of a label: up to 63 letters, digits, '-', '_' and '.', the first and the last a letter or a digit`;
}

export const nodeSelectorTermSchema = (object: ObjectMaker): z.ZodType<NodeSelectorTerm> =>
	object("NodeSelectorTerm", {
		matchExpressions: orAbsent(z.array(nodeRequirement(object)), []),
		matchFields: orAbsent(z.array(fieldRequirement(object)), []),
	});

/** Kubernetes calls the term `preference`. */
export const preferredNodeTermSchema = (object: ObjectMaker): z.ZodType<PreferredNodeTerm> =>
	object("PreferredSchedulingTerm", {
		weight: z.int().min(1).max(100),
		preference: nodeSelectorTermSchema(object),
	}).transform(({ weight, preference }) => ({ weight, term: preference }));

const labelRequirement = (object: ObjectMaker) =>
	object("LabelSelectorRequirement", {
		key: z.string(),
		operator: z.enum(["In", "NotIn", "Exists", "DoesNotExist"]),
		values,
	}).superRefine(checkValues);

const nodeRequirement = (object: ObjectMaker) =>
	object("NodeSelectorRequirement", {
		key: z.string(),
		operator: z.enum(["In", "NotIn", "Exists", "DoesNotExist", "Gt", "Lt"]),
		values,
	}).superRefine(checkValues);

const fieldRequirement = (object: ObjectMaker) =>
	object("NodeSelectorRequirement", {
		key: z.literal(NODE_NAME_FIELD, { error: `the only field a node can be chosen by is ${NODE_NAME_FIELD}` }),
		operator: z.enum(["In", "NotIn"], { error: "fields take the operators In and NotIn" }),
		values,
	}).superRefine(checkValues);

function checkValues(requirement: NodeSelectorRequirement, context: z.RefinementCtx): void {
	const { operator, values } = requirement;
	const complain = (message: string) => context.addIssue({ code: "custom", path: ["values"], message });
	if (operator === "In" || operator === "NotIn") {
		if (values.length === 0) complain(`${operator} needs at least one value`);
	} else if (operator === "Gt" || operator === "Lt") {
		if (values.length !== 1) complain(`${operator} needs exactly one value, got ${values.length}`);
	} else if (values.length > 0) {
		complain(`${operator} takes no values: leave them out`);
	}
}
