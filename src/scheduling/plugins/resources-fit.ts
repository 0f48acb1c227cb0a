import { PODS, type ResourceTable } from "../../objects/resources.js";
import type { FilterPlugin, Rejection } from "../plugin.js";

/** By cell and lacking resources: there are few, and equal ones are one object. */
const rejections = new WeakMap<ResourceTable, Map<string, Rejection>>();

function rejectionFor(lacking: string, resources: ResourceTable): Rejection {
	let known = rejections.get(resources);
	if (!known) rejections.set(resources, (known = new Map()));
	let rejection = known.get(lacking);
	if (!rejection) {
		const reasons = lacking
			.trim()
			.split(" ")
			.map((resource) =>
				Number(resource) === PODS ? "Too many pods" : `Insufficient ${resources.names[Number(resource)]!}`,
			);
		known.set(lacking, (rejection = { plugin: "resources-fit", reasons }));
	}
	return rejection;
}

/** Every requested amount must fit what is free, as Kubernetes' NodeResourcesFit; all resources that lack are named. */
export const resourcesFit: FilterPlugin = {
	name: "resources-fit",
	accepts({ needs, request }, node) {
		const { free, resources } = node.columns;
		let lacking = "";
		for (let i = 0; i < needs.length; i++) {
			const resource = needs[i]!;
			if ((free[resource]?.[node.id] ?? 0) < request[resource]!) lacking += `${resource} `;
		}
		return lacking === "" ? null : rejectionFor(lacking, resources);
	},
	narrow(pod, nodes, candidates) {
		const { needs, request } = pod;
		// Four resources a pass; where fewer are left, the last of them stands in for the missing.
		for (let first = 0; first < needs.length; first += 4) {
			const [a, b, c, d] = [0, 1, 2, 3].map((k) => needs[Math.min(first + k, needs.length - 1)]!);
			const [freeA, freeB, freeC, freeD] = [nodes.free[a!], nodes.free[b!], nodes.free[c!], nodes.free[d!]];
			if (!freeA || !freeB || !freeC || !freeD) {
				candidates.count = 0;
				return;
			}
			const [needA, needB, needC, needD] = [request[a!]!, request[b!]!, request[c!]!, request[d!]!];
			const list = candidates.nodes;
			let kept = 0;
			for (let i = 0; i < candidates.count; i++) {
				const n = list[i]!;
				list[kept] = n;
				if (freeA[n]! >= needA && freeB[n]! >= needB && freeC[n]! >= needC && freeD[n]! >= needD) kept++;
			}
			candidates.count = kept;
		}
	},
};
