/**
 * Looks at every eviction of a run: had the budget room for it, by a count of its own? A budget is kept by a controller that is some
 * milliseconds behind, and that may be gone: what happened to its pods a moment ago, or since it is gone, it cannot know. Then only what its status
 * allowed may be taken.
 */
import type { ApiChange } from "../../src/control/api-server.js";
import { desiredHealthyOf } from "../../src/control/disruption-budget.js";
import type { PodDisruptionBudget } from "../../src/control/kinds/pod-disruption-budget.js";
import type { Pod } from "../../src/control/pod.js";
import { SECOND } from "../../src/engine/time.js";
import type { TestPlane } from "./control-planes.js";

/** What the controller may be behind. */
const BEHIND_US = 2 * SECOND;

export class WatchedBudgets {
	/** What should not have been, in words. */
	readonly broken: string[] = [];
	/** Evictions that were held against a count of their own. */
	checked = 0;
	readonly #test: TestPlane;
	/** By app: when one of its pods ceased to serve for another reason than an eviction, or its size changed. */
	readonly #harmedUs = new Map<string, number>();
	#gapUs = 0;

	/** Budgets and owners are called as the app whose pods they are about. */
	constructor(test: TestPlane) {
		this.#test = test;
		test.plane.server.watch((change) => {
			if (change.kind === "Pod") this.#podChanged(change.before as Pod | null, change.after as Pod | null);
			else if (change.kind === "PodDisruptionBudget") this.#budgetChanged(change);
			else if (change.before?.spec !== change.after?.spec)
				this.#harmedUs.set((change.after ?? change.before)!.metadata.name, test.engine.nowUs);
		});
	}

	/** Lets time pass, and notes when nobody kept the budgets. */
	runFor(seconds: number): void {
		for (let left = seconds; left > 0; left--) {
			this.#test.runFor(Math.min(1, left));
			const { plane, engine } = this.#test;
			if (!plane.works("api-server") || !plane.works("controller-manager")) this.#gapUs = engine.nowUs;
		}
	}

	#podChanged(before: Pod | null, after: Pod | null): void {
		if (before === null || !serves(before) || (after !== null && serves(after))) return;
		const app = before.metadata.labels["app"]!;
		if (after?.status.disruption === "EvictionByEvictionAPI" && after.metadata.deletedUs !== null)
			this.#evicted(app, after);
		else this.#harmedUs.set(app, this.#test.engine.nowUs);
	}

	#evicted(app: string, pod: Pod): void {
		const { plane, engine } = this.#test;
		const budget = plane.server.get("PodDisruptionBudget", `default/${app}`) as PodDisruptionBudget | undefined;
		if (budget === undefined) return;
		const known = Math.max(this.#harmedUs.get(app) ?? 0, this.#gapUs) + BEHIND_US;
		if (engine.nowUs < known || !plane.works("controller-manager")) return;
		this.checked++;
		const healthy = this.#test.pods.filter((other) => other.metadata.labels["app"] === app && serves(other)).length;
		const owner = plane.server.get(OWNER_OF[app]!, `default/${app}`);
		const { replicas = 0 } = (owner?.spec ?? {}) as { readonly replicas?: number };
		const desired = desiredHealthyOf(budget.spec, replicas);
		if (healthy < desired)
			this.broken.push(`${pod.metadata.name} went at ${engine.nowUs}: ${healthy} are left where ${desired} shall be`);
	}

	/** An eviction takes one of what the status allows, and no more. */
	#budgetChanged({ before, after }: ApiChange): void {
		if (before === null || after === null) return;
		const [was, is] = [(before as PodDisruptionBudget).status, (after as PodDisruptionBudget).status];
		const charged = Object.keys(is.disruptedPods).filter((pod) => !Object.hasOwn(was.disruptedPods, pod)).length;
		if (charged > was.disruptionsAllowed) this.broken.push(`${charged} evictions of ${was.disruptionsAllowed} allowed`);
	}
}

const OWNER_OF: Readonly<Record<string, string>> = { deployment: "Deployment", statefulset: "StatefulSet" };

function serves({ metadata, status }: Pod): boolean {
	return status.ready && metadata.deletedUs === null;
}
