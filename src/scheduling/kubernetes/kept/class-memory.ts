/**
 * What the plugins of a profile said about one pod class, node by node. What looks at one node at a time is shared with other classes
 * (`local-answers.ts`); what looks at the pods of all nodes is counted as they come and go, and asked once for each group of nodes that it
 * cannot tell apart.
 */
import type { NodeId } from "../../../cell/ids.js";
import { type NodeColumns, TouchCursor } from "../../../cell/node-columns.js";
import type { NodeView } from "../../../cell/node-view.js";
import { canonicalJson } from "../../../objects/canonical-json.js";
import type { ClusterObjects } from "../../../objects/cluster-objects.js";
import type { PodClass } from "../../../objects/pod-class.js";
import type { NodeSpec } from "../../../objects/spec.js";
import type { ActiveFilters, PluginRejection } from "../cycle.js";
import type { CycleView, KeptCounts, KubernetesPlugin, NodeFilter, NodeScorer } from "../plugin.js";
import type { Profile } from "../profile.js";
import { defaultSelectors } from "../spread-constraints.js";
import type { Candidate } from "../victims.js";
import { ABSENT, ACCEPTED, isLocal, type LocalAnswers, type Verdict } from "./local-answers.js";
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

export class ClassMemory {
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
	readonly #local: LocalAnswers;
	/** Scores before normalisation, which tell nodes apart: those that look at the declaration alone, and others. */
	readonly #declaredRaws: readonly Float64Array[];
	readonly #localRaws: readonly Float64Array[];
	readonly #nodes: NodeColumns;
	readonly #moves: PodMoves;
	/** By id of a group: a place in a list for the time of one search, -1 otherwise. */
	#slots = new Int32Array(0);
	#cursor = new TouchCursor();
	#moved = 0;
	#declarations = -1;
	/** By node: the declaration that was looked at, and the group that it makes. */
	readonly #specs: (NodeSpec | undefined)[] = [];
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
	readonly #traits: number[] = [];

	constructor({ preFilters, filters, scores }: Profile, local: LocalAnswers, view: CycleView, moves: PodMoves) {
		const capacity = view.nodes.ready.length;
		this.#pod = view.pod;
		this.#objects = view.objects;
		this.#selectors = selectorsText(view.pod, view.objects);
		const counts = new Map<KubernetesPlugin, KeptCounts | null>();
		for (const plugin of [...preFilters, ...scores.map((score) => score.plugin)])
			if (plugin.keep && !counts.has(plugin)) counts.set(plugin, plugin.keep(view.pod, view.objects));
		this.#local = local;
		this.#nodes = view.nodes;
		this.#moves = moves;
		this.#counts = [...counts.values()].filter((kept) => kept !== null);
		this.#unkept = [...preFilters, ...scores.map((score) => score.plugin)].filter(
			(plugin) => !isLocal(plugin) && !plugin.keep,
		);
		this.#filters = filters
			.map((plugin, index) => ({
				plugin,
				index,
				filter: local.filters.find((one) => one.plugin === plugin)?.filter ?? null,
				counts: counts.get(plugin) ?? null,
			}))
			.filter(({ filter, counts }) => filter !== null || counts !== null);
		this.scores = scores.flatMap(({ plugin, weight }) => {
			const kept = counts.get(plugin) ?? null;
			const { scorer = null, raw = NO_SCORES } = local.scores.find((one) => one.plugin === plugin) ?? {};
			return kept === null && scorer === null ? [] : { plugin, weight, counts: kept, scorer, raw };
		});
		const normalized = local.scores.filter(({ scorer }) => scorer.normalize);
		const rawsOf = (declared: boolean) =>
			normalized.filter(({ plugin }) => (plugin.looksAt === "declaration") === declared).map(({ raw }) => raw);
		this.#declaredRaws = rawsOf(true);
		this.#localRaws = rawsOf(false);
		this.groups = new NodeGroups(capacity);
		this.#base = new Int32Array(capacity);
		this.#lookedAt = new Int32Array(capacity);
	}

	/** By node: what the filters that look at one node say. */
	get codes(): Int32Array {
		return this.#local.codes;
	}

	/** By code; the first stands for ACCEPTED. */
	get verdicts(): readonly Verdict[] {
		return this.#local.verdicts;
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
	fits(view: CycleView): boolean {
		return this.#local.fits(view);
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
		this.#local.follow();
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
		const code = this.codes[node]!;
		if (code === ABSENT) {
			this.#specs[node] = undefined;
			this.groups.remove(node);
			return;
		}
		const view = this.#nodes.view(node);
		if (this.#specs[node] !== view.spec) this.#lookAtDeclaration(view);
		let group = this.#base[node]!;
		if (this.#counts.length > 0) {
			const traits = this.#traits;
			traits.length = 0;
			for (const counts of this.#counts) counts.traits(view, traits);
			for (const trait of traits) group = this.groups.refine(group, trait);
		}
		if (code === ACCEPTED) for (const raw of this.#localRaws) group = this.groups.refine(group, raw[node]!);
		this.groups.put(node, group, this.#local.totals[node]!, code === ACCEPTED);
	};

	#lookAtDeclaration({ id, spec, labels }: NodeView): void {
		this.#specs[id] = spec;
		let group = 0;
		for (const { keys } of this.#counts)
			for (const key of keys) group = this.groups.refine(group, Object.hasOwn(labels, key) ? `=${labels[key]!}` : "");
		for (const raw of this.#declaredRaws) group = this.groups.refine(group, raw[id]!);
		// Every node has at least one feature.
		this.#base[id] = group === 0 ? this.groups.refine(0, "") : group;
	}
}

const NO_SCORES = new Float64Array(0);

function selectorsText({ spec: { facts } }: PodClass, objects: ClusterObjects): string {
	return canonicalJson(defaultSelectors(facts, objects));
}
