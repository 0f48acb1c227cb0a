/** Faults and failures that name nodes or labels which are never there: they would do nothing, in silence. */
import type { Mistake } from "../objects/issues.js";
import type { NodeSpec } from "../objects/spec.js";
import { nearest } from "../objects/suggest.js";
import { nodesOfGroup } from "./assemble.js";
import { broughtGroups } from "./file/brings-nodes.js";
import type { Spec } from "./registries.js";

/** Whether any fault or failure names nodes or labels of nodes, so that it matters which there are. */
export function namesNodes(spec: Spec): boolean {
	return spec.faults.some((fault) => "nodes" in fault && fault.nodes !== undefined) || labelsNamed(spec).length > 0;
}

/** `nodes` are those that are there from the start; faults may bring others. */
export function unknownFailureLabels(spec: Spec, nodes: readonly NodeSpec[]): readonly Mistake[] {
	const brought = spec.faults.flatMap((fault) => (fault.action === "add" ? nodesOfGroup(fault.nodeGroup) : []));
	const known = new Set([...nodes, ...brought].flatMap(({ labels }) => Object.keys(labels)));
	return labelsNamed(spec).flatMap(({ label, path, at }): Mistake[] => {
		if (known.has(label)) return [];
		const near = nearest(label, known);
		const message = `no node has the label '${label}'`;
		const hint = near === null ? {} : { hint: `did you mean '${near}'?` };
		return [{ path: ["spec", "failures", ...path], at, message, ...hint }];
	});
}

/** Labels by which nodes fail together or are counted, and where they are written. */
function labelsNamed({ failures }: Spec) {
	const counted = Object.keys(failures?.limits.nodesByLabel ?? {});
	return [
		...(failures?.domains ?? []).map(({ label }, d) => ({
			label,
			path: ["domains", d, "label"],
			at: "value" as const,
		})),
		...counted.map((label) => ({ label, path: ["limits", "nodesByLabel", label], at: "key" as const })),
	];
}

/** `nodes` are those that are there from the start; faults may bring others. */
export function unknownFaultNodes({ faults, orchestrator }: Spec, nodes: readonly NodeSpec[]): readonly Mistake[] {
	const known = new Set(nodes.map(({ name }) => name));
	for (const fault of faults)
		if (fault.action === "add") for (const { name } of nodesOfGroup(fault.nodeGroup)) known.add(name);
	return faults.flatMap((fault, f) => {
		const named = "nodes" in fault ? (fault.nodes ?? []) : [];
		return named.flatMap((name, n): Mistake[] => {
			if (known.has(name) || broughtGroups(orchestrator).some((group) => isNodeOf(name, group.name))) return [];
			const near = nearest(name, known);
			const message = `there is never a node named '${name}'`;
			const hint = near === null ? {} : { hint: `did you mean '${near}'?` };
			return [{ path: ["spec", "faults", f, "nodes", n], at: "value", message, ...hint }];
		});
	});
}

function isNodeOf(name: string, group: string): boolean {
	return name.startsWith(`${group}-`) && /^\d+$/.test(name.slice(group.length + 1));
}
