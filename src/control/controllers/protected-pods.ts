/**
 * The pods that a controller has seen, by the budget that protects them. Told of each change of a budget and of a pod; what a change costs
 * does not grow with the number of pods, nor with that of budgets with other labels.
 */
import { keyOf } from "../api-object.js";
import type { ApiChange } from "../api-server.js";
import type { ControllerContext } from "../controller.js";
import { protects } from "../disruption-budget.js";
import type { PodDisruptionBudget } from "../kinds/pod-disruption-budget.js";
import type { Pod } from "../pod.js";
import { PodTally } from "../pod-tally.js";

const NONE = new PodTally();

type Seen = Pick<ControllerContext["seen"], "having">;

export class ProtectedPods {
	readonly #seen: Seen;
	/** By key of the budget. */
	readonly #known = new Map<string, { readonly budget: PodDisruptionBudget; readonly pods: PodTally }>();
	/** Keys of budgets by namespace, or by namespace and the first label that they ask for. */
	readonly #byLabel = new Map<string, Set<string>>();

	constructor(seen: Seen) {
		this.#seen = seen;
	}

	budgetChanged({ key, before, after }: ApiChange): void {
		const known = this.#known.get(key)?.budget;
		const budget = after as PodDisruptionBudget | null;
		if (before !== null && budget?.metadata.uid === known?.metadata.uid && budget?.spec === known?.spec) return;
		if (known !== undefined) this.#forget(key, known);
		if (budget === null) return;
		const label = labelOf(budget);
		this.#byLabel.set(label, (this.#byLabel.get(label) ?? new Set()).add(key));
		const { selector } = budget.spec;
		const pods = new PodTally();
		for (const pod of this.#seen.having("Pod", budget.metadata.namespace, selector?.matchLabels ?? {}))
			if (protects(budget, pod as Pod)) pods.put(pod as Pod);
		this.#known.set(key, { budget, pods });
	}

	/** Keys of the budgets that protect the pod, or did before, in order of their creation. */
	podChanged({ before, after }: ApiChange): readonly string[] {
		if (this.#known.size === 0) return [];
		const was = before as Pod | null;
		const is = after as Pod | null;
		const found: PodDisruptionBudget[] = [];
		for (const key of this.#candidates(was, is)) {
			const { budget, pods } = this.#known.get(key)!;
			const stays = is !== null && protects(budget, is);
			if (stays) pods.put(is);
			else if (was !== null && protects(budget, was)) pods.delete(was.metadata.name);
			else continue;
			found.push(budget);
		}
		return found.sort((a, b) => a.metadata.uid - b.metadata.uid).map(keyOf);
	}

	/** Those of a budget; none if it is not known. */
	of(key: string): PodTally {
		return this.#known.get(key)?.pods ?? NONE;
	}

	#forget(key: string, budget: PodDisruptionBudget): void {
		this.#known.delete(key);
		const label = labelOf(budget);
		const alike = this.#byLabel.get(label)!;
		alike.delete(key);
		if (alike.size === 0) this.#byLabel.delete(label);
	}

	#candidates(was: Pod | null, is: Pod | null): ReadonlySet<string> {
		const found = new Set<string>();
		const labelled = was !== null && was.metadata.labels === is?.metadata.labels ? [is] : [was, is];
		for (const pod of labelled) {
			if (pod === null) continue;
			const { namespace, labels } = pod.metadata;
			for (const key of this.#byLabel.get(namespace) ?? []) found.add(key);
			for (const [name, value] of Object.entries(labels))
				for (const key of this.#byLabel.get(`${namespace} ${name} ${value}`) ?? []) found.add(key);
		}
		return found;
	}
}

/** No part of it holds a blank. */
function labelOf({ metadata: { namespace }, spec: { selector } }: PodDisruptionBudget): string {
	const [label] = Object.entries(selector?.matchLabels ?? {});
	return label === undefined ? namespace : `${namespace} ${label[0]} ${label[1]}`;
}
