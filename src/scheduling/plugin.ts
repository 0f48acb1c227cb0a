/**
 * The two ways to have a say in a placement: filters reject nodes, scores rank those that are left.
 *
 * Both look at a pod class (identical pods get identical answers) and one node of a snapshot. The per-node form is the
 * readable definition and is required; the form over columns is optional, gives the same answer for many nodes at once, and
 * is held to the first by a property test over random cells. An answer depends on nothing but the pod class, that node, and the
 * largest amounts of the cell (`nodes.largest`): it is kept until one of them changes.
 */
import type { NodeId } from "../cell/ids.js";
import type { NodeColumns } from "../cell/node-columns.js";
import type { NodeView } from "../cell/node-view.js";
import type { PodClass } from "../objects/pod-class.js";

/** Why a plugin turns a node down, in the words that kubectl users know: "Insufficient cpu". */
export interface Rejection {
	readonly plugin: string;
	readonly reasons: readonly string[];
	/** Whether it would stay so if the pods on the node went away (Kubernetes' UnschedulableAndUnresolvable). Default false. */
	readonly unresolvable?: boolean;
}

export interface FilterPlugin {
	readonly name: string;
	/** One line, for `cellsim list`. */
	readonly summary: string;
	/**
	 * True if the plugin accepts every node for this pod, so that it need not be asked. Depends on nothing but the pod class
	 * and whether any node is restricted (`nodes.restricted > 0`): the answer is remembered.
	 */
	skips?(pod: PodClass, nodes: NodeColumns): boolean;
	/** Null if the pod may run on the node. */
	accepts(pod: PodClass, node: NodeView): Rejection | null;
	/** Keeps the accepted candidates, in order. */
	narrow?(pod: PodClass, nodes: NodeColumns, candidates: Candidates): void;
	/** The same, and adds the rejections of the others to the tally: for filters that reject many nodes. */
	sift?(pod: PodClass, nodes: NodeColumns, candidates: Candidates, tally: RejectionTally): void;
}

export interface ScorePlugin {
	readonly name: string;
	/** One line, for `cellsim list`. */
	readonly summary: string;
	/** Whether it looks at the pods on nodes (`NodeView.pods`): they are tracked then. Absent: no. */
	readonly readsPods?: boolean;
	/** 0 (worst) to 100 (best), for a node that all filters accepted, before the pod is placed there. */
	score(pod: PodClass, node: NodeView): number;
	/** Adds `weight` x score to `scores[i]` for candidate i. */
	scoreAll?(pod: PodClass, nodes: NodeColumns, candidates: Candidates, scores: Float64Array, weight: number): void;
}

/** Nodes still in the race. The arrays are reused from one pod to the next. */
export class Candidates {
	nodes = new Int32Array(0);
	count = 0;

	/** Starts over with none. */
	clear(nodes: NodeColumns): void {
		if (this.nodes.length < nodes.count) this.nodes = new Int32Array(nodes.ready.length);
		this.count = 0;
	}

	add(node: NodeId): void {
		this.nodes[this.count++] = node;
	}

	/** Starts over with every healthy node. */
	reset(nodes: NodeColumns): void {
		this.#startWith(nodes, nodes.ready);
	}

	/** Starts over with every node that was not removed. */
	resetToPresent(nodes: NodeColumns): void {
		this.#startWith(nodes, nodes.present);
	}

	#startWith(nodes: NodeColumns, flags: Uint8Array): void {
		this.clear(nodes);
		const { count } = nodes;
		const list = this.nodes;
		let kept = 0;
		for (let n = 0; n < count; n++) {
			list[kept] = n;
			kept += flags[n]!;
		}
		this.count = kept;
	}
}

/** Rejections of one pod by all nodes, counted by reason. */
export class RejectionTally {
	nodes = 0;
	/** By rejection: plugins give the same object for the same reasons where they can, so there are few. */
	readonly #times = new Map<Rejection, number>();

	add(rejection: Rejection, times = 1): void {
		this.#times.set(rejection, (this.#times.get(rejection) ?? 0) + times);
	}

	/** How many nodes rejected the pod for each reason. */
	get counts(): ReadonlyMap<string, number> {
		const counts = new Map<string, number>();
		for (const [{ reasons }, times] of this.#times)
			for (const reason of reasons) counts.set(reason, (counts.get(reason) ?? 0) + times);
		return counts;
	}
}

/** A set of filters, and for each pod class those of them that have anything to say. */
export class FilterSet {
	readonly filters: readonly FilterPlugin[];
	/** By id of the pod class; an entry is good for as long as its class and the answer to "any taints?" are the same. */
	readonly #asked: {
		readonly pod: PodClass;
		readonly restricted: boolean;
		readonly filters: readonly FilterPlugin[];
	}[] = [];

	constructor(filters: readonly FilterPlugin[]) {
		this.filters = filters;
	}

	/** The filters that do not accept every node for this pod anyway. */
	asked(pod: PodClass, nodes: NodeColumns): readonly FilterPlugin[] {
		const restricted = nodes.restricted > 0;
		const known = this.#asked[pod.id];
		if (known !== undefined && known.pod === pod && known.restricted === restricted) return known.filters;
		const filters = this.#thatLook(pod, nodes);
		this.#asked[pod.id] = { pod, restricted, filters };
		return filters;
	}

	/** Apart, since a function in a method makes each of its calls pay for what the function sees of it. */
	#thatLook(pod: PodClass, nodes: NodeColumns): readonly FilterPlugin[] {
		return this.filters.filter((filter) => !filter.skips?.(pod, nodes));
	}

	/** Whether the one node is accepted by all. */
	accept(pod: PodClass, nodes: NodeColumns, node: NodeId): boolean {
		const asked = this.asked(pod, nodes);
		if (asked.length === 0) return true;
		const view = nodes.view(node);
		for (let i = 0; i < asked.length; i++) if (asked[i]!.accepts(pod, view) !== null) return false;
		return true;
	}
}
