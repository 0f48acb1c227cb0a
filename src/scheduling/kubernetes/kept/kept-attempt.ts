/**
 * One attempt on what is kept of a pod class: the same answer as the readable form (`cycle.ts`), found by asking groups of nodes
 * instead of nodes. What was found out can be written down in full, from the same kept scores that chose the node, until the
 * next attempt.
 */
import type { NodeId } from "../../../cell/ids.js";
import {
	type ActiveFilters,
	type Findings,
	filterNode,
	NO_SCORES,
	nodesToFind,
	type PluginRejection,
	type PluginScores,
	type RejectedNode,
	rejectedForClaims,
	type Search,
} from "../cycle.js";
import type { VainSearch } from "../preemption.js";
import type { VictimRules } from "../victim-rules.js";
import { type Candidate, selectVictims } from "../victims.js";
import type { ClassMemory } from "./class-memory.js";
import { type FeasibleGroup, type GroupScores, scoreGroups } from "./group-scores.js";
import { ACCEPTED } from "./local-answers.js";

export class KeptAttempt implements VainSearch {
	readonly preFilterRejected = null;
	readonly stranded = false;
	readonly narrowedBy: readonly string[] = [];
	/** Number of feasible nodes. */
	readonly feasible: number;
	/** Where the next search begins. */
	readonly nextStart: number;
	readonly #memory: ClassMemory;
	readonly #search: Search;
	readonly #filters: ActiveFilters;
	readonly #counting: ReturnType<ClassMemory["countingFilters"]>;
	/** Nodes that others wait for, and why the pod must leave them that room. */
	readonly #claimed = new Map<NodeId, PluginRejection>();
	/** By group: what the filters that look at all pods say. */
	readonly #verdicts = new Map<number, PluginRejection | null>();
	readonly #groups: FeasibleGroup[] = [];
	/** In the order of the search, where only some were looked at; null for all that are open. */
	#sample: readonly NodeId[] | null = null;
	/** Nodes of the order that were looked at. */
	#visited = 0;
	/** The node that the pod waits for, if it was turned down. */
	#lostClaim: NodeId | null = null;
	readonly #scores: readonly GroupScores[];

