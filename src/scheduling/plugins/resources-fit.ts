import type { NodeView } from "../../cell/node-view.js";
import type { PodClass } from "../../objects/pod-class.js";
import { PODS, type ResourceTable } from "../../objects/resources.js";
import type { Candidates, FilterPlugin, Rejection } from "../plugin.js";

/**
 * What the node lacks for the pod, resources named in `ignored` apart; null for nothing. Unresolvable if it lacks something
 * even when empty; a node that takes no pods at all is the exception that Kubernetes makes.
 */
export function lackingResources(
	{ needs, request }: PodClass,
	node: NodeView,
	ignored: ReadonlySet<string>,
): Rejection | null {
	const { free, allocatable, resources } = node.columns;
	let lacking = "";
	let unresolvable = false;
	for (let i = 0; i < needs.length; i++) {
		const resource = needs[i]!;
		const needed = request[resource]!;
		if ((free[resource]?.[node.id] ?? 0) >= needed) continue;
		if (ignored.size > 0 && ignores(ignored, resources.names[resource]!)) continue;
		lacking += `${resource} `;
		if (resource !== PODS && (allocatable[resource]?.[node.id] ?? 0) < needed) unresolvable = true;
	}
	return lacking === "" ? null : rejectionFor(lacking, unresolvable, resources);
}

/** `ignored` holds names of extended resources, and domains of such with a slash behind: `example.com/`. */
function ignores(ignored: ReadonlySet<string>, resource: string): boolean {
	return ignored.has(resource) || ignored.has(resource.slice(0, resource.indexOf("/") + 1));
}

const NONE: ReadonlySet<string> = new Set();
/** The column of a resource that no node has. */
const NOTHING_FREE = new Float64Array(0);

/** The resources of a set, as `rejectionFor` has them. */
function namesOf(lacking: number, needs: ArrayLike<number>): string {
	let names = "";
	for (let n = 0; n < needs.length; n++) if ((lacking >> n) & 1) names += `${needs[n]!} `;
	return names;
}

/** Every requested amount must fit what is free, as Kubernetes' NodeResourcesFit; all resources that lack are named. */
export const resourcesFit: FilterPlugin = {
	name: "resources-fit",
	summary: "Turns down nodes that have too little of a resource free.",
	accepts: (pod, node) => lackingResources(pod, node, NONE),
	sift({ needs, request }, nodes, candidates, tally) {
		const { free, resources } = nodes;
		const list = candidates.nodes;
		/** By candidate: the resources that it lacks, as bits by position in `needs`. */
		const lacks = new Int32Array(candidates.count);
		for (let n = 0; n < needs.length; n++)
			noteLacking(free[needs[n]!] ?? NOTHING_FREE, request[needs[n]!]!, candidates, 1 << n, lacks);
		/** By set of lacking resources. */
		const times = new Map<number, number>();
		let kept = 0;
		// Neighbours mostly lack the same.
		let last = 0;
		let run = 0;
		for (let i = 0; i < lacks.length; i++) {
			const lacking = lacks[i]!;
			if (lacking === 0) list[kept++] = list[i]!;
			else if (lacking === last) run++;
			else {
				if (run > 0) times.set(last, (times.get(last) ?? 0) + run);
				last = lacking;
				run = 1;
			}
		}
		if (run > 0) times.set(last, (times.get(last) ?? 0) + run);
		candidates.count = kept;
		for (const [lacking, count] of times) tally.add(rejectionFor(namesOf(lacking, needs), false, resources), count);
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

/** Sets the bit for each candidate of which the column has less than the amount. */
function noteLacking(
	column: Float64Array,
	amount: number,
	{ nodes, count }: Candidates,
	bit: number,
	lacks: Int32Array,
): void {
	for (let i = 0; i < count; i++) if (!(column[nodes[i]!]! >= amount)) lacks[i]! |= bit;
}

/** By cell and lacking resources: there are few, and equal ones are one object. */
const rejections = new WeakMap<ResourceTable, Map<string, Rejection>>();

function rejectionFor(lacking: string, unresolvable: boolean, resources: ResourceTable): Rejection {
	let known = rejections.get(resources);
	if (!known) rejections.set(resources, (known = new Map()));
	const key = unresolvable ? `!${lacking}` : lacking;
	let rejection = known.get(key);
	if (!rejection) {
		const reasons = lacking
			.trim()
			.split(" ")
			.map((resource) =>
				Number(resource) === PODS ? "Too many pods" : `Insufficient ${resources.names[Number(resource)]!}`,
			);
		known.set(key, (rejection = { plugin: "resources-fit", reasons, unresolvable }));
	}
	return rejection;
}
