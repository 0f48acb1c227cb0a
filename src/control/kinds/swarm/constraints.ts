/**
 * Placement constraints, `node.labels.disk==ssd`, and what they are as node affinity. Source: SwarmKit manager/constraint (1.12). Placement
 * preferences, `spread: node.labels.zone`.
 *
 * Divergence from Docker: what is no label to spread over is refused, where Docker takes it and spreads over nothing.
 */
import { z } from "zod";

const KEY = /^(node\.(id|hostname|role)|(node|engine)\.labels\.[\w.-]+)$/;

export const constraintsSchema = z.array(
	z.string().superRefine((text, context) => {
		const constraint = read(text);
		const message =
			constraint === null
				? `constraint expected one operator from ==, !=: '${text}'`
				: KEY.test(constraint.key)
					? null
					: `'${constraint.key}' is nothing that constraints know: expected node.id, node.hostname, node.role, node.labels.<name> or engine.labels.<name>`;
		if (message !== null) context.addIssue({ code: "custom", message });
	}),
);

const LABEL = /^(node|engine)\.labels\./;

export const preferencesSchema = z.array(
	z.strictObject({
		spread: z.string().refine((text) => LABEL.test(text) && KEY.test(text), {
			error: ({ input }) =>
				`'${String(input)}' is nothing to spread over: expected node.labels.<name> or engine.labels.<name>`,
		}),
	}),
);

/** The label that a key is about. */
export function labelOf(key: string): string {
	return key.replace(LABEL, "");
}

/** Terms of a required node affinity; null without constraints. Names of nodes are their ids and host names; a role is a label `node.role`. */
export function affinityOf(constraints: readonly string[]): object | null {
	if (constraints.length === 0) return null;
	const all = constraints.map((text) => read(text)!);
	const requirement = ({ key, equal, value }: Constraint) => ({
		operator: equal ? "In" : "NotIn",
		values: [value],
		key,
	});
	const byName = ({ key }: Constraint) => key === "node.id" || key === "node.hostname";
	const term = {
		matchFields: all.filter(byName).map((constraint) => ({ ...requirement(constraint), key: "metadata.name" })),
		matchExpressions: all
			.filter((constraint) => !byName(constraint))
			.map((constraint) => ({
				...requirement(constraint),
				key: labelOf(constraint.key),
			})),
	};
	return { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [term] } } };
}

interface Constraint {
	readonly key: string;
	readonly equal: boolean;
	readonly value: string;
}

function read(text: string): Constraint | null {
	const [, key, operator, value] = /^\s*([^=!\s]+)\s*(==|!=)\s*([^=!]+?)\s*$/.exec(text) ?? [];
	return key === undefined || value === undefined ? null : { key, equal: operator === "==", value };
}
