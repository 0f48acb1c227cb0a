/**
 * Demands on the attributes of machines in Marathon's form: `[["hostname", "UNIQUE"], ["rack", "GROUP_BY", "3"]]`. An attribute is a label of
 * the node; `hostname` is its name.
 */

/** With the first version of Marathon that knows it. */
export const CONSTRAINT_OPERATORS = ["UNIQUE", "CLUSTER", "GROUP_BY", "LIKE", "UNLIKE", "MAX_PER", "IS"] as const;
export type ConstraintOperator = (typeof CONSTRAINT_OPERATORS)[number];

export interface AttributeConstraint {
	readonly field: string;
	readonly operator: ConstraintOperator;
	/** "" for none. */
	readonly value: string;
}

/** What the pods of one group demand of each other's machines. */
export interface AttributeConstraints {
	/** Pods count together that have the same. */
	readonly group: string;
	readonly rules: readonly AttributeConstraint[];
}

/** Of an annotation that `writeConstraints` has written. */
export function readConstraints(text: string): AttributeConstraints {
	return JSON.parse(text) as AttributeConstraints;
}

export function writeConstraints(constraints: AttributeConstraints): string {
	return JSON.stringify(constraints);
}
