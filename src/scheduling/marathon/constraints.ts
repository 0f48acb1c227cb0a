/**
 * Whether a machine meets a constraint, given those on which instances of the app run already.
 *
 * Source: Marathon, mesos/Constraints.scala: UNIQUE no placed one equal; CLUSTER value equal, else all as the first; GROUP_BY accept if the
 * value is new, or groups reach the given minimum and its group has the smallest count; MAX_PER group below n; LIKE and UNLIKE
 * by a regular expression for the whole value; IS equal. A machine without the attribute fails all but UNLIKE.
 */
import type { AttributeConstraint } from "../../objects/attribute-constraints.js";

export interface Machine {
	readonly name: string;
	readonly labels: Readonly<Record<string, string>>;
}

/** Instances by value of an attribute. */
export type Groups = ReadonlyMap<string, number>;

/** `groups`: of the instances placed so far, by their machine's value of the constraint's field. */
export function meets({ field, operator, value }: AttributeConstraint, machine: Machine, groups: Groups): boolean {
	const own = attributeOf(machine, field);
	if (own === undefined) return operator === "UNLIKE";
	switch (operator) {
		case "UNIQUE":
			return !groups.has(own);
		case "CLUSTER":
			return value === "" ? groups.size === 0 || (groups.size === 1 && groups.has(own)) : own === value;
		case "GROUP_BY":
			return isEven(groups, own, value === "" ? 0 : Number(value));
		case "MAX_PER":
			return (groups.get(own) ?? 0) < Number(value);
		case "LIKE":
			return whole(value).test(own);
		case "UNLIKE":
			return !whole(value).test(own);
		case "IS":
			return own === value;
	}
}

/** The value of an attribute; undefined where the machine has none. */
export function attributeOf({ name, labels }: Machine, field: string): string | undefined {
	return field === "hostname" ? name : labels[field];
}

function isEven(groups: Groups, own: string, minimum: number): boolean {
	const count = groups.get(own);
	if (count === undefined) return true;
	return groups.size >= minimum && count === Math.min(...groups.values());
}

function whole(pattern: string): RegExp {
	let expression = expressions.get(pattern);
	if (expression === undefined) {
		expression = new RegExp(`^(?:${pattern})$`);
		expressions.set(pattern, expression);
	}
	return expression;
}

const expressions = new Map<string, RegExp>();
