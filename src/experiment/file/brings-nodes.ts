/** Nodes that an orchestrator brings itself, so that a run may begin without any. */
import { isMap } from "../../objects/plain-data.js";
import type { ComponentReference } from "./component.js";

/** Who brings nodes, and where its groups of nodes stand. */
const BRINGERS = [
	["clusterAutoscaler", "nodeGroups"],
	["karpenter", "nodePools"],
] as const;

/** A group whose nodes are called <name>-0, <name>-1, ... */
export interface BroughtGroup {
	readonly name: string;
	/** Below `spec.orchestrator`. */
	readonly path: readonly PropertyKey[];
}

export function broughtGroups(orchestrator: Pick<ComponentReference, "params"> | undefined): readonly BroughtGroup[] {
	const params = orchestrator?.params;
	if (!isMap(params)) return [];
	return BRINGERS.flatMap(([bringer, field]) => {
		const options = params[bringer];
		const groups = isMap(options) ? (options[field] as readonly { readonly name: string }[]) : [];
		return groups.map(({ name }, i) => ({ name, path: [bringer, field, i, "name"] }));
	});
}

export function bringsNodes(orchestrator: Pick<ComponentReference, "params"> | undefined): boolean {
	return broughtGroups(orchestrator).length > 0;
}
