import type { NodeColumns } from "../cell/node-columns.js";
import { PODS, type ResourceIndex } from "../objects/resources.js";

/** Resources by which fit is compared: those that some node of the cell has, without the count of pods. */
export function comparedResources({ largest }: NodeColumns): ResourceIndex[] {
	const compared: ResourceIndex[] = [];
	for (let r = 0; r < largest.length; r++) if (r !== PODS && largest[r]! > 0) compared.push(r);
	return compared;
}
