import { z } from "zod";
import { orAbsent } from "../../objects/absent.js";
import type { ApiObject } from "../api-object.js";
import { defineKind } from "./kind.js";
import { type Quantities, quantitiesSchema } from "./quantities.js";

/** By quota resource (`pods`, `requests.cpu`), canonical units. */
export type QuotaAmounts = Readonly<Record<string, number>>;

export interface ResourceQuotaSpec {
	readonly hard: Quantities;
	/** Pods must match all of both; where there are any, the quota is about pods alone. */
	readonly scopes: readonly ScopeName[];
	readonly scopeSelector: { readonly matchExpressions: readonly ScopeRequirement[] } | null;
}

export interface ScopeRequirement {
	readonly scopeName: ScopeName;
	readonly operator: "In" | "NotIn" | "Exists" | "DoesNotExist";
	readonly values: readonly string[];
}

const SCOPE_NAMES = [
	"Terminating",
	"NotTerminating",
	"BestEffort",
	"NotBestEffort",
	"PriorityClass",
	"CrossNamespacePodAffinity",
] as const;
export type ScopeName = (typeof SCOPE_NAMES)[number];

export interface ResourceQuotaStatus {
	/** The limits that are enforced: those of the spec, a little later. */
	readonly hard: QuotaAmounts;
	readonly used: QuotaAmounts;
}

export type ResourceQuota = ApiObject<ResourceQuotaSpec, ResourceQuotaStatus>;

const scopeName = z.enum(SCOPE_NAMES);

const requirementSchema = z
	.strictObject({
		scopeName,
		operator: z.enum(["In", "NotIn", "Exists", "DoesNotExist"]),
		values: orAbsent(z.array(z.string()), []),
	})
	.superRefine(({ scopeName, operator, values }, context) => {
		const wrong = (path: string, message: string) => context.addIssue({ code: "custom", path: [path], message });
		const lists = operator === "In" || operator === "NotIn";
		if (scopeName !== "PriorityClass" && operator !== "Exists")
			wrong(
				"operator",
				"must be 'Exist' when scope is any of ResourceQuotaScopeTerminating, ResourceQuotaScopeNotTerminating, ResourceQuotaScopeBestEffort, ResourceQuotaScopeNotBestEffort or ResourceQuotaScopeCrossNamespacePodAffinity",
			);
		else if (lists && values.length === 0)
			wrong("values", "must be at least one value when `operator` is 'In' or 'NotIn' for scope selector");
		else if (!lists && values.length > 0)
			wrong("values", "must be no value when `operator` is 'Exist' or 'DoesNotExist' for scope selector");
	});

const OPPOSITES: readonly (readonly [ScopeName, ScopeName])[] = [
	["BestEffort", "NotBestEffort"],
	["Terminating", "NotTerminating"],
];

/** What the scopes of a quota rule out. */
function checkScopes({ hard, scopes }: Pick<ResourceQuotaSpec, "hard" | "scopes">, context: z.RefinementCtx): void {
	if (OPPOSITES.some((pair) => pair.every((scope) => scopes.includes(scope))))
		context.addIssue({ code: "custom", path: ["scopes"], message: "conflicting scopes" });
	const bestEffort = scopes.includes("BestEffort");
	for (const resource of scopes.length === 0 ? [] : Object.keys(hard))
		if (resource !== "pods" && resource !== "count/pods" && (bestEffort || !COMPUTE.test(resource)))
			context.addIssue({
				code: "custom",
				path: ["scopes"],
				message: "unsupported scope applied to resource",
				input: resource,
			});
}

const COMPUTE = /^((requests|limits)\.)?(cpu|memory)$/;

export const resourceQuotaKind = defineKind<ResourceQuotaSpec, ResourceQuotaStatus>({
	kind: "ResourceQuota",
	summary: "What the pods and objects of a namespace may ask for together.",
	apiVersion: "v1",
	names: ["resourcequota", "resourcequotas", "quota"],
	namespaced: true,
	spec: z
		.strictObject({
			hard: quantitiesSchema,
			scopes: orAbsent(z.array(scopeName), []),
			scopeSelector: orAbsent(z.strictObject({ matchExpressions: orAbsent(z.array(requirementSchema), []) }), null),
		})
		.superRefine(checkScopes),
	status: { hard: {}, used: {} },
});
