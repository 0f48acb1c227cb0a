/**
 * Keeps the status of PodDisruptionBudgets: how many of their pods may be evicted now. Source: pkg/controller/disruption.
 *
 * Divergence from Kubernetes: the scale of an owner is known for Deployments, ReplicaSets, StatefulSets and Borg's jobs; pods of other owners, and
 * of none, count nothing where declared numbers are asked for.
 */
import { keyOf } from "../api-object.js";
import type { ApiChange } from "../api-server.js";
import {
	type Controller,
	type ControllerContext,
	granted,
	type MakeController,
	type Sync,
	update,
} from "../controller.js";
import { budgetStatus, countsDeclared, DELETION_TIMEOUT_US, protects } from "../disruption-budget.js";
import type { PodDisruptionBudget, PodDisruptionBudgetStatus } from "../kinds/pod-disruption-budget.js";
import type { Pod } from "../pod.js";

/** Kinds whose spec says how many pods there shall be. */
const SCALES: ReadonlySet<string> = new Set(["Deployment", "ReplicaSet", "StatefulSet", "BorgJob"]);

export const disruptionController: MakeController = (context) => new DisruptionController(context);

class DisruptionController implements Controller {
	/** As it signs its events. */
	readonly name = "controllermanager";
	readonly workers = 1;
	readonly watches: Controller["watches"] = {
		PodDisruptionBudget: ({ key }) => this.#context.enqueue(key),
		Pod: (change) => this.#podChanged(change),
	};
	readonly #context: ControllerContext;

	constructor(context: ControllerContext) {
		this.#context = context;
	}

	#podChanged({ before, after }: ApiChange): void {
		const pods = [before, after].filter((pod) => pod !== null) as Pod[];
		for (const object of this.#context.seen.all("PodDisruptionBudget").values()) {
			const budget = object as PodDisruptionBudget;
			if (pods.some((pod) => protects(budget, pod))) this.#context.enqueue(keyOf(budget));
		}
	}

	#podsOf(budget: PodDisruptionBudget): readonly Pod[] {
		const { namespace } = budget.metadata;
		const labels = budget.spec.selector?.matchLabels ?? {};
		const pods = this.#context.seen.having("Pod", namespace, labels) as readonly Pod[];
		return pods.filter((pod) => protects(budget, pod));
	}

	/** What the controllers of the pods declare, each once. */
	#declared(pods: readonly Pod[]): number {
		const scales = new Map<number, number>();
		for (const pod of pods) {
			const owner = this.#topOwner(pod);
			if (owner !== undefined) scales.set(owner.uid, owner.replicas);
		}
		return [...scales.values()].reduce((sum, replicas) => sum + replicas, 0);
	}

	/** The Deployment behind a ReplicaSet counts, not the ReplicaSet. */
	#topOwner({ metadata: { owner, namespace } }: Pick<Pod, "metadata">): { uid: number; replicas: number } | undefined {
		if (owner === null || !SCALES.has(owner.kind)) return undefined;
		const object = this.#context.seen.get(owner.kind, `${namespace}/${owner.name}`);
		if (object?.metadata.uid !== owner.uid) return undefined;
		const { replicas } = object.spec as { readonly replicas: number };
		return this.#topOwner(object) ?? { uid: owner.uid, replicas };
	}

	*reconcile(key: string): Sync {
		const budget = this.#context.seen.get("PodDisruptionBudget", key) as PodDisruptionBudget | undefined;
		if (budget === undefined) return;
		const { nowUs } = this.#context.clock;
		const pods = this.#podsOf(budget);
		if (pods.length === 0) this.#context.event(budget, "Normal", "NoPods", "No matching pods found");
		const expected = countsDeclared(budget.spec) ? this.#declared(pods) : pods.length;
		const status = budgetStatus(budget, pods, expected, nowUs);
		if (!sameStatus(status, budget.status)) granted(yield* update({ ...budget, status }));
		const sinceUs = Object.values(status.disruptedPods);
		if (sinceUs.length > 0) this.#context.enqueueAfter(key, Math.min(...sinceUs) + DELETION_TIMEOUT_US - nowUs);
	}
}

function sameStatus(a: PodDisruptionBudgetStatus, b: PodDisruptionBudgetStatus): boolean {
	return JSON.stringify(a) === JSON.stringify(b);
}
