/** Matching pods by domain for the topology spread constraints of one pod class, kept from one attempt to the next. */
import type { NodeView } from "../../../cell/node-view.js";
import type { PlacedPod } from "../../../cell/placed-pod.js";
import type { PodClass } from "../../../objects/pod-class.js";
import type { AlikeNodes, AllPlaced, CycleView, KeptCounts, NodeFilter, NodeScorer } from "../plugin.js";
import { spreadFilter, spreadScorer } from "../spread-answers.js";
import { type ActiveConstraint, countOn, HOSTNAME, hasAllKeys, includes } from "../spread-constraints.js";
import { KeptDomains } from "./kept-domains.js";

/** What a node without the label has instead of a count. */
const NO_LABEL = -1;

export class KeptSpread implements KeptCounts {
	keys: readonly string[] = [];
	readonly #pod: PodClass;
	readonly #allKeys: boolean;
	readonly #hard: readonly Kept[];
	readonly #soft: readonly Kept[];
	/** Labels of `DoNotSchedule` that tell nodes apart: their counts are traits. */
	#unique: readonly Kept[] = [];
	/** Soft constraints on the host name, which is the node itself. */
	readonly #hosts: readonly Kept[];

	/** `allKeys`: whether nodes that lack a key of a soft constraint are out of it. */
	constructor(pod: PodClass, hard: readonly ActiveConstraint[], soft: readonly ActiveConstraint[], allKeys: boolean) {
		this.#pod = pod;
		this.#allKeys = allKeys;
		this.#hard = hard.map((active) => new Kept(active));
		this.#soft = soft.map((active) => new Kept(active));
		this.#hosts = this.#soft.filter(({ key }) => key === HOSTNAME);
	}

	restart({ nodes, order }: CycleView, all: AllPlaced): void {
		const [hard, soft] = [this.#hard, this.#soft].map((kept) => kept.map(({ active }) => active)) as [
			ActiveConstraint[],
			ActiveConstraint[],
		];
		for (const kept of [...this.#hard, ...this.#soft]) kept.clear(nodes.ready.length);
		for (const id of order) {
			const node = nodes.view(id);
			if (hasAllKeys(node, hard))
				for (const kept of this.#hard) kept.count(node, includes(kept.active, this.#pod, node));
			const takesPart = !this.#allKeys || hasAllKeys(node, soft);
			for (const kept of this.#soft) kept.count(node, takesPart && includes(kept.active, this.#pod, node));
		}
		this.#unique = this.#hard.filter(({ key }) => all.isUnique(key));
		const keys = [
			...this.#hard.filter(({ key }) => !all.isUnique(key)),
			...this.#soft.filter(({ key }) => key !== HOSTNAME),
		];
		this.keys = [...new Set(keys.map(({ key }) => key))];
	}

	podMoved(pod: PlacedPod, node: NodeView, change: 1 | -1): void {
		for (const kept of this.#hard) kept.move(pod, node, change);
		for (const kept of this.#soft) kept.move(pod, node, change);
	}

	traits(node: NodeView, list: number[]): void {
		const { labels } = node;
		for (const { key, domains } of this.#unique)
			list.push(Object.hasOwn(labels, key) ? domains.at(labels[key]!) : NO_LABEL);
		for (const { key, onNode } of this.#hosts) list.push(Object.hasOwn(labels, key) ? onNode[node.id]! : NO_LABEL);
	}

	filter(): NodeFilter | null {
		if (this.#hard.length === 0) return null;
		return spreadFilter(
			this.#pod,
			this.#hard.map(({ active }) => active),
			this.#hard.map(({ domains }) => domains),
		);
	}

	scorer(feasible: readonly AlikeNodes[]): NodeScorer | null {
		if (this.#soft.length === 0) return null;
		const constraints = this.#soft.map(({ active }) => active);
		const candidates = feasible.filter(({ node }) => !this.#allKeys || hasAllKeys(node, constraints));
		const domains = this.#soft.map(({ key }) =>
			key === HOSTNAME
				? candidates.reduce((sum, { size }) => sum + size, 0)
				: new Set(candidates.map(({ node }) => node.labels[key] ?? "")).size,
		);
		return spreadScorer(constraints, this.#allKeys, domains, (node, i) => {
			const { key, onNode, domains: counts } = this.#soft[i]!;
			return key === HOSTNAME ? onNode[node.id]! : counts.at(node.labels[key]!);
		});
	}
}

/** The counts of one constraint. */
class Kept {
	readonly active: ActiveConstraint;
	readonly key: string;
	domains = new KeptDomains();
	/** By node: matching pods. */
	onNode = new Int32Array(0);
	/** By node: 1 if its pods count in its domain. */
	#included = new Uint8Array(0);

	constructor(active: ActiveConstraint) {
		this.active = active;
		this.key = active.constraint.topologyKey;
	}

	clear(capacity: number): void {
		this.domains = new KeptDomains();
		this.onNode = new Int32Array(capacity);
		this.#included = new Uint8Array(capacity);
	}

	count(node: NodeView, included: boolean): void {
		const count = countOn(node, this.active);
		this.onNode[node.id] = count;
		if (!included) return;
		this.#included[node.id] = 1;
		this.domains.count(node.labels[this.key] ?? "", count);
	}

	move({ podClass, leaving }: PlacedPod, { id, labels }: NodeView, change: 1 | -1): void {
		if (!this.active.counted || leaving !== "no" || !this.active.matches(podClass)) return;
		this.onNode[id]! += change;
		if (this.#included[id] === 1) this.domains.move(labels[this.key] ?? "", change);
	}
}
