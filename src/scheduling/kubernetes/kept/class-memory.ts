/**
 * What the plugins of a profile said about one pod class, node by node. An answer about one node holds until the node changes; what
 * looks at the pods of all nodes is counted as they come and go, and asked once for each group of nodes that it cannot tell apart.
 */
import type { NodeId } from "../../../cell/ids.js";
import { type NodeColumns, TouchCursor } from "../../../cell/node-columns.js";
import type { NodeView } from "../../../cell/node-view.js";
import { canonicalJson } from "../../../objects/canonical-json.js";
import type { ClusterObjects } from "../../../objects/cluster-objects.js";
import type { PodClass } from "../../../objects/pod-class.js";
import type { NodeSpec } from "../../../objects/spec.js";
import type { Rejection } from "../../plugin.js";
import { type ActiveFilters, NOT_READY, type PluginRejection } from "../cycle.js";
import type { CycleView, KeptCounts, KubernetesPlugin, NodeFilter, NodeScorer } from "../plugin.js";
import type { Profile } from "../profile.js";
import { defaultSelectors } from "../spread-constraints.js";
import type { Candidate } from "../victims.js";
import { NodeGroups } from "./node-groups.js";
import type { PodMoves } from "./pod-moves.js";

/** A filter that has something to say about the class: by node, or with counts. */
interface KeptFilter {
	readonly plugin: KubernetesPlugin;
	/** Place among the filters of the profile. */
	readonly index: number;
	readonly filter: NodeFilter | null;
	readonly counts: KeptCounts | null;
}

/** A score, by node or with counts. */
export interface KeptScore {
	readonly plugin: KubernetesPlugin;
	readonly weight: number;
	readonly counts: KeptCounts | null;
	/** Null with counts. */
	readonly scorer: NodeScorer | null;
	/** By open node: the score before normalisation; empty with counts. */
	readonly raw: Float64Array;
}

/** A score that is asked node by node. */
type LocalScore = KeptScore & { readonly scorer: NodeScorer };

export interface Verdict extends PluginRejection {
	/** Place of the plugin among the filters of the profile. */
	readonly index: number;
}

/** Codes of verdicts; others are places in `verdicts`. */
export const ABSENT = -1;
export const ACCEPTED = 0;

export class ClassMemory {
	/** By node: what the filters that look at one node say. */
	readonly codes: Int32Array;
	/** By code; the first stands for ACCEPTED. */
	readonly verdicts: Verdict[] = [
		{ plugin: "", rejection: { plugin: "", reasons: [] }, index: Number.POSITIVE_INFINITY },
	];
	/** Nodes that are accepted by themselves are open. */
	readonly groups: NodeGroups;
	readonly scores: readonly KeptScore[];
	/** By node: what came out when victims were looked for; a hole where nobody looked since the node changed. */
	readonly victims: (Candidate | PluginRejection | undefined)[] = [];
	/** Answers given anew, of all plugins about one node together. */
	looks = 0;
	/** Searches for victims. */
	searches = 0;
	readonly #filters: readonly KeptFilter[];
	/** Plugins that cannot be kept: they must have nothing to say. */
	readonly #unkept: readonly KubernetesPlugin[];
	readonly #counts: readonly KeptCounts[];
	readonly #localFilters: readonly (KeptFilter & { readonly filter: NodeFilter })[];
	readonly #declaredFilters: readonly (KeptFilter & { readonly filter: NodeFilter })[];
	readonly #localScores: readonly LocalScore[];
	readonly #declaredScores: readonly LocalScore[];
	readonly #nodes: NodeColumns;
	readonly #moves: PodMoves;
	/** The number of nodes, which some scores depend on. */
	readonly #size: number;
	readonly #sized: boolean;
	/** Whether any node had taints when filters said that they have nothing to say. */
	readonly #restricted: boolean;
	/** By id of a group: a place in a list for the time of one search, -1 otherwise. */
	#slots = new Int32Array(0);
	#cursor = new TouchCursor();
	#moved = 0;
	#declarations = -1;
	/** By node: the declaration that was looked at, what filters said of it, and the group that it makes. */
	readonly #specs: (NodeSpec | undefined)[] = [];
	readonly #declaredCodes: Int32Array;
	readonly #base: Int32Array;
	/** By node: number of the last round that looked at it. */
	readonly #lookedAt: Int32Array;
	#round = 0;
	/** Nodes closed for one attempt. */
	readonly #withheld: NodeId[] = [];
	readonly #pod: PodClass;
	/** What there was besides nodes and pods, and what selected the pod. */
	#objects: ClusterObjects;
	readonly #selectors: string;
	readonly #codeOf = new WeakMap<Rejection, number>();
	readonly #traits: number[] = [];

	/** Null if a plugin rejects the pod as a whole or narrows the search by names. */
	static of(profile: Profile, view: CycleView, moves: PodMoves): ClassMemory | null {
		const prepared = new Map<KubernetesPlugin, NodeFilter>();
		for (const plugin of profile.preFilters.filter(isLocal)) {
			const answer = plugin.filter?.(view) ?? "skip";
			if (answer === "skip") continue;
			if ("rejected" in answer || answer.only !== undefined) return null;
			prepared.set(plugin, answer.filter);
		}
		return new ClassMemory(profile, prepared, view, moves);
	}

