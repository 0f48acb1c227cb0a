/** What budgets still allow in a trial: each eviction that is thought of takes one from every budget of its pod. */
import { keyOf } from "../api-object.js";
import { protects } from "../disruption-budget.js";
import type { PodDisruptionBudget } from "../kinds/pod-disruption-budget.js";
import type { Pod } from "../pod.js";

export class RemainingBudgets {
	readonly #budgets: readonly PodDisruptionBudget[];
	readonly #left: Map<string, number>;

	constructor(budgets: Iterable<PodDisruptionBudget>) {
		this.#budgets = [...budgets];
		this.#left = new Map(this.#budgets.map((budget) => [keyOf(budget), budget.status.disruptionsAllowed]));
	}

	/** Whether any budget is about the pod. */
	protects(pod: Pod): boolean {
		return this.#budgets.some((budget) => protects(budget, pod));
	}

	/** Whether all may go together. */
	allow(pods: readonly Pod[]): boolean {
		const wanted = new Map<string, number>();
		for (const pod of pods)
			for (const budget of this.#budgets)
				if (protects(budget, pod)) wanted.set(keyOf(budget), (wanted.get(keyOf(budget)) ?? 0) + 1);
		return [...wanted].every(([key, count]) => this.#left.get(key)! >= count);
	}

	take(pods: readonly Pod[]): void {
		for (const pod of pods)
			for (const budget of this.#budgets)
				if (protects(budget, pod)) this.#left.set(keyOf(budget), this.#left.get(keyOf(budget))! - 1);
	}
}
