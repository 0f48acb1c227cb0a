/** Whether an orchestrator brings nodes of its own, so that a run may begin without any. */
import { isMap } from "../../objects/plain-data.js";
import type { ComponentReference } from "./component.js";

const BRINGERS = ["clusterAutoscaler", "karpenter"] as const;

export function bringsNodes(orchestrator: Pick<ComponentReference, "params"> | undefined): boolean {
	const params = orchestrator?.params;
	return isMap(params) && BRINGERS.some((name) => params[name] !== undefined);
}