	private constructor(
		{ preFilters, filters, scores }: Profile,
		prepared: ReadonlyMap<KubernetesPlugin, NodeFilter>,
		view: CycleView,
		moves: PodMoves,
	) {
		const capacity = view.nodes.ready.length;
		this.#pod = view.pod;
		this.#objects = view.objects;
		this.#selectors = selectorsText(view.pod, view.objects);
		const counts = new Map<KubernetesPlugin, KeptCounts | null>();
		for (const plugin of [...preFilters, ...scores.map((score) => score.plugin)])
			if (plugin.keep && !counts.has(plugin)) counts.set(plugin, plugin.keep(view.pod, view.objects));
		this.#nodes = view.nodes;
		this.#moves = moves;
		this.#size = view.order.length;
		this.#restricted = view.nodes.restricted > 0;
		this.#counts = [...counts.values()].filter((kept) => kept !== null);
		this.#unkept = [...preFilters, ...scores.map((score) => score.plugin)].filter(
			(plugin) => !isLocal(plugin) && !plugin.keep,
		);
		this.#filters = filters
			.map((plugin, index) => ({
				plugin,
				index,
				filter: prepared.get(plugin) ?? null,
				counts: counts.get(plugin) ?? null,
			}))
			.filter(({ filter, counts }) => filter !== null || counts !== null);
		this.scores = scores.flatMap(({ plugin, weight }) => {
			const kept = counts.get(plugin) ?? null;
			const scorer = isLocal(plugin) ? plugin.score!(view, []) : null;
			if (kept === null && scorer === null) return [];
			return { plugin, weight, counts: kept, scorer, raw: new Float64Array(scorer === null ? 0 : capacity) };
		});
		const localFilters = this.#filters.filter((kept) => kept.filter !== null) as (KeptFilter & {
			filter: NodeFilter;
		})[];
		const localScores = this.scores.filter(({ scorer }) => scorer !== null) as LocalScore[];
		this.#localFilters = localFilters.filter(({ plugin }) => plugin.looksAt !== "declaration");
		this.#declaredFilters = localFilters.filter(({ plugin }) => plugin.looksAt === "declaration");
		this.#localScores = localScores.filter(({ plugin }) => plugin.looksAt !== "declaration");
		this.#declaredScores = localScores.filter(({ plugin }) => plugin.looksAt === "declaration");
		this.#sized = localScores.some(({ plugin }) => plugin.looksAt === "nodes");
		this.codes = new Int32Array(capacity).fill(ABSENT);
		this.groups = new NodeGroups(capacity);
		this.#declaredCodes = new Int32Array(capacity);
		this.#base = new Int32Array(capacity);
		this.#lookedAt = new Int32Array(capacity);
	}

	/** Bytes, about. */
	get bytes(): number {
		return this.codes.length * (60 + 8 * this.scores.length);
	}

	/** Whether the same Services and owner select the pod as when it was begun. Victims are looked for anew where there are other budgets. */
	isDeclaredBy(objects: ClusterObjects): boolean {
		const { services, owners, budgets } = this.#objects;
		if (budgets !== objects.budgets) this.victims.length = 0;
		const same = services === objects.services && owners === objects.owners;
		this.#objects = objects;
		return same || selectorsText(this.#pod, objects) === this.#selectors;
	}

	/** Whether what is kept can be brought up to date, instead of begun anew. */
	fits({ order, nodes }: CycleView): boolean {
		if (nodes.ready.length !== this.codes.length || nodes.restricted > 0 !== this.#restricted) return false;
		return !this.#sized || order.length === this.#size;
	}

	/** Whether a plugin that cannot be kept has something to say now. */
	isBlind(view: CycleView): boolean {
		return this.#unkept.some(
			({ filter, turnsDown, score }) =>
				(filter && filter(view) !== "skip") ||
				(score && score(view, []) !== null) ||
				(turnsDown && turnsDown(view) !== null),
		);
	}

	/** Brings everything up to date. */
	follow(view: CycleView): void {
		for (const node of this.#withheld) if (this.codes[node] === ACCEPTED) this.groups.reopen(node);
		this.#withheld.length = 0;
		if (this.#counts.length > 0) this.#followMoves(view);
		this.#round++;
		this.#nodes.visitTouched(this.#cursor, this.#look);
	}

	/** Closes an open node for the attempt at hand. */
	withhold(node: NodeId): void {
		if (this.codes[node] !== ACCEPTED) return;
		this.groups.close(node);
		this.#withheld.push(node);
	}

	/** By id of a group: -1 everywhere, and again when the caller is done. */
	slots(): Int32Array {
		if (this.#slots.length < this.groups.ids) this.#slots = new Int32Array(2 * this.groups.ids).fill(-1);
		return this.#slots;
	}

	/** The filters that have something to say, in order; good for one attempt. */
	activeFilters(): ActiveFilters {
		return this.#filters.flatMap(({ plugin: { name }, filter, counts }) => {
			const active = filter ?? counts!.filter();
			return active === null ? [] : { plugin: name, filter: active };
		});
	}

	/** Those that look at all pods, each with its place among the filters of the profile; good for one attempt. */
	countingFilters(): readonly { readonly plugin: string; readonly index: number; readonly filter: NodeFilter }[] {
		return this.#filters.flatMap(({ plugin: { name }, index, counts }) => {
			const filter = counts?.filter() ?? null;
			return filter === null ? [] : { plugin: name, index, filter };
		});
	}

	#followMoves(view: CycleView): void {
		const moves = this.#moves;
		const keys = this.#counts.map((counts) => counts.keys);
		const known =
			this.#declarations === moves.declarations &&
			moves.visit(this.#moved, (pod, node, change) => {
				for (const counts of this.#counts) counts.podMoved(pod, this.#nodes.view(node), change);
			});
		if (!known) for (const counts of this.#counts) counts.restart(view, moves);
		this.#moved = moves.count;
		this.#declarations = moves.declarations;
		if (this.#counts.every((counts, i) => counts.keys === keys[i])) return;
		// Nodes are told apart by other labels now.
		this.#specs.length = 0;
		this.#cursor = new TouchCursor();
	}

	readonly #look = (node: NodeId): void => {
		if (this.#lookedAt[node] === this.#round) return;
		this.#lookedAt[node] = this.#round;
		this.looks++;
		if (this.victims[node] !== undefined) this.victims[node] = undefined;
		if (this.#nodes.present[node] === 0) {
			this.codes[node] = ABSENT;
			this.#specs[node] = undefined;
			this.groups.remove(node);
			return;
		}
		const view = this.#nodes.view(node);
		if (this.#specs[node] !== view.spec) this.#lookAtDeclaration(view);
		const code = this.#verdictOn(view);
		this.codes[node] = code;
		let group = this.#base[node]!;
		if (this.#counts.length > 0) {
			const traits = this.#traits;
			traits.length = 0;
			for (const counts of this.#counts) counts.traits(view, traits);
			for (const trait of traits) group = this.groups.refine(group, trait);
		}
		let total = 0;
		if (code === ACCEPTED) {
			for (const { scorer, raw } of this.#localScores) raw[node] = scorer.score(view);
			for (const { scorer, raw, weight } of this.#localScores)
				if (scorer.normalize) group = this.groups.refine(group, raw[node]!);
				else total += weight * raw[node]!;
			for (const { scorer, raw, weight } of this.#declaredScores) if (!scorer.normalize) total += weight * raw[node]!;
		}
		this.groups.put(node, group, total, code === ACCEPTED);
	};

	#lookAtDeclaration(view: NodeView): void {
		const { id, spec, labels } = view;
		this.#specs[id] = spec;
		let code = ACCEPTED;
		for (const kept of this.#declaredFilters) {
			const rejection = kept.filter.rejects(view);
			if (rejection === null) continue;
			code = this.#codeFor(kept.plugin.name, rejection, kept.index);
			break;
		}
		this.#declaredCodes[id] = code;
		let group = 0;
		for (const { keys } of this.#counts)
			for (const key of keys) group = this.groups.refine(group, Object.hasOwn(labels, key) ? `=${labels[key]!}` : "");
		for (const { scorer, raw } of this.#declaredScores) {
			raw[id] = scorer.score(view);
			if (scorer.normalize) group = this.groups.refine(group, raw[id]!);
		}
		// Every node has at least one feature.
		this.#base[id] = group === 0 ? this.groups.refine(0, "") : group;
	}

	#verdictOn(view: NodeView): number {
		if (!view.ready) return this.#codeFor(NOT_READY.plugin, NOT_READY.rejection, -1);
		const declared = this.#declaredCodes[view.id]!;
		const before = this.verdicts[declared]!.index;
		for (const { filter, index, plugin } of this.#localFilters) {
			if (index > before) break;
			const rejection = filter.rejects(view);
			if (rejection !== null) return this.#codeFor(plugin.name, rejection, index);
		}
		return declared;
	}

	#codeFor(plugin: string, rejection: Rejection, index: number): number {
		let code = this.#codeOf.get(rejection);
		if (code !== undefined) return code;
		const same = ({ rejection: other, index: place }: Verdict) =>
			place === index &&
			other.unresolvable === rejection.unresolvable &&
			other.reasons.join("\n") === rejection.reasons.join("\n");
		code = this.verdicts.findIndex(same);
		if (code < 0) code = this.verdicts.push({ plugin, rejection, index }) - 1;
		this.#codeOf.set(rejection, code);
		return code;
	}
}

function isLocal({ looksAt }: KubernetesPlugin): boolean {
	return looksAt !== "pods";
}

function selectorsText({ spec: { facts } }: PodClass, objects: ClusterObjects): string {
	return canonicalJson(defaultSelectors(facts, objects));
}
