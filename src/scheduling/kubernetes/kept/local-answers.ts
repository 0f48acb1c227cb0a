/**
 * What the plugins that look at one node at a time say of a pod, node by node. An answer holds until the node changes, and for all pod
 * classes that differ only in what no such plugin looks at, as those of most Deployments do: they share it (`sameForAll`).
 */
import type { NodeId } from "../../../cell/ids.js";
import { type NodeColumns, TouchCursor } from "../../../cell/node-columns.js";
import type { NodeView } from "../../../cell/node-view.js";
import { canonicalJson } from "../../../objects/canonical-json.js";
import type { PodClass } from "../../../objects/pod-class.js";
import type { NodeSpec } from "../../../objects/spec.js";
import type { Rejection } from "../../plugin.js";
import { NOT_READY, type PluginRejection } from "../cycle.js";
import type { CycleView, KubernetesPlugin, NodeFilter, NodeScorer } from "../plugin.js";
import type { Profile } from "../profile.js";

export interface LocalFilter {
	readonly plugin: KubernetesPlugin;
	/** Place among the filters of the profile. */
	readonly index: number;
	readonly filter: NodeFilter;
}

export interface LocalScore {
	readonly plugin: KubernetesPlugin;
	readonly weight: number;
	readonly scorer: NodeScorer;
	/** By accepted node: the score before normalisation. */
	readonly raw: Float64Array;
}

export interface Verdict extends PluginRejection {
	/** Place of the plugin among the filters of the profile. */
	readonly index: number;
}

/** Codes of verdicts; others are places in `verdicts`. */
export const ABSENT = -1;
export const ACCEPTED = 0;

/** Classes for which this is the same get the same answers from each plugin of one profile that looks at one node at a time. */
export function sameForAll({ spec: { facts, requests, gpu } }: PodClass): string {
	const { demands } = facts;
	const none = { podAffinity: null, podAntiAffinity: null, spread: null, controller: null };
	return canonicalJson({
		facts: { ...facts, labels: {}, namespace: "", ...(demands && { demands: { ...demands, ...none } }) },
		requests,
		gpu,
	});
}

export class LocalAnswers {
	/** By node. */
	readonly codes: Int32Array;
	/** By code; the first stands for ACCEPTED. */
	readonly verdicts: Verdict[] = [
		{ plugin: "", rejection: { plugin: "", reasons: [] }, index: Number.POSITIVE_INFINITY },
	];
	/** By accepted node: the weighted sum of the scores that are not normalised. */
	readonly totals: Float64Array;
	/** Those that have something to say. */
	readonly filters: readonly LocalFilter[];
	readonly scores: readonly LocalScore[];
	readonly #nodes: NodeColumns;
	readonly #localFilters: readonly LocalFilter[];
	readonly #declaredFilters: readonly LocalFilter[];
	readonly #localScores: readonly LocalScore[];
	readonly #declaredScores: readonly LocalScore[];
	/** The number of nodes, which some scores depend on. */
	readonly #size: number;
	readonly #sized: boolean;
	/** Whether any node had taints when filters said that they have nothing to say. */
	readonly #restricted: boolean;
	readonly #cursor = new TouchCursor();
	/** By node: the declaration that was looked at, and what filters said of it. */
	readonly #specs: (NodeSpec | undefined)[] = [];
	readonly #declaredCodes: Int32Array;
	/** By node: number of the last round that looked at it. */
	readonly #lookedAt: Int32Array;
	#round = 0;
	readonly #codeOf = new WeakMap<Rejection, number>();

	/** Null if a plugin rejects the pod as a whole or narrows the search by names. */
	static of(profile: Profile, view: CycleView): LocalAnswers | null {
		const prepared = new Map<KubernetesPlugin, NodeFilter>();
		for (const plugin of profile.preFilters.filter(isLocal)) {
			const answer = plugin.filter?.(view) ?? "skip";
			if (answer === "skip") continue;
			if ("rejected" in answer || answer.only !== undefined) return null;
			prepared.set(plugin, answer.filter);
		}
		return new LocalAnswers(profile, prepared, view);
	}

	private constructor(
		{ filters, scores }: Profile,
		prepared: ReadonlyMap<KubernetesPlugin, NodeFilter>,
		view: CycleView,
	) {
		const capacity = view.nodes.ready.length;
		this.#nodes = view.nodes;
		this.#size = view.order.length;
		this.#restricted = view.nodes.restricted > 0;
		this.filters = filters.flatMap((plugin, index) => {
			const filter = prepared.get(plugin);
			return filter === undefined ? [] : { plugin, index, filter };
		});
		this.scores = scores.flatMap(({ plugin, weight }) => {
			const scorer = isLocal(plugin) ? plugin.score!(view, []) : null;
			return scorer === null ? [] : { plugin, weight, scorer, raw: new Float64Array(capacity) };
		});
		this.#localFilters = this.filters.filter(({ plugin }) => plugin.looksAt !== "declaration");
		this.#declaredFilters = this.filters.filter(({ plugin }) => plugin.looksAt === "declaration");
		this.#localScores = this.scores.filter(({ plugin }) => plugin.looksAt !== "declaration");
		this.#declaredScores = this.scores.filter(({ plugin }) => plugin.looksAt === "declaration");
		this.#sized = this.scores.some(({ plugin }) => plugin.looksAt === "nodes");
		this.codes = new Int32Array(capacity).fill(ABSENT);
		this.totals = new Float64Array(capacity);
		this.#declaredCodes = new Int32Array(capacity);
		this.#lookedAt = new Int32Array(capacity);
	}

	/** Whether what is kept can be brought up to date, instead of begun anew. */
	fits({ order, nodes }: CycleView): boolean {
		if (nodes.ready.length !== this.codes.length || nodes.restricted > 0 !== this.#restricted) return false;
		return !this.#sized || order.length === this.#size;
	}

	/** Brings everything up to date. */
	follow(): void {
		this.#round++;
		this.#nodes.visitTouched(this.#cursor, this.#look);
	}

	readonly #look = (node: NodeId): void => {
		if (this.#lookedAt[node] === this.#round) return;
		this.#lookedAt[node] = this.#round;
		if (this.#nodes.present[node] === 0) {
			this.codes[node] = ABSENT;
			this.#specs[node] = undefined;
			return;
		}
		const view = this.#nodes.view(node);
		if (this.#specs[node] !== view.spec) this.#lookAtDeclaration(view);
		const code = this.#verdictOn(view);
		this.codes[node] = code;
		let total = 0;
		if (code === ACCEPTED) {
			for (const { scorer, raw, weight } of this.#localScores) {
				const score = scorer.score(view);
				raw[node] = score;
				if (!scorer.normalize) total += weight * score;
			}
			for (const { scorer, raw, weight } of this.#declaredScores) if (!scorer.normalize) total += weight * raw[node]!;
		}
		this.totals[node] = total;
	};

	#lookAtDeclaration(view: NodeView): void {
		const { id, spec } = view;
		this.#specs[id] = spec;
		let code = ACCEPTED;
		for (const { plugin, filter, index } of this.#declaredFilters) {
			const rejection = filter.rejects(view);
			if (rejection === null) continue;
			code = this.#codeFor(plugin.name, rejection, index);
			break;
		}
		this.#declaredCodes[id] = code;
		for (const { scorer, raw } of this.#declaredScores) raw[id] = scorer.score(view);
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

export function isLocal({ looksAt }: KubernetesPlugin): boolean {
	return looksAt !== "pods";
}