	constructor(memory: ClassMemory, search: Search) {
		this.#memory = memory;
		this.#search = search;
		this.#filters = memory.activeFilters();
		this.#counting = memory.countingFilters();
		this.#findClaimed();
		const { order } = search.view;
		const nominated = this.#nominated();
		if (nominated !== null && this.rejectionOf(nominated) === null) {
			this.#sample = [nominated];
			this.#groups.push({ id: memory.groups.groupOf[nominated]!, node: nominated, size: 1, total: 0 });
			this.feasible = 1;
			this.nextStart = search.start;
		} else {
			this.#lostClaim = nominated;
			this.feasible = this.#gather();
			const extra = nominated !== null && !this.#isVisited(nominated) ? 1 : 0;
			this.nextStart = (search.start + this.#visited + extra) % order.length;
		}
		this.#scores = this.feasible > 1 ? scoreGroups(memory, this.#groups, search.view.nodes) : [];
	}

	/** The best node; of equals, the one added first. At least one must be feasible. */
	get first(): NodeId {
		let best = this.#groups[0]!;
		for (const group of this.#groups)
			if (group.total > best.total || (group.total === best.total && group.node < best.node)) best = group;
		return best.node;
	}

	/** All nodes with the highest total, in order of addition. */
	best(): readonly NodeId[] {
		const most = Math.max(...this.#groups.map(({ total }) => total));
		const winners = this.#groups.filter(({ total }) => total === most);
		const { groups } = this.#memory;
		const list: NodeId[] = [];
		if (this.#sample === null) {
			for (const { id } of winners) groups.bestOf(groups.open.find((open) => open.id === id)!, list);
		} else {
			const totals = new Map(winners.map(({ id, node }) => [id, groups.totals[node]!]));
			for (const node of this.#sample) if (totals.get(groups.groupOf[node]!) === groups.totals[node]) list.push(node);
		}
		return list.sort((a, b) => a - b);
	}

	/** Why the node is turned down, or null. It must be there. */
	rejectionOf(node: NodeId): PluginRejection | null {
		const claimed = this.#claimed.get(node);
		if (claimed !== undefined) return claimed;
		const verdict = this.#memory.verdicts[this.#memory.codes[node]!]!;
		if (this.#counting.length === 0 || verdict.index < this.#counting[0]!.index)
			return verdict.index === Number.POSITIVE_INFINITY ? null : verdict;
		const view = this.#search.view.nodes.view(node);
		return verdict.index === Number.POSITIVE_INFINITY
			? this.#verdictOn(this.#memory.groups.groupOf[node]!, node)
			: filterNode(this.#filters, view);
	}

	/** Nodes by why they were turned down. */
	rejections(): ReadonlyMap<PluginRejection, number> {
		if (this.feasible > 0) return new Map(this.findings().rejected.map((rejected) => [rejected, 1]));
		const { codes, verdicts } = this.#memory;
		const tally = new Map<PluginRejection, number>();
		const add = (rejection: PluginRejection, times: number) =>
			tally.set(rejection, (tally.get(rejection) ?? 0) + times);
		const plain = this.#counting.length === 0 && this.#claimed.size === 0;
		const times = new Int32Array(verdicts.length);
		for (const node of this.#search.view.order)
			if (plain) times[codes[node]!]!++;
			else add(this.rejectionOf(node)!, 1);
		for (let code = 1; code < times.length; code++) if (times[code]! > 0) add(verdicts[code]!, times[code]!);
		return tally;
	}

	potential(): readonly NodeId[] {
		return this.#search.view.order.filter((node) => this.rejectionOf(node)!.rejection.unresolvable !== true);
	}

	isUnresolvable(node: NodeId): boolean {
		return this.#memory.codes[node]! < ACCEPTED || this.rejectionOf(node)!.rejection.unresolvable === true;
	}

	/** Kept until the node changes, unless something else matters, pods of other nodes, pods that wait. */
	victims(node: NodeId, rules: VictimRules): Candidate | PluginRejection {
		const { view } = this.#search;
		const { victims } = this.#memory;
		const keeps = rules.local && this.#counting.length === 0 && view.nominations.on(node).length === 0;
		const known = keeps ? victims[node] : undefined;
		if (known !== undefined) return known;
		this.#memory.searches++;
		const found = selectVictims(view, this.#filters, node, rules);
		if (keeps) victims[node] = found;
		return found;
	}

	/** Everything that was found out. */
	findings(): Findings {
		const { view, start } = this.#search;
		const feasible: NodeId[] = this.feasible === 1 && this.#visited === 0 ? [this.first] : [];
		const rejected: RejectedNode[] = [];
		const lost = this.#lostClaim;
		if (lost !== null) rejected.push({ node: lost, ...this.#told(lost) });
		for (let i = 0; i < this.#visited; i++) {
			const node = view.order[(start + i) % view.order.length]!;
			if (this.rejectionOf(node) === null) feasible.push(node);
			else if (node !== lost) rejected.push({ node, ...this.#told(node) });
		}
		const scores = this.#scores.map((given) => this.#written(given, feasible));
		const totals = scores.length === 0 && this.feasible < 2 ? NO_SCORES : new Float64Array(feasible.length);
		for (const { weight, normalized } of scores)
			for (let i = 0; i < totals.length; i++) totals[i]! += weight * normalized[i]!;
		return {
			preFilterRejected: null,
			stranded: false,
			only: null,
			narrowedBy: [],
			feasible,
			rejected,
			scores,
			totals,
			best: this.feasible === 0 ? [] : this.best(),
			nextStart: this.nextStart,
			filters: this.#filters,
		};
	}

	#told(node: NodeId): PluginRejection {
		const { plugin, rejection } = this.rejectionOf(node)!;
		return { plugin, rejection };
	}

	#written({ kept, raw, normalized }: GroupScores, feasible: readonly NodeId[]): PluginScores {
		const { groupOf } = this.#memory.groups;
		const placeOf = new Map(this.#groups.map(({ id }, i) => [id, i]));
		const byNode = (values: Float64Array | null) =>
			Float64Array.from(feasible, (node) =>
				values === null ? kept.raw[node]! : values[placeOf.get(groupOf[node]!)!]!,
			);
		return { plugin: kept.plugin.name, weight: kept.weight, raw: byNode(raw), normalized: byNode(normalized) };
	}

	/** Asks about the nodes that pods wait for, with those pods there. */
	#findClaimed(): void {
		const { view } = this.#search;
		for (const node of view.nominations.nodes) {
			if (view.nodes.present[node] === 0) continue;
			const rejection = rejectedForClaims(this.#filters, view, node);
			if (rejection === null) continue;
			this.#claimed.set(node, rejection);
			this.#memory.withhold(node);
		}
	}

	#nominated(): NodeId | null {
		const { view } = this.#search;
		const node = view.nominations.nodeOf(view.podId);
		return node === undefined || view.nodes.present[node] === 0 ? null : node;
	}

	/** Whether the filters that look at all pods accept the nodes of a group, of which `node` is one. */
	#verdictOn(group: number, node: NodeId): PluginRejection | null {
		const known = this.#verdicts.get(group);
		if (known !== undefined) return known;
		const view = this.#search.view.nodes.view(node);
		let verdict: PluginRejection | null = null;
		for (const { plugin, filter } of this.#counting) {
			const rejection = filter.rejects(view);
			if (rejection === null) continue;
			verdict = { plugin, rejection };
			break;
		}
		this.#verdicts.set(group, verdict);
		return verdict;
	}

	/** Finds the feasible nodes, all or as many as are wanted; returns how many. */
	#gather(): number {
		const { groups } = this.#memory;
		const { order } = this.#search.view;
		let feasible = 0;
		for (const { id, nodes } of groups.open) {
			if (this.#counting.length > 0 && this.#verdictOn(id, nodes[0]!) !== null) continue;
			feasible += nodes.length;
			this.#groups.push({ id, node: nodes[0]!, size: nodes.length, total: groups.totals[nodes[0]!]! });
		}
		const wanted = nodesToFind(order.length, this.#search.profile.percentageOfNodesToScore);
		if (feasible > wanted) return this.#gatherSome(wanted);
		this.#visited = order.length;
		return feasible;
	}

	/** Goes through the nodes in order until enough are feasible. */
	#gatherSome(wanted: number): number {
		const { codes, groups } = this.#memory;
		const { view, start } = this.#search;
		const { order } = view;
		const { groupOf, totals } = groups;
		const slots = this.#memory.slots();
		for (let i = 0; i < this.#groups.length; i++) slots[this.#groups[i]!.id] = i;
		const found = this.#groups.map(({ id }): FeasibleGroup => ({ id, node: 0 as NodeId, size: 0, total: 0 }));
		const sample = new Array<NodeId>(wanted);
		let count = 0;
		for (let at = start % order.length; ; at = at + 1 === order.length ? 0 : at + 1, this.#visited++) {
			const node = order[at]!;
			if (codes[node] !== ACCEPTED || this.#claimed.has(node)) continue;
			const slot = slots[groupOf[node]!]!;
			if (slot < 0) continue;
			if (count === wanted) break;
			sample[count++] = node;
			const group = found[slot]!;
			const total = totals[node]!;
			if (group.size++ > 0 && (total < group.total || (total === group.total && node > group.node))) continue;
			group.node = node;
			group.total = total;
		}
		for (const { id } of this.#groups) slots[id] = -1;
		this.#groups.length = 0;
		for (const group of found) if (group.size > 0) this.#groups.push(group);
		this.#sample = sample;
		return sample.length;
	}

	#isVisited(node: NodeId): boolean {
		const { view, start } = this.#search;
		const { length } = view.order;
		if (this.#visited === length) return true;
		return (view.order.indexOf(node) - (start % length) + length) % length < this.#visited;
	}
}
