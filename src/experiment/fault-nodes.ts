/** Faults that name nodes which are never there: they would do nothing, in silence. */
import type { Mistake } from "../objects/issues.js";
import type { NodeSpec } from "../objects/spec.js";
import { nearest } from "../objects/suggest.js";
import { nodesOfGroup } from "./assemble.js";
import type { Spec } from "./registries.js";

/** Whether any fault names nodes, so that it matters which there are. */
export function namesNodes({ faults }: Spec): boolean {
	return faults.some((fault) => "nodes" in fault && fault.nodes !== undefined);
}

/** `nodes` are those that are there from the start; faults may bring others. */
export function unknownFaultNodes({ faults }: Spec, nodes: readonly NodeSpec[]): readonly Mistake[] {
	const known = new Set(nodes.map(({ name }) => name));
	for (const fault of faults)
		if (fault.action === "add") for (const { name } of nodesOfGroup(fault.nodeGroup)) known.add(name);
	return faults.flatMap((fault, f) => {
		const named = "nodes" in fault ? (fault.nodes ?? []) : [];
		return named.flatMap((name, n): Mistake[] => {
			if (known.has(name)) return [];
			const near = nearest(name, known);
			const message = `there is never a node named '${name}'`;
			const hint = near === null ? {} : { hint: `did you mean '${near}'?` };
			return [{ path: ["spec", "faults", f, "nodes", n], at: "value", message, ...hint }];
		});
	});
}
