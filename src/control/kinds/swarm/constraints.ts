/** Placement constraints, `node.labels.disk==ssd`, and what they are as node affinity. Source: SwarmKit manager/constraint (1.12). */
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
				key: constraint.key.replace(/^(node|engine)\.labels\./, ""),
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
