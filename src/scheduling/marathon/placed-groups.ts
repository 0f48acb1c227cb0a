/** Where the instances of an app are, by the attributes that its constraints name. */
import type { NodeView } from "../../cell/node-view.js";
import type { Snapshot } from "../../cell/snapshot.js";
import type { AttributeConstraints } from "../../objects/attribute-constraints.js";
import type { PodClass } from "../../objects/pod-class.js";
import type { FilterPlugin, Rejection } from "../plugin.js";
import { attributeOf, type Groups, meets } from "./constraints.js";

const REJECTION: Rejection = { plugin: "constraints", reasons: ["agent(s) didn't meet the constraints of the app"] };

/** Constraints of one pod after the other; `prepare` is to be called before the filter is asked. */
export class PlacedGroups {
	#constraints: AttributeConstraints | null = null;
	/** By rule. */
	#groups: readonly Groups[] = [];

	readonly filter: FilterPlugin = {
		name: "marathon-constraints",
		summary: "Turns down agents that do not meet the constraints of a Marathon app.",
		skips: ({ spec }) => spec.facts.constraints === undefined,
		accepts: (_pod, node) => (this.#accepts(node) ? null : REJECTION),
	};

	prepare({ spec }: PodClass, snapshot: Snapshot): void {
		const { constraints = null } = spec.facts;
		this.#constraints = constraints;
		if (constraints === null) return;
		snapshot.trackPods();
		const groups = constraints.rules.map(() => new Map<string, number>());
		for (let n = 0; n < snapshot.nodes.count; n++) {
			const placed = instancesOn(snapshot, n, constraints.group);
			if (placed === 0) continue;
			constraints.rules.forEach(({ field }, i) => {
				const value = attributeOf(snapshot.nodes.specs[n]!, field);
				if (value !== undefined) groups[i]!.set(value, (groups[i]!.get(value) ?? 0) + placed);
			});
		}
		this.#groups = groups;
	}

	#accepts({ spec }: NodeView): boolean {
		return this.#constraints!.rules.every((rule, i) => meets(rule, spec, this.#groups[i]!));
	}
}

/** Those that the cell has there, and those that are decided on this offer. A framework knows its own, whatever it is offered. */
function instancesOn({ cell, nodes }: Snapshot, node: number, group: string): number {
	let count = 0;
	for (const { podClass } of cell.nodes.placed[node]!) if (podClass.spec.facts.constraints?.group === group) count++;
	for (const { id, podClass } of nodes.placed[node]!)
		if (podClass.spec.facts.constraints?.group === group && cell.pods.has(id) && cell.pod(id).node < 0) count++;
	return count;
}
