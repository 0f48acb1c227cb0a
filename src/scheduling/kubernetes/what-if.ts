/**
 * The filters of kube-scheduler asked outside of a scheduler: may a pod have a node, as nodes are or as they might be? Autoscalers
 * simulate scheduling so, with the default profile (cluster-autoscaler's simulator/clustersnapshot/predicate).
 */
import type { Cell } from "../../cell/cell.js";
import type { NodeId, PodId } from "../../cell/ids.js";
import type { NodeColumns } from "../../cell/node-columns.js";
import type { PodClass } from "../../objects/pod-class.js";
import { DEFAULT_CONFIGURATION } from "./configuration.js";
import { filterNode, preparedFilters } from "./cycle.js";
import { ImageCensus } from "./image-census.js";
import type { CycleView } from "./plugin.js";
import { PodGroups } from "./pod-groups.js";
import { QuotaUsage } from "./quota-usage.js";

/** A pod that is not in the cell. */
const NOBODY = -1 as PodId;

/**
 * Why a pod of the class may not have a node, or null if it may. The answers are good until pods or nodes of `nodes` change; lists of
 * pods must be kept there.
 */
export function kubernetesFilters(cell: Cell) {
	const [profile] = DEFAULT_CONFIGURATION.profiles;
	return (pod: PodClass, nodes: NodeColumns): ((node: NodeId) => readonly string[] | null) => {
		const { preFilterRejected, only, filters } = preparedFilters(profile!, viewOf(cell, pod, nodes));
		if (preFilterRejected !== null) return () => preFilterRejected.rejection.reasons;
		return (node) => {
			const view = nodes.view(node);
			if (only !== null && !only.has(view.name)) return ELSEWHERE;
			return filterNode(filters, view)?.rejection.reasons ?? null;
		};
	};
}

const ELSEWHERE = ["node(s) didn't match Pod's node affinity/selector"];

/** In any order: filters count over all of them. */
function presentNodes(nodes: NodeColumns): readonly NodeId[] {
	let known = present.get(nodes);
	if (known?.shapes !== nodes.shapes) {
		const list: NodeId[] = [];
		for (let node = 0; node < nodes.count; node++) if (nodes.present[node] === 1) list.push(node as NodeId);
		known = { shapes: nodes.shapes, list };
		present.set(nodes, known);
	}
	return known.list;
}

const present = new WeakMap<NodeColumns, { readonly shapes: number; readonly list: readonly NodeId[] }>();

function viewOf(cell: Cell, pod: PodClass, nodes: NodeColumns): CycleView {
	return {
		pod,
		podId: NOBODY,
		nowUs: cell.nowUs,
		nodes,
		order: presentNodes(nodes),
		objects: cell.api.declared,
		images: new ImageCensus(),
		placedClasses: () => null,
		nominations: cell.api.nominations,
		keepsClaim: null,
		groups: () => {
			const groups = new PodGroups();
			groups.follow(cell, nodes);
			return groups;
		},
		quotas: () => {
			const quotas = new QuotaUsage();
			quotas.follow(nodes, cell.api.declared.quotas);
			return quotas.ledger();
		},
		bindings: cell.api.bindings,
	};
}
