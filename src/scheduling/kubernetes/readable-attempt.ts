/** One attempt in the readable form (`cycle.ts`): every node is asked by every plugin, and everything that was said is there. */
import type { NodeId } from "../../cell/ids.js";
import { type Findings, findNodes, type PluginRejection, type Search } from "./cycle.js";
import type { VainSearch } from "./preemption.js";
import type { VictimRules } from "./victim-rules.js";
import { type Candidate, selectVictims } from "./victims.js";

export class ReadableAttempt implements VainSearch {
	readonly #search: Search;
	readonly #findings: Findings;
	/** Nodes that fewer pods might make feasible. */
	readonly #helpful: ReadonlySet<NodeId>;

	constructor(search: Search) {
		this.#search = search;
		this.#findings = findNodes(search);
		this.#helpful = new Set(helpfulNodes(this.#findings, search));
	}

	/** Number of feasible nodes. */
	get feasible(): number {
		return this.#findings.feasible.length;
	}

	/** Where the next search begins. */
	get nextStart(): number {
		return this.#findings.nextStart;
	}

	/** The best node; of equals, the one added first. At least one must be feasible. */
	get first(): NodeId {
		return this.#findings.best[0]!;
	}

	get preFilterRejected(): PluginRejection | null {
		return this.#findings.preFilterRejected;
	}

	get stranded(): boolean {
		return this.#findings.stranded;
	}

	/** Plugins that narrowed the search down to names. */
	get narrowedBy(): readonly string[] {
		return this.#findings.narrowedBy;
	}

	/** All nodes with the highest total, in order of addition. */
	best(): readonly NodeId[] {
		return this.#findings.best;
	}

	/** Nodes by why they were turned down. */
	rejections(): ReadonlyMap<PluginRejection, number> {
		return new Map(this.#findings.rejected.map((rejected) => [rejected, 1]));
	}

	/** Everything that was found out. */
	findings(): Findings {
		return this.#findings;
	}

	potential(): readonly NodeId[] {
		return this.#search.view.order.filter((node) => this.#helpful.has(node));
	}

	isUnresolvable(node: NodeId): boolean {
		return !this.#helpful.has(node);
	}

	victims(node: NodeId, rules: VictimRules): Candidate | PluginRejection {
		return selectVictims(this.#search.view, this.#findings.filters, node, rules);
	}
}

/** A pod that was turned down as a whole may have any node, as far as anybody has said. */
function helpfulNodes({ preFilterRejected, rejected, best }: Findings, { view }: Search): readonly NodeId[] {
	if (best.length > 0 || preFilterRejected?.rejection.unresolvable === true) return [];
	if (preFilterRejected !== null) return view.order;
	return rejected.flatMap(({ node, rejection }) => (rejection.unresolvable === true ? [] : [node]));
}
